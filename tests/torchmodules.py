"""From PyTorch's modules with their arguments to layers of ours: what measured chains are compared by.

A module that the language has a word for becomes that layer, read from its text. Operations without a word (permute,
GLU, a number multiplied, …) are stated here by the same members of `Layer`, so that chains with them can be followed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from math import prod
from typing import Any

import shapecalc
from shapecalc.core.kept import Device, Kept
from shapecalc.core.layer import Array, Layer, Run, Volume, Weight
from shapecalc.core.layout import Layout
from shapecalc.passes.graph import Graph, Node

Shape = tuple[int, ...]
Module = tuple[str, dict[str, Any]]


class NoWord(Exception):
    """There is neither a layer nor a statement for a module."""


class Stated(Layer):
    """An operation that the language has no word for."""

    kind = "STATED"

    def __init__(
        self,
        kept: Kept | Callable[[Device, Volume], Kept] | None = None,
        output: Volume | None = None,
        view: Callable[[Layout], Layout | None] | None = None,
        weights: int = 0,
    ) -> None:
        super().__init__()
        self.stated, self.made, self.seen, self.size = kept or Kept(), output, view, weights

    def output(self, *volumes: Volume) -> Volume:
        return self.made or volumes[0]

    def weights(self, *volumes: Volume) -> tuple[Weight, ...]:
        return (Weight("weight", (self.size,), "scale"),) if self.size else ()

    def kept(self, device: Device, *volumes: Volume) -> Kept:
        return self.stated if isinstance(self.stated, Kept) else self.stated(device, volumes[0])

    def training_view(self, layout: Layout, output: Volume) -> Layout | None:
        return self.seen(layout) if self.seen else None

    def forward(self, run: Run, weights: Mapping[str, Array], *arrays: Array) -> Array:
        raise run.no_forward("only what it keeps is stated")


def volume_of(shape: Sequence[int]) -> Volume:
    """The volume of a tensor N x C x …, in our order."""
    return Volume(tuple(reversed(shape[2:])) or (1,), shape[1])


@cache
def layer(text: str) -> Layer:
    """The layer that a text means."""
    graph = shapecalc.check(f"INPUT(8x8x8) => {text}").graph
    assert graph is not None, text
    found = graph.nodes[1].layer
    assert found is not None, text
    return found


INPUTS, RESULT = Kept(inputs=True), Kept(result=True)

WORDS = {
    "ReLU": "RELU", "ReLU6": "RELU6", "LeakyReLU": "LRELU", "ELU": "ELU", "SELU": "SELU", "SiLU": "SILU",
    "Mish": "MISH", "Hardswish": "HSWISH", "Hardsigmoid": "HSIGMOID", "GELU": "GELU", "Sigmoid": "SIGMOID",
    "Tanh": "TANH", "Softplus": "SOFTPLUS",
}  # fmt: skip
"""Modules whose arguments change nothing here."""
RESULT_IN_PLACE = {"LeakyReLU", "ELU", "SELU", "CELU"}
"""These keep their result where they work in place."""
STATED: dict[str, Kept | Callable[[Device, Volume], Kept]] = {
    "CELU": INPUTS, "Hardtanh": INPUTS, "Threshold": INPUTS, "Hardshrink": INPUTS, "Softshrink": INPUTS,
    "Softmin": RESULT, "LogSoftmax": RESULT, "Tanhshrink": lambda device, v: Kept(values=v.size),
    "Softsign": lambda device, v: Kept(inputs=True, values=v.size),
    "RReLU": lambda device, v: Kept(inputs=True, values=v.size),
    "LogSigmoid": lambda device, v: Kept(inputs=True, values=v.size if device == "cpu" else 0),
}  # fmt: skip
"""Elementwise modules without a word, as memory.md lists them."""
CONSTANTS = {
    "mul": Kept(),
    "add": Kept(),
    "div": Kept(),
    "exp": RESULT,
    "square": INPUTS,
    "pow": INPUTS,
    "clamp": INPUTS,
}
"""What a tensor and a number give."""


class Chain:
    """A graph that grows module by module; `shapes` are those of the tensors, N first."""

    def __init__(self, shape: Shape, needs_gradient: bool, device: Device) -> None:
        self.device = device
        self.nodes: list[Node] = []
        self.volumes: list[Volume] = []
        self.shapes: list[Shape] = []
        self.frozen: set[int] = set()
        self.batch = shape[0]
        size = "x".join(map(str, volume_of(shape).sizes))
        self.end = self.add(shapecalc.check(f"INPUT({size})").graph.nodes[0].layer, ())  # type: ignore[union-attr]
        if needs_gradient:
            self.end = self.add(Stated(view=lambda layout: layout, weights=1), (self.end,))

    def add(self, made: Layer | None, inputs: tuple[int, ...], shape: Shape | None = None) -> int:
        """A node; its index."""
        assert made is not None
        volume = made.output(*(self.volumes[i] for i in inputs))
        index = len(self.nodes)
        self.nodes.append(Node(index, made.kind, made, inputs, made.kind, (0, 0), name=f"{made.kind}{index}"))
        self.volumes.append(volume)
        self.shapes.append(shape or (self.batch, volume.depth, *reversed(volume.spatial)))
        return index

    @property
    def graph(self) -> Graph:
        return Graph(tuple(self.nodes))

    def run(self, modules: Sequence[Module], start: int) -> int:
        """The index of the end of a chain that starts at a node."""
        end = start
        for name, arguments in modules:
            end = self.module(name, arguments, end)
        return end

    def module(self, name: str, a: dict[str, Any], x: int) -> int:
        """The index of the end of a module."""
        if name in BRANCHING:
            return BRANCHING[name](self, a, x)
        if a.get("inplace") and name in RESULT_IN_PLACE:
            return self.add(Stated(RESULT), (x,), self.shapes[x])
        if name in WORDS:
            return self.add(layer(WORDS[name]), (x,), self.shapes[x])
        if name in STATED:
            return self.add(Stated(STATED[name]), (x,), self.shapes[x])
        stem = name.rstrip("d").rstrip("123")
        for key in (name, stem):
            if key in MODULES:
                made, shape = MODULES[key](a, self.shapes[x])
                return self.add(made, (x,), shape)
        raise NoWord(name)


def sizes(value: int | list[int]) -> str:
    """An argument for every axis, width first."""
    return "x".join(map(str, reversed(value))) if isinstance(value, list) else str(value)


def convolution(a: dict[str, Any], shape: Shape) -> tuple[Layer, None]:
    extra = "".join(f", {k}={sizes(a[k])}" for k in ("dilation", "groups") if k in a)
    padding = f", P={sizes(a['padding'])}" if a.get("padding") else ""
    bias = str(a.get("bias", True)).lower()
    kind = "UPCONV" if "output_padding" in a else "CONV"
    if kind == "UPCONV" and a["output_padding"]:
        extra += f", output_padding={sizes(a['output_padding'])}"
    stride = sizes(a.get("stride", 1))
    return layer(
        f"{kind}({a['out_channels']}, F={sizes(a['kernel_size'])}, S={stride}{padding}{extra}, bias={bias})"
    ), None


def pool(mode: str) -> Callable[[dict[str, Any], Shape], tuple[Layer, None]]:
    def made(a: dict[str, Any], shape: Shape) -> tuple[Layer, None]:
        parts = [f"F={sizes(a['kernel_size'])}", f"S={sizes(a['stride'])}", f"mode={mode}"]
        parts += [f"P={sizes(a['padding'])}"] if a.get("padding") else []
        parts += [f"dilation={sizes(a['dilation'])}"] if "dilation" in a else []
        parts += ["ceil=true"] if a.get("ceil_mode") else []
        return layer(f"POOL({', '.join(parts)})"), None

    return made


def adaptive(mode: str) -> Callable[[dict[str, Any], Shape], tuple[Layer, None]]:
    return lambda a, shape: (layer(f"ADAPTIVEPOOL({sizes(a['output_size'])}, mode={mode})"), None)


def layer_norm(a: dict[str, Any], shape: Shape) -> tuple[Layer, Shape]:
    rows = prod(shape) // prod(a["normalized_shape"]) // shape[0]
    weights = 2 * prod(a["normalized_shape"]) if a.get("elementwise_affine", True) else 0
    return Stated(Kept(inputs=True, values=2 * rows), weights=weights), shape


def linear(a: dict[str, Any], shape: Shape) -> tuple[Layer, Shape | None]:
    if len(shape) == 2:
        return layer(f"FC({a['out_features']}, bias={str(a.get('bias', True)).lower()})"), None
    made = (*shape[:-1], a["out_features"])
    factors = Kept(factors=True, in_one_piece=True)
    return Stated(factors, volume_of(made), weights=a["in_features"] * a["out_features"]), made


def reduction(kept: Kept) -> Callable[[dict[str, Any], Shape], tuple[Layer, Shape]]:
    def made(a: dict[str, Any], shape: Shape) -> tuple[Layer, Shape]:
        axes = {axis % len(shape) for axis in a["dims"]}
        left = tuple(1 if i in axes else n for i, n in enumerate(shape) if a["keepdim"] or i not in axes)
        return Stated(kept, volume_of(left)), left

    return made


def permute(a: dict[str, Any], shape: Shape) -> tuple[Layer, Shape]:
    rank, dims = len(shape) - 2, a["dims"]
    axis = {1: rank + 1} | {dim: rank + 2 - dim for dim in range(2, rank + 2)}
    order = ", ".join(str(axis[dim]) for dim in reversed(dims[1:]))
    return layer(f"PERMUTE(({order}))"), tuple(shape[dim] for dim in dims)


def unflatten(a: dict[str, Any], shape: Shape) -> tuple[Layer, Shape]:
    made = (shape[0], *a["unflattened_size"], *shape[2:])
    return Stated(Kept(), volume_of(made), lambda layout: layout.viewed(made)), made


def instance_norm(a: dict[str, Any], shape: Shape) -> tuple[Layer, Shape | None]:
    if not a["track_running_stats"]:
        return layer(f"IN(affine={str(a['affine']).lower()})"), None
    kept = Kept(inputs=True, values=(4 + a["affine"]) * shape[1], in_one_piece=True)
    return Stated(kept, weights=2 * shape[1] * a["affine"]), shape


def dropout(a: dict[str, Any], shape: Shape) -> tuple[Layer, Shape]:
    if a.get("inplace") and a["p"]:  # The one case in which the mask has 4 bytes a value on CUDA, too.
        return Stated(Kept(values=prod(shape[1:]))), shape
    return layer(f"DO({a['p']})"), shape


def dropout_of_channels(a: dict[str, Any], shape: Shape) -> tuple[Layer, Shape]:
    if len(shape) == 2 and a["p"]:  # Dropout1d takes N x C for one sequence of N channels.
        return Stated(Kept(values=1)), shape
    return layer(f"DO({a['p']}, channels=true)"), shape


def alpha_dropout(a: dict[str, Any], shape: Shape) -> tuple[Layer, Shape]:
    same = None if a["p"] else lambda layout: layout
    return Stated(Kept(values=prod(shape[1:]) if a["p"] else 0), view=same), shape


MODULES: dict[str, Callable[[dict[str, Any], Shape], tuple[Layer, Shape | None]]] = {
    "Conv": convolution,
    "ConvTranspose": convolution,
    "BatchNorm": lambda a, shape: (
        layer(f"BN(affine={str(a['affine']).lower()}, track={str(a['track_running_stats']).lower()})"), shape,
    ),
    "InstanceNorm": instance_norm,
    "GroupNorm": lambda a, shape: (layer(f"GN({a['num_groups']}, affine={str(a['affine']).lower()})"), shape),
    "LayerNorm": layer_norm,
    "LocalResponseNorm": lambda a, shape: (layer(f"LRN({a['size']})"), shape),
    "Softmax": lambda a, shape: (layer("SOFTMAX") if a["dim"] == 1 else Stated(RESULT), shape),
    "MaxPool": pool("max"),
    "AvgPool": pool("avg"),
    "LPPool": pool("l2"),
    "AdaptiveAvgPool": adaptive("avg"),
    "AdaptiveMaxPool": adaptive("max"),
    "Dropout": dropout,
    "Dropout1d": dropout_of_channels,
    "Dropout2d": dropout_of_channels,
    "Dropout3d": dropout_of_channels,
    "AlphaDropout": alpha_dropout,
    "StochasticDepth": lambda a, shape: (layer(f"DROPPATH({a['p']}, mode={a['mode']})"), shape),
    "PixelShuffle": lambda a, shape: (layer(f"PIXELSHUFFLE({a['upscale_factor']})"), None),
    "ShuffleByHand": lambda a, shape: (layer(f"SHUFFLE({a['groups']})"), shape),
    "ChannelShuffle": lambda a, shape: (layer(f"SHUFFLE({a['groups']})"), shape),
    "ZeroPad": lambda a, shape: (layer(f"PAD({a['padding']})"), None),
    "ConstantPad": lambda a, shape: (layer(f"PAD({a['padding']})"), None),
    "CircularPad": lambda a, shape: padded(a, shape, Kept()),
    "ReflectionPad": lambda a, shape: padded(a, shape, INPUTS),
    "ReplicationPad": lambda a, shape: padded(a, shape, INPUTS),
    "Upsample": lambda a, shape: (layer(f"UPSAMPLE({a['scale_factor']})"), None),
    "Scale": lambda a, shape: (layer("SCALE(bias=false)"), shape),
    "PReLU": lambda a, shape: (layer(f"PRELU(shared={str(a['num_parameters'] == 1).lower()})"), shape),
    "Const": lambda a, shape: (Stated(CONSTANTS[a["op"]]), shape),
    "Mean": reduction(Kept()),
    "Sum": reduction(Kept()),
    "Amax": reduction(Kept(inputs=True, result=True)),
    "PermuteTo": permute,
    "ChannelsFirst": lambda a, shape: permute({"dims": [0, 2, 1]}, shape),
    "Flatten": lambda a, shape: (layer("FLATTEN"), (shape[0], prod(shape[1:]))),
    "Unflatten": unflatten,
    "Linear": linear,
    "GLU": lambda a, shape: (Stated(INPUTS, volume_of((shape[0], shape[1] // 2, *shape[2:]))), None),
    "Crop": lambda a, shape: (layer(f"CROP(({', '.join(map(str, crops(a, shape)))}))"), None),
    "Embedding": lambda a, shape: (
        Stated(
            Kept(bytes=8 * prod(shape[1:])),
            volume_of((*shape, a["embedding_dim"])),
            weights=a["num_embeddings"] * a["embedding_dim"],
        ),
        (*shape, a["embedding_dim"]),
    ),
}  # fmt: skip
"""By class, or by class without its number of axes: the layer, and the shape where it is not the layer's own."""


