"""What each operator of ONNX is in our words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import prod
from typing import Any, NamedTuple

from shapecalc.core.layer import Volume
from shapecalc.core.padding import Padding
from shapecalc.core.parameters import Sizes, Word
from shapecalc.diagnostics.diagnostic import Diagnosed, report
from shapecalc.formats.onnx_model.folding import Ints
from shapecalc.lowering.assembler import Assembler
from shapecalc.lowering.flow import Flowing, Weights, volume_of_shape


class NodeUse(NamedTuple):
    """One node on some tensors."""

    onnx: Any
    assembler: Assembler
    owners: dict[str, int]
    """The node that first read each weight."""
    node: Any
    values: Mapping[str, Flowing | Weights]
    constants: Mapping[str, Any]
    ints: Mapping[str, Ints]
    """Known shapes and parts of them."""
    shapes: tuple[tuple[int, ...], ...]
    """Of its outputs; empty where unknown."""
    batch: int
    weights: tuple[tuple[str, int, bool], ...]
    """The weights that it reads: name, number of values, whether they are trained."""

    @property
    def reads(self) -> list[Flowing]:
        """What it reads that depends on the input."""
        found = (self.values.get(name) for name in self.node.input)
        return [value for value in found if isinstance(value, Flowing)]

    @property
    def first(self) -> Flowing:
        """The first of these."""
        return self.reads[0]

    @property
    def volume(self) -> Volume | None:
        """The volume of the first."""
        return self.assembler.volumes[self.first.node]

    @property
    def rank(self) -> int:
        """Spatial axes of the first."""
        return max(len(self.first.shape) - 2, 1)

    @property
    def batch_first(self) -> bool:
        """Whether the first axis of everything known is the batch."""
        shapes = [*(value.shape for value in self.reads), *self.shapes]
        return all(not shape or shape[0] == self.batch for shape in shapes)

    def input(self, place: int) -> str:
        """The name of an input; empty where it is left out."""
        return self.node.input[place] if place < len(self.node.input) else ""

    def weight(self, place: int) -> tuple[int, ...]:
        """The shape of a weight; empty where the input is none."""
        value = self.values.get(self.input(place))
        return value.shape if isinstance(value, Weights) else ()

    def attribute(self, name: str, default: Any = None) -> Any:
        """The value of an attribute."""
        for attribute in self.node.attribute:
            if attribute.name == name:
                value = self.onnx.helper.get_attribute_value(attribute)
                return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
        return default

    def constant(self, place: int) -> list[Any] | None:
        """The values of a short constant; None where it is unknown."""
        known = self.ints.get(self.input(place))
        if known is not None:
            return list(known.reshape(-1).tolist())
        tensor = self.constants.get(self.input(place))
        if tensor is None or not self.input(place) or prod(tensor.dims) > 64:
            return None
        try:
            return list(self.onnx.numpy_helper.to_array(tensor).reshape(-1).tolist())
        except Exception:  # values that are stored elsewhere, or that do not fit their shape
            return None

    def setting(self, name: str, place: int) -> list[Any] | None:
        """What was an attribute in older opsets and is an input in newer ones."""
        value = self.attribute(name)
        if value is None:
            return self.constant(place)
        return list(value) if isinstance(value, list | tuple) else [value]

    def each(self, name: str, rank: int, default: int) -> tuple[int, ...]:
        """One number for every spatial axis. Raises Diagnosed SHP010."""
        value = tuple(self.attribute(name) or (default,) * rank)
        if len(value) != rank or not all(isinstance(n, int) for n in value):
            message = f"{self.path}: {name} has {len(value)} numbers for {rank} axes"
            raise Diagnosed(report("SHP010", message))
        return value

    @property
    def path(self) -> str:
        """Its name, or that of what it gives."""
        return str(self.node.name) or (self.node.output[0] if self.node.output else self.node.op_type)

    def add(self, kind: str, inputs: Sequence[int] | None = None, /, **arguments: Any) -> int:
        """A layer of ours under the name of the node."""
        reads = (self.first.node,) if inputs is None else inputs
        owner = self.owners.get(self.weights[0][0]) if self.weights else None
        node = self.assembler.add(kind, reads, self.path, self.node.name, owner, **arguments)
        for name, _, _ in self.weights:
            self.owners.setdefault(name, node)
        return node

    def giving(self, node: int, *, last: bool | None = None) -> list[Flowing]:
        """The output, laid out as the input unless it says otherwise."""
        shape = self.shapes[0] if self.shapes else ()
        last = self.first.last if last is None else last
        volume = self.assembler.volumes[node]
        if not shape and volume is not None:
            spatial = tuple(reversed(volume.spatial))
            shape = (self.batch, *spatial, volume.depth) if last else (self.batch, volume.depth, *spatial)
        return [Flowing(node, shape, last)]


Apply = Callable[[NodeUse], list[Flowing]]


def opaque(use: NodeUse) -> list[Flowing]:
    """Anything else: the volume that is inferred or stated, and the weights that it is the first to read."""
    params = sum(size for name, size, _ in use.weights if name not in use.owners)
    made = []
    for place, name in enumerate(use.node.output):
        shape = use.shapes[place]
        volume = volume_of_shape(shape, last=use.first.last)
        label = use.node.name if place == 0 else ""
        node = use.assembler.opaque(
            use.node.op_type, [v.node for v in use.reads], use.path if place == 0 else name, label,
            volume=volume, params=params if place == 0 else 0,
        )  # fmt: skip
        for weight, _, _ in use.weights:
            use.owners.setdefault(weight, node)
        made.append(Flowing(node, shape, use.first.last))
    return made


def _turned(sizes: Sequence[int]) -> Sizes:
    return Sizes(reversed(sizes))


def _padding(use: NodeUse, rank: int) -> Any:
    """`pads` are all beginnings, then all ends; `auto_pad` goes before them."""
    auto = use.attribute("auto_pad", "NOTSET")
    if auto in ("SAME_UPPER", "SAME_LOWER", "VALID"):
        return Word({"SAME_UPPER": "same", "SAME_LOWER": "same_lower"}.get(auto, "valid"))
    pads = use.each("pads", 2 * rank, 0)
    return Padding("", tuple((pads[i], pads[i + rank]) for i in reversed(range(rank))))


def _window(use: NodeUse, kernel: Sequence[int]) -> dict[str, Any]:
    rank = len(kernel)
    dilation = use.each("dilations", rank, 1)
    return {
        "extent": _turned(kernel),
        "stride": _turned(use.each("strides", rank, 1)),
        "padding": _padding(use, rank),
        "dilation": _turned(dilation) if set(dilation) != {1} else None,
    }


def _convolution(use: NodeUse) -> list[Flowing]:
    weight, groups = use.weight(1), int(use.attribute("group", 1))
    if use.first.last or len(weight) != use.rank + 2:
        return opaque(use)
    bias = None if use.input(2) else False
    window = _window(use, weight[2:])
    return use.giving(use.add("CONV", filters=weight[0], groups=groups if groups > 1 else None, bias=bias, **window))


def _transposed(use: NodeUse) -> list[Flowing]:
    """`output_shape` goes before the padding."""
    weight, groups = use.weight(1), int(use.attribute("group", 1))
    if use.first.last or len(weight) != use.rank + 2 or use.attribute("output_shape"):
        return opaque(use)
    window, extra = _window(use, weight[2:]), use.each("output_padding", use.rank, 0)
    if isinstance(window["padding"], Word) and window["padding"] == "valid":
        window["padding"] = 0
    return use.giving(
        use.add(
            "UPCONV", filters=weight[1] * groups, groups=groups if groups > 1 else None,
            bias=None if use.input(2) else False, output_padding=_turned(extra) if any(extra) else None, **window,
        )
    )  # fmt: skip


def _pool(mode: str) -> Apply:
    def apply(use: NodeUse) -> list[Flowing]:
        kernel = use.attribute("kernel_shape")
        if use.first.last or not kernel or len(kernel) != use.rank or len(use.node.output) > 1:
            return opaque(use)
        window = _window(use, tuple(kernel))
        if mode == "avg":
            window["count_include_pad"] = None if use.attribute("count_include_pad", 0) else False
        ceil = Word("true") if use.attribute("ceil_mode", 0) else None
        return use.giving(use.add("POOL", mode=Word(mode), ceil=ceil, **window))

    return apply


def _global(mode: str) -> Apply:
    return lambda use: opaque(use) if use.first.last else use.giving(use.add("GAP", mode=Word(mode)))


def _reduced(use: NodeUse) -> list[Flowing]:
    """A mean over all spatial axes is a global pool."""
    rank, axes = len(use.first.shape), use.setting("axes", 1)
    spatial = set(range(1, rank - 1)) if use.first.last else set(range(2, rank))
    if not axes or not spatial or {int(n) % rank for n in axes} != spatial:
        return opaque(use)
    return use.giving(use.add("GAP"))


def _gemm(use: NodeUse) -> list[Flowing]:
    weight = use.weight(1)
    if len(weight) != 2 or use.attribute("transA", 0) or len(use.first.shape) != 2:
        return opaque(use)
    units = weight[0] if use.attribute("transB", 0) else weight[1]
    return use.giving(use.add("FC", units=units, bias=None if use.input(2) else False))


def _matmul(use: NodeUse) -> list[Flowing]:
    """With a weight it is an FC on a row of values, and a convolution of 1x1 on the last axis of a volume."""
    weight = use.weight(1)
    if len(weight) != 2 or len(use.reads) > 1:
        return opaque(use)
    if len(use.first.shape) == 2:
        return use.giving(use.add("FC", units=weight[1], bias=False))
    if use.first.last:
        return use.giving(use.add("CONV", filters=weight[1], extent=1, stride=1, padding=0, bias=False))
    return opaque(use)


def _batch_norm(use: NodeUse) -> list[Flowing]:
    volume = use.volume
    if use.first.last or volume is None or any(use.weight(n) != (volume.depth,) for n in (1, 2, 3, 4)):
        return opaque(use)
    made = use.add("BN", eps=float(use.attribute("epsilon", 1e-5)))
    return use.giving(made)


def _instance_norm(use: NodeUse) -> list[Flowing]:
    volume = use.volume
    if use.first.last or volume is None or use.weight(1) != (volume.depth,):
        return opaque(use)
    return use.giving(use.add("IN", affine=True))


def _layer_norm(use: NodeUse) -> list[Flowing]:
    volume, rank = use.volume, len(use.first.shape)
    if volume is None or use.weight(1) != (volume.depth,) or use.weight(2) != (volume.depth,):
        return opaque(use)
    inner = int(use.attribute("axis", -1)) % max(rank, 1) == rank - 1 and (use.first.last or rank == 2)
    return use.giving(use.add("LN")) if inner else opaque(use)


def _prelu(use: NodeUse) -> list[Flowing]:
    volume, weight = use.volume, use.weight(1)
    if use.first.last or volume is None or prod(weight) not in (1, volume.depth):
        return opaque(use)
    return use.giving(use.add("PRELU", shared=True if prod(weight) == 1 and volume.depth > 1 else None))


def _clip(use: NodeUse) -> list[Flowing]:
    low, high = use.setting("min", 1), use.setting("max", 2)
    if low == [0] and high == [6]:
        return use.giving(use.add("RELU6"))
    return use.giving(use.add("ACT", name=Word("clip")))


def _activation(kind: str, attribute: str = "", field: str = "", default: float = 0) -> Apply:
    def apply(use: NodeUse) -> list[Flowing]:
        more = {field: round(float(use.attribute(attribute, default)), 7)} if field else {}
        return use.giving(use.add(kind, **more))

    return apply


def _elementwise(name: str) -> Apply:
    return lambda use: use.giving(use.add("ACT", name=Word(name)))


def _joined(kind: str) -> Apply:
    """ADD and MUL of volumes that fit; a factor of each channel is a SCALE; with a number it is elementwise."""

    def apply(use: NodeUse) -> list[Flowing]:
        reads = use.reads
        if len(reads) > 1:
            volumes = [use.assembler.volumes[v.node] for v in reads]
            fits = len(set(volumes)) == 1 or any(v is not None and v.positions == 1 for v in volumes)
            fits = fits and len({v.depth for v in volumes if v}) == 1 and len({len(v.shape) for v in reads}) == 1
            if kind and fits and len({v.last for v in reads}) == 1:
                return use.giving(use.add(kind, [v.node for v in reads]))
            return opaque(use)
        others = [v for name in use.node.input if isinstance(v := use.values.get(name), Weights)]
        if others and prod(others[0].shape) <= 1:
            return use.giving(use._replace(weights=()).add("ACT", name=Word(use.node.op_type.lower())))
        depth = use.volume.depth if use.volume else 0
        wanted = (depth,) if use.first.last else (depth, *(1,) * use.rank)
        if kind == "MUL" and len(use.weights) == 1 and others[0].shape in (wanted, (1, *wanted)):
            return use.giving(use.add("SCALE", bias=False))
        return opaque(use)

    return apply


def _concat(use: NodeUse) -> list[Flowing]:
    rank = len(use.first.shape)
    axis = int(use.attribute("axis", 1)) % max(rank, 1)
    channel = rank - 1 if use.first.last else 1
    if use.weights or axis != channel or len({v.last for v in use.reads}) > 1:
        return opaque(use)
    nodes = [v.node for v in use.reads]
    return use.giving(use.add("CONCAT", nodes) if len(nodes) > 1 else use.add("IDENTITY"))


def _row(use: NodeUse) -> list[Flowing]:
    """All values in a row is ours; any other shape is opaque."""
    shape, before = use.shapes[0], use.first.shape
    if len(shape) == 2 and not (use.first.last and len(before) > 2) and prod(shape[1:]) == prod(before[1:]):
        return use.giving(use.add("FLATTEN"))
    return opaque(use)


def _transpose(use: NodeUse) -> list[Flowing]:
    """Channels to the back or to the front leave the volume."""
    rank = len(use.first.shape)
    order = list(use.attribute("perm") or reversed(range(rank)))
    back, front = [0, *range(2, rank), 1], [0, rank - 1, *range(1, rank - 1)]
    if rank > 2 and order == (front if use.first.last else back):
        return use.giving(use.add("IDENTITY"), last=not use.first.last)
    return opaque(use)


def _pad(use: NodeUse) -> list[Flowing]:
    """Zeros around spatial axes."""
    pads, rank = use.setting("pads", 1), use.rank
    value = use.attribute("value", 0) or (use.constant(2) or [0])[0]
    whole = len(use.first.shape)
    if use.first.last or not pads or use.attribute("mode", "constant") != "constant" or value or use.input(3):
        return opaque(use)
    if len(pads) != 2 * whole or any(pads[n] or pads[n + whole] for n in (0, 1)) or min(pads) < 0:
        return opaque(use)
    pairs = tuple((int(pads[n]), int(pads[n + whole])) for n in reversed(range(whole - rank, whole)))
    return use.giving(use.add("PAD", padding=Padding("", pairs)))


def _resize(use: NodeUse) -> list[Flowing]:
    """The factor of each axis follows from the sizes, which ONNX infers; scales among the inputs are no parameters."""
    use = use._replace(weights=())
    after = volume_of_shape(use.shapes[0], last=False) if use.shapes[0] else None
    before = use.volume
    if use.first.last or before is None or after is None or after.depth != before.depth:
        return opaque(use)
    found = [Fraction(b, a) for a, b in zip(before.spatial, after.spatial, strict=True)]
    whole = all(f.denominator == 1 for f in found)
    if not whole and len(set(found)) > 1:
        return opaque(use)
    factor: Any = Sizes(int(f) for f in found) if whole else found[0]
    smooth = use.attribute("mode", "nearest") in ("linear", "bilinear")
    return use.giving(use.add("UPSAMPLE", factor=factor, mode=Word("bilinear") if smooth else None))


def _split(use: NodeUse) -> list[Flowing]:
    axis = int(use.attribute("axis", 0)) % max(len(use.first.shape), 1)
    if use.first.last or axis != 1 or any(len(shape) < 2 for shape in use.shapes):
        return opaque(use)
    made, start = [], 0
    for place, shape in enumerate(use.shapes):
        stop = start + shape[1]
        name = use.node.name if place == 0 else ""
        node = use.assembler.add("SLICE", (use.first.node,), use.path, name, start=start, stop=stop)
        made.append(Flowing(node, shape))
        start = stop
    return made


def _slice(use: NodeUse) -> list[Flowing]:
    """Some of the channels is ours; of another axis it is opaque."""
    starts, ends, axes = use.setting("starts", 1), use.setting("ends", 2), use.setting("axes", 3)
    steps, depth = use.constant(4), use.volume.depth if use.volume else 0
    if use.first.last or not starts or not ends or axes != [1] or steps not in (None, [1]) or not depth:
        return opaque(use)
    start, stop = (min(max(int(n[0]) + (depth if n[0] < 0 else 0), 0), depth) for n in (starts, ends))
    return use.giving(use.add("SLICE", start=start, stop=stop))


def _softmax(use: NodeUse) -> list[Flowing]:
    rank = len(use.first.shape)
    axis = int(use.attribute("axis", -1 if rank == 2 else 1)) % max(rank, 1)
    return use.giving(use.add("SOFTMAX")) if axis == (rank - 1 if use.first.last else 1) else opaque(use)


def _depth_to_space(use: NodeUse) -> list[Flowing]:
    if use.first.last or use.attribute("mode", "DCR") != "CRD" or use.rank != 2:
        return opaque(use)
    return use.giving(use.add("PIXELSHUFFLE", factor=int(use.attribute("blocksize", 1))))


def _lrn(use: NodeUse) -> list[Flowing]:
    if use.first.last:
        return opaque(use)
    return use.giving(use.add("LRN", n=int(use.attribute("size", 5))))


def _plain(kind: str) -> Apply:
    """A layer of ours as it is; scales and bounds among the inputs are no parameters."""
    return lambda use: use.giving(use._replace(weights=()).add(kind))


OPERATORS: dict[str, Apply] = {
    "Conv": _convolution, "ConvTranspose": _transposed, "MaxPool": _pool("max"), "AveragePool": _pool("avg"),
    "GlobalAveragePool": _global("avg"), "GlobalMaxPool": _global("max"), "ReduceMean": _reduced, "Gemm": _gemm,
    "MatMul": _matmul, "BatchNormalization": _batch_norm, "InstanceNormalization": _instance_norm,
    "LayerNormalization": _layer_norm, "PRelu": _prelu, "Clip": _clip, "Relu": _activation("RELU"),
    "Sigmoid": _activation("SIGMOID"), "Tanh": _activation("TANH"), "HardSwish": _activation("HSWISH"),
    "HardSigmoid": _activation("HSIGMOID"), "Selu": _activation("SELU"), "Gelu": _activation("GELU"),
    "Mish": _activation("MISH"), "Softplus": _activation("SOFTPLUS"), "Elu": _activation("ELU", "alpha", "alpha", 1),
    "LeakyRelu": _activation("LRELU", "alpha", "slope", 0.01),
    **{name: _elementwise(name.lower()) for name in ("Erf", "Exp", "Log", "Sqrt", "Neg", "Abs", "Reciprocal", "Ceil")},
    "Add": _joined("ADD"), "Sum": _joined("ADD"), "Mul": _joined("MUL"), "Sub": _joined(""), "Div": _joined(""),
    "Pow": _joined(""), "Concat": _concat, "Flatten": _row, "Reshape": _row, "Squeeze": _row, "Transpose": _transpose,
    "Pad": _pad, "Resize": _resize, "Upsample": _resize, "Split": _split, "Slice": _slice, "Softmax": _softmax,
    "DepthToSpace": _depth_to_space, "LRN": _lrn, "Dropout": _plain("IDENTITY"), "Identity": _plain("IDENTITY"),
    "Cast": _plain("IDENTITY"), "QuantizeLinear": _plain("IDENTITY"), "DequantizeLinear": _plain("IDENTITY"),
}  # fmt: skip
"""The reader of each operator."""
