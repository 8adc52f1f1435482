"""Layers written as plain loops, from their arguments and weights alone, to hold the forwards against."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

import shapecalc
from shapecalc.core.padding import Padding
from shapecalc.verification.execute import execute
from shapecalc.verification.run_weights import SeededWeights
from shapecalc.verification.verify import images_for

Volume = np.ndarray


class Ran:
    """A network that was run: its input, the weights and the output of its last layer, and the MACs counted."""

    def __init__(self, text: str, seed: int = 0, image: Volume | None = None) -> None:
        self.report = shapecalc.check(text)
        assert all(row.output for row in self.report.rows), [d.message for d in self.report.diagnostics]
        made = SeededWeights(self.report.rows, seed)
        images = images_for(self.report, seed, image)
        steps = list(execute(self.report.graph, made, {i: a.copy() for i, a in images.items()}))
        self.x = next(iter(images.values()))[0].astype(np.float64)
        last = steps[-1]
        self.weights = {k: v.astype(np.float64) for k, v in last.weights.items()}
        self.layer: Any = last.node.layer
        self.y, self.macs = last.output[0], last.run.counter.macs


def starts(size: int, span: int, stride: int, padding: Any, rounding: str = "floor") -> tuple[list[int], int, int]:
    """Where windows begin (negative in the padding), and the padding, by walking along the axis."""
    if padding.name in ("same", "same_lower"):
        count = math.ceil(size / stride)
        total = max((count - 1) * stride + span - size, 0)
        small, large = total // 2, total - total // 2
        before, after = (small, large) if padding.name == "same" else (large, small)
    else:
        named = {
            "valid": (0, 0),
            "full": (span - 1, span - 1),
            "causal": (span - 1, 0),
            "preserve": ((span - 1) // 2, span // 2),
        }
        before, after = named[padding.name] if padding.name else padding.pairs[0]
    found, at = [], -before
    while at + span <= size + after:
        found.append(at)
        at += stride
    short = found[-1] + span < size + after if found else True
    clipped = rounding == "ceil" or before or after
    if rounding != "floor" and short and (at < size or not clipped) and at + span - stride < size + after:
        found.append(at)
    return found, before, after


def axes_of(shape: tuple[int, ...], one: Any, rounding: str = "floor") -> list[tuple[list[int], list[int], int, int]]:
    """Per axis: starts, offsets of taps, and the padding before and after."""
    rank = len(shape) - 1
    wide = lambda v: tuple(v) * rank if len(v) == 1 else tuple(v)  # noqa: E731
    gaps = one.arguments.get("dilation", (1,))
    found = []
    for axis in range(rank):
        extent, stride, gap = wide(one.extent)[axis], wide(one.stride)[axis], wide(gaps)[axis]
        padding = one.padding
        if not padding.name:
            padding = Padding("", (wide(padding.pairs)[axis],))
        at, before, after = starts(shape[axis], gap * (extent - 1) + 1, stride, padding, rounding)
        found.append((at, [gap * t for t in range(extent)], before, after))
    return found


def look(x: Volume, position: tuple[int, ...]) -> Volume | None:
    """The channels at a position; None outside."""
    inside = all(0 <= p < n for p, n in zip(position, x.shape, strict=False))
    return x[position] if inside else None


def slow_conv(ran: Ran, kernel: Volume, bias: Volume | None, groups: int, shared: bool = True) -> Volume:
    """A convolution position by position, tap by tap."""
    axes = axes_of(ran.x.shape, ran.layer)
    filters = kernel.shape[-1]
    out = np.zeros((*(len(a[0]) for a in axes), filters))
    share, each = ran.x.shape[-1] // groups, filters // groups
    for o in np.ndindex(*out.shape[:-1]):
        own = kernel if shared else kernel[o]
        for tap in np.ndindex(*(len(a[1]) for a in axes)):
            values = look(ran.x, tuple(a[0][i] + a[1][t] for a, i, t in zip(axes, o, tap, strict=True)))
            for g in range(groups) if values is not None else ():
                mine = slice(g * each, (g + 1) * each)
                out[o][mine] += values[g * share : (g + 1) * share] @ own[tap][:, mine]
        if bias is not None:
            out[o] += bias if shared else bias[o]
    return out


def conv(ran: Ran) -> Volume:
    return slow_conv(ran, ran.weights["kernel"], ran.weights.get("bias"), ran.layer.groups)


def local(ran: Ran) -> Volume:
    return slow_conv(ran, ran.weights["kernel"], ran.weights.get("bias"), ran.layer.groups, shared=False)


def dwconv(ran: Ran) -> Volume:
    return slow_conv(ran, ran.weights["kernel"], ran.weights.get("bias"), ran.x.shape[-1])


def sepconv(ran: Ran) -> Volume:
    middle = slow_conv(ran, ran.weights["depthwise"], None, ran.x.shape[-1])
    kernel = ran.weights["pointwise"]
    return middle @ kernel.reshape(kernel.shape[-2:]) + ran.weights.get("bias", 0)


def upconv(ran: Ran) -> Volume:
    """Every input position stamps the kernel, times its values, onto the output; the border is cut off."""
    one, x, rank = ran.layer, ran.x, ran.x.ndim - 1
    wide = lambda v: tuple(v) * rank if len(v) == 1 else tuple(v)  # noqa: E731
    extents, strides, gaps = (wide(v) for v in (one.extent, one.stride, one.dilation))
    written = one.output_padding is not None
    extra = wide(one.output_padding or (0,))
    spans = [g * (f - 1) + 1 for g, f in zip(gaps, extents, strict=True)]
    big = np.zeros(
        (*(n * s + f + e + 50 for n, s, f, e in zip(x.shape, strides, spans, extra, strict=False)), one.filters)
    )
    share, each = x.shape[-1] // one.groups, one.filters // one.groups
    for i in np.ndindex(*x.shape[:-1]):
        for tap in np.ndindex(*extents):
            at = tuple(p * s + t * g for p, s, t, g in zip(i, strides, tap, gaps, strict=True))
            for g in range(one.groups):
                mine = slice(g * each, (g + 1) * each)
                big[at][mine] += x[i][g * share : (g + 1) * share] @ ran.weights["kernel"][tap][:, mine]
    kept = []
    for axis, n in enumerate(x.shape[:-1]):
        grown = (n - 1) * strides[axis] + spans[axis]
        named = one.padding.name
        if named == "valid":
            first, length = 0, grown + extra[axis] if written else max(grown, n * strides[axis])
        elif named:
            length = grown - 2 * (spans[axis] // 2) + extra[axis] if written else n * strides[axis]
            both = max(grown - length, 0)
            first = both // 2 if named == "same" else both - both // 2
        else:
            first, after = wide(one.padding.pairs)[axis]
            length = grown - first - after + extra[axis]
        kept.append(slice(first, first + length))
    return big[tuple(kept)] + ran.weights.get("bias", 0)


def pool(ran: Ran) -> Volume:
    one, x = ran.layer, ran.x
    axes = axes_of(x.shape, one, one.ceil or "floor")
    out = np.zeros((*(len(a[0]) for a in axes), x.shape[-1]))
    for o in np.ndindex(*out.shape[:-1]):
        values, counted = [], 0
        for tap in np.ndindex(*(len(a[1]) for a in axes)):
            at = tuple(a[0][i] + a[1][t] for a, i, t in zip(axes, o, tap, strict=True))
            real = look(x, at)
            values += [real] if real is not None else []
            padded = all(p < n + a[3] for p, n, a in zip(at, x.shape, axes, strict=False))
            counted += padded if one.count_include_pad else real is not None
        if values:
            column = np.array(values)
            results = {"max": column.max(0), "avg": column.sum(0) / max(counted, 1), "l2": np.sqrt((column**2).sum(0))}
            out[o] = results[one.mode]
    return out


def adaptivepool(ran: Ran) -> Volume:
    targets = tuple(ran.layer.size) * (2 if len(ran.layer.size) == 1 else 1)
    out = np.zeros((*targets, ran.x.shape[-1]))
    reduce = np.max if ran.layer.mode == "max" else np.mean
    for o in np.ndindex(*targets):
        ranges = [
            slice(math.floor(i * n / t), math.ceil((i + 1) * n / t))
            for i, n, t in zip(o, ran.x.shape, targets, strict=False)
        ]
        out[o] = reduce(ran.x[tuple(ranges)], axis=(0, 1))
    return out


def depthpool(ran: Ran) -> Volume:
    one = ran.layer
    reduce = {"max": np.max, "avg": np.mean, "l2": lambda v, axis: np.sqrt((v**2).sum(axis))}[one.mode]
    groups = range(0, ran.x.shape[-1] - one.extent + 1, one.stride)
    return np.stack([reduce(ran.x[..., c : c + one.extent], axis=-1) for c in groups], axis=-1)


def lrn(ran: Ran) -> Volume:
    one, out = ran.layer, np.zeros_like(ran.x)
    if one.within:
        before = (one.n - 1) // 2
        for at in np.ndindex(*out.shape):
            near = tuple(slice(max(0, i - before), i - before + one.n) for i in at[:-1])
            around = one.k + one.alpha / one.n ** len(near) * (ran.x[(*near, at[-1])] ** 2).sum()
            out[at] = ran.x[at] / around**one.beta
        return out
    for c in range(ran.x.shape[-1]):
        around = ran.x[..., max(0, c - (one.n - 1) // 2) : c + one.n - 1 - (one.n - 1) // 2 + 1]
        out[..., c] = ran.x[..., c] / (one.k + one.alpha / one.n * (around**2).sum(-1)) ** one.beta
    return out


def standard(x: Volume, axes: Any, eps: float) -> Volume:
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + eps)


def affine(ran: Ran, y: Volume) -> Volume:
    return y * ran.weights.get("scale", 1) + ran.weights.get("shift", 0)


def bn(ran: Ran) -> Volume:
    if not ran.layer.track:
        return affine(ran, standard(ran.x, (0, 1), ran.layer.eps))
    centred = ran.x - ran.weights["mean"]
    return affine(ran, centred / np.sqrt(ran.weights["variance"] + ran.layer.eps))


def gn(ran: Ran) -> Volume:
    parts = np.split(ran.x, ran.layer.groups, axis=-1)
    return affine(ran, np.concatenate([standard(p, (0, 1, 2), ran.layer.eps) for p in parts], axis=-1))


def upsample(ran: Ran) -> Volume:
    x, factors = ran.x, tuple(ran.layer.factor) * (3 - len(ran.layer.factor))
    out = np.zeros((*(int(n * f) for n, f in zip(x.shape, factors, strict=False)), x.shape[-1]))
    for o in np.ndindex(*out.shape[:-1]):
        if ran.layer.mode == "nearest":
            out[o] = x[tuple(math.floor(i / f) for i, f in zip(o, factors, strict=True))]
            continue
        corners = []
        for i, f, n in zip(o, factors, x.shape, strict=False):
            centre = min(max((i + 0.5) / float(f) - 0.5, 0), n - 1)
            low = int(centre)
            corners.append([(low, 1 - (centre - low)), (min(low + 1, n - 1), centre - low)])
        for (i, a), (j, b) in itertools.product(*corners):
            out[o] += a * b * x[i, j]
    return out


def pixelshuffle(ran: Ran) -> Volume:
    r = ran.layer.factor
    w, h, d = ran.x.shape
    out = np.zeros((w * r, h * r, d // r**2))
    for i, j, c in np.ndindex(*out.shape):
        out[i, j, c] = ran.x[i // r, j // r, c * r * r + (j % r) * r + i % r]
    return out


def pixelunshuffle(ran: Ran) -> Volume:
    r = ran.layer.factor
    w, h, d = ran.x.shape
    out = np.zeros((w // r, h // r, d * r**2))
    for i, j, c in np.ndindex(*ran.x.shape):
        out[i // r, j // r, c * r * r + (j % r) * r + i % r] = ran.x[i, j, c]
    return out


def resize(ran: Ran) -> Volume:
    sizes = tuple(ran.layer.size) * (3 - len(ran.layer.size))
    ran.layer.factor = tuple(Fraction(n, w) for n, w in zip(sizes, ran.x.shape, strict=False))
    return upsample(ran)


def shuffle(ran: Ran) -> Volume:
    if ran.layer.order:
        return np.stack([ran.x[..., c] for c in ran.layer.order], axis=-1)
    d, g = ran.x.shape[-1], ran.layer.groups
    return np.stack([ran.x[..., (c % g) * (d // g) + c // g] for c in range(d)], axis=-1)


def padded(ran: Ran) -> Volume:
    pairs = ran.layer.padding.pairs
    (a, b), (c, d) = pairs * 2 if len(pairs) == 1 else pairs
    w, h, depth = ran.x.shape
    front, back = ran.layer.depth
    out = np.zeros((w + a + b, h + c + d, front + depth + back))
    out[a : a + w, c : c + h, front : front + depth] = ran.x
    return out


def cropped(ran: Ran) -> Volume:
    pairs = ran.layer.padding.pairs
    (a, b), (c, d) = pairs * 2 if len(pairs) == 1 else pairs
    return ran.x[a : ran.x.shape[0] - b, c : ran.x.shape[1] - d]


def elementwise(function: Callable[[float, Any], float]) -> Callable[[Ran], Volume]:
    return lambda ran: np.vectorize(lambda v: function(v, ran.layer), otypes=[float])(ran.x)


def sigmoid(v: float) -> float:
    return 1 / (1 + math.exp(-v))


def hard(v: float) -> float:
    return min(max(0.0, v + 3), 6) / 6


def softplus(v: float) -> float:
    return math.log1p(math.exp(v))


def identity(ran: Ran) -> Volume:
    return ran.x


def softmax(ran: Ran) -> Volume:
    """Shares by loops over what they are shares of."""
    out = np.zeros_like(ran.x)
    depth, parts = ran.x.shape[-1], ran.layer.parts
    for i, j, c in np.ndindex(*ran.x.shape):
        if ran.layer.over == "positions":
            rivals = ran.x[..., c].ravel()
        elif parts:
            rivals = np.array([ran.x[i, j, o] for o in range(depth) if o % (depth // parts) == c % (depth // parts)])
        else:
            rivals = ran.x[i, j]
        out[i, j, c] = math.exp(ran.x[i, j, c]) / np.exp(rivals).sum()
    return out


def recurrent(ran: Ran) -> Volume:
    """Value by value, with the gates of each kind written out."""
    one, w, units = ran.layer, ran.weights, ran.layer.units
    ways = []
    for end in ("", "_back") if one.bidirectional else ("",):
        narrow = w.get(f"projection{end}", np.eye(units))
        h, cell, states = np.zeros(narrow.shape[1]), np.zeros(units), []
        for x in ran.x[::-1] if end else ran.x:
            wx = x @ w[f"kernel{end}"] + w.get(f"bias{end}", 0)
            b = w.get(f"state_bias{end}", np.zeros(wx.shape))

            def gate(at: int, state: Volume) -> Volume:
                mine = slice(at * units, (at + 1) * units)
                return state @ w[f"state{end}"][:, mine] + b[mine]  # noqa: B023

            part = [wx[i * units : (i + 1) * units] for i in range(len(wx) // units)]
            sig = np.vectorize(sigmoid)
            if one.kind == "RNN":
                h = np.tanh(part[0] + gate(0, h))
            elif one.kind == "GRU":
                z, r = sig(part[0] + gate(0, h)), sig(part[1] + gate(1, h))
                inner = gate(2, r * h) if one.biases == 1 else r * gate(2, h)
                h = z * h + (1 - z) * np.tanh(part[2] + inner)
            else:
                i, o, f = (sig(part[n] + gate(n, h)) for n in range(3))
                cell = f * cell + i * np.tanh(part[3] + gate(3, h))
                h = o * np.tanh(cell) @ narrow
            states.append(h)
        ways.append(states[-1:] if one.last else states[::-1] if end else states)
    return np.concatenate([np.array(way) for way in ways], axis=-1)


def attention(ran: Ran) -> Volume:
    """Position by position: whom it looks at is asked of every pair."""
    one, x = ran.layer, ran.x
    sizes, heads, depth = x.shape[:-1], ran.layer.heads, x.shape[-1] // 3
    rank, d = len(sizes), depth // ran.layer.heads
    wide = lambda v: tuple(v) * rank if len(v) == 1 else tuple(v)  # noqa: E731
    window = wide(one.window) if one.window else sizes
    shift = [s if w < n else 0 for s, w, n in zip(wide(one.shift), window, sizes, strict=True)]

    def cell(position: tuple[int, ...]) -> tuple[tuple[int, int, int], ...]:
        """Per axis the window that a position is in, whether it came round the end, and its place inside."""
        found = []
        for p, n, w, s in zip(position, sizes, window, shift, strict=True):
            if one.grid and one.window:
                found.append((p % (n // w), 0, p // (n // w)))
            else:
                found.append(((p - s) % n // w, int(p < s), (p - s) % n % w))
        return tuple(found)

    out = np.zeros((*sizes, depth))
    for a in np.ndindex(*sizes):
        for h in range(heads):
            mine = slice(h * d, (h + 1) * d)
            scores, values = [], []
            for b in np.ndindex(*sizes):
                here, there = cell(a), cell(b)
                if [c[:2] for c in here] != [c[:2] for c in there] or (one.causal and b > a):
                    continue
                score = x[a][:depth][mine] @ x[b][depth : 2 * depth][mine] * (d**-0.5 if one.scaled else 1)
                if one.relative:
                    row = 0
                    for p, q, w in zip(here, there, window, strict=True):
                        row = row * (2 * w - 1) + p[2] - q[2] + w - 1
                    score += ran.weights["distances"][row, h]
                scores.append(score)
                values.append(x[b][2 * depth :][mine])
            shares = np.exp(scores) / np.exp(scores).sum()
            out[a][mine] = shares @ np.array(values)
    return out
