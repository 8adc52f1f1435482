"""What each operation of aten is in our words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from shapecalc.core.layer import Volume
from shapecalc.core.padding import Padding
from shapecalc.core.parameters import Sizes, Word
from shapecalc.formats.torch_export.arguments import Operation
from shapecalc.lowering.assembler import Assembler
from shapecalc.lowering.flow import Flowing, Weights, volume_of_shape


class Application(NamedTuple):
    """One operation on some tensors."""

    assembler: Assembler
    owners: dict[str, int]
    """The node that first read each weight."""
    operation: Operation
    values: Mapping[str, Flowing | Weights]
    shapes: tuple[tuple[int, ...], ...]
    """Of its outputs, as the file states them."""
    batch: int
    weights: tuple[tuple[str, int, bool], ...]
    """The weights that it reads: name, number of values, whether they are trained."""
    stated: bool
    """The stated shapes hold: the input has the size that it was exported with."""

    @property
    def reads(self) -> list[Flowing]:
        """What it reads that depends on the input."""
        found = (self.values[name] for name in self.operation.tensors())
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
        """Whether the first axis of everything is the batch."""
        shapes = [*(value.shape for value in self.reads), *self.shapes]
        return all(shape[:1] == (self.batch,) for shape in shapes)

    def has(self, key: str) -> bool:
        """Whether an argument is a tensor."""
        return self.operation.tensor(key) is not None

    def shape_of(self, key: str) -> tuple[int, ...]:
        """The shape of a tensor that an argument names."""
        name = self.operation.tensor(key)
        return self.values[name].shape if name is not None else ()

    def add(self, kind: str, inputs: Sequence[int] | None = None, /, **arguments: Any) -> int:
        """A layer of ours under the name of the tensor that it gives."""
        reads = (self.first.node,) if inputs is None else inputs
        operation = self.operation
        name = operation.outputs[0] if operation.outputs else ""
        node = self.assembler.add(kind, reads, operation.path, name, self._owner(), **arguments)
        self._own(node)
        return node

    def giving(self, node: int, *, last: bool | None = None) -> list[Flowing]:
        """The output, laid out as the input unless it says otherwise."""
        shape = self.shapes[0] if self.shapes else ()
        return [Flowing(node, shape, self.first.last if last is None else last)]

    def new_weights(self) -> tuple[int, int]:
        """How many trained values and buffers it is the first to read."""
        new = [(size, trained) for name, size, trained in self.weights if name not in self.owners]
        return sum(size for size, trained in new if trained), sum(size for size, trained in new if not trained)

    def _owner(self) -> int | None:
        return self.owners.get(self.weights[0][0]) if self.weights else None

    def _own(self, node: int) -> None:
        for name, _, _ in self.weights:
            self.owners.setdefault(name, node)


Apply = Callable[[Application], list[Flowing]]


def opaque(use: Application) -> list[Flowing]:
    """Anything else: the volume that the file states, and the weights that it is the first to read."""
    params, buffers = use.new_weights()
    last = use.first.last
    made = []
    for place, shape in enumerate(use.shapes or ((),)):
        volume = volume_of_shape(shape, last=last) if use.stated else None
        name = use.operation.outputs[place] if use.operation.outputs else ""
        node = use.assembler.opaque(
            use.operation.target, [v.node for v in use.reads], use.operation.path, name,
            volume=volume, params=params if place == 0 else 0, buffers=buffers if place == 0 else 0,
        )  # fmt: skip
        if place == 0:
            use._own(node)
        made.append(Flowing(node, shape, last))
    return made


def _turned(sizes: Sequence[int]) -> Sizes:
    return Sizes(reversed(sizes))


def _window(use: Application, kernel: Sequence[int]) -> dict[str, Any]:
    """Extent, stride, padding and dilation, in the order width, height."""
    operation, rank = use.operation, len(kernel)
    dilation = operation.each("dilation", rank, [1])
    padding: Any = operation.value("padding")
    if isinstance(padding, str):
        padding = Word("same" if padding == "same" else "valid")
    else:
        pads = operation.each("padding", rank, [0])
        padding = Padding("", tuple((n, n) for n in reversed(pads)))
    return {
        "extent": _turned(kernel),
        "stride": _turned(operation.each("stride", rank, [1])),
        "padding": padding,
        "dilation": _turned(dilation) if set(dilation) != {1} else None,
    }


def _convolution(use: Application) -> list[Flowing]:
    weight, groups = use.shape_of("weight"), use.operation.whole("groups", 1)
    if use.first.last or len(weight) != use.rank + 2:
        return opaque(use)
    bias = None if use.has("bias") else False
    window = _window(use, weight[2:])
    return use.giving(use.add("CONV", filters=weight[0], groups=groups if groups > 1 else None, bias=bias, **window))


def _transposed(use: Application) -> list[Flowing]:
    weight, groups = use.shape_of("weight"), use.operation.whole("groups", 1)
    if use.first.last or len(weight) != use.rank + 2:
        return opaque(use)
    extra = use.operation.each("output_padding", use.rank, [0])
    return use.giving(
        use.add(
            "UPCONV",
            filters=weight[1] * groups,
            groups=groups if groups > 1 else None,
            bias=None if use.has("bias") else False,
            output_padding=_turned(extra) if any(extra) else None,
            **_window(use, weight[2:]),
        )
    )


def _pool(mode: str) -> Apply:
    def apply(use: Application) -> list[Flowing]:
        if use.first.last:
            return opaque(use)
        kernel = use.operation.each("kernel_size", use.rank, [1])
        window = _window(use, kernel)
        window["stride"] = _turned(use.operation.each("stride", use.rank, kernel))
        return use.giving(
            use.add(
                "POOL",
                mode=Word(mode),
                ceil=Word("true") if use.operation.value("ceil_mode") else None,
                count_include_pad=None if use.operation.value("count_include_pad", True) else False,
                **window,
            )
        )

    return apply


def _adaptive(mode: str) -> Apply:
    def apply(use: Application) -> list[Flowing]:
        size = use.operation.each("output_size", use.rank, [1])
        if use.first.last:
            return opaque(use)
        if set(size) == {1}:
            return use.giving(use.add("GAP", mode=Word(mode)))
        return use.giving(use.add("ADAPTIVEPOOL", size=_turned(size), mode=Word(mode)))

    return apply


def _mean(use: Application) -> list[Flowing]:
    """Over all spatial axes it is a global pool."""
    rank = len(use.first.shape)
    axes = {n % rank for n in use.operation.wholes("dim")} if rank else set()
    spatial = set(range(1, rank - 1)) if use.first.last else set(range(2, rank))
    if not spatial or axes != spatial:
        return opaque(use)
    return use.giving(use.add("GAP"))


def _linear(use: Application) -> list[Flowing]:
    """On a row of values it is ours; on the last axis of a volume a convolution of 1x1, where channels lie there."""
    weight, bias = use.shape_of("weight"), None if use.has("bias") else False
    if len(weight) != 2:
        return opaque(use)
    if len(use.first.shape) == 2:
        return use.giving(use.add("FC", units=weight[0], bias=bias))
    if not use.first.last:
        return opaque(use)
    return use.giving(use.add("CONV", filters=weight[0], extent=1, stride=1, padding=0, bias=bias))


def _batch_norm(use: Application) -> list[Flowing]:
    return use.giving(
        use.add(
            "BN",
            affine=None if use.has("weight") else False,
            track=None if use.has("running_mean") else False,
            eps=float(use.operation.value("eps", 1e-5)),
        )
    )


def _layer_norm(use: Application) -> list[Flowing]:
    shape = use.operation.wholes("normalized_shape")
    if len(shape) != 1 or not (use.first.last or len(use.first.shape) == 2):
        return opaque(use)
    return use.giving(use.add("LN", affine=None if use.has("weight") else False))


def _group_norm(use: Application) -> list[Flowing]:
    affine = None if use.has("weight") else False
    return use.giving(use.add("GN", groups=use.operation.whole("num_groups", 1), affine=affine))


def _instance_norm(use: Application) -> list[Flowing]:
    if use.has("running_mean"):
        return opaque(use)
    return use.giving(use.add("IN", affine=True if use.has("weight") else None))


def _prelu(use: Application) -> list[Flowing]:
    return use.giving(use.add("PRELU", shared=True if use.shape_of("weight") == (1,) else None))


def _activation(kind: str, argument: str = "", field: str = "", default: float = 0) -> Apply:
    def apply(use: Application) -> list[Flowing]:
        more = {field: float(use.operation.value(argument, default))} if field else {}
        return use.giving(use.add(kind, **more))

    return apply


def _hardtanh(use: Application) -> list[Flowing]:
    low, high = use.operation.value("min_val", -1), use.operation.value("max_val", 1)
    return use.giving(use.add("RELU6") if (low, high) == (0, 6) else use.add("ACT", name=Word("hardtanh")))


def _dropout(use: Application) -> list[Flowing]:
    return use.giving(use.add("DO", p=float(use.operation.value("p", 0.5))))


def _joined(kind: str) -> Apply:
    """ADD and MUL of volumes that fit; a factor of each channel is a SCALE; with a number it is elementwise."""

    def apply(use: Application) -> list[Flowing]:
        reads = use.reads
        if len(reads) == 2:
            sizes = {use.assembler.volumes[v.node] for v in reads}
            spread = any(v is not None and v.positions == 1 for v in sizes)
            if kind and len({v.last for v in reads}) == 1 and (len(sizes) == 1 or spread) and _same_rank(reads):
                return use.giving(use.add(kind, [v.node for v in reads]))
            return opaque(use)
        if not use.weights:
            return use.giving(use.add("ACT", name=Word(use.operation.name)))
        others = [v for name in use.operation.tensors() if isinstance(v := use.values[name], Weights)]
        depth = use.volume.depth if use.volume else 0
        wanted = (depth,) if use.first.last else (depth, *(1,) * use.rank)
        if kind == "MUL" and len(use.weights) == 1 and others[0].shape in (wanted, (1, *wanted)):
            return use.giving(use.add("SCALE", bias=False))
        return opaque(use)

    return apply


def _same_rank(reads: Sequence[Flowing]) -> bool:
    return len({len(v.shape) for v in reads}) == 1


def _cat(use: Application) -> list[Flowing]:
    rank = len(use.first.shape)
    axis = use.operation.whole("dim", 0) % rank if rank else 0
    channel = rank - 1 if use.first.last else 1
    if use.weights or axis != channel or len({v.last for v in use.reads}) > 1:
        return opaque(use)
    nodes = [v.node for v in use.reads]
    return use.giving(use.add("CONCAT", nodes) if len(nodes) > 1 else use.add("IDENTITY"))


def _flatten(use: Application) -> list[Flowing]:
    rank = len(use.first.shape)
    start, end = use.operation.whole("start_dim", 0) % max(rank, 1), use.operation.whole("end_dim", -1) % max(rank, 1)
    if start != 1 or end != rank - 1 or (use.first.last and rank > 2):
        return opaque(use)
    return use.giving(use.add("FLATTEN"))


def _view(use: Application) -> list[Flowing]:
    """All values in a row is ours; any other shape is opaque."""
    if len(use.shapes[0]) == 2 and not (use.first.last and len(use.first.shape) > 2):
        return use.giving(use.add("FLATTEN"))
    return opaque(use)


def _permuted(use: Application) -> list[Flowing]:
    """Channels to the back or to the front leave the volume."""
    rank = len(use.first.shape)
    order = list(range(rank))
    if use.operation.name == "transpose":
        one, two = (use.operation.whole(key, 0) % max(rank, 1) for key in ("dim0", "dim1"))
        order[one], order[two] = order[two], order[one]
    else:
        order = [n % max(rank, 1) for n in use.operation.wholes("dims")]
    back, front = [0, *range(2, rank), 1], [0, rank - 1, *range(1, rank - 1)]
    if rank > 2 and order == (front if use.first.last else back):
        return use.giving(use.add("IDENTITY"), last=not use.first.last)
    return opaque(use)


def _pad(use: Application) -> list[Flowing]:
    """Zeros around spatial axes, from the last axis on."""
    pads = use.operation.wholes("pad")
    rank = use.rank
    zeros = use.operation.value("mode", "constant") == "constant" and not use.operation.value("value", 0)
    if use.first.last or not zeros or len(pads) % 2 or len(pads) > 2 * rank or min(pads, default=0) < 0:
        return opaque(use)
    pairs = [(pads[i], pads[i + 1]) for i in range(0, len(pads), 2)]
    pairs += [(0, 0)] * (rank - len(pairs))
    return use.giving(use.add("PAD", padding=Padding("", tuple(pairs))))


def _upsample(mode: str) -> Apply:
    def apply(use: Application) -> list[Flowing]:
        volume, after = use.volume, volume_of_shape(use.shapes[0], last=False)
        factors = use.operation.value("scale_factors")
        if use.first.last or volume is None or after is None:
            return opaque(use)
        found = [Fraction(b, a) for a, b in zip(volume.spatial, after.spatial, strict=True)]
        if not use.stated:
            if not isinstance(factors, list) or not all(isinstance(f, int | float) for f in factors):
                return opaque(use)
            found = [Fraction(str(f)) for f in reversed(factors)]
        whole = all(f.denominator == 1 for f in found)
        if not whole and len(set(found)) > 1:
            return opaque(use)
        factor: Any = Sizes(int(f) for f in found) if whole else found[0]
        return use.giving(use.add("UPSAMPLE", factor=factor, mode=Word(mode)))

    return apply


def _parts(use: Application) -> list[Flowing]:
    """Parts of the channels, one after the other; of another axis they are opaque."""
    axis = use.operation.whole("dim", 0) % max(len(use.first.shape), 1)
    if use.first.last or axis != 1 or any(len(shape) < 2 for shape in use.shapes):
        return opaque(use)
    made, start = [], 0
    for name, shape in zip(use.operation.outputs, use.shapes, strict=True):
        stop = start + shape[1]
        node = use.assembler.add("SLICE", (use.first.node,), use.operation.path, name, start=start, stop=stop)
        made.append(Flowing(node, shape))
        start = stop
    return made


def _slice(use: Application) -> list[Flowing]:
    axis = use.operation.whole("dim", 0) % max(len(use.first.shape), 1)
    if use.first.last or axis != 1 or use.operation.whole("step", 1) != 1 or use.volume is None:
        return use.giving(use.add("IDENTITY")) if use.shapes[0] == use.first.shape else opaque(use)
    depth = use.volume.depth
    start, stop = (min(max(n + depth if n < 0 else n, 0), depth)
                   for n in (use.operation.whole("start", 0), use.operation.whole("end", depth)))  # fmt: skip
    return use.giving(use.add("SLICE", start=start, stop=stop))


def _softmax(use: Application) -> list[Flowing]:
    rank = len(use.first.shape)
    axis = use.operation.whole("dim", -1) % max(rank, 1)
    return use.giving(use.add("SOFTMAX")) if axis == (rank - 1 if use.first.last else 1) else opaque(use)


def _shuffle(use: Application) -> list[Flowing]:
    return use.giving(use.add("PIXELSHUFFLE", factor=use.operation.whole("upscale_factor", 1)))


def _plain(kind: str) -> Apply:
    return lambda use: use.giving(use.add(kind))


OPERATIONS: dict[str, Apply] = {
    **{f"conv{n}d": _convolution for n in "123"}, **{f"conv_transpose{n}d": _transposed for n in "123"},
    **{f"max_pool{n}d": _pool("max") for n in "123"}, **{f"avg_pool{n}d": _pool("avg") for n in "123"},
    **{f"adaptive_avg_pool{n}d": _adaptive("avg") for n in "123"},
    **{f"adaptive_max_pool{n}d": _adaptive("max") for n in "23"},
    **{f"upsample_nearest{n}d": _upsample("nearest") for n in "123"},
    "upsample_bilinear2d": _upsample("bilinear"), "mean": _mean, "linear": _linear, "batch_norm": _batch_norm,
    "layer_norm": _layer_norm, "group_norm": _group_norm, "instance_norm": _instance_norm, "prelu": _prelu,
    "relu": _activation("RELU"), "relu6": _activation("RELU6"), "silu": _activation("SILU"),
    "gelu": _activation("GELU"), "sigmoid": _activation("SIGMOID"), "tanh": _activation("TANH"),
    "hardswish": _activation("HSWISH"), "hardsigmoid": _activation("HSIGMOID"), "selu": _activation("SELU"),
    "mish": _activation("MISH"), "softplus": _activation("SOFTPLUS"), "elu": _activation("ELU", "alpha", "alpha", 1),
    "leaky_relu": _activation("LRELU", "negative_slope", "slope", 0.01), "hardtanh": _hardtanh, "softmax": _softmax,
    "dropout": _dropout, "feature_dropout": _dropout, "add": _joined("ADD"), "mul": _joined("MUL"), "sub": _joined(""),
    "div": _joined(""), "cat": _cat, "flatten": _flatten, "view": _view, "reshape": _view, "permute": _permuted,
    "transpose": _permuted, "pad": _pad, "chunk": _parts, "split": _parts, "split_with_sizes": _parts, "slice": _slice,
    "pixel_shuffle": _shuffle,
    **{name: _plain("IDENTITY") for name in ("alias", "contiguous", "clone", "detach", "detach_", "to", "_to_copy")},
}  # fmt: skip
"""The reader of each operation, by its name without variant."""
