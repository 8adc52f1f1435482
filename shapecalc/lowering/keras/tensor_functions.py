"""Functions of keras.ops and of TensorFlow in a model: layers of ours, or the shape that NumPy's rules give."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import accumulate, pairwise
from math import prod
from typing import Any, TypeAlias

from shapecalc.core.padding import Padding
from shapecalc.core.parameters import Sizes
from shapecalc.dialects.forms import forms
from shapecalc.lowering.keras import elementwise, sliding
from shapecalc.lowering.keras.elementwise import axis_of, is_channel
from shapecalc.lowering.keras.layer_table import after_steps
from shapecalc.lowering.keras.rearranging import axis_word, broadcast_shape, concatenate, merge, permuted, reshaped
from shapecalc.lowering.keras.settings import KerasTensor
from shapecalc.lowering.keras.shape_numbers import as_function, of_numbers, with_numbers
from shapecalc.lowering.keras.sliding import einsum_shape
from shapecalc.lowering.keras.use import LEAKY, Use
from shapecalc.lowering.operator_call import Unread
from shapecalc.lowering.operator_products import products
from shapecalc.registry import by_name

Shape: TypeAlias = tuple[int, ...]
"""Without the batch."""
Made: TypeAlias = "KerasTensor | list[KerasTensor]"


def operation(use: Use) -> Made | None:
    """What a function gives, by its name without underscores; None for one that is in no table."""
    if use.settings.kind == "TensorFlowOpLayer":
        use = as_function(use)
    try:
        return _function(use)
    except Unread as unread:
        stated: KerasTensor = unread.read.stated_as()
        return stated


def _function(use: Use) -> Made | None:
    settings = use.settings
    name = settings.text("function") or settings.kind.lower()
    name = re.sub(r"^reduce(?=.)|v\d$", "", re.split("[./]", name)[-1].replace("_", ""))
    numbers = of_numbers(use, name)
    if numbers is not None:
        return numbers
    use = with_numbers(use)
    if use.tensor.steps:
        use = after_steps(use)
    if name in FUNCTIONS:
        return FUNCTIONS[name](use)
    known = by_name(name)
    if known is not None and known.type.op_category == "activation":
        return _activation(use, known.type.kind)
    return _shaped(use, name) if name in SHAPES else None


def _activation(use: Use, kind: str) -> KerasTensor:
    """Its settings are those of the function, whose defaults are not those of the layer."""
    if kind == "LRELU":
        slope = use.said("negative_slope", "alpha")
        return use.add(kind, slope=float(slope) if isinstance(slope, int | float) else LEAKY)
    if kind == "ELU":
        return sliding.by_form(forms("Keras")["ELU"])(use)
    if kind == "SOFTMAX":
        axis = use.said("axis")
        made = use.add(kind)
        return use.differing(made, "" if axis is None or is_channel(use.tensor, axis) else f"it sums along axis {axis}")
    made = use.add(kind)
    rough = kind == "GELU" and use.said("approximate") is not False
    return use.differing(made, "it is approximated with tanh" if rough else "")


def _places(use: Use, default: Any = None) -> list[int]:
    """The axes of an argument, counted without the batch. Raises Unread where it is not among them."""
    axes, rank = use.said("axis", "axes", "dim"), len(use.sizes)
    axes = default if axes is None else axes
    found = [axis_of(axis, rank) for axis in (axes if isinstance(axes, list) else [axes])]
    use.needs(all(0 <= place < rank for place in found))
    return found


def _numbers(value: Any) -> list[int]:
    """A list of whole numbers; empty for anything else."""
    value = [value] if type(value) is int else value
    return value if isinstance(value, list) and all(type(n) is int for n in value) else []


def _reduced(mode: str) -> Callable[[Use], KerasTensor]:
    """One value of all along some axes: a global pool over all positions, a DEPTHPOOL over the channels."""

    def read(use: Use) -> KerasTensor:
        shape, gone = use.sizes, _places(use)
        keeps = use.said("keepdims") is True
        left = tuple(1 if place in gone else n for place, n in enumerate(shape) if keeps or place not in gone) or (1,)
        channel = 0 if use.tensor.first and use.tensor.rank > 1 else len(shape) - 1
        ours = bool(mode) and not use.tensor.axes and not use.tensor.steps
        positions = sorted(gone) == [place for place in range(len(shape)) if place != channel]
        if ours and positions and len(shape) > 1:
            return use.add("GAP", rank=None if keeps else 1, mode=mode)
        if ours and gone == [channel] and len(shape) > 1:
            made = use.add("DEPTHPOOL", extent=shape[channel], stride=shape[channel], mode=mode)
            return made if keeps else use.named_last(reshaped(use._replace(inputs=(made,)), left))
        return use.shaped(left)

    return read


def _expanded(use: Use) -> KerasTensor:
    shape, axes = list(use.shape or ()), _numbers(use.said("axis"))
    if axes == [0] and shape and use.tensor.alone:
        return use.add("IDENTITY")._replace(alone=False)
    for axis in axes:
        shape.insert(axis - 1 if axis > 0 else len(shape) + 1 + axis, 1)
    use.needs(shape and axes and 0 not in axes)
    return reshaped(use, shape)


def _squeezed(use: Use) -> KerasTensor:
    ones = [place + 1 for place, n in enumerate(use.sizes) if n == 1]
    gone = _places(use, ones)
    left = [n for place, n in enumerate(use.sizes) if place not in gone]
    use.needs(left and gone)
    return reshaped(use, left)


def _reshaped(use: Use) -> KerasTensor:
    sizes = _numbers(use.said("newshape", "shape"))
    use.needs(len(sizes) > 1)
    (images, *shape), steps = sizes, use.tensor.steps
    if use.shape is None or (not steps and (images != -1 or -1 in shape)):
        return (use.shaped(None) if steps else reshaped(use, shape))._replace(steps=0)
    if images != -1 or -1 in shape:
        shape = _numbers(list(use.stated or ())[steps:])
        if not shape:
            return use.shaped(None)._replace(steps=0)
    windows, left = divmod(prod(use.shape), prod(shape) or 1)
    if left or not windows or (use.channels_first and windows > 1):
        return use.of_other_images(shape)
    made = reshaped(use, shape if windows == 1 else (windows, *shape))
    return made._replace(steps=int(windows > 1))


def _permuted(use: Use) -> KerasTensor:
    """A transpose, or axes that change places."""
    order = list(range(use.tensor.rank + 1))
    axes = _numbers(use.said("axes", "perm"))
    one, two = (_numbers(use.said(*names)) for names in (("axis1", "source"), ("axis2", "destination")))
    if axes:
        order = axes
    elif len(one) == len(two) == 1 and use.said("axis1") is not None:
        order[one[0]], order[two[0]] = order[two[0]], order[one[0]]
    elif len(one) == len(two) == 1:
        order.insert(two[0] % len(order), order.pop(one[0]))
    use.needs(order[:1] == [0] and sorted(order) == list(range(use.tensor.rank + 1)))
    return permuted(use, [n - 1 for n in order[1:]])


def _cut(use: Use, tensor: KerasTensor, axis: int, start: int, stop: int) -> KerasTensor:
    """Places of one axis that follow each other."""
    if tensor.axes:
        return use.shaped((*tensor.axes[:axis], stop - start, *tensor.axes[axis + 1 :]))
    along = axis_word(axis, tensor) if not is_channel(tensor, axis + 1) else None
    return use.add("SLICE", (tensor,), start=start, stop=stop, axis=along)


def _split(use: Use) -> Made:
    """A list of the parts; Keras 3 says where it cuts, TensorFlow how long parts are."""
    (axis, *_), said = _places(use, -1), use.said("indices_or_sections", "num_or_size_splits")
    size = use.sizes[axis]
    use.needs(0 < said <= size and size % said == 0 if isinstance(said, int) else _numbers(said))
    ends = list(range(0, size + 1, size // said)) if isinstance(said, int) else [0, *_numbers(said)]
    if use.said("num_or_size_splits") is not None and not isinstance(said, int):
        rest = size - sum(n for n in ends if n != -1)  # what -1 stands for
        ends = list(accumulate(rest if n == -1 else n for n in ends))
    ends = ends if ends[-1] == size else [*ends, size]
    return [_cut(use, use.tensor, axis, start, stop) for start, stop in pairwise(ends)]


def _taken(use: Use) -> KerasTensor:
    """A part by its places, as in x[:, 1:7, 0]."""
    given = use.call.given[1] if len(use.call.given) > 1 else use.said("slice_spec")
    shape, spec = list(use.shape or ()), given if isinstance(given, list) else [given]
    kept: list[int] = []
    cut: list[int] = []  # with the axes of which one place is taken, and without new ones
    tensor, axis, whole = use.tensor, -1, not use.tensor.axes
    for part in spec:
        kind, bounds = (part.get("class_name"), part.get("config", part)) if isinstance(part, dict) else ("", {})
        if kind == "__ellipsis__":
            end = len(shape) - sum(p is not None for p in spec[spec.index(part) + 1 :])
            left, axis = shape[max(axis, 0) : end], end
            kept, cut = [*kept, *left], [*cut, *left]
        elif part is None:
            kept.append(1)
        elif axis < 0:
            axis = 0  # of the batch, all is taken
        else:
            use.needs(axis < len(shape) and (type(part) is int or isinstance(bounds, dict)))
            at = range(shape[axis])
            axis += 1
            places = [at[part]] if type(part) is int and -len(at) <= part < len(at) else list(at[_slice_of(bounds)])
            use.needs(places)
            whole = whole and places == list(range(places[0], places[-1] + 1))
            if whole and len(places) < len(at):
                tensor = _cut(use, tensor, axis - 1, places[0], places[-1] + 1)
            cut.append(len(places))
            kept += [] if type(part) is int else [len(places)]
    left = shape[max(axis, 0) :]
    sizes = [*kept, *left]
    use.needs(shape and sizes)
    if not whole:
        stride = _stride(use, spec)
        return use.add("POOL", extent=1, stride=stride) if stride else use.shaped(sizes)
    same = sizes == [*cut, *left] and use.made
    return use.named_last(tensor if same else reshaped(use._replace(inputs=(tensor,)), sizes))


AXES_OF_IMAGES = 4
"""With that of the batch."""


def _stride(use: Use, spec: list[Any]) -> int:
    """Every how many positions `x[:, ::2, ::2, :]` takes of an image; 0 for other parts."""
    if use.tensor.rank + 1 != AXES_OF_IMAGES or use.tensor.axes or not all(isinstance(part, dict) for part in spec):
        return 0
    parts = [_slice_of(part.get("config", part)) for part in spec] + [slice(None)] * (AXES_OF_IMAGES - len(spec))
    channels, (_, one, other) = parts.pop(1 if use.tensor.first else -1), parts
    alike = one == other and one.start in (None, 0) and one.stop is None and channels == slice(None)
    return one.step if alike and one.step and one.step > 0 else 0


def _slice_of(bounds: dict[str, Any]) -> slice:
    start, stop, step = (bounds.get(key) if type(bounds.get(key)) is int else None for key in ("start", "stop", "step"))
    return slice(start, stop, step or None)


def _padded(use: Use) -> KerasTensor:
    pairs = use.said("pad_width", "paddings")
    channel = 1 if use.tensor.first else -1
    use.needs(isinstance(pairs, list) and len(pairs) == use.tensor.rank + 1 > 2)
    use.needs(all(len(_numbers(pair)) == 2 for pair in pairs) and not any(pairs[0]) and not any(pairs[channel]))
    spatial = pairs[2:] if use.tensor.first else pairs[1:-1]
    made = use.add("PAD", padding=Padding("", tuple((before, after) for before, after in reversed(spatial))))
    mode, filling = str(use.said("mode") or "constant").lower(), use.said("constant_values")
    return use.differing(
        made, f"it pads by {mode}" if mode != "constant" else f"it pads by {filling}" if filling else ""
    )


def _resized(use: Use) -> KerasTensor:
    size = _numbers(use.said("size"))
    use.needs(len(size) == 2 and use.tensor.rank == 3)
    how = str(use.said("interpolation", "method") or "bilinear").lower()
    return use.add("RESIZE", size=Sizes(reversed(size)), mode="bilinear" if how == "bilinear" else None)


def _pooled(kind: str) -> Callable[[Use], KerasTensor]:
    def read(use: Use) -> KerasTensor:
        rank = use.rank
        extent, stride = _numbers(use.said("pool_size", "ksize")), _numbers(use.said("strides"))
        sizes = [found[1 : rank + 1] if len(found) == rank + 2 else found for found in (extent, stride)]
        extent, stride = (found * rank if len(found) == 1 else found for found in (sizes[0], sizes[1] or sizes[0]))
        use.needs(len(extent) == len(stride) == rank)
        values = {"pool_size": extent, "strides": stride, "padding": use.said("padding")}
        return sliding.by_form(forms("Keras")[kind])(
            use._replace(settings=use.settings.with_values(use.settings.kind, values))
        )

    return read


def _clipped(use: Use) -> KerasTensor:
    low, high = use.said("x_min", "clip_value_min"), use.said("x_max", "clip_value_max")
    return use.add("RELU6") if (low, high) == (0, 6) else use.add("ACT", name="clip")


def _to_space(use: Use) -> KerasTensor:
    """Channels become blocks of pixels in TensorFlow's order, which counts the places of a block first."""
    block = use.said("block_size")
    use.needs(type(block) is int and block > 0)
    dealt = use.add("SHUFFLE", groups=block**use.rank)
    return use.named_last(use.add("PIXELSHUFFLE", (dealt,), factor=block))


