"""Types of values that several commands take."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from fractions import Fraction

    from shapecalc.core.parameters import Sizes, Word


class InputSize(click.ParamType):  # type: ignore[type-arg]  # generic only in new versions of click
    """`227x227x3`."""

    name = "size"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Sizes:
        from shapecalc.core.parameters import Sizes
        from shapecalc.expansion.option_values import input_size

        if isinstance(value, Sizes):
            return value
        try:
            return input_size(str(value))
        except ValueError as problem:
            self.fail(str(problem), param, ctx)


class MemorySize(click.ParamType):  # type: ignore[type-arg]
    """`12GiB`, `80GB`, `500000B`: a number of bytes."""

    name = "memory"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        if str(value).isdecimal():
            self.fail(f"{value} has no unit: write {value}GiB, or {value}B for so many bytes", param, ctx)
        match = re.fullmatch(r"(\d{1,15}(?:\.\d{1,6})?)\s*(?:([KMGT])(i?))?B?", str(value), re.IGNORECASE)
        if match is None:
            self.fail(f"'{value}' is not an amount of memory, such as 12GiB", param, ctx)
        from fractions import Fraction

        number, letter, binary = match.groups()
        power = " KMGT".index(letter.upper()) if letter else 0
        return int(Fraction(number) * (1024 if binary else 1000) ** power)


class Checkpoint(click.ParamType):  # type: ignore[type-arg]
    """`every=4` or `sqrt`: layers between two checkpoints, 0 for the square root of their number."""

    name = "checkpoint"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        from shapecalc.passes.checkpointing import layers_between

        if isinstance(value, int):
            return value
        try:
            return layers_between(str(value))
        except ValueError as problem:
            self.fail(str(problem), param, ctx)


CHECKPOINT = Checkpoint()
INPUT = InputSize()
MEMORY = MemorySize()


def bindings(sets: tuple[str, ...]) -> dict[str, int | Fraction | Sizes | Word]:
    """`--set` values: whole numbers, fractions, sizes or words. Raises BadParameter."""
    from shapecalc.expansion.option_values import binding

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
