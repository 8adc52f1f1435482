"""What each operator of ONNX is in our words."""

from __future__ import annotations

from dataclasses import replace
from math import isclose, isfinite, prod

import numpy as np

from shapecalc.formats.onnx_model.branches import FLOATS
from shapecalc.formats.onnx_model.node_use import NodeUse
from shapecalc.formats.onnx_model.quantised_operators import QUANTISED
from shapecalc.formats.onnx_model.window_operators import Apply, convolution, pool, transposed
from shapecalc.lowering import common_operators as common
from shapecalc.lowering.arrangements import broadcast_to, reversed_axes, scaled
from shapecalc.lowering.flow import Flowing, Weights
from shapecalc.passes.graph import as_it_is


def _global(mode: str) -> Apply:
    return lambda use: use.giving(use.add("GAP", mode=mode))


def _axes(use: NodeUse) -> list[int]:
    return [int(n) for n in use.setting("axes", 1) or ()]


def _reduced(mode: str | None) -> Apply:
    return lambda use: common.averaged(use, _axes(use), mode)


def _gemm(use: NodeUse) -> list[Flowing]:
    weight, turned = use.weight(1), bool(use.attribute("transB", 0))
    use.needs(len(weight) == 2 and not use.attribute("transA", 0))
    use.needs(use.first.last or len(use.first.shape) == 2)
    units = weight[0] if turned else weight[1]
    use.needs(not use.input(2) or prod(use.weight(2)) == units)
    made = common.product(use, units, bias=bool(use.input(2)))
    kernel = scaled(reversed_axes if turned else as_it_is, float(use.attribute("alpha", 1)))
    return use.holding(made, kernel=(1, kernel), bias=(2, broadcast_to(units, float(use.attribute("beta", 1)))))


def _matmul(use: NodeUse) -> list[Flowing]:
    """With a bias where the next node adds one."""
    weight, use = use.weight(1), use.relaid(last=True)
    use.needs(len(weight) == 2 and len(use.reads) == 1 and (use.first.last or len(use.first.shape) == 2))
    use = use.with_sum_after(weight[1])
    return use.holding(common.product(use, weight[1], bias=bool(use.input(2))), kernel=1, bias=2)


def _batch_norm(use: NodeUse) -> list[Flowing]:
    depth = use.known(use.volume).depth
    use.needs(all(use.weight(n) == (depth,) for n in (1, 2, 3, 4)))
    without = {"scale": use.is_filled(1, 1), "shift": use.is_filled(2, 0)}
    flags = {"affine": False} if all(without.values()) else {name: False for name, gone in without.items() if gone}
    made = use.giving(use.add("BN", eps=float(use.attribute("epsilon", 1e-5)), **flags))
    use.differing(made, "it takes the statistics of the batch" if use.attribute("training_mode", 0) else "")
    return use.holding(made, scale=1, shift=2, mean=3, variance=4)


def _instance_norm(use: NodeUse) -> list[Flowing]:
    use.needs(use.weight(1) == (use.known(use.volume).depth,))
    affine = None if _is_bare(use) else True
    made = use.giving(use.add("IN", affine=affine, eps=float(use.attribute("epsilon", 1e-5))))
    return use.holding(made, scale=1, shift=2)


def _is_bare(use: NodeUse) -> bool:
    """Whether what a norm multiplies with and adds are ones and zeros that are no weights, or not there."""
    return not use.input(1) or (use.is_filled(1, 1) and (not use.input(2) or use.is_filled(2, 0)))


def _group_norm(use: NodeUse) -> list[Flowing]:
    """Up to opset 20 the operator has a factor for each group, which is ours only where there are none."""
    bare = _is_bare(use)
    use.needs({prod(use.weight(1)), prod(use.weight(2))} == {use.known(use.volume).depth} or bare)
    affine, groups = False if bare else None, int(use.attribute("num_groups", 1))
    made = use.giving(use.add("GN", groups=groups, affine=affine, eps=float(use.attribute("epsilon", 1e-5))))
    return use.holding(made, scale=1, shift=2)


