"""Operators on whole numbers, each as the operator on numbers with fractions that it stands for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

QUANTISED = "quantised"
"""The note on a node whose weights are whole numbers of a scale."""
_ROWS: dict[str, tuple[str, tuple[int, ...]]] = {
    "QLinearConv": ("Conv", (0, 3, 8)), "ConvInteger": ("Conv", (0, 1)), "QLinearMatMul": ("MatMul", (0, 3)),
    "MatMulInteger": ("MatMul", (0, 1)), "QGemm": ("Gemm", (0, 3, 6)), "QLinearAdd": ("Add", (0, 3)),
    "QLinearMul": ("Mul", (0, 3)), "QLinearGlobalAveragePool": ("GlobalAveragePool", (0,)),
    "QLinearAveragePool": ("AveragePool", (0,)), "QLinearSigmoid": ("Sigmoid", (0,)),
    "QLinearLeakyRelu": ("LeakyRelu", (0,)), "QLinearSoftmax": ("Softmax", (0,)),
    "Quant": ("Identity", (0,)), "BipolarQuant": ("Identity", (0,)), "Trunc": ("Identity", (0,)),
}  # fmt: skip
"""The operator that each is, and which of its inputs are no scales: those of ONNX, of onnxruntime and of Brevitas."""
_DOMAINS = ("", "ai.onnx", "com.microsoft", "onnx.brevitas", "qonnx.custom_op.general")


def without_scales(onnx: Any, model: Any) -> bool:
    """Puts operators on real numbers in the place of those on whole ones; whether the model has any."""
    kinds = {node.op_type for node in model.graph.node}
    if kinds.isdisjoint((*_ROWS, "QLinearConcat", "DynamicQuantizeLinear")):
        return False
    scales: set[str] = set()
    stored = {tensor.name for tensor in model.graph.initializer}
    nodes = [made for node in model.graph.node if (made := _plain(onnx, node, scales, stored)) is not None]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return True


def _plain(onnx: Any, node: Any, scales: set[str], stored: set[str]) -> Any:
    """A node without the scales among its inputs; None for one that only computes a scale."""
    last = any(attribute.name == "channels_last" and attribute.i for attribute in node.attribute)
    if node.domain not in _DOMAINS or last:  # no operator of ONNX has its channels last
        return node
    if node.op_type in _ROWS:
        kind, places = _ROWS[node.op_type]
        return _made(onnx, node, kind, [node.input[place] for place in places if place < len(node.input)])
    if node.op_type == "QLinearConcat":
        return _made(onnx, node, "Concat", list(node.input[2::3]))
    if node.op_type == "DynamicQuantizeLinear":
        scales.update(node.output[1:])
        return _made(onnx, node, "Identity", list(node.input[:1]))
    if node.op_type == "Mul" and not scales.isdisjoint(node.input):
        volumes = [name for name in node.input if name not in scales | stored]
        if volumes:
            return _made(onnx, node, "Identity", volumes[:1])
        scales.update(node.output)
        return None
    return node


def _made(onnx: Any, node: Any, kind: str, inputs: Sequence[str]) -> Any:
    made = onnx.helper.make_node(kind, list(inputs), list(node.output[:1]), name=node.name, doc_string=QUANTISED)
    schema = onnx.defs.get_schema(kind).attributes
    made.attribute.extend(attribute for attribute in node.attribute if attribute.name in schema)
    return made
