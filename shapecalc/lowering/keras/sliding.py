"""Layers that slide windows or multiply by an equation, and what changes width and height."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from shapecalc.core.padding import Padding
from shapecalc.core.parameters import Sizes
from shapecalc.dialects.forms import CallForm
from shapecalc.lowering.arrangements import depthwise, swapped_extents, transposed_last
from shapecalc.lowering.keras.settings import KerasTensor
from shapecalc.lowering.keras.use import Read, Use
from shapecalc.lowering.stated_calls import layer_of
from shapecalc.passes.graph import Arrange

ENLARGED = ("nearest", "bilinear")
"""Ways to enlarge that are ours."""

ARRAYS: dict[str, tuple[str | tuple[str, Arrange], ...]] = {
    "CONV": (("kernel", swapped_extents), "bias"), "DWCONV": (("kernel", depthwise), "bias"),
    "SEPCONV": (("depthwise", depthwise), ("pointwise", swapped_extents), "bias"),
    "UPCONV": (("kernel", transposed_last), "bias"), "LOCAL": (),
    **dict.fromkeys(
        ("POOL", "AVGPOOL", "GAP", "GLOBALMAXPOOL", "ADAPTIVEAVGPOOL", "ADAPTIVEMAXPOOL", "PAD", "CROP", "UPSAMPLE",
         "LRELU", "ELU", "DO", "IDENTITY"), (),
    ),
}  # fmt: skip
"""Layers of ours that a class of Keras is as its call in a text is, with the arrays that Keras keeps, in its order."""


def by_form(form: CallForm) -> Read:
    """The reader of a class whose settings are the arguments of its call."""

    def read(use: Use) -> KerasTensor:
        use = use.laid()
        border = [use.settings.pairs(slot.name, use.rank) for slot in form.slots if slot.reader == "pairs"]
        known = {"padding": Padding("", border[0][::-1])} if border else {}
        kind, arguments = layer_of(form, use.settings, use.rank, **known)
        row = 1 if kind == "GAP" and not use.settings.flag("keepdims", False) else None
        made = use.holding(use.add(kind, rank=row, **arguments), *ARRAYS[form.ours])
        how = use.settings.text("interpolation", "nearest")
        return use.activated(use.differing(made, "" if how in ENLARGED else f"it interpolates by {how}"))

    return read


def dense(use: Use) -> KerasTensor:
    """Works on the last axis, whatever the rank."""
    units, bias = use.settings.whole("units"), None if use.settings.flag("use_bias", True) else False
    if use.tensor.rank <= 1:
        return use.activated(use.holding(use.add("FC", rank=1, units=units, bias=bias), "kernel", "bias"))
    if use.tensor.first:
        shape = use.shape
        params = units * (shape[-1] + use.settings.flag("use_bias", True)) if shape else 0
        return use.activated(use.shaped((*shape[:-1], units) if shape else None, params))
    made = use.add("CONV", filters=units, extent=1, stride=1, padding=0, bias=bias)
    return use.activated(use.holding(made, "kernel", "bias"))


def resizing(use: Use) -> KerasTensor:
    """To a height and a width, whatever they were."""
    use = use.laid()
    how, settings = use.settings.text("interpolation", "bilinear"), use.settings
    size = Sizes((settings.whole("width"), settings.whole("height")))
    made = use.add("RESIZE", size=size, mode="bilinear" if how == "bilinear" else None)
    cuts = any(settings.flag(f"{way}_to_aspect_ratio", False) for way in ("crop", "pad"))
    other = "" if how in ENLARGED else f"it interpolates by {how}"
    whole = use.volume is None or not any(n % w for n, w in zip(size, use.volume.spatial, strict=False))
    if how == "nearest" and not whole:
        other = "it takes the pixel that is nearest to the centre"
    return use.differing(made, "it keeps the aspect ratio" if cuts else other)


def center_crop(use: Use) -> KerasTensor:
    """The middle of the image; a smaller image is resized."""
    use = use.laid()
    wanted = (use.settings.whole("width"), use.settings.whole("height"))
    spatial = use.volume.spatial if use.volume else wanted
    spare = [size - want for size, want in zip(spatial, wanted, strict=False)]
    if min(spare) < 0:
        made = use.add("RESIZE", size=Sizes(wanted), mode="bilinear")
        return use.differing(made, "it keeps the aspect ratio")
    return use.add("CROP", padding=Padding("", tuple((n // 2, n - n // 2) for n in spare)))


# --- equations ------------------------------------------------------------------------------------

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