def _layer_norm(use: NodeUse) -> list[Flowing]:
    rank = len(use.first.shape)
    if int(use.attribute("axis", -1)) % max(rank, 1) == 1 < rank - 1:
        names = [name for name in (use.input(1), use.input(2)) if name]
        return common.normalised_whole(use, names, float(use.attribute("epsilon", 1e-5)))
    use = use.relaid(last=True) if int(use.attribute("axis", -1)) in (-1, rank - 1) else use
    inner = int(use.attribute("axis", -1)) % max(rank, 1) == rank - 1 and (use.first.last or rank == 2)
    given, depth = [n for n in (1, 2) if use.input(n)], use.known(use.volume).depth
    use.needs(inner and all(use.weight(n) == (depth,) for n in given))
    bare = _is_bare(use)
    shift = 2 in given and not bare
    made = common.norm(use, "LN", scale=not bare, shift=shift, eps=float(use.attribute("epsilon", 1e-5)))
    return use.holding(made, scale=1, shift=2)


def _prelu(use: NodeUse) -> list[Flowing]:
    size, depth = prod(use.weight(1)), use.known(use.volume).depth
    use.needs(size in (1, depth))
    made = use.giving(use.add("PRELU", shared=True if size == 1 < depth else None))
    return use.holding(made, slope=1)


def _clip(use: NodeUse) -> list[Flowing]:
    low, high = use.setting("min", 1) or [None], use.setting("max", 2) or [None]
    return common.clipped(use, low[0], high[0], "clip")


def _expanded(use: NodeUse) -> list[Flowing]:
    """What is as large already, or is read by products with what is as large: they repeat it themselves."""
    wanted, gives = use.shapes[0], use.node.output[0]
    others = [name for node in use.readers.get(gives, ()) if node for name in node.input if name != gives]
    kinds = {node.op_type if node else "" for node in use.readers.get(gives, ())}
    there = [value for name in others if isinstance(value := use.values.get(name), Flowing)]
    fits = kinds <= {"Mul", "Div"} and len(there) == len(others) and all(value.shape == wanted for value in there)
    same = len(use.first.shape) == len(wanted) and (fits or use.first.shape == wanted)
    use.needs(same and len(use.reads) == 1)
    return [use.first]


def _activation(kind: str, attribute: str = "", field: str = "", default: float = 0) -> Apply:
    def apply(use: NodeUse) -> list[Flowing]:
        more = {field: round(float(use.attribute(attribute, default)), 7)} if field else {}
        return use.giving(use.add(kind, **more))

    return apply


def _hard_sigmoid(use: NodeUse) -> list[Flowing]:
    """Ours is that of torch and Keras 3: x/6 + 1/2."""
    alpha, beta = float(use.attribute("alpha", 0.2)), float(use.attribute("beta", 0.5))
    ours = isclose(alpha, 1 / 6, rel_tol=1e-5) and beta == 0.5
    return use.differing(use.giving(use.add("HSIGMOID")), "" if ours else f"its slope is {alpha:.3g}, not 1/6")


def _gelu(use: NodeUse) -> list[Flowing]:
    rough = use.attribute("approximate", "none") != "none"
    return use.differing(use.giving(use.add("GELU")), "it is approximated with tanh" if rough else "")


def _swish(use: NodeUse) -> list[Flowing]:
    slope = float(use.attribute("alpha", 1))
    return use.differing(use.giving(use.add("SILU")), "" if slope == 1 else f"its slope is {slope:.3g}, not 1")


def _mean_variance(use: NodeUse) -> list[Flowing]:
    use.needs([n % use.axes for n in use.attribute("axes", (0, 2, 3))] == [0, *range(2, use.axes)])
    return use.giving(use.add("IN", eps=1e-9))


