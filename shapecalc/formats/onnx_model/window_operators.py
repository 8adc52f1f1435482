"""Convolutions and pools of ONNX: their windows, paddings and stated outputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from shapecalc.core.padding import Padding
from shapecalc.formats.onnx_model.node_use import NodeUse
from shapecalc.lowering import common_operators as common
from shapecalc.lowering.arrangements import reversed_axes, transposed_first
from shapecalc.lowering.flow import Flowing

Apply = Callable[[NodeUse], list[Flowing]]


def _padding(use: NodeUse, rank: int) -> Any:
    """`pads` are all beginnings, then all ends; `auto_pad` goes before them."""
    auto = use.attribute("auto_pad", "NOTSET")
    if auto in ("SAME_UPPER", "SAME_LOWER", "VALID"):
        return {"SAME_UPPER": "same", "SAME_LOWER": "same_lower"}.get(auto, "valid")
    pads = use.each("pads", 2 * rank, 0)
    return Padding("", tuple((pads[i], pads[i + rank]) for i in reversed(range(rank))))


def _window(use: NodeUse, kernel: Sequence[int]) -> dict[str, Any]:
    rank = len(kernel)
    strides, dilations = (use.each(name, rank, 1) for name in ("strides", "dilations"))
    return {
        "extent": common.width_first(kernel), "stride": common.width_first(strides), "padding": _padding(use, rank),
        "dilation": common.width_first(dilations) if set(dilations) != {1} else None,
    }  # fmt: skip


def _convolved(use: NodeUse, kind: str, filters: int, sliding: dict[str, Any]) -> list[Flowing]:
    groups, bias = int(use.attribute("group", 1)), None if use.input(2) else False
    return use.giving(use.add(kind, filters=filters, groups=groups if groups > 1 else None, bias=bias, **sliding))


def convolution(use: NodeUse) -> list[Flowing]:
    """With a bias where the next node adds one."""
    weight = use.weight(1)
    use.needs(len(weight) == use.rank + 2)
    use = use if use.input(2) else use.with_sum_after(weight[0], use.rank)
    made = _convolved(use, "CONV", weight[0], _window(use, weight[2:]))
    return use.holding(made, kernel=(1, reversed_axes), bias=2)


def transposed(use: NodeUse) -> list[Flowing]:
    """`output_shape` goes before the padding."""
    weight, groups = use.weight(1), int(use.attribute("group", 1))
    use.needs(len(weight) == use.rank + 2)
    sliding, extra = _window(use, weight[2:]), use.each("output_padding", use.rank, 0)
    if use.attribute("output_shape"):
        sliding["padding"], extra = _fitted(use, weight[2:], extra)
    if sliding["padding"] == "valid":
        sliding["padding"] = 0
    sliding["output_padding"] = common.width_first(extra) if any(extra) else None
    made = _convolved(use, "UPCONV", weight[1] * groups, sliding)
    return use.holding(made, kernel=(1, transposed_first(groups)), bias=2)


def _fitted(use: NodeUse, kernel: Sequence[int], extra: Sequence[int]) -> tuple[Padding, tuple[int, ...]]:
    """What a transposed convolution leaves out for the output that it states, or what is added at the ends."""
    rank, pairs, added = len(kernel), [], []
    wanted = tuple(use.attribute("output_shape"))[-rank:]
    strides, dilations = (use.each(name, rank, 1) for name in ("strides", "dilations"))
    upper = use.attribute("auto_pad", "NOTSET") == "SAME_UPPER"
    for axis, size in enumerate(use.first.shape[2:] if len(wanted) == rank else ()):
        whole = strides[axis] * (size - 1) + extra[axis] + (kernel[axis] - 1) * dilations[axis] + 1
        half, left = divmod(max(whole - wanted[axis], 0), 2)
        pairs.append((half, half + left) if upper else (half + left, half))
        added.append(extra[axis] + max(wanted[axis] - whole, 0))
    use.needs(pairs and all(more < stride for more, stride in zip(added, strides, strict=True)))
    return Padding("", tuple(reversed(pairs))), tuple(added)


def pool(mode: str) -> Apply:
    """A pool of a mode."""

    def apply(use: NodeUse) -> list[Flowing]:
        kernel, asked = use.attribute("kernel_shape"), [name for name in use.node.output[1:] if use.readers.get(name)]
        use.needs(kernel and len(kernel) == use.rank and not asked and use.attribute("p", 2) == 2)
        sliding = _window(use, tuple(kernel))
        if mode == "avg":
            sliding["count_include_pad"] = None if use.attribute("count_include_pad", 0) else False
        ceil = "true" if use.attribute("ceil_mode", 0) else None
        return use.giving(use.add("POOL", mode=mode, ceil=ceil, **sliding))

    return apply
