"""Networks with one thing broken: a stride, a padding, a join, a claim or a number of channels, drawn at random."""

from __future__ import annotations

import random


def broken_network(seed: int) -> tuple[str, str]:
    """What is broken, and the diagram of a network that has one error because of it."""
    draw = random.Random(seed)
    kind = draw.choice(["stride", "padding", "join", "claim", "channels"])
    rank = draw.choice([1, 2, 2, 2, 3])
    sides = [draw.choice([24, 32, 40, 48, 64])] * rank if draw.random() < 0.5 else [
        draw.choice([16, 24, 32, 40, 48]) for _ in range(rank)
    ]  # fmt: skip
    head = f"INPUT({'x'.join(map(str, sides))}x{draw.choice([1, 3, 4])})"
    body = [f"CONV({draw.choice([8, 16])}, 3, P=1) => RELU" for _ in range(draw.randint(1, 3))]
    tail = draw.choice(["GAP => FC(10)", "FC(10)", "POOL(2) => FC(10)"])
    return kind, " => ".join([head, *body, *_BROKEN[kind](draw, sides), tail])


def _stride(draw: random.Random, sides: list[int]) -> list[str]:
    extent, stride = draw.choice([(3, 2), (5, 2), (4, 3), (2, 3), (5, 4), (7, 4), (11, 4)])
    extent = max(extent, stride)
    layer = draw.choice([f"CONV(8, {extent}, S={stride})", f"POOL({extent}, S={stride})"])
    return [layer, "RELU"]


def _padding(draw: random.Random, sides: list[int]) -> list[str]:
    return draw.choice([
        [f"POOL(2, P={draw.randint(2, 3)})"],
        [f"CROP({max(sides)})"],
        [f"CONV(8, {max(sides) + draw.randint(1, 5)})", "RELU"],
        [f"CONV(16, 5, P=1): {'x'.join(map(str, sides))}x16", "RELU"],
    ])  # fmt: skip


def _join(draw: random.Random, sides: list[int]) -> list[str]:
    depth = draw.choice([8, 16])
    start = f"CONV({depth}, 1)"
    return draw.choice([
        [start, f"ADD[ CONV({depth}, 3) => RELU | ]"],
        [start, "CONCAT[ CONV(8, 3, P=1) | CONV(8, 5, P=1) ]"],
        [start, f"ADD[ CONV({depth + 1}, 3, P=1) | ]"],
        [start, f"ADD[ CONV({depth}, 3, S=2, P=1) => UPSAMPLE(2) => CONV({depth}, 2, S=1) | ]"],
        [f"CONV({depth}, 3, P=1) as a", f"POOL(2) => UPCONV({depth}, 3, S=2, P=1) => ADD[ | @a ]"],
    ])  # fmt: skip


def _claim(draw: random.Random, sides: list[int]) -> list[str]:
    same = "x".join(map(str, sides))
    half = "x".join(str(-(-s // 2)) for s in sides)
    return draw.choice([
        [f"CONV(16, 3): {same}x16", "RELU"],
        [f"CONV(16, 3, S=2): {half}x16", "RELU"],
        [f"CONV(16, 3, P=1): {same}x32", "RELU"],
        [f"POOL(2) => UPCONV(8, 3, S=2, P=1): {same}x8", "RELU"],
        [f"CONV(16, 7, P=2): {same}x16", "RELU"],
    ])  # fmt: skip


def _channels(draw: random.Random, sides: list[int]) -> list[str]:
    groups = draw.choice([3, 5, 6, 7])
    return draw.choice([
        [f"CONV(16, 1) => CONV(32, 3, P=1, groups={groups})", "RELU"],
        [f"CONV(16, 1) => GN({groups})", "RELU"],
        ["CONV(16, 1)", f"ADD[ CONV({draw.choice([8, 12, 24])}, 3, P=1) => RELU | CONV(16, 1) ]"],
    ])  # fmt: skip


_BROKEN = {"stride": _stride, "padding": _padding, "join": _join, "claim": _claim, "channels": _channels}