def _cropped(use: NodeUse) -> list[Flowing]:
    """As Core ML's models have it: what is left, above, right and below is left out."""
    border = use.each("border", 4, 0)
    use.needs(use.rank == 2 and not use.attribute("scale"))
    left, top, right, bottom = (-n for n in border)
    return common.bordered(use, {3: (left, right), 2: (top, bottom)})


def _affine(use: NodeUse) -> list[Flowing]:
    scale, offset = (float(use.attribute(name, value)) for name, value in (("alpha", 1), ("beta", 0)))
    return common.rescaled(use, "affine", scale, offset)


def _cast(use: NodeUse) -> list[Flowing]:
    whole = use.attribute("to", 1) not in FLOATS
    return use.differing(_plain("IDENTITY")(use), "values become whole numbers" if whole else "")


def _quantised(use: NodeUse) -> list[Flowing]:
    return use.differing(_plain("IDENTITY")(use), "values are rounded to a few steps")


def _identity(use: NodeUse) -> list[Flowing]:
    return _quantised(use) if use.node.doc_string == QUANTISED else _plain("IDENTITY")(use)


def _elementwise(name: str) -> Apply:
    return lambda use: common.elementwise(use, name)


def _joined(kind: str) -> Apply:
    """With a number it is elementwise."""

    def apply(use: NodeUse) -> list[Flowing]:
        numbers = use.constants
        learned = any(name in use.parameters for name, *_ in use.weights)
        if len(use.reads) == 1 and numbers and prod(numbers[0].shape) <= 1 and not learned:
            return _with_number(replace(use, weights=()))
        scales = use.kind == "Mul" or (use.kind == "Div" and use.weight(1))
        if scales and (common.has_one_for_each_channel(use) or common.has_one_number(use)):
            return _scaled(use)
        return common.divided(use) if use.kind == "Div" else common.joined(use, kind)

    return apply


def _scaled(use: NodeUse) -> list[Flowing]:
    """A factor for each channel or for all, or what is divided by, and perhaps what the next node adds."""
    place = next(n for n in (0, 1) if isinstance(use.values.get(use.input(n)), Weights))
    shared = common.has_one_number(use)
    use = use.with_sum_after(prod(use.weight(place)), 0 if shared else use.ones_after)
    made = use.giving(use.add("SCALE", bias=None if use.input(2) else False, shared=True if shared else None))
    return use.holding(made, scale=(place, as_it_is if use.kind == "Mul" else np.reciprocal), shift=2)


def _with_number(use: NodeUse) -> list[Flowing]:
    """A sum, a product, a difference or a quotient with one known number is a RESCALE."""
    place = 0 if isinstance(use.values.get(use.input(0)), Weights) else 1
    number = (use.constant(place) or [None])[0]
    flipped = place == 0
    if number is None or not isfinite(number):
        return common.elementwise(use, use.kind.lower())
    scale, offset = {
        "Add": (1, number), "Mul": (number, 0), "Sub": (-1, number) if flipped else (1, -number),
        "Div": (1 / number if number and not flipped else 0, 0),
    }.get(use.kind, (0, 0))  # fmt: skip
    if use.kind == "Pow" and not flipped:
        return common.power(use, number)
    if not scale and use.kind != "Mul":
        return common.elementwise(use, "reciprocal" if (use.kind, number) == ("Div", 1) else use.kind.lower())
    return common.rescaled(use, use.kind.lower(), scale, offset)


def _concat(use: NodeUse) -> list[Flowing]:
    return common.concatenated(use, int(use.attribute("axis", 1)))


def _row(use: NodeUse) -> list[Flowing]:
    """All values in a row is ours; any other shape is opaque."""
    shape, before = use.shapes[0], use.first.shape
    use.needs(len(shape) == 2 and not (use.first.last and len(before) > 2) and prod(shape[1:]) == prod(before[1:]))
    node = use.add("FLATTEN")
    use.assembler.stored.channels_first[node] = True
    return use.giving(node)


def _transpose(use: NodeUse) -> list[Flowing]:
    return common.permuted(use, list(use.attribute("perm") or reversed(range(len(use.first.shape)))))