def _to_depth(use: Use) -> KerasTensor:
    block = use.said("block_size")
    use.needs(type(block) is int and block > 0)
    depth = use.sizes[0 if use.tensor.first else -1]
    made = use.add("PIXELUNSHUFFLE", factor=block)
    return use.named_last(use.add("SHUFFLE", (made,), groups=depth))


def _repeated(use: Use) -> KerasTensor:
    """Each place of an axis several times; in the batch, as what all windows look at, each image."""
    shape, times = use.sizes, use.said("repeats")
    use.needs(type(times) is int)
    if times > 0 and not use.tensor.steps and use.said("axis") == 0:
        return use.shaped((times, *shape))._replace(steps=1)
    places = _places(use)
    return use.shaped(tuple(n * times if place in places else n for place, n in enumerate(shape)))


def _elementwise(name: str) -> Callable[[Use], KerasTensor]:
    return lambda use: use.add("ACT", name=name)


FUNCTIONS: dict[str, Callable[[Use], Made]] = {
    **dict.fromkeys(("add", "biasadd"), merge("ADD")), **dict.fromkeys(("multiply", "mul"), merge("MUL")),
    **dict.fromkeys(("subtract", "sub"), merge("SUB")),
    **dict.fromkeys(("truediv", "divide", "truedivide", "realdiv"), merge("DIVIDE")),
    "maximum": merge("MAX"), **dict.fromkeys(("minimum", "power", "pow"), merge("")),
    **dict.fromkeys(("concat", "concatenate"), concatenate),
    "mean": _reduced("avg"), "max": _reduced("max"), "amax": _reduced("max"),
    **dict.fromkeys(
        ("min", "amin", "sum", "prod", "std", "var", "logsumexp", "argmax", "argmin", "any", "all"), _reduced("")
    ),
    "expanddims": _expanded, "squeeze": _squeezed, "reshape": _reshaped,
    **dict.fromkeys(("transpose", "swapaxes", "moveaxis"), _permuted),
    "split": _split, **dict.fromkeys(("getitem", "stridedslice"), _taken), "pad": _padded, "resize": _resized,
    **dict.fromkeys(("maxpool", "maxpool2d"), _pooled("MaxPooling2D")),
    **dict.fromkeys(("averagepool", "avgpool", "avgpool2d"), _pooled("AveragePooling2D")),
    **dict.fromkeys(("clip", "clipbyvalue"), _clipped), "depthtospace": _to_space, "spacetodepth": _to_depth,
    **dict.fromkeys(("cast", "identity", "stopgradient", "converttotensor"), elementwise.plain("IDENTITY")),
    "repeat": _repeated, "negative": lambda use: use.add("RESCALE", scale=-1.0),
    **{name: _elementwise(name) for name in (
        "exp", "expm1", "log", "log1p", "sqrt", "rsqrt", "square", "abs", "sin", "cos", "sign", "floor",
        "ceil", "round", "reciprocal", "erf",
    )},
}  # fmt: skip
"""Functions that are layers of ours, at least for some arguments."""


