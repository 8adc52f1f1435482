"""Options that several commands have in common, how they are declared, and the records that they become."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from shapecalc.cli.refused import refusing, terminal_width
from shapecalc.cli.values import BUDGET, INPUT, MEMORY, STEPS, AddsOption, OneOf, WholeNumber, bindings, one_of, option
from shapecalc.core.kept import DTYPES
from shapecalc.core.record import Record, field_names
from shapecalc.display.style import Style
from shapecalc.expansion.options import MOST_LAYERS, MOST_WRITTEN, Options

Command = TypeVar("Command", bound=Callable[..., Any])


def together(*options: AddsOption) -> Callable[[Command], Command]:
    """Adds several options to a command, in the order in which its help lists them."""

    def added(command: Command) -> Command:
        for adds in reversed(options):
            command = adds(command)
        return command

    return added


def budgets(help: str) -> AddsOption:
    """--max, which may be given several times."""
    return option("--max most", (BUDGET, "FIGURE=LIMIT"), help, multiple=True)


batch = option("--batch", WholeNumber(1), "Images at once.", default=1, show_default=True)
dtype = one_of(list(DTYPES), "--dtype", "Type of a value.", default="float32")
color = option(
    "--color", OneOf(["auto", "always", "never"]), "Colours; NO_COLOR and FORCE_COLOR are respected.", default="auto"
)
work_limit = option(
    "--work-limit",
    (STEPS, "350G"),
    "Refuse a run of more steps, multiply-accumulates above all, of all images together; by default 60G, or "
    "350G for networks of the zoo. Where there are more, give a larger number, or a smaller --input.",
)
memory_limit = option(
    "--memory-limit",
    (MEMORY, "8GiB"),
    "Refuse to take more; by default most of what is free, at most 500MB, or 4GiB for networks of the zoo.",
)
width = option("--width", WholeNumber(20), "Columns to print in; that of the terminal by default.")


closing_options = together(
    option("--set sets", "NAME=VALUE", "Give an open name a value, such as N=3; one for each name.", multiple=True),
    option("--member", "NAME", "Take this network of a family, such as vgg-11."),
    option("--optional", OneOf(["keep", "drop"]), "Keep or drop parts marked with '?'; kept by default."),
    option("--input input_", (INPUT, "WxHxD"), "Use this size for every INPUT, such as 224x224x3."),
    option("--classes", WholeNumber(1), "Outputs of the last FC that has no number; 1000 by default."),
    option(
        "--max-layers",
        WholeNumber(1),
        f"Refuse a network of more layers, repeats written out; by default {MOST_LAYERS:,}, or one for every two "
        f"characters of a larger file, up to {MOST_WRITTEN:,}. A larger number allows more.",
    ),
    option("--stdin-filename", "NAME", "What to call standard input ('-')."),
)
"""The options that close a diagram, and choose one member of a family of networks."""


# --- rules and what is known ------------------------------------------------------------------------

rule_options = together(
    option(
        "--select",
        "RULES",
        "Run more rules: codes, names, prefixes (SHP4), groups (teaching, deploy, training), ALL.",
        multiple=True,
    ),
    option("--ignore", "RULES", "Leave rules out, named in the same way.", multiple=True),
    option("--preview", bool, "Among the selected, also run rules that are still new."),
    budgets("A budget: params, macs, memory, training or field, such as params=5M."),
    option("--no-config", bool, "Read no configuration file."),
    option("--ruleset", "NAME", "The rules that run by default, such as 2026.11."),
)
known_options = together(
    option("--baseline", "FILE", "Report only what is not in this file, which --write-baseline wrote."),
    option("--write-baseline", "FILE", "Write what is reported to a file, to be known from then on."),
    option("--add-ignores", bool, "Write comments that ignore errors and warnings."),
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
