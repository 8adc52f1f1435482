"""Sums of products that an equation of letters describes: EinsumDense, and the function einsum."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from shapecalc.formats.keras.tensors import KerasTensor
from shapecalc.formats.keras.use import Use

Shape = tuple[int, ...]
REST = "0123"
"""Letters for the axes that `...` stands for."""


def letters(terms: Sequence[str], shapes: Sequence[Shape | None]) -> dict[str, int] | None:
    """The size of each letter of some operands; None where one does not fit.

    >>> letters(["abc", "cd"], [(2, 8, 9), (9, 4)])
    {'a': 2, 'b': 8, 'c': 9, 'd': 4}
    """
    sizes: dict[str, int] = {}
    for term, shape in zip(terms, shapes, strict=False):
        if shape is None or len(term) != len(shape):
            return None
        sizes.update(zip(term, shape, strict=True))
    return sizes


def terms_of(equation: str, rank: int) -> tuple[list[str], str]:
    """The operands of an equation and what it gives, for a first operand of so many axes.

    >>> terms_of("...x,xy->...y", 3)
    (['01x', 'xy'], '01y')
    """
    before, _, after = equation.replace(" ", "").partition("->")
    first = before.split(",")[0].replace("...", "")
    rest = REST[: max(rank - len(first), 0)]
    return [term.replace("...", rest) for term in before.split(",")], after.replace("...", rest)


def einsum_shape(use: Use, equation: str) -> Shape | None:
    """What an einsum of tensors gives, without the batch."""
    terms, after = terms_of(equation, len(use.shape or ()) + 1)
    sizes = letters(terms, [None if shape is None else (0, *shape) for shape in use.shapes])
    return tuple(sizes[letter] for letter in after[1:]) if sizes and set(after) <= sizes.keys() else None


def einsum_dense(use: Use) -> KerasTensor:
    """A kernel by an equation: on the channels alone it is a CONV of one position, else opaque."""
    settings, shape = use.settings, use.shape
    given = settings.values.get("output_shape")
    given = given if isinstance(given, list) else [given]
    if shape is None:
        return use.shaped(None)
    terms, after = terms_of(str(settings.values.get("equation")), len(shape) + 1)
    sizes = letters(terms[:1], [(0, *shape)])
    if sizes is None or len(terms) != 2 or len(given) > len(after):
        return use.uncounted("shapecalc does not read this equation of EinsumDense")
    stated = zip(after[len(after) - len(given) :], given, strict=True)
    sizes = {letter: n for letter, n in stated if type(n) is int} | sizes
    if not set(after + terms[1]) <= sizes.keys():
        return use.uncounted("shapecalc does not read this equation of EinsumDense")
    said = settings.values.get("bias_axes")
    biases = said if isinstance(said, str) else ""
    read, kernel = terms
    if after[:-1] == read[:-1] and kernel == read[-1] + after[-1] and biases in ("", after[-1]) and len(read) > 2:
        made = use.add("CONV", filters=sizes[after[-1]], extent=1, stride=1, padding=0, bias=None if biases else False)
        return use.activated(use.holding(made, "kernel", "bias"))
    params = prod(sizes[letter] for letter in kernel) + (prod(sizes.get(n, 1) for n in biases) if biases else 0)
    return use.activated(use.shaped([sizes[letter] for letter in after[1:]], params))