def _stacked(use: Use, shape: Shape) -> Shape | None:
    axis = use.said("axis")
    if type(axis) is not int:
        return None
    place = axis - 1 if axis > 0 else len(shape) + 1 + axis
    return (*shape[:place], len(use.inputs), *shape[place:]) if axis else None


def _product(use: Use, shape: Shape) -> Shape | None:
    other = use.shapes[-1]
    turned = [use.said(key) is True for key in ("transpose_a", "transpose_b")]
    if other is None or len(use.inputs) < 2 or min(len(shape), len(other)) < 2:
        return None
    one, two = (s[:-2] + s[:-3:-1] if turn else s for s, turn in zip((shape, other), turned, strict=True))
    return (*one[:-1], two[-1])


def _tiled(use: Use, shape: Shape) -> Shape | None:
    times = _numbers(use.said("repeats", "multiples"))
    fits = times[:1] == [1] and len(times) == len(shape) + 1
    return tuple(n * t for n, t in zip(shape, times[1:], strict=True)) if fits else None


def _gathered(use: Use, shape: Shape) -> Shape | None:
    indices, places = use.call.given[1:2], _places(use)
    count = len(indices[0]) if indices and isinstance(indices[0], list) else 0
    return tuple(count if p in places else n for p, n in enumerate(shape)) if count else None


