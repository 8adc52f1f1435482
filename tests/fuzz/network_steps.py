"""Networks as data: random lists of steps in which every window fits."""

from __future__ import annotations

from random import Random
from typing import Any, NamedTuple

Step = tuple[Any, ...]
Size = tuple[int, int, int]


class Network(NamedTuple):
    """The width, height and depth of an image, and what is done to it."""

    size: Size
    steps: tuple[Step, ...]


def network(random: Random) -> Network:
    size = (random.choice((8, 12, 16, 20)), random.choice((8, 16)), random.choice((1, 2, 3, 4)))
    steps = _steps(size, random.randrange(2, 7), 2, random)
    out = volume_after(steps, size)
    ends: tuple[tuple[Step, ...], ...] = ((), (("gap",), ("flatten",)), (("flatten",),))
    end = random.choice(ends)
    if end:
        end += (("dense", random.randrange(2, 9), random.random() < 0.8), ("act", "relu"), ("drop", 0.25))
        end = random.choice((end, (*end, ("dense", 3, True))))
    return Network(size, (*steps, *end) if out else steps)


def _steps(size: Size, count: int, depth: int, random: Random) -> tuple[Step, ...]:
    """Steps one after the other, with branches in branches as deep as `depth`."""
    found: tuple[Step, ...] = ()
    while len(found) < count:
        more = _some(volume_after(found, size), depth, random)
        found += more
    return found


def _some(size: Size, depth: int, random: Random) -> tuple[Step, ...]:
    width, height, channels = size
    f = random.choice([f for f in (1, 2, 3, 5) if f <= min(width, height)])
    s = random.choice([s for s in (1, 1, 2, 3) if not (width - f) % s and not (height - f) % s])
    kind = random.choice(("conv", "conv", "same", "same", "pool", "layer", "up", "add", "concat", "repeat"))
    if kind == "conv":
        return (_conv(random, channels, f, s, 0), *_act(random))
    if kind == "pool":
        return ((random.choice(("max", "avg")), f, s),)
    if kind == "layer":
        return (random.choice((("bn",), ("drop", 0.5), *_act(random))),) if channels else ()
    if kind == "up" and width * height < 500:
        return (random.choice((("up", 2), ("up_conv", random.randrange(1, 9), 2))),)
    if kind in ("add", "concat") and depth:
        branches = [
            _same(size, depth - 1, random, channels if kind == "add" else 0) for _ in range(random.choice((2, 2, 3)))
        ]
        branches[-1] = random.choice((branches[-1], ()))
        return ((kind, *branches),)
    if kind == "repeat" and depth:
        return (("repeat", random.choice((2, 3)), _same(size, depth - 1, random, channels)),)
    return _same(size, 0, random)


def _same(size: Size, depth: int, random: Random, out: int = 0) -> tuple[Step, ...]:
    """Steps that keep width and height, and give `out` channels, where that is a number."""
    found: tuple[Step, ...] = ()
    for _ in range(random.choice((1, 1, 2))):
        channels = volume_after(found, size)[2]
        conv = _conv(random, channels, f := random.choice((1, 3)), 1, f // 2)
        found += random.choice(((conv,), (conv, ("bn",), *_act(random)), (*_act(random), conv)))
        if depth and random.random() < 0.3:
            found += (("add", _same(volume_after(found, size), 0, random, volume_after(found, size)[2]), ()),)
    if out and volume_after(found, size)[2] != out:
        found += (("conv", out, 1, 1, 0, 1, random.random() < 0.5),)
    return found


def _conv(random: Random, channels: int, f: int, s: int, p: int) -> Step:
    groups = random.choice((1, 1, 1, channels, 2 - channels % 2))
    return ("conv", groups * random.randrange(1, 7), f, s, p, groups, random.random() < 0.6)


def _act(random: Random) -> tuple[Step, ...]:
    return random.choice(((("act", random.choice(("relu", "relu", "sigmoid", "tanh", "silu", "gelu"))),), ()))


def volume_after(steps: tuple[Step, ...], size: Size) -> Size:
    """The volume that steps give of one."""
    for step in steps:
        width, height, depth = size
        match step:
            case ("conv", k, f, s, p, _, _):
                size = ((width - f + 2 * p) // s + 1, (height - f + 2 * p) // s + 1, k)
            case ("up_conv", k, f):
                size = (width * f, height * f, k)
            case ("max" | "avg", f, s):
                size = ((width - f) // s + 1, (height - f) // s + 1, depth)
            case ("up", by):
                size = (width * by, height * by, depth)
            case ("gap",):
                size = (1, 1, depth)
            case ("flatten",):
                size = (1, 1, width * height * depth)
            case ("dense", units, _):
                size = (1, 1, units)
            case ("repeat", times, inner):
                size = volume_after(inner * times, size)
            case ("add", *branches):
                size = volume_after(branches[0], size)
            case ("concat", *branches):
                size = (width, height, sum(volume_after(branch, size)[2] for branch in branches))
    return size
