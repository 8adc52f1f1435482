"""Layers of Keras in programs as the reader of Keras' models lowers them: their arguments are its settings."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from shapecalc.core.parameters import Sizes
from shapecalc.core.phrases import size_text
from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Diagnosed
from shapecalc.expansion.options import Options
from shapecalc.formats.python_program.applied_layers import IMAGE, AppliedLayers
from shapecalc.formats.python_program.framework_layers import form_of
from shapecalc.formats.python_program.program_values import External, LayerObject, TensorValue, Value
from shapecalc.layers.opaque import Opaque
from shapecalc.layers.recurrent import GATES, Recurrent
from shapecalc.lowering.assembler import Assembler
from shapecalc.lowering.keras.calls import LayerCall, Operand
from shapecalc.lowering.keras.settings import KerasTensor, LayerSettings
from shapecalc.lowering.keras.use import Use
from shapecalc.passes.graph import NOT_UNDERSTOOD, Node

PLACES: Mapping[str, tuple[str, ...]] = {
    "Concatenate": ("axis",), "Dot": ("axes", "normalize"), "RepeatVector": ("n",), "Normalization": ("axis", "mean"),
    "RMSNormalization": ("axis", "epsilon"), "Attention": ("use_scale", "score_mode"),
    "AdditiveAttention": ("use_scale",), "GroupQueryAttention": ("head_dim", "num_query_heads", "num_key_value_heads"),
    "Bidirectional": ("layer", "merge_mode"), "RNN": ("cell", "return_sequences", "return_state"),
    **{f"ConvLSTM{n}D": ("filters", "kernel_size", "strides", "padding", "data_format") for n in (1, 2, 3)},
    "EinsumDense": ("equation", "output_shape", "activation", "bias_axes"), "StackedRNNCells": ("cells",),
    "SimpleRNNCell": ("units", "activation", "use_bias"),
    **dict.fromkeys(("LSTMCell", "GRUCell"), ("units", "activation", "recurrent_activation", "use_bias")),
}  # fmt: skip
"""The arguments in their order of layers that the table of calls does not have."""

DEFAULTS: Mapping[str, Mapping[str, Value]] = {
    **{key: {"pool_size": 2} for key in ("POOL", "AVGPOOL")}, "UPSAMPLE": {"size": 2}, "PAD": {"padding": 1},
    "CROP": {"cropping": 0}, "PRELU": {"shared_axes": None},
    **{key: {"reset_after": True} for key in ("GRU", "GRUCell")},
}  # fmt: skip
"""What saved models always have of a layer, and the readers of these have no default for."""

DEEPEST = 5
"""How deep lists and layers are in each other: a cell is in a list of a layer of cells, and has an activation."""


def config_of(layer: LayerObject) -> dict[str, Any]:
    """The settings of a layer, as a saved model has them."""
    form = form_of(layer.name)
    names = [slot.name for slot in form.slots] if form else PLACES.get(layer.name.base, ())
    by_place = {str(place): name for place, name in enumerate(names)}
    given = {by_place.get(key, key): value for key, value in layer.arguments.items()}
    values: dict[str, Any] = {**DEFAULTS.get(form.ours if form else layer.name.base, {}), **given}
    return {"strides": values["pool_size"], **values} if "pool_size" in values else values


def _plain(value: Value, depth: int = DEEPEST) -> Value:
    """A value as a saved model has it: functions by their names, and layers with their settings."""
    if isinstance(value, External):
        return value.base
    if isinstance(value, LayerObject) and depth:
        config = {key: _plain(one, depth - 1) for key, one in config_of(value).items()}
        return {"class_name": value.name.base, "config": config}
    return [_plain(one, depth - 1) for one in value] if isinstance(value, list | tuple) and depth else value


def lower(
    program: AppliedLayers,
    read: Callable[[Use], KerasTensor | list[KerasTensor] | None] | None,
    kind: str,
    values: Mapping[str, Any],
    given: Sequence[TensorValue],
    node: ast.AST,
    layer: LayerObject | None = None,
    own: str = "",
    operand: Operand | None = None,
) -> Value:
    """What a reader of Keras' models makes of a call, as layers of the program; None where it does not know that.

    What has weights in it has them from the `layer`. Nothing is made of one layer that is `own`: `Ellipsis` is given.
    """
    first, assembler = bool(program.channels_first), Assembler(Options())
    inputs = tuple(_input(program, assembler, one) for one in given)
    settings = LayerSettings(kind, "", "keras.layers", {key: _plain(value) for key, value in values.items()}, (0, 0))
    call = LayerCall("", 0, (), operand)
    use = Use(assembler, first, settings, "", inputs, None, [], (), call=call, may_turn=False)
    try:
        found = read(use) if read else use.stated_as()
    except Diagnosed as problem:
        return program.lose(node, f"{program.places.shown(node)}: {problem.diagnostics[0].message}")
    if found is None:
        return None
    results: list[KerasTensor] = found if isinstance(found, list) else [found]
    made = assembler.nodes[len(given) :]
    turned = any(one.axes or one.steps or one.alone or (one.rank > 1 and one.first != first) for one in results)
    if turned or not all(one.layer.understood for one in made):
        return None
    if [one.kind for one in made] == [own]:
        if assembler.stored.differing:
            program.stand_in(node, f"{own} of the channels")
        return ...
    ranks = {} if None in (one.rank for one in given) else {one.node: one.rank + 1 for one in results}
    owners, tensors = _owners(program, layer, assembler, made), [*given]
    for one, owner in zip(made, owners, strict=True):
        sources, volume, rank = [tensors[at] for at in one.inputs], assembler.volumes[one.index], ranks.get(one.index)
        depth = volume.depth if volume else sources[0].depth if len(sources) == 1 else None
        if len(sources) > 1:
            tensors.append(program.joined(_text(one), sources, node, rank=rank, depth=depth))
        else:
            tensors.append(program.ours(_text(one), sources[0], node, rank, depth))
        if owner is not None:
            program.change(tensors[-1].node, replace(program.nodes[-1], layer=owner))
        if layer is not None:
            program.part_of[tensors[-1].node] = layer
    for place in assembler.stored.differing:
        if assembler.nodes[place].kind not in GATES:  # there are notes of their arguments
            program.stand_in(node, assembler.nodes[place].kind)
    return [tensors[one.node] for one in results] if isinstance(found, list) else tensors[results[0].node]


def _input(program: AppliedLayers, assembler: Assembler, given: TensorValue) -> KerasTensor:
    """A tensor of the program; where its size is not known, or no volume is of its axes, that is not known either."""
    volume, rank = program.volume_of(given), (given.rank or IMAGE) - 1
    if volume is None or (rank > 1 and len(volume.sizes) != rank):
        place = assembler.add_layer(NOT_UNDERSTOOD, (), "", (0, 0))
        if given.depth:
            assembler.supposed.begin_open(place, (*((None,) * (rank - 1) or (1, 1)), given.depth))
    else:
        place = assembler.add("INPUT", (), (0, 0), size=Sizes(volume.sizes))
    return KerasTensor(place, rank, bool(program.channels_first) and rank > 1)


def _text(made: Node) -> str:
    """A layer as the diagram has it."""
    if isinstance(made.layer, Recurrent):
        return _recurrent_text(made.layer)
    if not isinstance(made.layer, Opaque):
        return made.text
    figures = {"params": made.layer.params, "buffers": made.layer.buffers, "macs": made.layer.macs}
    return ", ".join([f"OPAQUE({size_text(made.layer.size)}", *(f"{k}={n}" for k, n in figures.items() if n)]) + ")"


def _recurrent_text(layer: Recurrent) -> str:
    """A recurrent layer as Keras writes it: an LSTM among its layers is Keras'."""
    name = layer.kind.replace("RNN", "SimpleRNN")
    reset = f", reset_after={layer.biases > 1}" if layer.kind == "GRU" else ""
    text = f"layers.{name}({layer.units}, use_bias={layer.biases > 0}, return_sequences={not layer.last}{reset})"
    return f"layers.Bidirectional({text})" if layer.bidirectional else text


def _owners(
    program: AppliedLayers, layer: LayerObject | None, assembler: Assembler, made: Sequence[Node]
) -> list[LayerObject | None]:
    """What has the weights of each node: the layer, and where it is several nodes, a part of it for each."""
    known = [volume or assembler.supposed.get(at, (None,))[0] for at, volume in enumerate(assembler.volumes)]
    reads = [[volume for at in one.inputs if (volume := known[at])] for one in made]
    weighs = [
        len(read) == len(one.inputs) and bool(one.layer.weights(*read)) for one, read in zip(made, reads, strict=True)
    ]
    if layer is None or len(made) == 1:
        return [layer if one else None for one in weighs]
    parts = program.made_of.get(layer, ())
    parts += tuple(replace(layer) for _ in range(sum(weighs) - len(parts)))
    program.made_of[layer] = parts
    left = iter(parts)
    return [next(left) if one else None for one in weighs]
