"""Types of values that several commands take."""

from __future__ import annotations

import re
from fractions import Fraction

import click

from shapecalc.core.parameters import Sizes, Word
from shapecalc.core.size_text import read_size


class InputSize(click.ParamType):  # type: ignore[type-arg]  # generic only in new versions of click
    """`227x227x3`."""

    name = "size"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Sizes:
        if isinstance(value, Sizes):
            return value
        sizes = read_size(str(value), digits=9)
        if sizes is None or len(sizes) > 4 or 0 in sizes:
            self.fail(f"'{value}' is not width x height x depth, such as 224x224x3", param, ctx)
        return Sizes(sizes)


class MemorySize(click.ParamType):  # type: ignore[type-arg]
    """`12GiB`, `80GB`, `500000000`: a number of bytes."""

    name = "memory"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        match = re.fullmatch(r"(\d{1,15}(?:\.\d{1,6})?)\s*(?:([KMGT])(i?))?B?", str(value), re.IGNORECASE)
        if match is None:
            self.fail(f"'{value}' is not an amount of memory, such as 12GiB", param, ctx)
        number, letter, binary = match.groups()
        power = " KMGT".index(letter.upper()) if letter else 0
        return int(Fraction(number) * (1024 if binary else 1000) ** power)


INPUT = InputSize()
MEMORY = MemorySize()


def bindings(sets: tuple[str, ...]) -> dict[str, int | Fraction | Sizes | Word]:
    """`--set` values: whole numbers, fractions, sizes or words. Raises BadParameter."""
    found: dict[str, int | Fraction | Sizes | Word] = {}
    for text in sets:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not name.isidentifier() or not value:
            raise click.BadParameter(f"'{text}' is not NAME=VALUE, such as N=3", param_hint="--set")
        if name in found:
            raise click.BadParameter(f"{name} is given twice", param_hint="--set")
        found[name] = _binding(value, text)
    return found


def _binding(value: str, text: str) -> int | Fraction | Sizes | Word:
    if re.fullmatch(r"-?\d{1,15}", value):
        return int(value)
    if re.fullmatch(r"-?\d{1,15}(\.\d{1,15}|/\d{1,15})", value) and not re.fullmatch(r".*/0+", value):
        return Fraction(value)
    if sizes := read_size(value, digits=9):
        return Sizes(sizes)
    if value.isidentifier():
        return Word(value)
    raise click.BadParameter(f"the value of '{text}' is not a number, a size or a word", param_hint="--set")
