"""For every layer type networks that end with it, and loops written without its forward that say what comes out."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from functools import cache
from typing import overload

import numpy as np

import shapecalc
from tests.loops import (
    Ran,
    Volume,
    adaptivepool,
    affine,
    attention,
    bn,
    conv,
    cropped,
    depthpool,
    dwconv,
    elementwise,
    gn,
    hard,
    identity,
    local,
    lrn,
    padded,
    pixelshuffle,
    pixelunshuffle,
    pool,
    recurrent,
    resize,
    sepconv,
    shuffle,
    sigmoid,
    softmax,
    softplus,
    standard,
    upconv,
    upsample,
)


def windowed(r: random.Random, *, kernel: bool = True) -> tuple[str, str, int]:
    """Input, arguments of a window over it, and groups: odd strides, dilation, every kind of padding, 1 to 3 axes."""
    rank = r.choice([1, 2, 2, 2, 3])
    groups = r.choice([1, 1, 2, 3]) if kernel else 1
    sizes = [r.randint(4, 9 if rank < 3 else 5) for _ in range(rank)]
    depth = groups * r.randint(1, 2)
    extent = [r.randint(1, 3) for _ in sizes]
    gap = r.choice([1, 1, 2]) if min(sizes) > 4 else 1
    numbers = ",".join(str(r.randint(0, min(extent) - 1)) for _ in range(2 * rank))
    pad = r.choice(["0", "same", "same_lower", "valid", "full", "causal", f"({numbers})", f"({numbers})"])
    stride = "x".join(str(r.randint(1, 4)) for _ in sizes)
    window = f"F={'x'.join(map(str, extent))}, S={stride}, P={pad}, dilation={gap}"
    return f"INPUT({'x'.join(map(str, sizes))}x{depth})", window, groups


def yes(r: random.Random) -> str:
    return r.choice(["true", "false"])


def a_conv(name: str) -> Callable[[random.Random], str]:
    def diagram(r: random.Random) -> str:
        start, window, groups = windowed(r)
        return f"{start} => {name}({groups * r.randint(1, 2)}, {window}, groups={groups}, bias={yes(r)})"

    return diagram


def a_dwconv(r: random.Random) -> str:
    start, window, _ = windowed(r)
    return f"{start} => DWCONV({window}, multiplier={r.randint(1, 3)}, bias={yes(r)})"


def a_sepconv(r: random.Random) -> str:
    start, window, _ = windowed(r)
    return f"{start} => SEPCONV(3, {window}, multiplier={r.randint(1, 2)}, bias={yes(r)})"


def an_upconv(r: random.Random) -> str:
    g = r.choice([1, 1, 2])
    stride, extent = [r.randint(1, 3) for _ in range(2)], [r.randint(2, 4) for _ in range(2)]
    pad = r.choice(["0", "1", "valid", "same", "same_lower", "same_lower", "(0,1,1,0)"])
    extra = r.choice(["", f"output_padding={'x'.join(str(r.randint(0, s - 1)) for s in stride)}, "])
    return (
        f"INPUT({r.randint(2, 5)}x{r.randint(2, 5)}x{2 * g}) => UPCONV({2 * g}, {'x'.join(map(str, extent))}, "
        f"S={'x'.join(map(str, stride))}, P={pad}, {extra}dilation={r.choice([1, 2])}, groups={g}, bias={yes(r)})"
    )


def a_pool(r: random.Random) -> str:
    start, window, _ = windowed(r, kernel=False)
    mode, ceil = r.choice(["max", "avg", "l2"]), r.choice(["true", "false", "caffe"])
    return f"{start} => POOL({window}, mode={mode}, ceil={ceil}, count_include_pad={yes(r)})"


def fits(text: str) -> bool:
    return all(row.output for row in shapecalc.check(text).rows)


@cache
def fitting(diagram: Callable[[random.Random], str], number: int) -> str:
    """A random network in which everything fits, the same for the same number."""
    r = random.Random(number)
    return next(text for text in (diagram(r) for _ in range(20)) if fits(text))


class Drawn(Sequence[str]):
    """So many random networks in which everything fits; each is looked for when it is asked for."""

    def __init__(self, diagram: Callable[[random.Random], str], count: int) -> None:
        self.diagram, self.numbers = diagram, range(count)

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[str, ...]: ...
    def __getitem__(self, index: int | slice) -> str | tuple[str, ...]:
        if isinstance(index, slice):
            return tuple(fitting(self.diagram, number) for number in self.numbers[index])
        return fitting(self.diagram, self.numbers[index])


def behind_images(*texts: str) -> tuple[str, ...]:
    """Each of the layers after images of several sizes, all of them with 6 channels."""
    return tuple(f"INPUT({size}x6) => {text}" for text in texts for size in ("5x4", "3x7", "6x6"))


CASES: dict[str, tuple[Sequence[str], Callable[[Ran], Volume]]] = {
    "CONV": (Drawn(a_conv("CONV"), 60), conv),
    "LOCAL": (Drawn(a_conv("LOCAL"), 20), local),
    "DWCONV": (Drawn(a_dwconv, 30), dwconv),
    "SEPCONV": (Drawn(a_sepconv, 15), sepconv),
    "UPCONV": (Drawn(an_upconv, 60), upconv),
    "POOL": (Drawn(a_pool, 80), pool),
    "GAP": (
        behind_images("GAP", "GMP"),
        lambda n: (np.max if n.layer.mode == "max" else np.mean)(n.x, axis=(0, 1), keepdims=True),
    ),
    "ADAPTIVEPOOL": (behind_images("ADAPTIVEPOOL(3)", "ADAPTIVEPOOL(2x4)", "ADAPTIVEMAXPOOL(5x2)"), adaptivepool),
    "DEPTHPOOL": (
        behind_images("DEPTHPOOL(3)", "DEPTHPOOL(2, S=1, mode=avg)", "DEPTHPOOL(4, S=2, mode=l2)"),
        depthpool,
    ),
    "FC": (
        behind_images("FC(5)", "FC(3, bias=false)"),
        lambda n: (n.x.reshape(-1) @ n.weights["kernel"] + n.weights.get("bias", 0)).reshape(1, 1, -1),
    ),
    "BN": (
        behind_images(
            "BN", "BN(affine=false)", "BN(scale=false)", "BN(track=false)", "BN(eps=0.5)", "BN(track=false, eps=0.5)"
        ),
        bn,
    ),
    "LN": (
        behind_images("LN", "LN(affine=false)", "LN(eps=0.5)"),
        lambda n: affine(n, standard(n.x, (-1,), n.layer.eps)),
    ),
    "GN": (behind_images("GN(3)", "GN(2, affine=false)", "GN(3, eps=0.5)"), gn),
    "IN": (
        behind_images("IN", "IN(affine=true)", "IN(eps=0.5)"),
        lambda n: affine(n, standard(n.x, (0, 1), n.layer.eps)),
    ),
    "LRN": (
        (
            *behind_images(
                "LRN",
                "LRN(4, alpha=0.5, beta=0.6, k=1)",
                "LRN(3, alpha=1)",
                "LRN(100003, alpha=10)",
                "LRN(3, alpha=2, within=true)",
                "LRN(4, k=1, within=true)",
            ),
            "INPUT(2x1x1100) => LRN(1202, alpha=100)",
            "INPUT(7x3) => LRN(3, alpha=2, within=true)",
        ),
        lrn,
    ),
    "SCALE": (behind_images("SCALE", "LAYERSCALE", "SCALE(shared=true)"), lambda n: affine(n, n.x)),
    "PAD": (behind_images("PAD(2)", "PAD((1,2,0,3))", "PAD(depth=4)", "PAD(1, depth=(2,3))"), padded),
    "CROP": (behind_images("CROP(1)", "CROP((1,0,0,2))"), cropped),
    "UPSAMPLE": (
        behind_images("UPSAMPLE(2)", "UPSAMPLE(3x2)", "UPSAMPLE(2, mode=bilinear)", "UPSAMPLE(3x4, mode=bilinear)"),
        upsample,
    ),
    "SHUFFLE": (behind_images("SHUFFLE(2)", "SHUFFLE(3)", "SHUFFLE(order=(5,0,3,1,2,4))"), shuffle),
    "PERMUTE": (
        ("INPUT(4x3x2) => PERMUTE((2,1,3))", "INPUT(4x3x5) => PERMUTE((3,1,2))", "INPUT(4x3) => PERMUTE((2,1))"),
        lambda n: n.x.transpose([axis - 1 for axis in n.layer.order]),
    ),
    "PIXELSHUFFLE": (("INPUT(2x3x8) => PIXELSHUFFLE(2)", "INPUT(4x3x8) => PIXELSHUFFLE(2)"), pixelshuffle),
    "SLICE": (
        behind_images(
            "SLICE(1, 4)",
            "SLICE(0, 6)",
            "SLICE(1, 3, along=width)",
            "SLICE(0, 1, along=height)",
            "SLICE(2, 3, along=width)",
        ),
        lambda n: np.take(
            n.x, range(n.layer.start, n.layer.stop), axis=["width", "height", "depth"].index(n.layer.axis)
        ),
    ),
    "FLATTEN": (behind_images("FLATTEN"), lambda n: n.x.reshape(1, 1, -1)),
    "RESHAPE": (("INPUT(4x3x6) => RESHAPE(2x12x3)",), lambda n: n.x.reshape(2, 12, 3)),
    "SOFTMAX": (behind_images("SOFTMAX", "SOFTMAX(over=positions)", "SOFTMAX(parts=2)", "SOFTMAX(parts=3)"), softmax),
    "EMBEDDING": (
        ("INPUT(7x1) => EMBEDDING(4, 3)", "INPUT(3x2x1) => EMBEDDING(2, 5)"),
        lambda n: n.weights["table"][np.clip(np.rint(n.x[..., 0]), 0, n.layer.rows - 1).astype(int)],
    ),
    "LEARNED": (
        ("INPUT(4x3x2) => LEARNED", "INPUT(4x3) => LEARNED(2x5)", "INPUT(4x3) => LEARNED(trained=false)"),
        lambda n: n.weights["value"],
    ),
    "RNN": (
        (
            "INPUT(5x3) => RNN(4)",
            "INPUT(4x2) => RNN(3, biases=1, bidirectional=true)",
            "INPUT(4x2) => RNN(3, last=true)",
        ),
        recurrent,
    ),
    "GRU": (
        (
            "INPUT(5x3) => GRU(4)",
            "INPUT(4x2) => GRU(3, biases=1)",
            "INPUT(4x2) => GRU(3, biases=0, bidirectional=true)",
        ),
        recurrent,
    ),
    "LSTM": (
        (
            "INPUT(5x3) => LSTM(4)",
            "INPUT(4x2) => LSTM(3, biases=1)",
            "INPUT(4x2) => LSTM(3, bidirectional=true, last=true)",
            "INPUT(6x2) => LSTM(3, biases=0, last=true)",
            "INPUT(4x2) => LSTM(3, projection=2, bidirectional=true)",
        ),
        recurrent,
    ),
    "ATTENTION": (
        (
            "INPUT(5x6) => ATTENTION",
            "INPUT(3x2x12) => ATTENTION(2)",
            "INPUT(4x3x12) => ATTENTION(2, relative=true, scaled=false)",
            "INPUT(4x6x12) => ATTENTION(2, window=2x3, relative=true)",
            "INPUT(6x4x6) => ATTENTION(1, window=2, shift=1)",
            "INPUT(6x6x6) => ATTENTION(2, window=3, shift=1x2, relative=true)",
            "INPUT(6x4x12) => ATTENTION(2, window=3x2, grid=true, relative=true)",
            "INPUT(4x2x9) => ATTENTION(3, window=4x2, shift=1)",
            "INPUT(5x6) => ATTENTION(2, causal=true)",
        ),
        attention,
    ),
    "ADD": (behind_images("ADD[ | ] => ADD[ | GAP]"), lambda n: 2 * n.x + 2 * n.x.mean((0, 1))),
    "MUL": (behind_images("MUL[GAP | | ]"), lambda n: n.x * n.x * n.x.mean((0, 1))),
    "CONCAT": (
        behind_images("CONCAT[SLICE(4, 6) | SLICE(0, 1)]", "CONCAT(along=height)[ | SLICE(1, 2, along=height)]"),
        lambda n: (
            np.stack([n.x[..., c] for c in (4, 5, 0)], -1)
            if n.layer.axis == "depth"
            else np.concatenate([n.x, n.x[:, 1:2]], axis=1)
        ),
    ),
    "SUB": (behind_images("SUB[ | GAP | TANH]"), lambda n: n.x - n.x.mean((0, 1)) - np.tanh(n.x)),
    "MAX": (behind_images("MAX[ | GAP]"), lambda n: np.maximum(n.x, n.x.mean((0, 1)))),
    "PIXELUNSHUFFLE": (("INPUT(4x6x3) => PIXELUNSHUFFLE(2)", "INPUT(6x9x2) => REORG(3)"), pixelunshuffle),
    "RESIZE": (
        behind_images("RESIZE(8)", "RESIZE(3x9)", "RESIZE(7x4, mode=bilinear)", "RESIZE(2x3, mode=bilinear)"),
        resize,
    ),
    "INPUT": (("INPUT(3x4x2)",), identity),
    "DO": (behind_images("DO"), identity),
    "DROPPATH": (behind_images("DROPPATH"), identity),
    "IDENTITY": (behind_images("IDENTITY"), identity),
    "RELU": (behind_images("RELU"), elementwise(lambda v, _: max(v, 0))),
    "RELU6": (behind_images("RELU6"), elementwise(lambda v, _: min(max(v, 0), 6))),
    "CLIP": (
        behind_images("CLIP(-0.5, 0.25)", "CLIP(low=0.1)", "CLAMP(max=0)"),
        elementwise(lambda v, n: min(max(v, n.low), n.high)),
    ),
    "ELU": (behind_images("ELU", "ELU(0.5)"), elementwise(lambda v, n: v if v > 0 else n.alpha * math.expm1(v))),
    "SELU": (
        behind_images("SELU"),
        elementwise(lambda v, _: 1.0507009873554805 * (v if v > 0 else 1.6732632423543772 * math.expm1(v))),
    ),
    "LRELU": (behind_images("LRELU", "LRELU(0.3)"), elementwise(lambda v, n: v if v > 0 else n.slope * v)),
    "PRELU": (behind_images("PRELU", "PRELU(shared=true)"), lambda n: np.where(n.x > 0, n.x, n.weights["slope"] * n.x)),
    "GELU": (behind_images("GELU"), elementwise(lambda v, _: v * 0.5 * (1 + math.erf(v / math.sqrt(2))))),
    "SIGMOID": (behind_images("SIGMOID"), elementwise(lambda v, _: sigmoid(v))),
    "HSIGMOID": (behind_images("HSIGMOID"), elementwise(lambda v, _: hard(v))),
    "SILU": (behind_images("SILU"), elementwise(lambda v, _: v * sigmoid(v))),
    "HSWISH": (behind_images("HSWISH"), elementwise(lambda v, _: v * hard(v))),
    "MISH": (behind_images("MISH"), elementwise(lambda v, _: v * math.tanh(softplus(v)))),
    "SOFTPLUS": (behind_images("SOFTPLUS"), elementwise(lambda v, _: softplus(v))),
    "RESCALE": (
        behind_images("RESCALE(0.5, -1)", "RESCALE(scale=3)"),
        elementwise(lambda v, n: n.scale * v + n.offset),
    ),
    "ABS": (behind_images("ABS"), elementwise(lambda v, _: abs(v))),
    "TANH": (behind_images("TANH"), elementwise(lambda v, _: math.tanh(v))),
    "ACT": (behind_images("ACT(hard_swish)", "ACT(hswish)"), elementwise(lambda v, _: v * hard(v))),
}
"""For every layer type networks that end with it, and what comes out of them by loops."""