def _pad(use: NodeUse) -> list[Flowing]:
    """Values around some axes, of which only zeros are ours."""
    pads, value = use.setting("pads", 1) or [], use.attribute("value", 0) or (use.constant(2) or [0])[0]
    axes = (use.constant(3) if use.input(3) else list(range(len(use.first.shape)))) or []
    use.needs(pads and len(pads) == 2 * len(axes))
    pairs = zip(pads[: len(axes)], pads[len(axes) :], strict=True)
    made = common.bordered(use, {axis % use.axes: (int(a), int(b)) for axis, (a, b) in zip(axes, pairs, strict=True)})
    mode = use.attribute("mode", "constant")
    other = f"its border is {value:.3g}, not 0" if value else ""
    return use.differing(made, other if mode == "constant" else f"its border is that of the mode {mode}, not zeros")


def _resize(use: NodeUse) -> list[Flowing]:
    """The factor of each axis follows from the sizes, which ONNX infers; scales among the inputs are no parameters."""
    use = replace(use, weights=())
    factors = common.growth(use)
    use.needs(use.shapes[0][1:2] == (use.known(use.volume).depth,))
    smooth = use.attribute("mode", "nearest") in ("linear", "bilinear")
    made = common.enlarged(use, factors, "bilinear" if smooth else None)
    return use.differing(made, _other_pixels(use, smooth, whole=all(f.denominator == 1 for f in factors)))


def _other_pixels(use: NodeUse, smooth: bool, *, whole: bool) -> str:
    """Why a Resize reads other pixels than UPSAMPLE does, if it does: ours are repeated, or between pixel centres."""
    if use.kind == "Upsample":
        return "Upsample counts from the corner of pixels" if smooth else ""
    mode = use.attribute("coordinate_transformation_mode", "half_pixel" if use.opset > 10 else "asymmetric")
    nearest = use.attribute("nearest_mode", "round_prefer_floor" if use.opset > 10 else "floor")
    if use.attribute("mode", "nearest") == "cubic" or use.attribute("antialias", 0):
        return "it is cubic or without aliases"
    if smooth:
        return "" if mode in ("half_pixel", "pytorch_half_pixel") else f"its coordinates are {mode}"
    rounded = mode == "half_pixel" and nearest.startswith("round") and whole
    return "" if rounded or (mode, nearest) == ("asymmetric", "floor") else f"its pixels are {mode}, {nearest}"


def _split(use: NodeUse) -> list[Flowing]:
    return common.parts(use, int(use.attribute("axis", 0)))


def _slice(use: NodeUse) -> list[Flowing]:
    """Places that follow each other, or every so many of them."""
    starts, ends = use.known(use.setting("starts", 1)), use.known(use.setting("ends", 2))
    axes = use.setting("axes", 3) or list(range(len(starts)))
    steps = use.constant(4) or [1] * len(axes)
    use.needs(starts and len(starts) == len(ends) == len(axes) == len(steps))
    cuts = zip(map(int, starts), map(int, ends), steps, strict=True)
    return common.sliced(use, dict(zip(map(int, axes), cuts, strict=True)))


def _softmax(use: NodeUse) -> list[Flowing]:
    made = common.softmax(use, _softmax_axis(use))
    return use.differing(made, "before opset 13 it sums over all positions" if _sums_over_positions(use) else "")


def _log_softmax(use: NodeUse) -> list[Flowing]:
    use.needs(not _sums_over_positions(use))
    return common.log_softmax(use, _softmax_axis(use))


def _softmax_axis(use: NodeUse) -> int:
    return int(use.attribute("axis", -1 if use.opset > 12 or len(use.first.shape) == 2 else 1))


def _sums_over_positions(use: NodeUse) -> bool:
    """Before opset 13 all axes from the one that is named on are one."""
    several = use.volume is not None and use.volume.positions > 1
    return use.opset < 13 and several and _softmax_axis(use) % use.axes != use.axes - 1


