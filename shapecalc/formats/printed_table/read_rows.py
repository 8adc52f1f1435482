"""Which program printed a table, and all that it says."""

from __future__ import annotations

import re

from shapecalc.diagnostics.diagnostic import Diagnosed, report
from shapecalc.formats.printed_table.keras_summary import aligned_rows, boxed_rows
from shapecalc.formats.printed_table.printed_rows import PrintedRow, PrintedTable, stated
from shapecalc.formats.printed_table.titles import names_columns, titles_of
from shapecalc.formats.printed_table.torch_summary import is_tree, numbered_rows, tree_rows

_BYTES = 4
_MEGABYTE = {"torchsummary": 2**20, "torchinfo": 10**6}


def printed_table(text: str) -> PrintedTable:
    """The table that is printed in a text, which has the line that names its columns.

    Raises Diagnosed SHP010 where the column of parameters is cut off.
    """
    lines, at = [], 0
    for line in text.splitlines(keepends=True):
        lines.append((at, line.rstrip("\r\n")))
        at += len(line)
    head = next(n for n, (_, line) in enumerate(lines) if names_columns(line))
    columns, below = titles_of([line for _, line in lines], head), lines[head + 1 :]
    if "Param" not in columns:
        span = (lines[head][0], lines[head][0] + len(lines[head][1]))
        help = ("print it again with a smaller line_length, or in a wider terminal",)
        raise Diagnosed(report("SHP010", "the table has no column of parameters: it was cut off", span, help=help))
    program = "keras"
    if is_tree(below):
        program, rows = "torchinfo", [*tree_rows(columns, below)]
    elif re.search(r"[│┃|]", columns):
        rows = [*boxed_rows(columns, below)]
    elif rows := [*numbered_rows(below)]:
        program = "torchsummary"
    else:
        rows = [*aligned_rows(columns, below)]
    framework = "keras" if program == "keras" else "torch"
    total, fixed = stated(text, "Total params"), stated(text, "Non-trainable params")
    cropped = any(line.rstrip().endswith(("┳", "╇", "┼")) for _, line in lines[max(head - 1, 0) : head + 4])
    first = framework == "torch" or _are_channels_first(rows)
    return PrintedTable(framework, first, rows, cropped, total, fixed or 0, _input_values(text, program))


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
