"""Compares a sample with the same network in another program, layer by layer in the order in which they run."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from shapecalc.passes.report import Report, Row
from tests.networks import main_chain

Line = tuple[str, tuple[int, ...], int]
"""What is compared of a layer: its sort, its output (width x height x depth), its trained parameters."""

SORTS = {
    "conv": "CONV DWCONV SEPCONV Conv2d Conv2D DepthwiseConv2D SeparableConv2D",
    "norm": "BN LN BatchNorm2d BatchNormalization LayerNorm LayerNorm2d",
    "linear": "FC Linear Dense",
    "pool": "POOL GAP ADAPTIVEPOOL MaxPool2d AvgPool2d AdaptiveAvgPool2d MaxPooling2D AveragePooling2D "
    "GlobalAveragePooling2D max_pool2d avg_pool2d adaptive_avg_pool2d mean",
    "activation": "RELU RELU6 SILU HSWISH HSIGMOID SIGMOID GELU ReLU ReLU6 SiLU Hardswish Hardsigmoid Sigmoid "
    "Activation relu sigmoid",
    "add": "ADD Add add iadd",
    "multiply": "MUL Multiply mul",
    "concat": "CONCAT Concatenate cat",
}
"""What a layer is called here and there; dropout, softmax and whatever only moves values are not compared."""

SORT_OF = {name: sort for sort, names in SORTS.items() for name in names.split()}


def ours(report: Report, leaving_out: Collection[str]) -> list[Line]:
    """The rows up to the first output: heads that only train are chains of their own after it."""
    return list(_kept(map(_row, main_chain(report)), leaving_out))


def theirs(network: dict[str, Any], leaving_out: Collection[str]) -> list[Line]:
    """The layers as another program lists them: the traced graph where there is one, else the modules."""
    if "fx_graph" in network:
        modules = {module["name"]: module for module in network["layers"]}
        lines = (_traced(node, modules) for node in network["fx_graph"])
    else:
        lines = (_listed(module) for module in network["layers"])
    return list(_kept(lines, leaving_out))


def _kept(lines: Iterator[Line | None], leaving_out: Collection[str]) -> Iterator[Line]:
    return (line for line in lines if line is not None and line[0] not in leaving_out)


def _row(row: Row) -> Line | None:
    sort = SORT_OF.get(row.node.kind)
    assert row.output is not None
    return (sort, row.output.sizes, row.params or 0) if sort else None


def _listed(module: dict[str, Any]) -> Line | None:
    """A module of PyTorch (sizes N,C,H,W) or a layer of Keras (N,H,W,C)."""
    name = module.get("type") or module["cls"]
    sort = SORT_OF.get(name)
    if sort is None or (module["name"] == "predictions" and name == "Activation"):
        return None  # the last one is the softmax
    depth_last = "cls" in module or name in ("Linear", "LayerNorm", "GELU")
    return _line(sort, module["out"], depth_last, module.get("tr", module["params"]))


def _traced(node: dict[str, Any], modules: dict[str, dict[str, Any]]) -> Line | None:
    """A node of a traced graph: a module that is called, perhaps again, or a function."""
    if node["op"] == "call_module":
        return _listed({**modules[node["t"]], "out": node["s"]}) if node["t"] in modules else None
    sort = SORT_OF.get(node["t"])
    return _line(sort, node["s"], False, 0) if sort else None


def _line(sort: str, out: list[int], depth_last: bool, params: int) -> Line:
    _, *sizes = out
    if len(sizes) == 1:
        sizes = [1, 1, *sizes]
    elif not depth_last:
        sizes = [*sizes[1:], sizes[0]]
    height, width, depth = sizes
    if sort == "linear" and (width, height) != (1, 1):
        sort = "conv"  # a linear layer at every position is a convolution of 1x1
    return sort, (width, height, depth), params
