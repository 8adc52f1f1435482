"""Layers over sequences: the language has no word for them, and their parameters follow from their settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from shapecalc.core.parameters import Sizes
from shapecalc.formats.keras.settings import LayerSettings, settings_of
from shapecalc.formats.keras.use import activate

if TYPE_CHECKING:
    from shapecalc.formats.keras.tensors import KerasTensor
    from shapecalc.formats.keras.use import Use

GATES = {"SimpleRNN": 1, "GRU": 3, "LSTM": 4}
"""Gates of a recurrent cell: each has a kernel, a recurrent kernel and biases."""


def recurrent_params(settings: LayerSettings, inputs: int) -> int:
    """Gates · (inputs·units + units·units + biases); a GRU with `reset_after` has two biases a unit.

    Source: the weights of keras.layers.GRU, LSTM and SimpleRNN of Keras 3.
    """
    units = settings.whole("units")
    biases = int(settings.flag("use_bias", True))
    if settings.kind == "GRU" and settings.flag("reset_after", False):
        biases *= 2
    return GATES[settings.kind] * units * (inputs + units + biases)


def _recurrent(use: Use) -> KerasTensor:
    shape = use.shape
    if shape is None or len(shape) != 2:
        return use.shaped(None)
    return use.shaped(_outputs(use.settings, shape, 1), recurrent_params(use.settings, shape[-1]))


def _outputs(settings: LayerSettings, shape: Sequence[int], times: int) -> tuple[int, ...]:
    units = settings.whole("units") * times
    return (shape[0], units) if settings.flag("return_sequences", False) else (units,)


def _bidirectional(use: Use) -> KerasTensor:
    """The layer twice, once from the end; what both give is joined unless they are added."""
    inner, shape = settings_of(use.settings.values.get("layer"), use.settings.place), use.shape
    if inner.kind not in GATES or shape is None or len(shape) != 2:
        return use.stated_as()
    times = 2 if use.settings.text("merge_mode", "concat") == "concat" else 1
    return use.shaped(_outputs(inner, shape, times), 2 * recurrent_params(inner, shape[-1]))


def _embedding(use: Use) -> KerasTensor:
    shape, units = use.shape, use.settings.whole("output_dim")
    return use.shaped((*shape, units) if shape else None, use.settings.whole("input_dim") * units)


def _time_distributed(use: Use) -> KerasTensor:
    """A Dense at every step is a CONV of one position; another layer has the output that the file states."""
    inner = settings_of(use.settings.values.get("layer"), use.settings.place)
    shape = use.shape
    if inner.kind != "Dense" or shape is None or len(shape) < 2 or use.tensor.first:
        return use.stated_as()
    bias = inner.flag("use_bias", True)
    dense = use.add("CONV", filters=inner.whole("units"), extent=Sizes((1,)), bias=bias)
    return activate(use, dense, inner.values.get("activation"))


def _attention(use: Use) -> KerasTensor:
    """Query, key and value are projected to heads x size, and what comes out of all heads to the depth again."""
    shapes = [shape for tensor in use.inputs[:3] if (shape := use._replace(inputs=(tensor,)).shape)]
    if not shapes:
        return use.shaped(None)
    query, value = shapes[0], shapes[min(1, len(shapes) - 1)]
    key = shapes[2] if len(shapes) > 2 else value
    heads, size = use.settings.whole("num_heads"), use.settings.whole("key_dim")
    deep = use.settings.whole("value_dim", size) if use.settings.values.get("value_dim") else size
    bias = int(use.settings.flag("use_bias", True))
    depth = query[-1]
    params = heads * size * (query[-1] + key[-1] + 2 * bias) + heads * deep * (value[-1] + bias)
    return use.shaped((*query[:-1], depth), params + depth * (heads * deep + bias))


SEQUENCES: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(GATES, _recurrent),
    "Bidirectional": _bidirectional,
    "Embedding": _embedding,
    "TimeDistributed": _time_distributed,
    "MultiHeadAttention": _attention,
}
"""The reader of each class."""
