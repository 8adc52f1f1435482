"""Caffe's layers on steps: blobs of time x batch x values, and indices that become values."""

from __future__ import annotations

from collections.abc import Sequence

from shapecalc.core.layer import Volume
from shapecalc.core.parameters import Sizes
from shapecalc.formats.caffe.caffe_layer import CaffeLayer
from shapecalc.formats.caffe.text_format import Message
from shapecalc.lowering.flow import volume_of

RECURRENT = {"LSTM": 4, "RNN": 1}
"""Gates of the recurrent layers. They read steps, marks of where a sequence begins, and perhaps values of no step."""
MARKS = 1
"""The place of the marks among what a recurrent layer reads: they start its state anew, and give no values."""
REGROUP = frozenset({"Reshape", "Flatten"})
"""What makes steps of images."""


def step_blobs(layers: Sequence[tuple[str, Message]]) -> set[str]:
    """The blobs of steps: what recurrent layers read and make, and what that is made of."""
    found: set[str] = set()
    for kind, message in reversed(layers):
        if kind in RECURRENT:
            found.update(message.texts("bottom")[: MARKS + 1])
        elif kind not in REGROUP and found.intersection(message.texts("top")):
            found.update(message.texts("bottom"))
    return found


def recurrent(layer: CaffeLayer) -> list[int] | None:
    """One bias a gate. RNN has a second product, of the state, which is what it gives.

    Source: LSTMLayer, RNNLayer. With values of no step, or with states that are given and handed on, it is opaque.
    """
    param, volume = layer.param("recurrent_param"), layer.known(layer.volume)
    units, gates = param.number("num_output", 0), RECURRENT[layer.kind]
    states = min(gates, 2) if param.flag("expose_hidden", False) else 0
    assembler, span = layer.blobs.assembler, layer.message.span
    layer.needs(layer.steps and units > 0)
    if len(layer.inputs) > 1:
        other = layer.blobs.volume(layer.inputs[1]) if len(layer.inputs) > 1 + states else None
        still = gates * units * (other.size if other else 0)
        kernels = gates * units * (volume.depth + units) + (0 if gates > 1 else units**2)
        biases = (gates if gates > 1 else gates + 1) * units
        made = Volume(volume.spatial, units)
        ends = [layer.opaque(made, params=kernels + still + biases, macs=volume.positions * kernels + still)]
        last = Volume((1,), units)
        ends += [assembler.opaque(layer.kind, layer.inputs, span, volume=last) for _ in range(states)]
        layer.blobs.steps.update(ends)
        return ends
    if gates > 1:
        layer.add("LSTM", units=units, biases=1)
    else:
        state = assembler.add("RNN", layer.inputs, span, layer.name, units=units, biases=1)
        given = assembler.add("CONV", (state,), span, filters=units, extent=Sizes((1,)))
        layer.made = assembler.add("TANH", (given,), span)
        layer.keeps_axes()
    return None


def embed(layer: CaffeLayer) -> None:
    """A row of a table for every index, and a bias where it does not say otherwise: the values are the last axis."""
    param, volume = layer.param("embed_param"), layer.known(layer.volume)
    rows, units, bias = param.number("input_dim", 0), param.number("num_output", 0), param.flag("bias_term", True)
    layer.needs(min(rows, units) > 0 and not (layer.steps and volume.depth > 1))
    if layer.steps and not bias:
        layer.add("EMBEDDING", rows=rows, units=units)
    else:
        made = Volume(volume.spatial, units) if layer.steps else volume_of([*layer.dims, units], last=False)
        layer.opaque(made, params=(rows + bias) * units)
