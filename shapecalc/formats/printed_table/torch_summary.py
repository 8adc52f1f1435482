"""What torchsummary and torchinfo print of PyTorch's modules."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shapecalc.core.record import replace
from shapecalc.formats.printed_table.printed_rows import PrintedRow, Sizes, number_of, shape_of
from shapecalc.formats.printed_table.titles import TREE

_NUMBERED = re.compile(r"\s*([A-Za-z_]\w*)-(\d+)\s+(\[.*\]|\(.*\))\s+([\d,]+)(?:\s+[\d,]+)?\s*$")
_TORCHINFO = re.compile(r"[│├└─\s|+-]*([A-Za-z_]\w*)(?:\s*\(([^)]*)\))?(?::\s*(\d+)-\d+)?(?=\s|$)")
_CELL = re.compile(r"\[\[.*?\]\]|\[[^\]]*\]|\S+")
_TITLES = ("Input Shape", "Output Shape", "Param #", "Param %", "Kernel Shape", "Groups", "Mult-Adds", "Trainable")
_OWN_WEIGHTS = re.compile(r"[│├└─\s|]*\w+\s[^│]*[├└]─[\d,]+")
"""Below a module: `weight   [8, 3]   └─24`, which its own row counts."""
_LAST = re.compile(r"(NonDynamicallyQuantizable)?Linear$|LayerNorm$|RMSNorm$|Embedding$|LSTM$|GRU$|RNN$|Attention$")
"""Classes that have their channels last."""
_FIRST = re.compile(r"[123]d$|^Conv")


def numbered_rows(head: str, lines: list[tuple[int, str]]) -> Iterator[PrintedRow]:
    """torchsummary: `Conv2d-1  [-1, 8, 30, 20]  216`; Paddle prints what it reads in front of that."""
    for at, line in lines:
        match = _NUMBERED.match(line)
        if match is not None:
            kind, number, shape, params = match.groups()
            cells = re.findall(r"\[\[.*?\]\]|\[[^\]]*\]", shape) if "Input Shape" in head else []
            yield PrintedRow(
                f"{kind}-{number}", kind, shape_of(cells[-1] if cells else shape), number_of(params),
                (at, at + len(line)), read=shape_of(cells[0]) if len(cells) > 1 else (),
            )  # fmt: skip


def without_statistics(rows: list[PrintedRow]) -> list[PrintedRow]:
    """Paddle and MXNet count the means and variances of a normalisation: as PyTorch counts, its weights alone."""
    return [replace(row, params=row.params // 2) if row.kind.startswith("BatchNorm") else row for row in rows]


def is_tree(head: str, lines: list[tuple[int, str]]) -> bool:
    """Whether the rows are torchinfo's: its first module holds all others."""
    return head.lstrip().startswith(TREE) or any(re.match(r"(?:├─|\|?\+ |\|    \+ )\w", line) for _, line in lines)


def tree_rows(head: str, lines: list[tuple[int, str]]) -> Iterator[PrintedRow]:
    """torchinfo: modules that hold each other, with columns as the head names them. A full cell moves the next."""
    titles = sorted((head.index(title), title) for title in _TITLES if title in head)
    for at, line in lines:
        if re.match(r"\s*(Total params|={5})", line) and len(line.strip("= \t")) > 0:
            return
        match = _TORCHINFO.match(line[: titles[0][0]])
        if match is None or _OWN_WEIGHTS.match(line):
            continue
        texts = _CELL.findall(line[titles[0][0] :])
        cells = dict(zip((title for _, title in titles), texts, strict=False))
        kernel = [int(n) for n in re.findall(r"\d+", cells.get("Kernel Shape", ""))]
        param = cells.get("Param #", "")
        yield PrintedRow(
            match.group(2) or "", match.group(1), shape_of(cells.get("Output Shape", "")), number_of(param),
            (at, at + len(line)), match.start(1), "recursive" in param,
            read=shape_of(cells.get("Input Shape", "")), kernel=tuple(kernel[-2:]),
        )  # fmt: skip


def channels_first(rows: list[PrintedRow]) -> list[PrintedRow]:
    """The rows with the channels of every shape in front: a Linear, a normalisation and a cell have them last.

    Others have them where a row of the same shape has, else where the row before has.
    """
    decided = [_channels_last(row) for row in rows]
    known = {row.shape: last for row, last in zip(rows, decided, strict=True) if last is not None}
    before, found = False, []
    for row, last in zip(rows, decided, strict=True):
        before = known.get(row.shape, before) if last is None else last
        read = known.get(row.read, before) if row.read != row.shape else before
        found.append(replace(row, shape=_turned(row.shape, before), read=_turned(row.read, read)))
    return found


def _channels_last(row: PrintedRow) -> bool | None:
    if len(row.shape) < 2 or _FIRST.search(row.kind):
        return False if len(row.shape) > 1 else None
    depth = row.shape[-1]
    return not depth or row.params % depth == 0 if _LAST.search(row.kind) else None


def _turned(shape: Sizes, last: bool) -> Sizes:
    return (*shape[-1:], *shape[:-1]) if last else shape
