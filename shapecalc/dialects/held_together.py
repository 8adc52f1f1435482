"""Arguments of a framework's call that depend on each other: looked at when all of them are known."""

from __future__ import annotations

from collections.abc import Iterator

from shapecalc.dialects.call_pieces import Pieces, as_written, misfit, sized, whole_number, word_of
from shapecalc.language import syntax

SLIDING = frozenset({"CONV", "DWCONV", "SEPCONV", "UPCONV"})
"""Layers of ours whose windows have a stride and a dilation."""


def resized(arguments: dict[str, syntax.Argument]) -> Iterator[tuple[str, syntax.Argument]]:
    """A height and a width that were given one by one as a size."""
    height, width = arguments.pop("height", None), arguments.get("size")
    if height is not None and width is not None:
        span = (min(height.span[0], width.span[0]), max(height.span[1], width.span[1]))
        yield "size", syntax.Argument("size", sized((width.value, height.value), span), span)


def hold_together(pieces: Pieces) -> None:
    """Raises Misfit where the framework would refuse arguments that are right by themselves."""
    stride = pieces.arguments.get("S")
    if pieces.form.ours not in SLIDING or stride is None or not _above_one(stride.value):
        return
    padding, dilation = pieces.arguments.get("P"), pieces.arguments.get("dilation")
    if pieces.form.framework == "torch" and padding is not None and word_of(padding.value) == "same":
        message = f"padding='same' of {pieces.name} needs a stride of 1, and this is {as_written(stride.value)}"
        help = (
            "write padding as a number, such as padding=1 for a kernel of 3",
            "or write CONV, whose P=same rounds up",
        )
        raise misfit(pieces, message, stride.span, help=help)
    if pieces.form.framework.startswith("Keras") and dilation is not None and _above_one(dilation.value):
        message = f"{pieces.name} has strides or a dilation, and not both"
        raise misfit(pieces, message, dilation.span, help=(f"write {pieces.form.ours}, which takes both",))


def _above_one(value: syntax.Expression) -> bool:
    """Whether a number, or one of a size, is known to be more than 1."""
    if isinstance(value, syntax.SizeLiteral):
        return any(size > 1 for size in value.sizes)
    if isinstance(value, syntax.Tuple):
        return any(map(_above_one, value.items))
    return (whole_number(value) or 1) > 1