def padded(a: dict[str, Any], shape: Shape, kept: Kept) -> tuple[Layer, None]:
    made = (*shape[:2], *(n + 2 * a["padding"] for n in shape[2:]))
    return Stated(kept, volume_of(made)), None


def crops(a: dict[str, Any], shape: Shape) -> list[int]:
    """Positions less at both ends of the last axis, which is our first."""
    return [a["by"]] * 2 + [0, 0] * (len(shape) - 3)


def rms_norm(chain: Chain, a: dict[str, Any], x: int) -> int:
    """One call on CUDA; on the CPU a product with 1/rms a row, then one with the weights."""
    shape, weights = chain.shapes[x], prod(a["normalized_shape"])
    normalised = Kept(inputs=True, values=prod(shape) // weights // shape[0])
    if chain.device == "cuda":
        return chain.add(Stated(normalised, weights=weights), (x,), shape)
    end = chain.add(Stated(normalised), (x,), shape)
    return chain.add(Stated(Kept(factors=True), weights=weights), (end,), shape)


def frozen(chain: Chain, a: dict[str, Any], x: int) -> int:
    before = len(chain.nodes)
    end = chain.run(a["chain"], x)
    chain.frozen.update(range(before, len(chain.nodes)))
    return end


JOINS: dict[str, Kept] = {
    "sub": Kept(), "max": INPUTS, "matmul": Kept(factors=True, in_one_piece=True),
}  # fmt: skip


def branch(chain: Chain, a: dict[str, Any], x: int) -> int:
    ends = tuple(chain.run(modules, x) for modules in a["branches"])
    join = a["join"].rstrip("_")
    if join in ("add", "mul", "cat"):
        return chain.add(layer(f"{ {'add': 'ADD', 'mul': 'MUL', 'cat': 'CONCAT'}[join] }[ | ]"), ends)
    shape = chain.shapes[ends[0]]
    if join == "matmul":  # with the second transposed: positions by positions
        shape = (*shape[:-1], chain.shapes[ends[1]][-2])
    return chain.add(Stated(JOINS[join], volume_of(shape)), ends, shape)


def split(chain: Chain, a: dict[str, Any], x: int) -> int:
    """Chunks of the channels, a branch each, then joined."""
    depth = chain.volumes[x].depth
    each = -(-depth // a["n"])
    ends = []
    for first, modules in zip(range(0, depth, each), a["branches"], strict=True):
        part = chain.add(layer(f"SLICE({first}, {min(depth, first + each)})"), (x,))
        ends.append(chain.run(modules, part))
    return chain.add(layer("CONCAT[ | ]"), tuple(ends))


def attend(chain: Chain, a: dict[str, Any], x: int, *, joined: bool) -> int:
    """Attention on sequences, depth last, from one projection of all three or from the same volume thrice."""
    shape, heads = chain.shapes[x], a.get("num_heads", a.get("heads"))
    length, sequences = (shape[1], shape[0]) if a.get("batch_first", True) else (shape[0], shape[1])
    depth = shape[-1] // 3 if joined else shape[-1]
    volumes = (Volume((length,), shape[-1]),) * (1 if joined else 3)
    found = layer(f"ATTENTION({heads}, p={a.get('dropout', 0.0)})").kept(chain.device, *volumes)
    if a.get("need_weights"):  # Weights that are asked for: scaled queries and the weights, besides what was projected.
        found = Kept(inputs=True, values=length * depth + heads * length**2)
    each = found._replace(values=found.values * sequences // chain.batch, bytes=found.bytes * sequences // chain.batch)
    made = (*shape[:-1], depth)
    return chain.add(Stated(each, volume_of(made)), (x,) * len(volumes), made)


def multi_head(chain: Chain, a: dict[str, Any], x: int) -> int:
    depth, bias = a["embed_dim"], a.get("bias", True)
    x = chain.module("Linear", {"in_features": depth, "out_features": 3 * depth, "bias": bias}, x)
    x = attend(chain, a, x, joined=True)
    return chain.module("Linear", {"in_features": depth, "out_features": depth, "bias": bias}, x)


def encoder(chain: Chain, a: dict[str, Any], x: int) -> int:
    """Attention, then two layers at every position, each with its sum; norms before them or after the sums."""
    depth, inner, drop = a["d_model"], a["dim_feedforward"], ("Dropout", {"p": a["dropout"]})
    norm = ("LayerNorm", {"normalized_shape": [depth]})
    attention = ("Mha", {"embed_dim": depth, "num_heads": a["nhead"], "dropout": a["dropout"]})
    wide = ("Linear", {"in_features": depth, "out_features": inner})
    act = ({"relu": "ReLU", "gelu": "GELU"}[a["activation"]], {})
    narrow = ("Linear", {"in_features": inner, "out_features": depth})
    for part in ([attention, drop], [wide, act, drop, narrow, drop]):
        inside = [norm, *part] if a["norm_first"] else part
        x = branch(chain, {"join": "add", "branches": [[], inside]}, x)
        x = x if a["norm_first"] else chain.run([norm], x)
    return x


BRANCHING: dict[str, Callable[[Chain, dict[str, Any], int], int]] = {
    "RMSNorm": rms_norm, "Frozen": frozen, "Branch": branch, "Split": split, "Mha": multi_head,
    "Sdpa": lambda chain, a, x: attend(chain, a, x, joined=False), "TransformerEncoderLayer": encoder,
}  # fmt: skip
