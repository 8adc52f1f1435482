"""How options of commands are declared, and the types of values that several take."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from fractions import Fraction

    from shapecalc.core.parameters import Sizes, Word
    from shapecalc.passes.budgets import Budget


class Parsed(click.ParamType):  # type: ignore[type-arg]  # generic only in new versions of click
    """A value that a function reads from a text; what ValueError says is what is wrong with it."""

    def __init__(self, name: str, read: Callable[[str], object], kind: type) -> None:
        self.name, self.read, self.kind = name, read, kind

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> object:
        """The value; one that is of the kind already stays as it is."""
        try:
            return value if isinstance(value, self.kind) else self.read(str(value))
        except ValueError as problem:
            self.fail(str(problem), param, ctx)


MOST_DIGITS = 30
"""Digits of a number of an option."""


class OneOf(click.Choice):  # type: ignore[type-arg]  # generic only in new versions of click
    """One of some words; for another one the nearest is suggested."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The word."""
        if value not in self.choices:
            from shapecalc.diagnostics.spelling import did_you_mean

            hint = did_you_mean(str(value), self.choices)
            known = ", ".join(self.choices)
            self.fail(f"'{value}' is not one of {known}{hint and f'; {hint}'}", param, ctx)
        return value


class WholeNumber(click.IntRange):
    """A whole number in the digits 0 to 9, which may have a least and a largest value."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number: int() also takes 1_0, +2 and the digits of other scripts, which no size takes."""
        text = str(value)
        if not (text.isascii() and text.removeprefix("-").isdecimal()):
            self.fail(f"'{text}' is not a whole number", param, ctx)
        if len(text) > MOST_DIGITS:
            self.fail(f"a number of {len(text):,} digits is too large", param, ctx)
        number = int(text)
        if (self.min is not None and number < self.min) or (self.max is not None and number > self.max):
            wanted = f"{self.min} or more" if self.max is None else f"{self.min} to {self.max:,}"
            self.fail(f"{number} is out of range: write {wanted}", param, ctx)
        return number


# --- options --------------------------------------------------------------------------------------

AddsOption = Callable[[Any], Any]


def option(names: str, takes: Any, help: str, **more: Any) -> AddsOption:
    """An option by its names; it takes a type, a word for any text, or both in a pair, and with bool none."""
    if takes is bool:
        return click.option(*names.split(), is_flag=True, help=help, **more)
    kind, word = takes if isinstance(takes, tuple) else (None, takes) if isinstance(takes, str) else (takes, None)
    return click.option(*names.split(), type=kind, metavar=word, help=help, **more)


def one_of(words: Sequence[str], names: str, help: str, *, default: str = "") -> AddsOption:
    """An option that takes one of some words, by default the first of them."""
    word = default or words[0]
    return option(names, OneOf(list(words)), help, default=word, show_default=True)


def _input(text: str) -> Sizes:
    from shapecalc.expansion.options import input_size

    return input_size(text)


def _memory(text: str) -> int:
    """`12GiB`, `80GB`, `500000B`: a number of bytes. Raises ValueError."""
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        raise ValueError(f"{text} has no unit: write {text}GiB, or {text}B for so many bytes")
    match = re.fullmatch(r"([0-9]{1,15}(?:\.[0-9]{1,6})?)\s*(?:([KMGT])(i?))?B?", text, re.IGNORECASE)
    if match is None:
        raise ValueError(f"'{text}' is not an amount of memory, such as 12GiB")
    from fractions import Fraction

    number, letter, binary = match.groups()
    power = " KMGT".index(letter.upper()) if letter else 0
    return int(Fraction(number) * (1024 if binary else 1000) ** power)


def _checkpoint(text: str) -> int:
    from shapecalc.passes.checkpointing import layers_between

    return layers_between(text)


INPUT = Parsed("size", _input, tuple)
"""`227x227x3`."""


def _steps(text: str) -> int:
    """`350G`: a number of steps. Raises ValueError."""
    from shapecalc.language.figures import parse_figure

    refused = ValueError(f"'{text}' is not a number of steps, such as 350G")
    try:
        figure = parse_figure(text)
    except ValueError as error:
        raise refused from error
    if figure.relation != "=" or figure.unit or figure.value < 1:
        raise refused
    return int(figure.value)


def _budget(text: str) -> Budget:
    """`params=5M`, or `params<=5M`. Raises ValueError."""
    from shapecalc.passes.budgets import budget

    key, sign, figure = text.partition("=")
    if not sign:
        raise ValueError(f"'{text}' is not FIGURE=LIMIT, such as params=5M")
    return budget(key.removesuffix("<").strip(), figure.strip(), "--max")


BUDGET = Parsed("budget", _budget, tuple)
MEMORY = Parsed("memory", _memory, int)
STEPS = Parsed("steps", _steps, int)
CHECKPOINT = Parsed("checkpoint", _checkpoint, int)
"""`every=4` or `sqrt`: layers between two checkpoints, 0 for the square root of their number."""


def bindings(sets: tuple[str, ...]) -> dict[str, int | Fraction | Sizes | Word]:
    """`--set` values: whole numbers, fractions, sizes or words. Raises BadParameter."""
    from shapecalc.expansion.options import binding

    found: dict[str, int | Fraction | Sizes | Word] = {}
    for text in sets:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not name.isidentifier() or not value:
            raise click.BadParameter(f"'{text}' is not NAME=VALUE, such as N=3", param_hint="--set")
        if name in found:
            raise click.BadParameter(f"{name} is given twice", param_hint="--set")
        try:
            found[name] = binding(value)
        except ValueError:
            message = f"the value of '{text}' is not a number, a size or a word"
            raise click.BadParameter(message, param_hint="--set") from None
    return found
