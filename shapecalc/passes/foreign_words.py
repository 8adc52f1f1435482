"""Advice in the words of the file: `size=3` in a .cfg, `kernel_size=3` in Keras."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from shapecalc.core.patterns import lazy_pattern
from shapecalc.core.record import replace
from shapecalc.core.window import same_padding
from shapecalc.diagnostics.diagnostic import Diagnostic
from shapecalc.passes.graph import Node

_ARGUMENT = lazy_pattern(r"\b(K|F|S|P|dilation|groups|bias|ceil)=(\([^)]*\)|[\w.]+)")
_INPUT = lazy_pattern(r"\b(?:INPUT\(|an input of )(\d+(?:x\d+){1,3})\)?")
_CALL = lazy_pattern(r"\b([A-Z]{2,})\(((?:[^()]|\([^()]*\))*)\)")
_NAMED = lazy_pattern(r" in (\S+) gives ")
_GIVEN = lazy_pattern(r"its (\d+)x(\d+)x\d+")
_KEPT = lazy_pattern(r"keeps (\d+)x(\d+)")


def in_words_of(found: Iterable[Diagnostic], nodes: Sequence[Node], words: Mapping[str, str]) -> list[Diagnostic]:
    """The diagnostics with the arguments in their advice spelled as the format does.

    `words` has a pattern for each argument, by its letter, or by a kind and a letter (`POOL.P`): `{}` is the value,
    `{twice}` that of both sides together; `P.half` is for a padding of half the extent, `P.same` for one that keeps the
    size, beside `P.none`, and `INPUT` has `{w}`, `{h}` (with the slices before it) and `{d}`. Layers that are put in
    have patterns by their kind: with `{}` for a first number, `{w}`, `{h}` and `{factor}` for a size, and `{stride}`
    for what `CONV.stride` makes of one. Advice without words in the format is left out.
    """
    return [_reworded(d, nodes, words) for d in found] if words else list(found)


def _reworded(diagnostic: Diagnostic, nodes: Sequence[Node], words: Mapping[str, str]) -> Diagnostic:
    if not diagnostic.help:
        return diagnostic
    node = nodes[diagnostic.layer] if diagnostic.layer is not None and diagnostic.layer < len(nodes) else None
    kept = [text for line in diagnostic.help if (text := _line(line, _meant(line, nodes) or node, words)) is not None]
    if kept and kept[0].startswith("or "):
        kept[0] = kept[0][3:]
    return replace(diagnostic, help=tuple(kept), fixes=())


def _meant(line: str, nodes: Sequence[Node]) -> Node | None:
    """The layer that is to have other arguments, where the advice names one."""
    found = _NAMED.search(line)
    return next((node for node in nodes if found and node.name == found[1]), None)


def _line(line: str, node: Node | None, words: Mapping[str, str]) -> str | None:
    """A sentence of advice; None where the format cannot say it."""
    missing = False

    def argument(match: re.Match[str]) -> str:
        nonlocal missing
        text = _padding(match[1], match[2], line, node, words) or _argument(match[1], match[2], node, words)
        missing = missing or text is None
        return text or ""

    def call(match: re.Match[str]) -> str:
        nonlocal missing
        text = _put_in(match[1], match[2], line, words)
        missing = missing or text is None
        return text or ""

    pattern = words.get("INPUT")
    if pattern is not None:
        line = _INPUT.sub(lambda size: _input(size[1], pattern), line)
    found = _ARGUMENT.sub(argument, _CALL.sub(call, line))
    return None if missing else found


def _input(sizes: str, pattern: str) -> str:
    """A size of one to three axes, where other tools write the axes of an image from the slowest to the width."""
    width, *slower, depth = sizes.split("x")
    return (pattern if slower else pattern.replace("{h}, ", "")).format(w=width, h=", ".join(slower[::-1]), d=depth)


def _put_in(kind: str, given: str, line: str, words: Mapping[str, str]) -> str | None:
    """A layer that is put in: CONV(8, 1, S=2), RESIZE(32x32), or PAD and CROP by a number on every side."""
    first, *others = given.split(", ")
    sides, small = [int(n) for n in first.split("x") if n.isdigit()], _GIVEN.search(line)
    sizes = [int(n) for n in small.groups()] if small else []
    factors = {n / m for n, m in zip(sides, sizes, strict=True)} if len(sides) == len(sizes) else set()
    factor = int(factors.pop()) if len(factors) == 1 and min(factors) % 1 == 0 else None
    pattern = words.get(kind) if kind != "INPUT" else None  # one of other axes, which no word is for
    if pattern is None or not sides or ("{factor}" in pattern and factor is None) or (kind == "CONV") != bool(others):
        return None
    stride = next((words.get(f"{kind}.stride", "").format(text[2:]) for text in others if text.startswith("S=")), "")
    return pattern.format(first, w=sides[0], h=sides[-1], factor=factor, stride=stride)


def _padding(letter: str, value: str, line: str, node: Node | None, words: Mapping[str, str]) -> str | None:
    """`padding='same'`, where that pads by the same numbers."""
    window = node.layer.written_window if node is not None else None
    kept, same = _KEPT.search(line), words.get("P.same")
    if letter != "P" or window is None or same is None:
        return None
    if value in ("0", "valid"):
        return words["P.none"]
    if kept is None:
        spans = {(f - 1) * d for f, d in zip(window.extent, window.dilation.over(len(window.extent)), strict=True)}
        return same if set(window.stride) == {1} and value.isdigit() and spans == {2 * int(value)} else None
    parts = (window.extent, window.stride, window.dilation)
    if any(len(part) > len(kept.groups()) for part in parts):
        return None
    numbers = [int(n) for n in re.findall(r"\d+", value)]
    pairs = [tuple(numbers[i : i + 2]) for i in range(0, len(numbers), 2)] if value[0] == "(" else [(*numbers * 2,)] * 2
    axes = zip(map(int, kept.groups()), *(part.over(len(kept.groups())) for part in parts), strict=True)
    return same if [same_padding(*axis) for axis in axes] == pairs else None


def _argument(letter: str, value: str, node: Node | None, words: Mapping[str, str]) -> str | None:
    kind = node.kind if node is not None else ""
    window = node.layer.written_window if node is not None else None
    number = int(value) if value.isdigit() else None
    halves = window is not None and {n // 2 for n in window.extent} == {number}
    if letter == "P" and halves and kind != "POOL" and "P.half" in words:
        return words["P.half"]
    pattern = words.get(f"{kind}.{letter}", words.get(letter))
    twice = _both_sides(value)
    if pattern is None or (twice is None and "{twice}" in pattern):
        return None
    if number is None and "{}" in pattern and value not in ("true", "false"):
        return None
    boolean = {"true": words.get("true", "true"), "false": words.get("false", "false")}.get(value)
    return pattern.format(boolean or value, twice=twice)


def _both_sides(value: str) -> int | None:
    """A padding as one number for both sides together, of which the smaller half comes first; None where it is none."""
    numbers = [int(n) for n in re.findall(r"\d+", value)]
    pairs = {tuple(numbers[i : i + 2]) for i in range(0, len(numbers), 2)} if value[0] == "(" else {(*numbers * 2,)}
    if len(pairs) != 1 or len(pair := pairs.pop()) != 2:
        return None
    return sum(pair) if pair[0] == sum(pair) // 2 else None
