"""Layers over sequences: recurrent ones, cells, and tables of indices."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import prod
from typing import Any

from shapecalc.core.parameters import Sizes
from shapecalc.core.phrases import shortened
from shapecalc.layers.recurrent import GATES
from shapecalc.lowering.keras.projected_attention import attention, grouped_attention, plain_attention
from shapecalc.lowering.keras.settings import KerasTensor, LayerSettings, settings_of
from shapecalc.lowering.keras.use import Use
from shapecalc.passes.graph import Arrange, as_it_is

CELLS = {"SimpleRNN": "RNN", "GRU": "GRU", "LSTM": "LSTM"}
"""Our layers, by the recurrent cells of Keras."""
LSTM_GATES = (0, 3, 1, 2)
"""Where Keras has our gates: its are input, forget, memory and output, ours input, output, forget and memory."""


COMPUTED = ("units", "activation", "recurrent_activation", "use_bias", "reset_after", "return_sequences")
"""Settings of a recurrent layer that say what it computes."""
CONVOLVED = ("filters", "kernel_size", "strides", "padding", "dilation_rate", "use_bias", "return_sequences")
"""Those of a ConvLSTM that say how large it is."""
USUAL = {
    "activation": "tanh", "recurrent_activation": "sigmoid", "go_backwards": False, "stateful": False,
    "time_major": False,
}  # fmt: skip
"""What ours compute."""
MERGED = {"concat": "CONCAT", "sum": "ADD", "ave": "ADD", "mul": "MUL"}
"""How what both directions give becomes one volume."""


def chain_of(settings: LayerSettings) -> list[LayerSettings]:
    """The recurrent layers that a layer is: an RNN is one for each of its cells. Empty where a cell is not known."""
    kind = settings.kind.removeprefix("CuDNN")
    if kind in CELLS:
        return [settings.with_values(kind, {})]
    cells = [settings.values.get("cell")] if kind == "RNN" else []
    while cells and isinstance(cells[0], list | dict):
        inner = cells[0] if isinstance(cells[0], list) else settings_of(cells[0], settings.place).values.get("cells")
        if not isinstance(inner, list):
            break
        cells = inner
    found = [settings_of(cell, settings.place) for cell in cells]
    if not all(cell.kind.endswith("Cell") and cell.kind.removesuffix("Cell") in CELLS for cell in found):
        return []
    last = settings.flag("return_sequences", False)
    return [
        settings.with_values(
            cell.kind.removesuffix("Cell"), {**cell.values, "return_sequences": last or n < len(found)}
        )
        for n, cell in enumerate(found, 1)
    ]


def _recurrent(use: Use) -> KerasTensor:
    """One of ours, for each cell; where it computes something else, the figures are the same."""
    chain, tensor = chain_of(use.settings), use.tensor
    if tensor.rank != 2 or not chain or tensor.first:
        return use.uncounted("shapecalc does not read this cell")
    for settings in chain:
        tensor = _ours(use._replace(inputs=(tensor, *use.inputs[1:])), settings)
        if len(chain) == 1:
            _held(use, tensor, settings, "cell")
    return use.named_last(tensor)


def _why_other(settings: LayerSettings) -> str:
    """What it computes otherwise than ours."""
    given = ((key, settings.values.get(key, usual), usual) for key, usual in USUAL.items())
    return "; ".join(f"{key} is {shortened(str(value))}" for key, value, usual in given if value not in (usual, None))


def _ours(use: Use, settings: LayerSettings, *, both: bool = False) -> KerasTensor:
    last = not settings.flag("return_sequences", False)
    more = "a mask says which steps count" if use.call.masks else "its first state is given"
    biases = int(settings.flag("use_bias", True)) * (1 + _is_reset_after(settings))
    made = use.add(
        CELLS[settings.kind],
        rank=1 if last else None,
        units=settings.whole("units"),
        last=last or None,
        bidirectional=both or None,
        biases=biases,
    )
    before = settings.kind == "GRU" and not biases and not _is_reset_after(settings)
    other = _why_other(settings) or ("it resets the state before it is multiplied" if before else "")
    if len(use.inputs) > 1 and not use.call.masks:
        use.assembler.begins_with_state(made.node)
    return use.differing(made, other or (more if len(use.inputs) > 1 else ""))


def _is_reset_after(settings: LayerSettings) -> bool:
    return settings.kind == "GRU" and settings.flag("reset_after", False)


def _held(
    use: Use, made: KerasTensor, settings: LayerSettings, part: str, end: str = "", *, before: int = 0
) -> KerasTensor:
    """A kernel, one of the state and biases, in one array where there are two; the gates of an LSTM in our order."""
    order: Arrange = partial(_gates, order=LSTM_GATES) if settings.kind == "LSTM" else as_it_is
    bias = partial(_row, number=0) if _is_reset_after(settings) else order
    roles = ((f"kernel{end}", order), (f"state{end}", order), (f"bias{end}", bias))
    use.holding(made, *roles, part=part, before=before)
    here = use.assembler.stored.arrays.get(made.node, {})
    if _is_reset_after(settings) and f"bias{end}" in here:
        here[f"state_bias{end}"] = here[f"bias{end}"]._replace(arrange=partial(_row, number=1))
    return made


def _gates(array: Any, order: tuple[int, ...]) -> Any:
    """The columns of each gate, in another order."""
    parts = array.reshape(*array.shape[:-1], len(order), -1)
    return parts[..., list(order), :].reshape(array.shape)


def _row(array: Any, number: int) -> Any:
    """The biases of what arrives, or those of the state."""
    return array[number]


def _bidirectional(use: Use) -> KerasTensor | list[KerasTensor]:
    """The layer twice, once from the end; what both give is joined unless they are added."""
    inner = settings_of(use.settings.values.get("layer"), use.settings.place)
    mode = "" if use.settings.values.get("merge_mode", "concat") is None else use.settings.text("merge_mode", "concat")
    if inner.kind.startswith("ConvLSTM"):
        other = settings_of(use.settings.values.get("backward_layer") or use.settings.values["layer"], inner.place)
        if any(other.values.get(key) != inner.values.get(key) for key in CONVOLVED):
            return use.uncounted("shapecalc does not read two directions that differ")
        return _halves(use, _convolved(use, inner, 2), inner.whole("filters"), mode)
    chain, back = directions(use.settings)
    if len(chain) != 1 or len(back) != 1 or use.tensor.rank != 2 or use.tensor.first:
        return use.uncounted(f"shapecalc does not read this Bidirectional of {inner.kind}")
    if back[0].kind != chain[0].kind or any(back[0].values.get(k) != chain[0].values.get(k) for k in COMPUTED):
        return _merged(use, [_ours(use, one) for one in (*chain, *back)], mode)
    (one,) = chain
    made, units = _ours(use, one, both=True), one.whole("units")
    _held(use, made, one, "forward_layer/cell")
    _held(use, made, one, "backward_layer/cell", "_back", before=3 if one.flag("use_bias", True) else 2)
    return _halves(use, made, units, mode)


def directions(settings: LayerSettings) -> tuple[list[LayerSettings], list[LayerSettings]]:
    """The layers that a Bidirectional runs forward and backward."""
    there, back = chain_of(settings_of(settings.value("layer"), settings.place)), settings.value("backward_layer")
    return there, chain_of(settings_of(back, settings.place)) if isinstance(back, dict) else there


def _halves(use: Use, made: KerasTensor, units: int, mode: str) -> KerasTensor | list[KerasTensor]:
    """What both directions give, of which those of the second follow those of the first."""
    if mode == "concat":
        return made
    return _merged(use, [use.add("SLICE", (made,), start=start, stop=start + units) for start in (0, units)], mode)


def _merged(use: Use, ways: list[KerasTensor], mode: str) -> KerasTensor | list[KerasTensor]:
    """What both directions give in one tensor, or as two."""
    if mode not in MERGED:
        use.named_last(ways[0])
        return ways
    both = use.add(MERGED[mode], ways)
    return use.named_last(use.add("RESCALE", (both,), scale=0.5) if mode == "ave" else both)


def recurrent_at_every_step(use: Use, steps: int) -> KerasTensor | None:
    """A recurrent layer at each of some steps, of which the language has none; None for one that is not read."""
    settings, shape = use.settings, use.shape
    ways = directions(settings) if settings.kind == "Bidirectional" else (chain_of(settings),)
    joined = settings.kind != "Bidirectional" or settings.text("merge_mode", "concat") in MERGED
    if shape is None or len(shape) != steps + 2 or use.tensor.first or not all(ways) or not joined:
        return None
    params = 0
    for way in ways:
        depth = shape[-1]
        for cell in way:
            biases, units = int(cell.flag("use_bias", True)) * (1 + _is_reset_after(cell)), cell.whole("units")
            params, depth = params + GATES[CELLS[cell.kind]] * units * (depth + units + biases), units
    wide = [way[-1].whole("units") for way in ways]
    whole = sum(wide) if settings.text("merge_mode", "concat") == "concat" else wide[0]
    every = shape[:-1] if ways[0][-1].flag("return_sequences", False) else shape[:-2]
    return use.shaped((*every, whole), params)


def _convolved(use: Use, settings: LayerSettings, ways: int = 1) -> KerasTensor:
    """A ConvLSTM, of which the language has none: each of its four gates convolves what arrives and the state."""
    shape, rank = use.shape, use.tensor.rank - 2
    if shape is None or use.tensor.first or rank < 1 or settings.channels_first:
        return use.uncounted(f"shapecalc does not read this {settings.kind}")
    extents, filters = settings.each("kernel_size", rank), settings.whole("filters")
    bias, strides = int(settings.flag("use_bias", True)), settings.each("strides", rank)
    if min(strides) < 1:
        raise settings.refused("strides are less than 1")
    params = ways * 4 * filters * (prod(extents) * (shape[-1] + filters) + bias)
    size = [
        -(-n // stride) if settings.text("padding") == "same" else (n - dilation * (extent - 1) - 1) // stride + 1
        for n, extent, stride, dilation in zip(
            shape[1:-1], extents, strides, settings.each("dilation_rate", rank), strict=True
        )
    ]
    every = shape[:1] if settings.flag("return_sequences", False) else ()
    return use.shaped((*every, *size, ways * filters), params)


def _conv_lstm(use: Use) -> KerasTensor:
    return _convolved(use, use.settings)


def _embedding(use: Use) -> KerasTensor:
    shape, units, rows = use.shape, use.settings.whole("output_dim"), use.settings.whole("input_dim")
    if shape is not None and len(shape) < 2:
        size = Sizes((*shape, 1, 1)[:2])
        node = use.assembler.add("RESHAPE", (use.tensor.node,), use.settings.place, size=size)
        use = use._replace(inputs=(use.counted(KerasTensor(node, 2), channels_first=False),))
        made = use.holding(use.add("EMBEDDING", rows=rows, units=units), "table")
        made = made if shape else use.named_last(use.add("FLATTEN", (made,), rank=1))
        return use.differing(made, "index 0 is masked" if use.settings.flag("mask_zero", False) else "")
    if shape is None:
        return use._replace(stated=(None, units)).opaque(None, use.tensor.rank + 1, rows * units)
    return use.shaped((*shape, units), rows * units)


def _tied_embedding(use: Use) -> KerasTensor:
    """A table that a call with `reverse` reads the other way: a product with its transpose."""
    if use.call.named.get("reverse") is not True:
        return _embedding(use)
    shape, rows, tied = use.shape, use.settings.whole("input_dim"), use.settings.flag("tie_weights", True)
    use = use._replace(first_call=())
    return use.shaped((*shape[:-1], rows) if shape else None, 0 if tied or not shape else rows * shape[-1])


RECURRENT = (*CELLS, "CuDNNLSTM", "CuDNNGRU", "RNN", "Bidirectional")
"""Classes of recurrent layers."""
SEQUENCES: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(RECURRENT, _recurrent),
    **dict.fromkeys(("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"), _conv_lstm),
    "Bidirectional": _bidirectional,
    "Embedding": _embedding,
    "ReversibleEmbedding": _tied_embedding,
    "MultiHeadAttention": attention,
    **dict.fromkeys(("GroupedQueryAttention", "GroupQueryAttention"), grouped_attention),
    **dict.fromkeys(("Attention", "AdditiveAttention"), plain_attention),
}
"""The reader of each class."""
