"""Recurrent sections: opaque, with the values of the layers that Darknet makes inside of them."""

from __future__ import annotations

from shapecalc.core.layer import Volume
from shapecalc.formats.darknet.network import DarknetNetwork
from shapecalc.formats.darknet.sections import Section

Parts = tuple[tuple[int, int], ...]
"""The depth that each layer inside reads, and the one that it gives."""


def recurrent(network: DarknetNetwork, section: Section) -> None:
    """Connected layers, or convolutions that keep the size, from step to step.

    Source: the `make_…_layer` of rnn_layer.c, gru_layer.c, lstm_layer.c, crnn_layer.c and conv_lstm_layer.c.
    """
    volume, output = network.volume(), section.number("output", 1)
    if volume is None or output < 1:
        network.opaque(section, None)
        return
    slides = section.name in ("crnn", "conv_lstm")
    parts = _parts(section, volume.depth if slides else volume.size, output)
    window = (section.number("size", 3) ** 2) if slides else 1
    weights = sum(inputs // max(section.number("groups", 1), 1) * window * units for inputs, units in parts)
    units = sum(units for _, units in parts)
    norm = int(section.number("batch_normalize", 0) > 0)
    after = Volume(volume.spatial if slides else (1, 1), output, flat=not slides)
    network.opaque(section, after, params=weights + units * (1 + norm), buffers=2 * units * norm)


def _parts(section: Section, inputs: int, output: int) -> Parts:
    """The layers inside: three gates of a GRU and four of an LSTM, each for what arrives and for the state."""
    if section.name in ("rnn", "crnn"):
        hidden = section.number("hidden", output)  # which the original program takes always
        return (inputs, hidden), (hidden, hidden), (hidden, output)
    gates = 3 if section.name == "gru" else 4
    if section.number("bottleneck", 0):
        return ((2 * output, output), *(((inputs, output),) * gates))
    peepholes = 3 if section.number("peephole", 0) else 0
    return (*(((inputs, output),) * gates), *(((output, output),) * (gates + peepholes)))