def _shaped(use: Use, name: str) -> KerasTensor:
    """With the multiply-accumulates of a product of tensors."""
    made, shapes = SHAPES[name](use, use.sizes), [(1, *(shape or ())) for shape in use.shapes]
    if made is None or len(shapes) < 2:
        return use.shaped(made)
    if name in ("matmul", "dot") and use.said("transpose_a") is True:
        return use.shaped(made, macs=prod(made) * shapes[0][-2])
    macs = products(name, shapes, (1, *made), str(use.said("subscripts", "equation") or ""))
    return use.shaped(made, macs=macs)


SHAPES: dict[str, Callable[[Use, Shape], Shape | None]] = {
    **dict.fromkeys(
        ("where", "equal", "notequal", "greater", "greaterequal", "less", "lessequal", "logicaland", "logicalor"),
        lambda use, shape: broadcast_shape(use),
    ),
    **dict.fromkeys(
        ("roll", "flip", "reverse", "normalize", "l2normalize", "cumsum", "sort", "logicalnot", "softmax"),
        lambda use, shape: shape,
    ),
    "stack": _stacked, "matmul": _product, "dot": _product, "tile": _tiled, "take": _gathered,
    "gather": _gathered, "einsum": lambda use, shape: einsum_shape(use, str(use.said("subscripts", "equation"))),
    "broadcastto": lambda use, shape: tuple(_numbers((use.said("shape") or ())[1:])) or None,
    "onehot": lambda use, shape: (*shape, n) if type(n := use.said("num_classes", "depth")) is int else None,
    "flatten": lambda use, shape: (prod(shape),),
}  # fmt: skip
"""Functions of which only the shape is told, from that of what they read."""
