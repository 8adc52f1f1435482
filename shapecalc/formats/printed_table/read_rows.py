"""Which program printed a table, and all that it says."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Diagnosed, Span, unreadable
from shapecalc.formats.printed_table.keras_summary import aligned_rows, boxed_rows
from shapecalc.formats.printed_table.printed_rows import (
    PrintedRow,
    PrintedTable,
    Sizes,
    number_of,
    shape_of,
    stated,
    without_batch,
)
from shapecalc.formats.printed_table.titles import TREE, names_columns, titles_of

_COLUMNS = 'col_names=("output_size", "num_params")'
WITH_SIZES = "print it again with the size of its input: summary(model, input_size=(1, 3, 224, 224))"
_NO_PARAMETERS = "the table has no column of parameters"
_CUT = {
    "Param": (f"{_NO_PARAMETERS}: it was cut off", "print it again with a smaller line_length, or in a wider terminal")
}
_WITHOUT_SIZES = {
    "Param": (_NO_PARAMETERS, f"print it again with {_COLUMNS}"),
    "Output": ("the table has no column of sizes", WITH_SIZES),
}
"""Titles that are missing, and what to do in Keras, and in torchinfo."""
_BYTES = 4
_MEGABYTE = {"torchsummary": 2**20, "torchinfo": 10**6}


def printed_table(text: str) -> PrintedTable:
    """The table that is printed in a text, which has the line that names its columns.

    Raises Diagnosed SHP010 where the column of parameters is cut off, or rows are left out.
    """
    lines, at = [], 0
    for line in text.splitlines(keepends=True):
        lines.append((at, line.rstrip("\r\n")))
        at += len(line)
    head = _head(lines)
    program, rows = _rows(titles_of([line for _, line in lines], head), lines[head], lines[head + 1 :])
    rows = without_batch(rows)
    framework = "keras" if program == "keras" else "torch"
    text = text[lines[head][0] :]
    total, fixed = stated(text, "Total params"), stated(text, "Non-trainable params")
    if program == "torchsummary" and re.search(r"-1 +\(\d|Input Shape.*\n{1,9}.*\n{1,9}.*\[\[", text):
        owned = without_statistics(rows)
        total = total and total - sum(row.params - own.params for row, own in zip(rows, owned, strict=True))
        rows = owned
    if framework == "torch":
        rows = channels_first(rows)
    elif re.search(r"^\w+ .* (?:True|False)\s*$", text, re.MULTILINE):
        help = ("give what torchinfo prints of it, or the model saved as .onnx or .pt2",)
        raise unreadable("this is a summary of fastai, which is not read", help=help)
    cropped = any(line.rstrip().endswith(("┳", "╇", "┼")) for _, line in lines[max(head - 1, 0) : head + 4])
    first = framework == "torch" or _are_channels_first(rows)
    last = max((row.span[1] for row in rows), default=0) - lines[head][0]
    ended = not rows or bool(text[last:].strip())
    return PrintedTable(framework, first, rows, cropped, total, fixed or 0, ended, _input_values(text, program))


def _head(lines: list[tuple[int, str]]) -> int:
    """Which line names the columns. Raises Diagnosed where none does: of a first table, whose end is there."""
    heads = [n for n, (_, line) in enumerate(lines) if names_columns(line)]
    if not heads:
        raise _incomplete("the titles of its columns are missing", (0, min(1, sum(len(line) for _, line in lines))))
    return min(heads, key=lambda n: not re.search("Output|┃", lines[n][1]))


def _rows(titles: str, head: tuple[int, str], below: list[tuple[int, str]]) -> tuple[str, list[PrintedRow]]:
    """The program that printed rows below a head, and the rows. Raises Diagnosed."""
    for start, line in below:
        if re.fullmatch(r"\s*\W?(?:\.{3,}|…|⋮)\W?\s*", line):
            raise _incomplete("rows are left out here", (start, start + len(line)))
    tree = is_tree(titles, below)
    for title, (message, advice) in (_CUT, _WITHOUT_SIZES)[tree].items():
        if title not in titles:
            raise unreadable(message, (head[0], head[0] + len(head[1])), help=(advice,))
    if tree:
        return "torchinfo", [*tree_rows(titles, below)]
    if re.search(r"[│┃|]", titles):
        return "keras", [*boxed_rows(titles, below)]
    rows = [*numbered_rows(titles, below)]
    if not rows:
        return "keras", [*aligned_rows(titles, below)]
    numbers = [int(row.name.rpartition("-")[2]) for row in rows] if any("[-1, " in line for _, line in below) else []
    for row, number, place in zip(rows, numbers, range(1, len(rows) + 1), strict=False):
        if number > place:
            raise _incomplete(f"row {place} is missing before {row.name}", row.span)
    return "torchsummary", rows


def _incomplete(what: str, span: Span) -> Diagnosed:
    return unreadable(f"the table is not complete: {what}", span, help=("paste all that is printed",))


def _are_channels_first(rows: list[PrintedRow]) -> bool:
    """Whether the first axis divides the parameters of all convolutions and norms, and the last does not."""
    known = [row for row in rows if row.kind.startswith(("Conv", "BatchNorm")) and len(row.shape) > 2 and row.params]
    first, last = ([row.params % (row.shape[place] or row.params + 1) == 0 for row in known] for place in (0, -1))
    return all(first) and not all(last)


def _input_values(text: str, program: str) -> tuple[float, float] | None:
    """`Input size (MB): 0.57` says how many numbers of 4 bytes the input has, to two digits."""
    found = re.search(r"Input size \(MB\):\s*(\d+\.?\d*)(?![\d.])", text)
    unit = _MEGABYTE.get(program)
    if found is None or unit is None:
        return None
    size = float(found.group(1))
    return (size - 0.005) * unit / _BYTES, (size + 0.005) * unit / _BYTES


# --- rows of torchsummary and torchinfo -------------------------------------------------------------

_NUMBERED = re.compile(r"\s*([A-Za-z_]\w*)-(\d+)\s+(\[.*\]|\(.*\))\s+([\d,]+)(?:\s+[\d,]+)?\s*$")
_TORCHINFO = re.compile(r"[│├└─\s|+-]*([A-Za-z_]\w*)(?:\s*\(([^)]*)\))?(?::\s*(\d+)-\d+)?(?=\s|$)")
_CELL = re.compile(r"\[\[.*?\]\]|\[[^\]]*\]|\S+")
_MOVED = re.compile(r"\[|--")
"""A cell to the left of its title, where a hand has put it."""
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
        match = _TORCHINFO.match(line)
        if match is None or _OWN_WEIGHTS.match(line):
            continue
        start = titles[0][0]
        if moved := _MOVED.search(line, match.end(), start):
            start = moved.start()
        texts = _CELL.findall(line, start)
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
