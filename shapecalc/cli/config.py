"""`shapecalc config`: what holds for a file, and which configuration says so."""

from __future__ import annotations

import os
from collections.abc import Iterator

import click

from shapecalc.cli.refused import refusing, say, terminal_width
from shapecalc.configuration.configuration import Configuration, ConfigurationError
from shapecalc.display.wrapping import broken


@click.command()
@click.argument("path", metavar="[FILE]", default=".")
def command(path: str) -> None:
    """Show which configuration applies to FILE: the file that it is in, its keys, and the rules that run.

    FILE may be a folder, and is the one that you are in where it is left out.

    The nearest of .shapecalc.toml, shapecalc.toml and [tool.shapecalc] in pyproject.toml applies, from the folder of
    FILE up to the root of its repository.

    Exit code: 0, or 2 for a configuration that is wrong.
    """
    from shapecalc.configuration.configuration_file import read_configuration
    from shapecalc.configuration.search import nearest_configuration

    nearest = nearest_configuration(os.path.join(path, "any") if os.path.isdir(path) else path)
    with refusing(ConfigurationError, usage=True):
        found = read_configuration(nearest) if nearest else Configuration()
    for line in broken(_lines(path, found), terminal_width()):
        say(line, err=False)


def _lines(path: str, found: Configuration) -> Iterator[str]:
    from shapecalc.rules.catalogue import effective_rules, load

    yield f"{path}: {found.path or 'no configuration up to the root of the repository'}"
    where = f"in {found.path}" if found.path else ""
    for key, value in _stated(found).items():
        yield f"  {key} = {value}  {where if key in found.keys else '(default)'}"
    for glob, words in found.ignored_in(path):
        yield f"  per-file-ignores: {glob} ignores {', '.join(words)}  {where}"
    for budget in found.budgets_of(path):
        yield f"  budget: {budget.key} at most {budget.most.text}  {budget.source}"
    for key, value in found.defaults.items():
        yield f"  default: --{key} {value}  {where}"
    if found.known:
        yield f"  baseline = {found.known}  {where}"
    rules = effective_rules(found.selection(path))
    yield "rules that run:"
    severities = dict(rules.severities)
    for code in sorted(rules.run):
        rule = load(code)
        yield f"  {code} {rule.name} ({severities.get(code, rule.severity)})"


def _stated(found: Configuration) -> dict[str, str]:
    """The keys that say something, and what each says."""
    levels = [f"{rule}: {level}" for rule, level in found.severity]
    lists = {"select": found.select, "ignore": found.ignore, "preview": ["true"] * found.preview, "severity": levels}
    lists |= {"include": found.include, "exclude": found.exclude}
    return {"ruleset": found.ruleset} | {key: ", ".join(words) for key, words in lists.items() if words}
