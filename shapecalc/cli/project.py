"""What a project's configuration and the options of `check` say together about a file: an option wins."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from shapecalc.cli.checked_files import configuration_of, named
from shapecalc.cli.option_groups import expand_options, of_options, words
from shapecalc.cli.refused import refusing
from shapecalc.core.record import NamedTuple
from shapecalc.passes.budgets import Budget
from shapecalc.passes.report import Conventions
from shapecalc.pipeline import CheckOptions
from shapecalc.rules.catalogue import Selection, UnknownRule, effective_rules

if TYPE_CHECKING:
    from shapecalc.configuration.configuration import Configuration
    from shapecalc.language.syntax import Frozen

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
    configuration = configuration_of(name, chosen)
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
        _frozen(chosen["freeze"]),
        selection(rules, chosen),
        tuple({limit.key: limit for limit in (*limits, *chosen["most"])}.values()),
    )
    if known and chosen.get("write_baseline") and os.path.realpath(known) == os.path.realpath(chosen["write_baseline"]):
        known = None  # what is written is all that is known from then on
    return Wanted(options, str(chosen["fail_on"]), chosen["baseline"] or known)


def _frozen(names: str | None) -> tuple[Frozen, ...]:
    if not names:
        return ()
    from shapecalc.passes.freeze import frozen_parts

    return frozen_parts(names)


def conventions(chosen: dict[str, Any]) -> Conventions:
    """Under which assumptions figures are given. Raises UsageError for --amp with another type than float32."""
    if chosen["amp"] and chosen["dtype"] != "float32":
        raise click.UsageError(
            f"--amp keeps weights in float32, and --dtype asks for {chosen['dtype']}: give one of them"
        )
    return of_options(Conventions, chosen)


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
    with refusing(UnknownRule, usage=True):
        effective_rules(both)
    return both