def _depth_to_space(use: NodeUse) -> list[Flowing]:
    use.needs(use.attribute("mode", "DCR") == "CRD" and use.rank == 2)
    return use.giving(use.add("PIXELSHUFFLE", factor=int(use.attribute("blocksize", 1))))


def _lrn(use: NodeUse) -> list[Flowing]:
    named = {name: float(use.attribute(name, value)) for name, value in (("alpha", 1e-4), ("beta", 0.75))}
    return use.giving(use.add("LRN", n=int(use.attribute("size", 5)), k=float(use.attribute("bias", 1)), **named))


def _plain(kind: str) -> Apply:
    """A layer of ours as it is; scales and bounds among the inputs are no parameters."""
    return lambda use: use.giving(replace(use, weights=()).add(kind))


ELEMENTWISE = (
    "Erf", "Exp", "Log", "Sqrt", "Abs", "Reciprocal", "Ceil", "Floor", "Round", "Sign", "Sin", "Cos", "Softsign",
    "Celu", "ThresholdedRelu", "Shrink",
)  # fmt: skip
"""Functions of single values without a layer of ours."""
CHANNELS_FIRST: dict[str, Apply] = {
    "Conv": convolution, "ConvTranspose": transposed, "MaxPool": pool("max"), "AveragePool": pool("avg"),
    "LpPool": pool("l2"), "GlobalAveragePool": _global("avg"), "GlobalMaxPool": _global("max"),
    "BatchNormalization": _batch_norm, "InstanceNormalization": _instance_norm, "GroupNormalization": _group_norm,
    "PRelu": _prelu, "MeanVarianceNormalization": _mean_variance, "DepthToSpace": _depth_to_space, "LRN": _lrn,
}  # fmt: skip
"""Operators that take the axis after the batch for the channels, whatever that holds."""
OPERATORS: dict[str, Apply] = {
    **{name: common.along_channels(apply) for name, apply in CHANNELS_FIRST.items()},
    "ReduceMean": _reduced(None), "ReduceMax": _reduced("max"), "ReduceL2": _reduced("l2"),
    "Gemm": _gemm, "MatMul": _matmul, "LayerNormalization": _layer_norm, "Clip": _clip,
    "Relu": _activation("RELU"), "Sigmoid": _activation("SIGMOID"),
    "Tanh": _activation("TANH"), "HardSwish": _activation("HSWISH"), "Swish": _swish,
    "HardSigmoid": _hard_sigmoid, "Selu": _activation("SELU"), "Gelu": _gelu,
    "Mish": _activation("MISH"), "Softplus": _activation("SOFTPLUS"), "Elu": _activation("ELU", "alpha", "alpha", 1),
    "LeakyRelu": _activation("LRELU", "alpha", "slope", 0.01),
    **{name: _elementwise(name.lower()) for name in ELEMENTWISE},
    "Add": _joined("ADD"), "Sum": _joined("ADD"), "Mul": _joined("MUL"), "Sub": _joined("SUB"), "Div": _joined(""),
    "Max": _joined("MAX"), "Pow": _joined(""), "Concat": _concat, "Flatten": _row, "Reshape": _row, "Squeeze": _row,
    "Transpose": _transpose, "Pad": _pad, "Resize": _resize, "Upsample": _resize, "Split": _split, "Slice": _slice,
    "Expand": _expanded, "Neg": lambda use: common.rescaled(use, "neg", -1, 0), "Crop": _cropped, "Affine": _affine,
    "ImageScaler": _elementwise("imagescaler"), "LogSoftmax": _log_softmax, "Softmax": _softmax,
    "Dropout": _plain("IDENTITY"), "ReduceSum": lambda use: common.summed(use, _axes(use)),
    "Identity": _identity, "Cast": _cast, "QuantizeLinear": _quantised, "DequantizeLinear": _quantised,
}  # fmt: skip
"""The reader of each operator."""
