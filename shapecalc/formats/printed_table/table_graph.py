"""The graph of a printed table: its rows as layers, and one note for each kind of thing that it does not say."""

from __future__ import annotations

from collections import Counter

from shapecalc.core.phrases import listed
from shapecalc.diagnostics.diagnostic import Diagnosed, Severity, report, unreadable
from shapecalc.expansion.options import Options
from shapecalc.formats.printed_table.keras_rows import KerasRows
from shapecalc.formats.printed_table.read_rows import WITH_SIZES, printed_table
from shapecalc.formats.printed_table.row_layers import RowLayers
from shapecalc.formats.printed_table.torch_rows import TorchRows
from shapecalc.passes.graph import Graph

MOST_NAMED = 5
"""Rows that a note names."""
_FUNCTIONAL = "call the model on an Input, x = Input((28, 28, 1)), and print Model(x, model.call(x)).summary()"


def graph(text: str, options: Options) -> Graph:
    """The rows as a graph. Raises Diagnosed SHP010 where the table has none, or no sizes."""
    table = printed_table(text)
    if not table.rows:
        help = ("a size is printed in brackets, with the batch: (None, 26, 26, 32) or [-1, 32, 26, 26]",)
        raise unreadable("no row with a size and its parameters is below the titles", help=help)
    if len(table.rows) > options.limit:
        message = f"the table has {len(table.rows):,} rows, more than --max-layers"
        raise Diagnosed(report("SHP109", message, help=("allow more with --max-layers",)))
    unbuilt = [row for row in table.rows if row.unbuilt]
    if unbuilt:
        message = f"{len(unbuilt)} of {len(table.rows)} rows have no size: the model was printed before it was built"
        help = ("call model.build((None, 28, 28, 1)) with the size of its input, and print it again",)
        raise unreadable(message, unbuilt[0].span, help=help)
    if not any(row.shape for row in table.rows):
        help = (WITH_SIZES if table.framework == "torch" else _FUNCTIONAL,)
        raise unreadable("no row of the table has a size", table.rows[0].span, help=help)
    read = TorchRows if table.framework == "torch" else KerasRows
    first = RowLayers(table, options, Counter(), 0)
    read(first).all()
    # Which pool is meant is told by the others, and which statistics a part holds by what is left for it.
    layers = RowLayers(
        table, options, first.windows, max(table.fixed - first.buffers, 0) if table.framework == "keras" else 0
    )
    layers.known_ways = first.known_ways
    read(layers).all()
    _say_what_is_not_printed(layers)
    _compare_total(layers)
    return layers.nodes.graph()


def _say_what_is_not_printed(layers: RowLayers) -> None:
    """One diagnostic for all that is assumed."""
    pools = "a pool that is not printed, as F.max_pool2d is none of the modules, is assumed before {}"
    said = [pools.format(listed(layers.pooled, MOST_NAMED))] if layers.pooled else []
    said += layers.inputs
    for message, names in (
        ("more than one filter, stride or padding explains {}: the first is taken", layers.ambiguous),
        ("the column of connections is too narrow, and what these read is assumed: {}", layers.guessed),
        ("which layers these read follows from their parameters and sizes: {}", layers.elsewhere),
        ("what these do not train is taken for frozen weights, and no statistics: {}", layers.frozen),
        ("the function of these is taken to be RELU: {}", layers.functions),
        ("a join, a pool or a flattening that is not printed is assumed before {}", layers.joined),
        ("torchsummary counts weights and biases only, and these may own more: {}", layers.wholes),
        ("what these read does not explain them, and they are taken as printed: {}", layers.as_printed),
    ):
        if names:
            said.append(message.format(listed(names, MOST_NAMED)))
    if not layers.table.ended:
        said.append("no line ends it, and rows may be missing after the last one")
    help: tuple[str, ...] = ("give the size of the input with --input",) if layers.inputs else ()
    if layers.table.cropped:
        said.insert(0, "columns are missing on the right, and its rows are read as a chain")
        help += ("print it again in a wider terminal, with the column Connected to",)
    if said:
        severity: Severity = "warning" if layers.table.cropped or layers.pooled or layers.as_printed else "note"
        first, *others = said
        message = f"the table does not say everything: {first}"
        layers.nodes.report("SHP511", message, 0, severity=severity, notes=tuple(others), help=help)


def _compare_total(layers: RowLayers) -> None:
    """Warns where the rows do not add up to the total below: a part that holds others may own weights itself."""
    total, found = layers.table.total, layers.printed
    if total is not None and total != found:
        message = f"the table says {total:,} parameters in all, and its rows add up to {found:,}"
        layers.nodes.report("SHP303", message, 0, severity="warning")
