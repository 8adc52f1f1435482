"""Layers over sequences: ours where they compute the same, else opaque with the parameters of their settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from shapecalc.core.parameters import Sizes
from shapecalc.formats.keras.projected_attention import attention
from shapecalc.formats.keras.settings import LayerSettings, settings_of
from shapecalc.formats.keras.tensors import KerasTensor
from shapecalc.formats.keras.use import activate
from shapecalc.passes.stored import Arrange, as_it_is

if TYPE_CHECKING:
    from shapecalc.formats.keras.use import Use

GATES = {"SimpleRNN": 1, "GRU": 3, "LSTM": 4}
"""Gates of a recurrent cell: each has a kernel, a recurrent kernel and biases."""
LSTM_GATES = (0, 3, 1, 2)
"""Where Keras has our gates: its are input, forget, memory and output, ours input, output, forget and memory."""


COMPUTED = ("units", "activation", "recurrent_activation", "use_bias", "reset_after", "return_sequences")
"""Settings of a recurrent layer that say what it computes."""
MERGED = {"concat": "", "sum": "ADD", "ave": "ADD", "mul": "MUL"}
"""How what both directions give becomes one volume."""


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
    """One of ours where it computes what Keras does by default; else opaque."""
    shape = use.shape
    if shape is None or len(shape) != 2:
        return use.shaped(None)
    if not _is_plain(use.settings) or use.tensor.first:
        return use.shaped(_outputs(use.settings, shape, 1), recurrent_params(use.settings, shape[-1]))
    return _held(use, _ours(use, use.settings), use.settings, "cell")


def _is_plain(settings: LayerSettings) -> bool:
    """Whether its functions are tanh and sigmoid, and it reads from the front."""
    wanted = {"activation": "tanh"} | ({} if settings.kind == "SimpleRNN" else {"recurrent_activation": "sigmoid"})
    return all(settings.values.get(key, name) == name for key, name in wanted.items()) and not any(
        settings.flag(key, False) for key in ("go_backwards", "return_state", "stateful", "time_major")
    )


def _ours(use: Use, settings: LayerSettings, *, both: bool = False) -> KerasTensor:
    last = not settings.flag("return_sequences", False)
    more = "a mask says which steps count" if use.masks else "its first state is given" if len(use.inputs) > 1 else ""
    biases = int(settings.flag("use_bias", True)) * (1 + _is_reset_after(settings))
    made = use.add(
        {"SimpleRNN": "RNN"}.get(settings.kind, settings.kind),
        rank=1 if last else None,
        units=settings.whole("units"),
        last=last or None,
        bidirectional=both or None,
        biases=biases,
    )
    return use.differing(made, more)


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


def _outputs(settings: LayerSettings, shape: Sequence[int], times: int) -> tuple[int, ...]:
    units = settings.whole("units") * times
    return (shape[0], units) if settings.flag("return_sequences", False) else (units,)


def _bidirectional(use: Use) -> KerasTensor:
    """The layer twice, once from the end; what both give is joined unless they are added."""
    inner, shape = settings_of(use.settings.values.get("layer"), use.settings.place), use.shape
    if inner.kind not in GATES or shape is None or len(shape) != 2 or not _is_one_result(use.settings):
        return use.stated_as()
    mode = use.settings.text("merge_mode", "concat")
    if mode in MERGED and _is_plain(inner) and not use.tensor.first:
        made, count = _ours(use, inner, both=True), 3 if inner.flag("use_bias", True) else 2
        _held(use, made, inner, "forward_layer/cell")
        return _merged(use, _held(use, made, inner, "backward_layer/cell", "_back", before=count), inner, mode)
    times = 2 if mode == "concat" else 1
    return use.shaped(_outputs(inner, shape, times), 2 * recurrent_params(inner, shape[-1]))


def _is_one_result(settings: LayerSettings) -> bool:
    """Whether both directions are the same layer, and what they give becomes one tensor."""
    forth, back = (settings.values.get(key) for key in ("layer", "backward_layer"))
    if isinstance(forth, dict) and isinstance(back, dict):
        one, other = (settings_of(layer, settings.place) for layer in (forth, back))
        if one.kind != other.kind or any(one.values.get(key) != other.values.get(key) for key in COMPUTED):
            return False
    return settings.values.get("merge_mode", "concat") is not None


def _merged(use: Use, made: KerasTensor, inner: LayerSettings, mode: str) -> KerasTensor:
    """What both directions give, which lies one after the other, in one."""
    if mode == "concat":
        return made
    units = inner.whole("units")
    ways = [use.add("SLICE", (made,), start=start, stop=start + units) for start in (0, units)]
    both = use.add(MERGED[mode], ways)
    return use.add("RESCALE", (both,), scale=0.5) if mode == "ave" else both


def _embedding(use: Use) -> KerasTensor:
    shape, units, rows = use.shape, use.settings.whole("output_dim"), use.settings.whole("input_dim")
    if shape is not None and len(shape) == 1:
        size = Sizes((shape[0], 1))
        node = use.assembler.add("RESHAPE", (use.tensor.node,), use.settings.place, size=size)
        use = use._replace(inputs=(use.counted(KerasTensor(node, 2), channels_first=False),))
        made = use.holding(use.add("EMBEDDING", rows=rows, units=units), "table")
        return use.differing(made, "index 0 is masked" if use.settings.flag("mask_zero", False) else "")
    return use.shaped((*shape, units) if shape else None, rows * units)


def _time_distributed(use: Use) -> KerasTensor:
    """A Dense at every step is a CONV of one position; another layer has the output that the file states."""
    inner = settings_of(use.settings.values.get("layer"), use.settings.place)
    shape = use.shape
    if inner.kind != "Dense" or shape is None or len(shape) < 2 or use.tensor.first:
        return use.stated_as()
    bias = inner.flag("use_bias", True)
    dense = use.add("CONV", filters=inner.whole("units"), extent=Sizes((1,)), bias=bias)
    use.holding(dense, "kernel", "bias", part="layer")
    return activate(use, dense, inner.values.get("activation"))


SEQUENCES: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(GATES, _recurrent),
    "Bidirectional": _bidirectional,
    "Embedding": _embedding,
    "TimeDistributed": _time_distributed,
    "MultiHeadAttention": attention,
}
"""The reader of each class."""
