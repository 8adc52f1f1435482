"""What torchsummary and torchinfo print of PyTorch's modules."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shapecalc.formats.printed_table.printed_rows import PrintedRow, number_of, shape_of

_TORCHSUMMARY = re.compile(r"\s*([A-Za-z_]\w*)-(\d+)\s+(\[.*\])\s+([\d,]+)\s*$")
_TORCHINFO = re.compile(r"[│├└─\s|+-]*([A-Za-z_]\w*)(?:\s*\(([^)]*)\))?(?::\s*(\d+)-\d+)?(?=\s|$)")
_CELL = re.compile(r"\[\[.*?\]\]|\[[^\]]*\]|\S+")
_TITLES = ("Input Shape", "Output Shape", "Param #", "Param %", "Kernel Shape", "Mult-Adds", "Trainable")


def numbered_rows(lines: list[tuple[int, str]]) -> Iterator[PrintedRow]:
    """torchsummary: `Conv2d-1  [-1, 8, 30, 20]  216`."""
    for at, line in lines:
        match = _TORCHSUMMARY.match(line)
        if match is not None:
            kind, number, shape, params = match.groups()
            yield PrintedRow(f"{kind}-{number}", kind, shape_of(shape), number_of(params), (at, at + len(line)))


def is_tree(lines: list[tuple[int, str]]) -> bool:
    """Whether the rows are torchinfo's: its first module holds all others."""
    return any(re.match(r"(?:├─|\|?\+ |\|    \+ )\w", line) for _, line in lines)


def tree_rows(head: str, lines: list[tuple[int, str]]) -> Iterator[PrintedRow]:
    """torchinfo: modules that hold each other, with columns as the head names them. A full cell moves the next."""
    titles = sorted((head.index(title), title) for title in _TITLES if title in head)
    for at, line in lines:
        if re.match(r"\s*(Total params|={5})", line) and len(line.strip("= \t")) > 0:
            return
        match = _TORCHINFO.match(line[: titles[0][0]])
        if match is None:
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
