"""The rows of a file, with the widths and repeats of its scale."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from math import ceil, inf
from typing import Any, TypeAlias

from shapecalc.core.phrases import shortened
from shapecalc.core.record import Record
from shapecalc.diagnostics.diagnostic import Diagnosed, Diagnostic, Source, Span, report, unreadable
from shapecalc.settings.yaml_nodes import LARGEST, Mapping, Sequence, value_of
from shapecalc.settings.yaml_reader import read_yaml

DIVISOR = 8
"""Widths are multiples of it, rounded up, where the file has no `channel_multiple`."""
BOX = 5
"""Numbers of a box: four of its place, and how sure it is."""
MOST_REPEATS = 1000
"""How often a module may be repeated."""
_SCALE = re.compile(r"yolo(?:e-)?v?\d+([nslmx])")
"""The letter of the scale in the name of a file."""
_CLAIM = re.compile(r"(?<![\d,])([\d,]{4,}+) parameters")

Value: TypeAlias = Any
"""A number, a word, True, False, None, or a list of them."""


class ModelRow(Record):
    """One module, as often as `repeats` says, of the outputs of earlier rows."""

    sources: tuple[int, ...]
    repeats: int
    module: str
    arguments: tuple[Value, ...]
    span: Span


class ModelFile(Record):
    """What a file says, for one scale of it."""

    name: str
    rows: tuple[ModelRow, ...]
    scale: str
    depth: float
    width: float
    most_channels: float
    values: dict[str, Value]
    """Its other keys."""
    claim: tuple[str, Span] | None = None
    """The number of parameters that a comment beside the scale states."""

    def wide(self, channels: int) -> int:
        """So many channels at this scale."""
        divisor = self.number("channel_multiple", DIVISOR)
        return ceil(min(channels, self.most_channels) * self.width / divisor) * divisor

    @property
    def outputs(self) -> int | None:
        """Channels of a level of a head with anchors, which no scale changes. Source: `no` of YOLOv5's parse_model."""
        anchors = self.values.get("anchors")
        first = anchors[0] if isinstance(anchors, list) and anchors else None
        each = len(first) // 2 if isinstance(first, list) else self.number("anchors", 0)
        return each * (self.number("nc", 0) + BOX) if each else None

    def often(self, repeats: int) -> int:
        """So many repeats at this scale; halves are rounded to even."""
        return max(round(repeats * self.depth), 1) if repeats > 1 else repeats

    def number(self, key: str, default: int) -> int:
        """A whole number; the default where there is none."""
        value = self.values.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= LARGEST else default


def parse_model_file(source: Source) -> ModelFile:
    """The file. Raises Diagnosed SHP010 and SHP013."""
    problems: list[Diagnostic] = []
    root = read_yaml(source.text, 0, len(source.text), problems)
    if not isinstance(root, Mapping):
        problems.append(report("SHP010", "the file is not a list of backbone and head"))
    if problems or not isinstance(root, Mapping):
        raise Diagnosed(*problems)
    values = {key.text: value_of(node) for key, node in root.entries if key.text not in ("backbone", "head", "scales")}
    stem = os.path.splitext(os.path.basename(source.path))[0]
    scale, sizes, claim = _scale(root, stem, source.text)
    depth, width, most = sizes or (
        _multiple(values, "depth_multiple"), _multiple(values, "width_multiple"), inf
    )  # fmt: skip
    rows = tuple(row for key in ("backbone", "head") for row in _rows(root, key, values))
    return ModelFile(stem, rows, scale, depth, width, most, values, claim)


def _scale(
    root: Mapping, stem: str, text: str
) -> tuple[str, tuple[float, float, float] | None, tuple[str, Span] | None]:
    """The scale that the name of the file says, or else the first, its figures, and what a comment claims of it."""
    scales = root.get("scales")
    found = _SCALE.search(stem)
    letter = found[1] if found else ""
    if not isinstance(scales, Mapping) or not scales.entries:
        return letter, None, None
    there = [k.text for k, _ in scales.entries]
    if letter and letter not in there:
        message = f"the name of the file says scale {letter}, and the file has {shortened(', '.join(there))}"
        raise unreadable(message, scales.span, help=("rename the file, or add the scale",))
    key, node = scales.entries[there.index(letter) if letter else 0]
    figures = value_of(node)
    if not isinstance(figures, list) or len(figures) != 3 or not all(_is_positive(f) for f in figures):
        raise unreadable(f"the scale {shortened(key.text)} is not [depth, width, most channels]", node.span)
    end = text.find("\n", node.span[1])
    line = text[node.span[1] : end if end >= 0 else len(text)]
    claim = _CLAIM.search(line)
    place = (node.span[1] + claim.start(), node.span[1] + claim.end()) if claim else (0, 0)
    return key.text, (figures[0], figures[1], figures[2]), (claim[1].replace(",", ""), place) if claim else None


def _is_positive(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= LARGEST


def _multiple(values: dict[str, Value], key: str) -> float:
    value = values.get(key, 1.0)
    if not _is_positive(value):
        raise unreadable(f"{key} is not a number above zero: {shortened(str(value))}")
    return float(value)


def _rows(root: Mapping, key: str, values: dict[str, Value]) -> Iterator[ModelRow]:
    part = root.get(key)
    if part is None:
        said = f"the file has no list of modules called {key}"
        raise unreadable(said, (0, 0), help=(f"write {key}: at the beginning of a line",))
    if not isinstance(part, Sequence):
        raise unreadable(f"{key} is not a list of modules", part.span)
    for node in part.items:
        row = value_of(node)
        if not isinstance(row, list) or len(row) != 4 or not isinstance(row[2], str) or not isinstance(row[3], list):
            raise unreadable("a module is [from, repeats, name, [arguments]]", node.span)
        sources = row[0] if isinstance(row[0], list) else [row[0]]
        if not sources or not all(isinstance(s, int) and not isinstance(s, bool) for s in sources):
            raise unreadable("a module reads other modules by their numbers", node.span)
        repeats = row[1]
        if not isinstance(repeats, int) or isinstance(repeats, bool) or not 0 < repeats <= MOST_REPEATS:
            message = f"a module is repeated from 1 to {MOST_REPEATS:,} times, not {shortened(str(repeats))}"
            raise unreadable(message, node.span)
        arguments = tuple(values.get(a, _word(a)) if isinstance(a, str) else a for a in row[3])
        yield ModelRow(tuple(sources), repeats, row[2], arguments, node.span)


def _word(text: str) -> Value:
    return {"None": None, "True": True, "False": False}.get(text, text)
