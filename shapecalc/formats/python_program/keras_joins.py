"""What Keras' layers and functions make of several tensors: sums, products, and tensors one after the other."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from shapecalc.formats.python_program.applied_layers import AppliedLayers
from shapecalc.formats.python_program.framework_layers import JOINS
from shapecalc.formats.python_program.keras_lowering import config_of, lower
from shapecalc.formats.python_program.program_values import LayerObject, TensorValue, Unknown, Value
from shapecalc.lowering.keras.calls import Operand
from shapecalc.lowering.keras.rearranging import average, concatenate, dot, merge

LIKE = {"Minimum": "MAX", "Divide": "MUL"}
"""Joins that have the sizes and counts of ours, and other values."""
READERS = {
    **{base: merge(ours) for base, ours in {**JOINS, **LIKE}.items()}, "Average": average, "Concatenate": concatenate,
    "Dot": dot,
}  # fmt: skip


def join(program: AppliedLayers, layer: LayerObject, given: Sequence[Value], node: ast.AST) -> Value:
    """`Add()([x, y])`."""
    values = config_of(layer)
    made = joined(program, layer.name.base, given, values.get("axis", values.get("axes", -1)), node)
    if isinstance(made, TensorValue):
        program.part_of[made.node] = layer
    return made


def joined(program: AppliedLayers, base: str, given: Sequence[Value], axis: Value, node: ast.AST) -> Value:
    """The tensors joined as a layer of this name does it."""
    tensors = list[TensorValue]()
    for one in given:
        if not isinstance(one, TensorValue):
            return one if isinstance(one, Unknown) else program.lose(node)
        tensors.append(one)
    if len(tensors) == 1 and base in JOINS:
        return program.joined(JOINS[base], tensors, node)
    if base not in READERS or not tensors:
        return program.lose(node, f"what {base} does with {program.places.shown(node)} is not known")
    if base == "Subtract" and len(tensors) != 2:
        return program.lose(node, f"{base} takes 2 tensors, and here are {len(tensors)}")
    if base in LIKE:
        program.stand_in(node, LIKE[base])
    open_rank = (axis != -1 or program.channels_first) and None in (one.rank for one in tensors)
    made = None if open_rank else lower(program, READERS[base], base, {"axis": axis, "axes": axis}, tensors, node)
    along = f"along which axis {program.places.shown(node)} joins is not known" if base == "Concatenate" else ""
    return program.lose(node, along) if made is None else made


def with_number(
    program: AppliedLayers, base: str, tensor: TensorValue, number: float, node: ast.AST, *, before: bool
) -> Value:
    """`x / 255`, `1 - x`: each value with a number."""
    ours = {**JOINS, "Divide": "DIVIDE"}[base]
    return lower(program, merge(ours), base, {}, [tensor], node, operand=Operand(float(number), before))
