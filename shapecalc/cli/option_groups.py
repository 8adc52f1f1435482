"""Options that several commands have in common, how they are declared, and the records that they become."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import click

from shapecalc.cli.refused import refusing, terminal_width
from shapecalc.cli.values import BUDGET, INPUT, MEMORY, STEPS, OneOf, WholeNumber, bindings
from shapecalc.core.record import Record, field_names
from shapecalc.core.scratch import DTYPES
from shapecalc.display.style import Style
from shapecalc.expansion.options import MOST_LAYERS, MOST_WRITTEN, Options

Command = TypeVar("Command", bound=Callable[..., Any])
AddsOption = Callable[[Any], Any]


def together(*options: AddsOption) -> Callable[[Command], Command]:
    """Adds several options to a command, in the order in which its help lists them."""

    def added(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return added


def one_of(words: Sequence[str], *names: str, default: str = "", help: str) -> AddsOption:
    """An option that takes one of some words, by default the first of them."""
    word = default or words[0]
    return click.option(*names, type=OneOf(list(words)), default=word, show_default=True, help=help)


def budgets(help: str) -> AddsOption:
    """--max, which may be given several times."""
    return click.option("--max", "most", type=BUDGET, multiple=True, metavar="FIGURE=LIMIT", help=help)


batch = click.option("--batch", type=WholeNumber(1), default=1, show_default=True, help="Images at once.")
dtype = one_of(list(DTYPES), "--dtype", default="float32", help="Type of a value.")
color = click.option(
    "--color",
    type=OneOf(["auto", "always", "never"]),
    default="auto",
    help="Colours; NO_COLOR and FORCE_COLOR are respected.",
)
work_limit = click.option(
    "--work-limit",
    type=STEPS,
    metavar="350G",
    help="Refuse a run of more steps, multiply-accumulates above all, of all images together; by default 60G, or "
    "350G for networks of the zoo. Where there are more, give a larger number, or a smaller --input.",
)
memory_limit = click.option(
    "--memory-limit",
    type=MEMORY,
    metavar="8GiB",
    help="Refuse to take more; by default most of what is free, at most 500MB, or 4GiB for networks of the zoo.",
)
width = click.option("--width", type=WholeNumber(20), help="Columns to print in; that of the terminal by default.")


closing_options = together(
    click.option(
        "--set",
        "sets",
        multiple=True,
        metavar="NAME=VALUE",
        help="Give an open name a value, such as N=3; one for each name.",
    ),
    click.option("--member", metavar="NAME", help="Take this network of a family, such as vgg-11."),
    click.option(
        "--optional", type=OneOf(["keep", "drop"]), help="Keep or drop parts marked with '?'; kept by default."
    ),
    click.option(
        "--input", "input_", type=INPUT, metavar="WxHxD", help="Use this size for every INPUT, such as 224x224x3."
    ),
    click.option("--classes", type=WholeNumber(1), help="Outputs of the last FC that has no number; 1000 by default."),
    click.option(
        "--max-layers",
        type=WholeNumber(1),
        help=f"Refuse a network of more layers, repeats written out; by default {MOST_LAYERS:,}, or one for every two "
        f"characters of a larger file, up to {MOST_WRITTEN:,}. A larger number allows more.",
    ),
    click.option("--stdin-filename", metavar="NAME", help="What to call standard input ('-')."),
)
"""The options that close a diagram, and choose one member of a family of networks."""


# --- rules and what is known ------------------------------------------------------------------------

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
    click.option(
        "--baseline", metavar="FILE", help="Report only what is not in this file, which --write-baseline wrote."
    ),
    click.option(
        "--write-baseline", metavar="FILE", help="Write what is reported to a file, to be known from then on."
    ),
    click.option("--add-ignores", is_flag=True, help="Write comments that ignore errors and warnings."),
)


def words(values: Iterable[str]) -> tuple[str, ...]:
    """The words of options that may be given several times, and each with several words and commas."""
    return tuple(word for value in values for word in value.replace(",", " ").split())


# --- from what was chosen to records --------------------------------------------------------------

R = TypeVar("R", bound=Record)


def of_options(kind: type[R], chosen: dict[str, Any], **otherwise: Any) -> R:
    """A record whose fields are the options that are called like them, but for those that are given otherwise."""
    return kind(**{name: chosen[name] for name in field_names(kind) if name in chosen} | otherwise)


def expand_options(chosen: dict[str, Any]) -> Options:
    """What fixes a diagram: open names, input, classes, optional parts, the largest size."""
    given = bindings(chosen["sets"])
    return of_options(Options, chosen, bindings=given, input=chosen["input_"], most_layers=chosen["max_layers"])


def style(chosen: dict[str, Any]) -> Style:
    """How the result is shown on standard output. Raises UsageError for unknown columns."""
    columns = tuple(c.strip() for c in (chosen["columns"] or "").split(",") if c.strip())
    if columns:
        from shapecalc.display.columns import check_columns

        with refusing(ValueError, usage=True, of="--columns"):
            check_columns(columns)
    return of_options(
        Style,
        chosen,
        width=chosen["width"] or terminal_width(),
        color=wants_color(chosen["color"]),
        unicode=shows_unicode(),
        expand=chosen["unfold"],
        columns=columns,
        notes=bool(chosen["notes"]),
        indent=chosen["indent"] or sys.stdout.isatty(),
        sort=chosen["sort"] or "name",
        pages=_rule_pages(),
    )


def _rule_pages() -> str:
    """The address of shapecalc/rules/README.md in the web, as the action gives it; nothing where it is no address."""
    address = os.environ.get("SHAPECALC_RULE_PAGES", "")
    return address if address and re.fullmatch(r"https://[\w.:-]+(/[\w.~@%+-]+)+", address, re.ASCII) else ""


def wants_color(choice: str, stream: Any = None) -> bool:
    """One policy for every stream: --color, then NO_COLOR, FORCE_COLOR, then a terminal that is not dumb."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return os.environ["FORCE_COLOR"] != "0"
    return (stream or sys.stdout).isatty() and os.environ.get("TERM") != "dumb"


def shows_unicode() -> bool:
    """Whether standard output can show every character."""
    return (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
