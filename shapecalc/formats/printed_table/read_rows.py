"""Which program printed a table, and all that it says."""

from __future__ import annotations

import re

from shapecalc.diagnostics.diagnostic import Diagnosed, Span, report
from shapecalc.formats.printed_table.keras_summary import aligned_rows, boxed_rows
from shapecalc.formats.printed_table.printed_rows import PrintedRow, PrintedTable, stated
from shapecalc.formats.printed_table.titles import names_columns, titles_of
from shapecalc.formats.printed_table.torch_summary import (
    channels_first,
    is_tree,
    numbered_rows,
    tree_rows,
    without_statistics,
)

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
    heads = [n for n, (_, line) in enumerate(lines) if names_columns(line)]
    head = min(heads, key=lambda n: not re.search("Output|┃", lines[n][1]))
    columns, below = titles_of([line for _, line in lines], head), lines[head + 1 :]
    for start, line in below:
        if re.fullmatch(r"\s*\W?(?:\.{3,}|…|⋮)\W?\s*", line):
            raise _incomplete("rows are left out here", (start, start + len(line)))
    tree = is_tree(columns, below)
    for title, (message, advice) in (_CUT, _WITHOUT_SIZES)[tree].items():
        if title not in columns:
            span = (lines[head][0], lines[head][0] + len(lines[head][1]))
            raise Diagnosed(report("SHP010", message, span, help=(advice,)))
    program = "keras"
    if tree:
        program, rows = "torchinfo", [*tree_rows(columns, below)]
    elif re.search(r"[│┃|]", columns):
        rows = [*boxed_rows(columns, below)]
    elif rows := [*numbered_rows(columns, below)]:
        program = "torchsummary"
        numbers = [int(row.name.rpartition("-")[2]) for row in rows] if "[-1, " in text else []
        for row, number, place in zip(rows, numbers, range(1, len(rows) + 1), strict=False):
            if number > place:
                raise _incomplete(f"row {place} is missing before {row.name}", row.span)
    else:
        rows = [*aligned_rows(columns, below)]
    framework = "keras" if program == "keras" else "torch"
    text = text[lines[head][0] :]
    total, fixed = stated(text, "Total params"), stated(text, "Non-trainable params")
    if program == "torchsummary" and re.search(r"-1 +\(\d|Input Shape.*\n.*\n.*\[\[", text):
        owned = without_statistics(rows)
        total = total and total - sum(row.params - own.params for row, own in zip(rows, owned, strict=True))
        rows = owned
    if framework == "torch":
        rows = channels_first(rows)
    elif re.search(r"^\w+ .* (?:True|False)\s*$", text, re.MULTILINE):
        help = ("give what torchinfo prints of it, or the model saved as .onnx or .pt2",)
        raise Diagnosed(report("SHP010", "this is a summary of fastai, which is not read", help=help))
    cropped = any(line.rstrip().endswith(("┳", "╇", "┼")) for _, line in lines[max(head - 1, 0) : head + 4])
    first = framework == "torch" or _are_channels_first(rows)
    return PrintedTable(framework, first, rows, cropped, total, fixed or 0, _input_values(text, program))


def _incomplete(what: str, span: Span) -> Diagnosed:
    message = f"the table is not complete: {what}"
    return Diagnosed(report("SHP010", message, span, help=("paste all that is printed",)))


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
