"""What rules of thumb ask about the layers around one, and the edits that they offer, which are tried first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

from shapecalc.core.layer import Layer, Volume
from shapecalc.core.patterns import lazy_pattern
from shapecalc.core.scratch import Kept
from shapecalc.core.window import Window
from shapecalc.diagnostics.diagnostic import Edit, Fix
from shapecalc.passes.graph import Node
from shapecalc.passes.report import Row
from shapecalc.rules.rule import Context

TRANSPARENT = frozenset({"DO", "DROPPATH", "IDENTITY", "FLATTEN", "RESHAPE"})
"""Layers that leave values as they are when the network is used."""
Step = Callable[[Context, Row], Row | None]
"""From a layer to one beside it."""


def function_of(row: Row) -> Layer:
    """The layer, or the one that ACT(name) stands for."""
    return row.node.layer.function or row.node.layer


def kind_of(row: Row) -> str:
    """The kind of layer: RELU for ACT(relu) too."""
    return function_of(row).kind or row.node.kind


def multiplies(row: Row) -> bool:
    """Whether the layer multiplies its input with weights, as CONV and FC do."""
    return any(array.role == "kernel" for array in row.weight_arrays)


def slides(row: Row) -> bool:
    """Whether it multiplies a sliding window: a convolution of any kind."""
    return bool(row.windows) and multiplies(row)


def is_connected(row: Row) -> bool:
    """Whether it is fully connected: every output multiplies the whole input."""
    return multiplies(row) and row.node.layer.is_global and not row.node.layer.carries


def is_depthwise(row: Row) -> bool:
    """Whether every filter reads one channel of several."""
    kernels = [array for array in row.weight_arrays if array.role == "kernel"]
    return row.arriving is not None and row.arriving.depth > 1 and any(array.shape[-2] == 1 for array in kernels[:1])


def pools(row: Row) -> bool:
    """Whether it slides a window without weights: maximum, average, L2."""
    return bool(row.windows) and row.node.layer.op_category == "pool"


def activates(row: Row) -> bool:
    """Whether it is a function of single values that is not linear; SOFTMAX, over the depth, counts too."""
    return function_of(row).op_category == "activation" and not is_linear(row)


def is_linear(row: Row) -> bool:
    """Whether its derivative is the same everywhere, so that training keeps nothing: RESCALE, ACT(neg)."""
    return row.node.layer.kept("cpu", *row.volumes) == Kept()


def normalises(row: Row) -> bool:
    """Whether it is a normalisation with statistics: BN, LN, GN, IN."""
    return row.node.layer.op_category == "norm"


def joins(row: Row) -> bool:
    """Whether it joins branches."""
    return row.node.layer.merges


def readers(context: Context, row: Row) -> list[Row]:
    """The layers that read a layer."""
    return [context.rows[i] for i in context.consumers[row.node.index]]


def only_reader(context: Context, row: Row) -> Row | None:
    """The layer that reads it, if there is just one."""
    found = readers(context, row)
    return found[0] if len(found) == 1 else None


def source_of(context: Context, row: Row) -> Row | None:
    """The layer that it reads, if there is just one."""
    return context.rows[row.node.inputs[0]] if len(row.node.inputs) == 1 else None


def before(context: Context, row: Row, skipped: frozenset[str] = TRANSPARENT) -> Row | None:
    """The nearest layer before it along a chain, those of some kinds skipped; None where branches are joined."""
    return _nearest(context, source_of, skipped)[row.node.index]


def after(context: Context, row: Row, skipped: frozenset[str] = TRANSPARENT) -> Row | None:
    """The nearest layer after it along a chain, those of some kinds skipped; None where several read it, or none."""
    return _nearest(context, only_reader, skipped)[row.node.index]


def _nearest(context: Context, step: Step, skipped: frozenset[str]) -> dict[int, Row | None]:
    """Of every layer by its index, so that a long chain of layers to skip is not walked once for each of them."""
    found = context.nearest.setdefault((step, skipped), {})
    for row in () if found else context.rows if step is source_of else reversed(context.rows):
        other = step(context, row)
        found[row.node.index] = other if other is None or kind_of(other) not in skipped else found[other.node.index]
    return found


def known(context: Context) -> Iterator[Row]:
    """The layers whose volumes are known and that read something."""
    for row in context.rows:
        if row.output is not None and row.node.inputs and None not in row.inputs:
            yield row


def looking_around(context: Context) -> list[Row]:
    """The convolutions whose windows are larger than one position."""
    return [row for row in known(context) if slides(row) and largest(row.windows) > 1]


def sized(context: Context, wanted: Callable[[Row], bool]) -> Iterator[tuple[Row, Volume, Volume]]:
    """The layers of a sort whose volumes are known, each with the first that it reads, and with what it gives."""
    for row in filter(wanted, known(context)):
        if row.output is not None and (volume := row.arriving) is not None:
            yield row, volume, row.output


def written(context: Context) -> Iterator[Row]:
    """The layers that read something, those whose volumes are unknown too: what the text alone shows is wrong there."""
    for row in context.rows:
        if row.node.inputs and row.node.layer.understood:
            yield row


def written_pairs(context: Context) -> Iterator[tuple[Row, Row]]:
    """Each layer, whatever is known of it, after the nearest one that it reads along a chain."""
    for row in written(context):
        source = before(context, row)
        if source is not None and source.node.layer.understood:
            yield source, row


def pairs(context: Context) -> Iterator[tuple[Row, Row]]:
    """Each layer whose volumes are known, after the nearest one that it reads along a chain."""
    for row in known(context):
        source = before(context, row)
        if source is not None:
            yield source, row


def largest(windows: tuple[Window, ...]) -> int:
    """The largest extent along any axis, dilation counted."""
    return max(window.effective for window in windows)


# --- edits ----------------------------------------------------------------------------------------

_ARROW = r"(?:=>|->|→|⇒)"
_BEFORE = lazy_pattern(rf"[ \t]*{_ARROW}\s*$")
_BETWEEN = lazy_pattern(rf"\s*{_ARROW}\s*")
_REST_OF_LINE = lazy_pattern(r"[ \t]*\n?")
_HANGS_ON = lazy_pattern(r"[ \t]*(?::|\?|\*|as\b|share\b)")
"""What belongs to the layer before it: a claim, a count, a name."""
_NEAR = 200
"""Characters before a layer that are looked at for its arrow."""

Fixes = tuple[Fix, ...]


def with_argument(node: Node, letter: str, word: str, title: str) -> Fixes:
    """The fix that gives an argument a word or a number as its value."""
    from shapecalc.repairs.candidate import written

    edits = written(node, {letter: word}) if node.literal else ()
    return (Fix(title, edits),) if edits else ()


def replaced(node: Node, text: str) -> Fixes:
    """The fix that writes something else in the place of a layer."""
    return (Fix(f"write {text}", (Edit(node.span, text),)),) if node.literal and node.call else ()


def preceded(node: Node, text: str) -> Fixes:
    """The fix that writes a layer in front of another."""
    start = node.span[0]
    return (Fix(f"write {text} before it", (Edit((start, start), f"{text} => "),)),) if _is_free(node) else ()


def followed(node: Node, text: str, context: Context) -> Fixes:
    """The fix that writes a layer after another."""
    end = node.span[1]
    if not _is_free(node) or _HANGS_ON.match(context.source.text, end):
        return ()
    return (Fix(f"write {text} after it", (Edit((end, end), f" => {text}"),)),)


def removed(node: Node, context: Context) -> Fixes:
    """The fix that takes a layer out, with the arrow before it."""
    start, end = node.span
    text = context.source.text
    arrow = _BEFORE.search(text, max(0, start - _NEAR), start)
    if arrow is None or not _is_free(node) or _HANGS_ON.match(text, end):
        return ()
    first = arrow.start()
    at_line_start = first == 0 or text[first - 1 : first] == "\n"
    if at_line_start:  # what follows on the line goes on there; an empty line goes with it
        rest = _REST_OF_LINE.match(text, end)
        end = rest.end() if rest else end
    return (Fix(f"remove {node.text}", (Edit((first, end), ""),)),)


def swapped(first: Node, second: Node, context: Context, safety: Literal["safe", "unsafe"] = "unsafe") -> Fixes:
    """The fix that writes two neighbours in the other order."""
    text = context.source.text
    together = _BETWEEN.fullmatch(text, first.span[1], second.span[0])
    if not (_is_free(first) and _is_free(second) and together) or _HANGS_ON.match(text, second.span[1]):
        return ()
    one, two = text[slice(*first.span)], text[slice(*second.span)]
    return (Fix(f"write {two} => {one}", (Edit(first.span, two), Edit(second.span, one)), safety),)


def _is_free(node: Node) -> bool:
    return node.literal and node.call is not None
