"""Keras' layers around another layer: what they make of it in our words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from shapecalc.core.layer import Layer
from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import report
from shapecalc.dialects.call_pieces import Misfit, as_written, word_of
from shapecalc.language import syntax
from shapecalc.layers.recurrent import GATES
from shapecalc.registry import by_name

SHAPES = frozenset({"input_shape", "batch_input_shape", "input_dim"})
"""Arguments that say what arrives: those of the layer inside, too."""
WITHOUT_EFFECT = frozenset({"name", "dtype", "trainable", "weights"}) | SHAPES
"""Arguments that no figure hangs on, and those that `inside` has read."""

Calls = tuple[syntax.Call, ...]


def is_wrapper(name: str) -> bool:
    """Whether a call by this name is around another: `layers.TimeDistributed`."""
    return _squashed(name) in WRAPPERS


def inside(call: syntax.Call) -> syntax.Call:
    """The layer that a call is around, with the size of the input that either says. Raises Misfit without a layer."""
    first = call.arguments[0].value if call.arguments else None
    if not isinstance(first, syntax.Made):
        raise _misfit(call, f"{call.name} is around a layer, such as {call.name}({WRAPPERS[_squashed(call.name)][1]})")
    name_span = (first.span[0], first.span[0] + len(first.name))
    shapes = tuple(argument for argument in call.arguments[1:] if argument.name in SHAPES)
    return syntax.Call(first.name, (*first.arguments, *shapes), first.span, name_span)


def unwrapped(call: syntax.Call, calls: Sequence[syntax.Call], main: int) -> Calls:
    """The layers of a call around others, from those inside in our words. Raises Misfit."""
    return WRAPPERS[_squashed(call.name)][0](call, calls, main)


def _squashed(name: str) -> str:
    return name.rpartition(".")[2].lower()


def _misfit(call: syntax.Call, message: str, help: tuple[str, ...] = ()) -> Misfit:
    return Misfit(report("SHP103", f"Keras: {message}", call.span, help=help))


def _bidirectional(call: syntax.Call, calls: Sequence[syntax.Call], main: int) -> Calls:
    """The layer twice, once from the end, and what both give joined."""
    inner = calls[main]
    if inner.name not in GATES:
        raise _misfit(call, f"{call.name} is around an LSTM, a GRU or a SimpleRNN, and this is {inner.name}")
    for argument in call.arguments[1:]:
        name = argument.name or "merge_mode"
        if name == "merge_mode" and word_of(argument.value) != "concat":
            message = f"{call.name} is read with merge_mode=concat only, and this is {as_written(argument.value)}"
            raise _misfit(call, message)
        if name not in WITHOUT_EFFECT | {"merge_mode"}:
            raise _misfit(call, f"{call.name} is read without {name}")
    both = syntax.Argument("bidirectional", syntax.Name("true", call.span), call.span)
    whole = replace(inner, arguments=(*inner.arguments, both), span=call.span, name_span=call.name_span)
    return (*calls[:main], whole, *calls[main + 1 :])


def _time_distributed(call: syntax.Call, calls: Sequence[syntax.Call], main: int) -> Calls:
    """The same at every position: an FC is a CONV of one position there; what works value by value is so already."""
    unknown = [a.name or as_written(a.value) for a in call.arguments[1:] if a.name not in WITHOUT_EFFECT]
    if unknown:
        raise _misfit(call, f"{call.name} is read without {unknown[0]}")
    return tuple(one if one.name == "INPUT" else _at_every_position(call, one) for one in calls)


def _at_every_position(call: syntax.Call, inner: syntax.Call) -> syntax.Call:
    named = by_name(inner.name)
    if named and named.type.kind == "FC":
        if not inner.arguments:
            raise _misfit(call, "the Dense inside does not say how many outputs it has", ("write Dense(10)",))
        one = syntax.Argument(None, syntax.Number(1, inner.span), inner.span)
        return replace(inner, name="CONV", arguments=(*inner.arguments[:1], one, *inner.arguments[1:]))
    alone = named is not None and named.type.op_category == "activation"
    if named is None or not (alone or (named.type.output, named.type.windows) == (Layer.output, Layer.windows)):
        message = f"{call.name} is read around a Dense or a layer of single values, and this is {inner.name}"
        help = ("write the layer for one axis more, such as CONV(16, 3x3x1) for images one after the other",)
        raise _misfit(call, message, help)
    return inner


WRAPPERS: dict[str, tuple[Callable[[syntax.Call, Sequence[syntax.Call], int], Calls], str]] = {
    "bidirectional": (_bidirectional, "LSTM(64)"),
    "timedistributed": (_time_distributed, "Dense(10)"),
}
"""What each makes of the layer inside, and an example of that."""
