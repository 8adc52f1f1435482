"""What each operation of aten is in our words."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import isfinite, prod
from typing import Any

from shapecalc.dialects.forms import by_spelling, squashed
from shapecalc.formats.torch_export.arguments import Application
from shapecalc.lowering import common_operators as common
from shapecalc.lowering.flow import Flowing
from shapecalc.lowering.rearrangements import axis_word
from shapecalc.lowering.stated_calls import layer_of

Apply = Callable[[Application], list[Flowing]]
EPS = 1e-5
"""Of norms where a program says none, in PyTorch as here."""


def _as_called(use: Application, **known: Any) -> int:
    """The layer whose call in a text has these arguments."""
    form = by_spelling("PyTorch")[squashed(use.operation.name)]
    kind, arguments = layer_of(form, use.operation, use.rank, **known)
    return use.add(kind, **arguments)


def _by_form(use: Application) -> list[Flowing]:
    return use.giving(_as_called(use))


def _convolution(use: Application) -> list[Flowing]:
    """Its weights say how many filters it has, and their extents."""
    weight = use.shape_of("weight")
    use.needs(len(weight) == use.rank + 2)
    across = use.operation.name.startswith("conv_transpose")
    filters = weight[1] * use.operation.whole("groups", 1) if across else weight[0]
    bias = None if use.has("bias") else False
    return use.giving(_as_called(use, filters=filters, extent=common.width_first(weight[2:]), bias=bias))


def _adaptive(use: Application) -> list[Flowing]:
    alone = set(use.operation.each("output_size", use.rank, [1])) == {1}
    mode = "max" if "max" in use.operation.name else "avg"
    return use.giving(use.add("GAP", mode=mode)) if alone else _by_form(use)


def _along(apply: Callable[[Application, int], list[Flowing]], axis: int) -> Apply:
    """For what works along one axis, which is another than this one where the file names it."""
    return lambda use: apply(use, use.operation.whole("dim", axis))


def _reduced(mode: str | None) -> Apply:
    def apply(use: Application) -> list[Flowing]:
        dim = use.operation.value("dim")
        use.needs(use.operation.value("ord", 2) == 2 and (len(use.shapes) < 2 or not use.is_read(1)))  # where it is
        return common.averaged(use, [dim] if isinstance(dim, int) else use.operation.wholes("dim"), mode)

    return apply


def _linear(use: Application) -> list[Flowing]:
    weight = use.shape_of("weight")
    use.needs(len(weight) == 2)
    return common.product(use, weight[0], use.has("bias"))


def _matrix_product(use: Application) -> list[Flowing]:
    """A tensor times a matrix that is learned, which may have axes of 1 in front."""
    weight = use.shape_of("mat2" if use.operation.name != "matmul" else "other")
    use.needs(len(use.reads) == 1 and isinstance(use.values.get(use.tensors[0]), Flowing))
    use.needs(all(use.operation.value(key, 1) == 1 for key in ("alpha", "beta")))
    use.needs(len(weight) > 1 and prod(weight[:-2]) == 1)
    return common.product(use, weight[-1], use.has("bias"))


def _added_product(use: Application) -> list[Flowing]:
    """A factor and a summand for each channel."""
    shift, scale = (use.shape_of(key) for key in ("self", "tensor1"))
    depth = use.volume.depth if use.volume else 0
    use.needs(len(use.reads) == 1 and len(use.weights) == 2 and use.operation.value("value", 1) == 1)
    use.needs(all(prod(shape) == depth == shape[-1 - use.ones_after] for shape in (shift, scale)))
    return use.giving(use.add("SCALE"))


def batch_norm(use: Application) -> list[Flowing]:
    """With running statistics or those of the batch, over the channels wherever they are."""
    scale, shift = use.has("weight"), use.has("bias")
    given = {"affine": None if scale or shift else False, "track": None if use.has("running_mean") else False}
    given |= {"scale": False if shift and not scale else None, "shift": False if scale and not shift else None}
    return use.giving(use.add("BN", **given, eps=use.operation.real("eps", EPS)))


def _layer_norm(use: Application) -> list[Flowing]:
    shape = use.operation.wholes("normalized_shape")
    if 1 < len(shape) == len(use.first.shape) - 1:
        names = [name for key in ("weight", "bias") if (name := use.operation.tensor(key)) is not None]
        return common.normalised_whole(use, names, use.operation.real("eps", EPS))
    use = use.relaid(last=True) if len(shape) == 1 else use
    use.needs(len(shape) == 1 and (use.first.last or len(use.first.shape) == 2))
    eps = use.operation.real("eps", EPS)
    return common.norm(use, "LN", scale=use.has("weight"), shift=use.has("bias"), eps=eps)


def _rms_norm(use: Application) -> list[Flowing]:
    """A norm that does not subtract the mean, of which a program holds no values."""
    use.needs(len(use.operation.wholes("normalized_shape")) == 1 and (use.first.last or len(use.first.shape) == 2))
    return common.norm(use, "LN", scale=use.has("weight"), shift=False, eps=use.operation.real("eps", EPS))


def _group_norm(use: Application) -> list[Flowing]:
    kind, arguments = layer_of(by_spelling("PyTorch")["groupnorm"], use.operation, use.rank)
    return common.norm(use, kind, scale=use.has("weight"), shift=use.has("bias"), **arguments)


def _instance_norm(use: Application) -> list[Flowing]:
    if use.has("running_mean") and not use.operation.value("use_input_stats"):
        return batch_norm(use)
    use.needs(not use.has("running_mean") and use.has("weight") == use.has("bias"))
    eps = use.operation.real("eps", EPS)
    affine = True if use.has("weight") else None
    return use.giving(use.add("IN", affine=affine, eps=eps if eps != EPS else None))


def _hardtanh(use: Application) -> list[Flowing]:
    return common.clipped(use, use.operation.real("min_val", -1), use.operation.real("max_val", 1), "hardtanh")


def _joined(kind: str) -> Apply:
    """With a number it is a RESCALE."""

    def apply(use: Application) -> list[Flowing]:
        factor = use.operation.value("alpha", 1)
        alike = not use.shapes or use.shapes[0] == use.first.shape
        if len(use.reads) == 1 and not use.weights and alike:
            return _with_number(use, use.operation.value("other"), factor)
        use.needs(factor == 1 and not use.operation.value("rounding_mode"))
        return common.divided(use) if use.operation.name == "div" else common.joined(use, kind)

    return apply


def _with_number(use: Application, number: Any, factor: Any) -> list[Flowing]:
    name = use.operation.name
    known = all(isinstance(n, int | float) and isfinite(n) for n in (number, factor))
    if not known or name not in _RESCALED or (name == "div" and not number):
        return common.elementwise(use, name)
    return common.rescaled(use, name, *_RESCALED[name](number, factor))


_RESCALED: dict[str, Callable[[Any, Any], tuple[float, float]]] = {
    "add": lambda n, factor: (1, n * factor), "sub": lambda n, factor: (1, -n * factor), "mul": lambda n, _: (n, 0),
    "div": lambda n, _: (1 / n, 0), "rsub": lambda n, factor: (-factor, n),
}  # fmt: skip
"""Factor and summand of an operation with a number."""


def _flatten(use: Application) -> list[Flowing]:
    rank = len(use.first.shape)
    start, end = use.operation.whole("start_dim", 0) % max(rank, 1), use.operation.whole("end_dim", -1) % max(rank, 1)
    use.needs(start == 1 and end == rank - 1 and not (use.first.last and rank > 2))
    return use.giving(use.add("FLATTEN"))


def _view(use: Application) -> list[Flowing]:
    """All values in a row is ours; any other shape is opaque."""
    use.needs(len(use.shapes[0]) == 2 and not (use.first.last and len(use.first.shape) > 2))
    return use.giving(use.add("FLATTEN"))


def _pad(use: Application) -> list[Flowing]:
    """Values around axes, from the last on; programs hold no values, so that it does not matter which."""
    pads = use.operation.wholes("pad")
    use.needs(pads and not len(pads) % 2 and len(pads) <= 2 * use.axes)
    return common.bordered(use, {use.axes - 1 - i // 2: (pads[i], pads[i + 1]) for i in range(0, len(pads), 2)})


def _rolled(use: Application) -> list[Flowing]:
    """Positions that are moved around an axis: what is after a place, then what is before it."""
    shifts, dims, volume = use.operation.wholes("shifts"), use.operation.wholes("dims"), use.known(use.volume)
    spatial = [axis for axis in range(use.axes - 1, 0, -1) if axis != use.channel_axis]
    places = [dim % use.axes for dim in dims]
    use.needs(len(shifts) == len(dims) and len(spatial) == len(volume.spatial) and {*places} <= {*spatial})
    node = use.first.node
    for dim, shift in zip(places, shifts, strict=True):
        axis = spatial.index(dim)
        at, size, along = -shift % volume.spatial[axis], volume.spatial[axis], axis_word(axis, len(spatial))
        parts = [
            use.aside("SLICE", node, start=start, stop=stop, axis=along)
            for start, stop in ((at, size), (0, at))
            if start < stop
        ]
        node = use.joined("CONCAT", parts, axis=along) if len(parts) > 1 else parts[0]
    return use.giving(node)


def _upsample(mode: str) -> Apply:
    def apply(use: Application) -> list[Flowing]:
        factors = common.growth(use)
        if not use.stated:
            given = use.operation.value("scale_factors")
            use.needs(isinstance(given, list) and all(isinstance(f, int | float) for f in given))
            factors = [Fraction(str(f)) for f in reversed(given)]
        return common.enlarged(use, factors, mode)

    return apply


def _slice(use: Application) -> list[Flowing]:
    axis = use.operation.whole("dim", 0) % use.axes
    use.needs(use.first.shape)
    end = use.operation.whole("end", use.first.shape[axis])
    return common.sliced(use, {axis: (use.operation.whole("start", 0), end, use.operation.whole("step", 1))})


def _gated(use: Application) -> list[Flowing]:
    """GLU: the first half of the channels times the sigmoid of the second."""
    half, rest = divmod(use.known(use.volume).depth, 2)
    use.needs(not rest and use.operation.whole("dim", -1) % use.axes == use.channel_axis)
    first, gate = (use.aside("SLICE", use.first.node, start=start, stop=start + half) for start in (0, half))
    return use.giving(use.add("MUL", [first, use.aside("SIGMOID", gate)]))


def _clamped(use: Application) -> list[Flowing]:
    return common.clipped(use, use.operation.value("min"), use.operation.value("max"), "clip")


def _elementwise(use: Application) -> list[Flowing]:
    name, exponent = use.operation.name, use.operation.value("exponent")
    if name == "pow" and isinstance(exponent, int | float):
        return common.power(use, exponent)
    use.needs(not use.weights)
    return common.elementwise(use, name)


ELEMENTWISE = (
    "abs", "exp", "expm1", "log", "log1p", "sqrt", "rsqrt", "square", "reciprocal", "sign", "sin", "cos", "erf",
    "floor", "ceil", "round", "pow", "celu", "hardshrink", "softshrink", "log_sigmoid", "threshold", "rrelu",
)  # fmt: skip
"""Functions of single values without a layer of ours."""


ACTIVATIONS = (
    "relu", "relu6", "silu", "gelu", "sigmoid", "tanh", "hardswish", "hardsigmoid", "selu", "mish", "softplus", "elu",
    "leaky_relu",
)  # fmt: skip
"""Functions of single values that are layers of ours."""
SMOOTH = (
    "upsample_linear1d", "upsample_bilinear2d", "upsample_trilinear3d", "upsample_bicubic2d",
    "_upsample_bilinear2d_aa", "_upsample_bicubic2d_aa",
)  # fmt: skip
"""What makes values between others, as many as there are to be: programs hold none, so that it does not matter how."""
OPERATIONS: dict[str, Apply] = {
    **{f"upsample_nearest{n}d": _upsample("nearest") for n in "123"},
    **dict.fromkeys(SMOOTH, _upsample("bilinear")), "linear": _linear,
    **dict.fromkeys(("addmm", "mm", "bmm", "matmul"), _matrix_product), "layer_norm": _layer_norm,
    "rms_norm": _rms_norm, "addcmul": _added_product,
    **dict.fromkeys((*ACTIVATIONS, "dropout", "alpha_dropout"), _by_form), "hardtanh": _hardtanh,
    **dict.fromkeys(ELEMENTWISE, _elementwise),
    **dict.fromkeys(("clamp", "clamp_min", "clamp_max"), _clamped), "glu": _gated, "roll": _rolled,
    "mean": _reduced(None), "amax": _reduced("max"), "max": _reduced("max"), "linalg_vector_norm": _reduced("l2"),
    "sum": lambda use: common.summed(use, use.operation.wholes("dim")),
    "neg": lambda use: common.rescaled(use, "neg", -1, 0), "add": _joined("ADD"), "mul": _joined("MUL"),
    "sub": _joined("SUB"), "rsub": _joined(""), "maximum": _joined("MAX"), "div": _joined(""),
    "softmax": _along(common.softmax, -1), "log_softmax": _along(common.log_softmax, -1),
    **dict.fromkeys(("chunk", "split", "split_with_sizes"), _along(common.parts, 0)), "slice": _slice,
    "cat": _along(common.concatenated, 0), "flatten": _flatten,
    **dict.fromkeys(("view", "reshape", "reshape_as", "squeeze"), _view),
    **dict.fromkeys(("permute", "transpose", "swapaxes", "swapdims"), lambda use: common.permuted(use, use.order)),
    "pad": _pad,
    **{
        name: common.along_channels(read)
        for name, read in {
            "batch_norm": batch_norm, "group_norm": _group_norm, "instance_norm": _instance_norm,
            "prelu": lambda use: use.giving(use.add("PRELU", shared=use.shape_of("weight") == (1,) or None)),
            **{f"conv{across}{n}d": _convolution for across in ("", "_transpose") for n in "123"},
            **{f"{mode}_pool{n}d": _by_form for mode in ("max", "avg") for n in "123"},
            **{f"adaptive_{mode}_pool{n}d": _adaptive for mode in ("max", "avg") for n in "123"},
            **dict.fromkeys(("feature_dropout", "pixel_shuffle", "pixel_unshuffle", "channel_shuffle"), _by_form),
        }.items()
    },
    **dict.fromkeys(
        ("alias", "contiguous", "clone", "detach", "to", "_to_copy"), lambda use: use.giving(use.add("IDENTITY"))
    ),
}  # fmt: skip
"""The reader of each operation, by its name without variant."""
