"""The options that choose rules, set budgets, and say what is known already."""

from __future__ import annotations

from collections.abc import Iterable

import click

from shapecalc.cli.option_groups import budgets, together

rule_options = together(
    click.option(
        "--select",
        multiple=True,
        metavar="RULES",
        help="Run more rules: codes, names, prefixes (SHP4), groups (teaching, deploy, training), ALL.",
    ),
    click.option("--ignore", multiple=True, metavar="RULES", help="Leave rules out, named in the same way."),
    click.option("--preview", is_flag=True, help="Among the selected, also run rules that are still new."),
    budgets("A budget: params, macs, memory, training or field, such as params=5M."),
    click.option("--no-config", is_flag=True, help="Read no configuration file."),
    click.option("--ruleset", metavar="NAME", help="The rules that run by default, such as 2026.11."),
)
known_options = together(
    click.option("--baseline", metavar="PATH", help="Report only what is not in this baseline."),
    click.option("--write-baseline", metavar="PATH", help="Write what is reported to a baseline."),
    click.option("--add-ignores", is_flag=True, help="Write comments that ignore errors and warnings."),
)


def words(values: Iterable[str]) -> tuple[str, ...]:
    """The words of options that may be given several times, and each with several words and commas."""
    return tuple(word for value in values for word in value.replace(",", " ").split())
