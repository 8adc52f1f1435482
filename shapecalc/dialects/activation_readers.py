"""What frameworks say of functions of single values: in a call of another layer, and of their slopes."""

from __future__ import annotations

from collections.abc import Callable

from shapecalc.dialects.call_pieces import Pieces, as_written, give, misfit, whole_number, word_of
from shapecalc.dialects.forms import Slot
from shapecalc.language import syntax

ACTIVATIONS = {
    "softmax": "SOFTMAX", "log_softmax": "SOFTMAX", "logsoftmax": "SOFTMAX", "prelu": "PRELU", "hard_silu": "HSWISH",
    "hard_swish": "HSWISH",
}  # fmt: skip
"""Layers that are named like a function of single values, and others' names of ours."""
LIKE = {
    "softsign": "SOFTPLUS", "exponential": "SOFTPLUS", "log_sigmoid": "SOFTPLUS", "hard_shrink": "SOFTPLUS",
    "soft_shrink": "SOFTPLUS", "tanh_shrink": "SOFTPLUS", "sparse_plus": "SOFTPLUS", "squareplus": "SOFTPLUS",
    "sparse_sigmoid": "HSIGMOID", "hard_tanh": "RELU6", "celu": "ELU", "threshold": "RELU", "sparsemax": "SOFTMAX",
}  # fmt: skip
"""Functions of single values that are no layers of ours, and those that have their sizes and counts."""


def _activation(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """`activation='relu'`: a layer of its own."""
    from shapecalc.registry import activation, by_name

    word = word_of(argument.value)
    if word in ("linear", "none", "identity"):
        return
    name = ACTIVATIONS.get(word, word)
    if word in LIKE:
        name = LIKE[word]
        pieces.stand_in = f"{word} is read as {name}"
    named = by_name(name)
    if not word or named is None or (activation(name) is None and name not in ACTIVATIONS.values()):
        message = f"{slot.name} is the name of a function such as relu, and this is {as_written(argument.value)}"
        first = pieces.arguments.get("K")
        torch = pieces.form.ours == "FC" and whole_number(argument.value) is not None and first is not None
        both = f"({as_written(first.value)}, {as_written(argument.value)})" if first is not None else ""
        help = f"write Linear{both}, which says what arrives" if torch else "write activation='relu'"
        raise misfit(pieces, message, argument.span, help=(help,))
    pieces.after = syntax.Call(named.shown, (), argument.span, argument.span)


def _leak(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """ReLU(negative_slope=0.1) is LRELU(0.1)."""
    if as_written(argument.value) not in ("0", "0.0"):
        slope = syntax.Argument(None, argument.value, argument.span)
        pieces.after = syntax.Call("LRELU", (slope,), argument.span, argument.span)


def _slopes(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """PyTorch's PReLU has one slope, or as many as channels arrive."""
    if whole_number(argument.value) != 1:
        give(pieces, "shared", argument, syntax.Name("false", argument.value.span))
        give(pieces, "in", argument, argument.value)


def _shared_axes(pieces: Pieces, slot: Slot, argument: syntax.Argument) -> None:
    """Keras' PReLU: a slope a channel where the spatial axes share it."""
    axes = argument.value.items if isinstance(argument.value, syntax.Tuple) else (argument.value,)
    if sorted(whole_number(axis) or 0 for axis in axes) not in ([1], [1, 2], [1, 2, 3]):
        raise misfit(pieces, f"{pieces.name} is read with shared_axes=[1, 2] or without only", argument.span)
    pieces.axes = len(axes)
    give(pieces, "each", argument, syntax.Name("false", argument.value.span))


ACTIVATION_READERS: dict[str, Callable[[Pieces, Slot, syntax.Argument], None]] = {
    "activation": _activation,
    "leak": _leak,
    "slopes": _slopes,
    "shared_axes": _shared_axes,
}
"""By the word after the colon in a table."""
