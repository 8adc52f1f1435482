"""What a project's configuration and the options of `check` say together about a file: an option wins."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from click.core import ParameterSource

from shapecalc.cli.networks import network_files, piped
from shapecalc.cli.options import expand_options
from shapecalc.cli.rule_options import words
from shapecalc.configuration.search import nearest_configuration
from shapecalc.passes.budgets import Budget, budget
from shapecalc.passes.freeze import frozen_parts
from shapecalc.passes.report import Conventions
from shapecalc.pipeline import CheckOptions
from shapecalc.rules.selection import Selection, UnknownRule, effective_rules

if TYPE_CHECKING:
    from shapecalc.configuration.configuration import Configuration

NAMES = {"input": "input_"}
"""Options whose parameter is called otherwise."""


class Wanted(NamedTuple):
    """How one file is checked, and from which severity on it fails."""

    options: CheckOptions
    fail_on: str
    baseline: str | None


def wanted_for(path: str, context: click.Context) -> Wanted:
    """Raises UsageError for a configuration or an option that is wrong."""
    chosen = context.params
    name = named(path, chosen)
    configuration = _configuration(name, chosen)
    limits: tuple[Budget, ...] = ()
    rules, known = Selection(), None
    if configuration:
        chosen = _with_defaults(configuration, context)
        limits, rules, known = configuration.budgets_of(name), configuration.selection(name), configuration.known
    options = CheckOptions(
        expand_options(chosen),
        conventions(chosen),
        bool(chosen["strict"]),
        chosen["rounding"],
        frozen_parts(chosen["freeze"] or ""),
        selection(rules, chosen),
        _budgets(limits, chosen["most"]),
    )
    return Wanted(options, str(chosen["fail_on"]), chosen["baseline"] or known)


def conventions(chosen: dict[str, Any]) -> Conventions:
    """Under which assumptions figures are given. Raises UsageError for --amp with another type than float32."""
    if chosen["amp"] and chosen["dtype"] != "float32":
        raise click.UsageError(
            f"--amp keeps weights in float32, and --dtype asks for {chosen['dtype']}: give one of them"
        )
    return Conventions(
        batch=chosen["batch"],
        dtype=chosen["dtype"],
        optimizer=chosen["optimizer"],
        device=chosen["device"],
        foreach=chosen["foreach"],
        weight_decay=chosen["weight_decay"],
        checkpoint=chosen["checkpoint"],
        amp=chosen["amp"],
    )


def named(path: str, chosen: dict[str, Any]) -> str:
    """The path by which globs know a file: the name that was given to standard input."""
    return str(chosen["stdin_filename"] or "stdin") if path == "-" else path


def _configuration(path: str, chosen: dict[str, Any]) -> Configuration | None:
    """The configuration that holds for a file, if there is one. Raises UsageError."""
    found = None if chosen["no_config"] else nearest_configuration(path)
    if found is None:
        return None
    from shapecalc.configuration.configuration import ConfigurationError
    from shapecalc.configuration.configuration_file import read_configuration

    try:
        return read_configuration(found)
    except ConfigurationError as problem:
        raise click.UsageError(str(problem)) from None


def _with_defaults(configuration: Configuration, context: click.Context) -> dict[str, Any]:
    """What was chosen, with the project's defaults for what was not given."""
    chosen = dict(context.params)
    parameters = {parameter.name: parameter for parameter in context.command.params}
    for key, value in configuration.defaults.items():
        name = NAMES.get(key, key.replace("-", "_"))
        if context.get_parameter_source(name) is ParameterSource.DEFAULT:
            try:
                chosen[name] = parameters[name].type_cast_value(context, value)
            except click.BadParameter as problem:
                raise click.UsageError(f"{configuration.path}: the default of {key}: {problem.message}") from None
    return chosen


def selection(given: Selection, chosen: dict[str, Any]) -> Selection:
    """The rules for a file: those of its configuration, and over them the options. Raises UsageError."""
    over = (words(chosen["select"]), words(chosen["ignore"]))
    both = given._replace(
        over=over, preview=given.preview or chosen["preview"], ruleset=chosen["ruleset"] or given.ruleset
    )
    try:
        effective_rules(both)
    except UnknownRule as problem:
        raise click.UsageError(str(problem)) from None
    return both


def _budgets(given: Sequence[Budget], texts: Sequence[str]) -> tuple[Budget, ...]:
    """The budgets of the configuration, and those of --max in their places. Raises UsageError."""
    found = {limit.key: limit for limit in given}
    for text in texts:
        key, sign, figure = text.partition("=")
        if not sign:
            raise click.UsageError(f"--max takes a figure and its limit, such as params=5M, not '{text}'")
        try:
            found[key.strip()] = budget(key.strip(), figure, "--max")
        except ValueError as problem:
            raise click.UsageError(f"--max: {problem}") from None
    return tuple(found.values())


def files(paths: Sequence[str], context: click.Context) -> list[str]:
    """The files to check: those of folders as the configuration wants them, of these the ones that changed.

    Raises UsageError where there are none to begin with.
    """
    ref = context.params["changed_since"]
    found = network_files(tuple(paths) or (("." if ref else piped()),), partial(_wants, chosen=context.params))
    if ref is None:
        return found
    from shapecalc.cli.changed_files import changed

    return changed(found, ref)


def _wants(path: str, usual: bool, *, chosen: dict[str, Any]) -> bool:
    configuration = _configuration(path, chosen)
    return configuration.wants(path, usual=usual) if configuration else usual
