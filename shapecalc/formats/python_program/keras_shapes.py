"""The shapes of tensors of Keras, as a program asks for them: computed from the layers up to there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.core.layer import Volume
from shapecalc.diagnostics.diagnostic import Diagnosed
from shapecalc.dialects.tree import in_our_words
from shapecalc.expansion.expander import expand
from shapecalc.expansion.options import Options
from shapecalc.formats.python_program.diagram_text import diagram_of
from shapecalc.formats.python_program.program_values import TensorValue
from shapecalc.language.syntax import Diagram
from shapecalc.parse import parse_statements
from shapecalc.passes.shapes import propagate

if TYPE_CHECKING:
    from shapecalc.formats.python_program.applied_layers import AppliedLayers

LAST = "data_format='channels_last'"


def volume_of(program: AppliedLayers, tensor: TensorValue) -> Volume | None:
    """The volume of a tensor; None where the program does not say how large its input is, or a layer does not fit."""
    if tensor.node < 0:
        return None
    if tensor.node not in program.volumes:
        program.volumes[tensor.node] = None
        written = diagram_of(program.nodes, (tensor,), {})
        program.count_steps(len(written.text))
        try:
            graph = expand(in_our_words(Diagram(parse_statements(written.text)), []), Options())
        except Diagnosed:
            return None
        program.volumes[tensor.node] = propagate(graph)[0][-1].output
    return program.volumes[tensor.node]


def shape_of(program: AppliedLayers, tensor: TensorValue) -> tuple[int, ...] | None:
    """The shape of a tensor without its batch, in Keras' order; None where it is not known."""
    volume = volume_of(program, tensor)
    if volume is None or tensor.rank is None:
        return None
    if tensor.rank == 2:
        return (volume.size,) if volume.positions == 1 else None
    if tensor.rank != len(volume.spatial) + 2:
        return None
    spatial = volume.spatial[::-1]
    return (volume.depth, *spatial) if program.channels_first else (*spatial, volume.depth)
