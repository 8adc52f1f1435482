"""From a checked network and one of its layers to all that is said about the layer, its diagnostics among it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from math import prod

from shapecalc.core.layer import Volume
from shapecalc.core.phrases import size_text
from shapecalc.core.volumes import axis_name
from shapecalc.core.window import decimal
from shapecalc.diagnostics.diagnostic import Diagnostic
from shapecalc.explanation.costs import Paragraph, WorkedLayer, cost_paragraphs, paragraphs_of
from shapecalc.explanation.sizes import size_paragraphs
from shapecalc.passes.report import CheckedNetwork, Field, ReceptiveField, Row


class DiagnosedLayers:
    """The diagnostics of a network in their order, found without reading all of them for every layer."""

    def __init__(self, report: CheckedNetwork) -> None:
        self._all = report.diagnostics
        self._by_layer: dict[int, set[int]] = defaultdict(set)
        self._by_span: dict[tuple[int, int], set[int]] = defaultdict(set)
        self._of_text, self._causes = list[int](), list[int]()
        for place, diagnostic in enumerate(self._all):
            if diagnostic.layer is None:
                self._of_text.append(place)
            else:
                self._by_layer[diagnostic.layer].add(place)
                self._by_span[diagnostic.span].add(place)
            if any(note.startswith("because of it") for note in diagnostic.notes):
                self._causes.append(place)

    def of(self, row: Row) -> list[Diagnostic]:
        """What is reported of a layer; in a repeat, of the same layer in another iteration."""
        return [self._all[place] for place in sorted(self._places(row))]

    def causes_of(self, row: Row) -> list[Diagnostic]:
        """What is reported of other layers that says that this one does not fit because of it."""
        own, called = self._places(row), f" {row.name} ("
        others = (self._all[at] for at in self._causes if at not in own)
        return [d for d in others if any(n.startswith("because of it") and called in n for n in d.notes)]

    def _places(self, row: Row) -> set[int]:
        """Of what was not understood, all that is said inside of it."""
        places = self._by_layer.get(row.node.index, set()) | self._by_span.get(row.node.span, set())
        if not row.node.layer.understood:
            start, end = row.node.span
            spans = ((at, self._all[at].span) for at in self._of_text)
            places |= {at for at, (first, last) in spans if start <= first < last <= end}
        return places


TYPED = "<text>"
"""The path of a network that was typed in, of which no place is said."""


def explained_layer(report: CheckedNetwork, row: Row, diagnosed: DiagnosedLayers) -> WorkedLayer:
    """All that is said about a layer: what it does, its volume, cost and receptive field, and what is wrong with it."""
    source, start = report.source.place(row.node.span[0])
    line, _ = source.position(start)
    inner = source.inner_path(start)
    path = source.path
    place = f"{path}, {inner}" if inner else "" if path == TYPED else f"{path}:{line}"
    return WorkedLayer(row.name, row.text, place, _volumes(row), tuple(_paragraphs(report, row, diagnosed)))


def _volumes(row: Row) -> str:
    arriving = ", ".join("?" if v is None else str(v) for v in row.inputs)
    leaving = "unknown" if row.output is None else str(row.output)
    return f"{arriving} → {leaving}" if arriving else leaving


def _paragraphs(report: CheckedNetwork, row: Row, diagnosed: DiagnosedLayers) -> Iterator[Paragraph]:
    layer, known = row.node.layer, row.volumes
    if layer.understood:
        yield Paragraph("", tuple(paragraphs_of(type(layer.function or layer))[:1]))
    yield from _assumed(row)
    if len(row.node.inputs) > 1:
        yield Paragraph("branches", tuple(_branches(report, row)))
    if row.output is not None and len(known) == len(row.inputs):
        yield from size_paragraphs(layer, known, row.output)
        reads = list(_reads(row, known)) if known else []
        if reads:
            yield Paragraph("reads", tuple(reads))
        yield from cost_paragraphs(row, report.conventions)
        seen = tuple(receptive_field_lines(row, report.rows))
        if seen:
            yield Paragraph("sees", seen)
    yield from _diagnosed(report, row, diagnosed)


def _reads(row: Row, known: Sequence[Volume]) -> Iterator[str]:
    """How many values each output is made of, for global layers and pools."""
    layer = row.node.layer
    if layer.learned:
        yield "none of the values that arrive: the output is the same for every input"
    elif layer.is_global and row.used_arrays and not layer.carries and not layer.opaque:
        sizes = "·".join(map(str, known[0].sizes))
        yield f"every output reads every value that arrives: {sizes} = {known[0].size:,}"
    elif layer.is_global and layer.op_category == "adaptive":
        sizes = "·".join(map(str, known[0].spatial))
        yield f"every output reads all positions of its channel: {sizes} = {known[0].positions:,} values"
    elif layer.is_global and row.output is not None and layer.passes_gradient(known[0], row.output):
        before, after = ("·".join(map(str, volume.sizes)) for volume in (known[0], row.output))
        yield f"every output is a value of the input: {before} = {after} = {known[0].size:,}"
    elif layer.op_category == "pool" and row.windows:
        taps = [window.extent for window in row.windows]
        yield f"every output reads a window of its channel: {'·'.join(map(str, taps))} = {prod(taps):,} values"


def _assumed(row: Row) -> Iterator[Paragraph]:
    layer = row.node.layer
    if layer.understood and row.node.assumed:
        values = {a.letter: layer.arguments[a.field] for a in layer.signature} | (
            layer.effective_arguments(row.arriving) if row.output is not None else {}
        )
        shown = ", ".join(f"{letter}={_value(values[letter])}" for letter in row.node.assumed if letter in values)
        yield Paragraph("assumed", (f"{shown}: not written",))


def _value(value: object) -> str:
    from shapecalc.core.padding import Padding
    from shapecalc.core.parameters import show

    if isinstance(value, Padding):
        return str(Padding(value.name, value.pairs[:1] if len(set(value.pairs)) == 1 else value.pairs))
    return show(value)


def _branches(report: CheckedNetwork, row: Row) -> Iterator[str]:
    for place, (index, volume) in enumerate(zip(row.node.inputs, row.inputs, strict=True), 1):
        arriving = "an unknown volume" if volume is None else str(volume)
        broadcast = ""
        smaller = volume and row.output and volume.positions < row.output.positions
        if smaller and not row.node.layer.along_positions:
            broadcast = ", repeated over all positions"
        yield f"{place}: {report.rows[index].name} gives {arriving}{broadcast}"


def _diagnosed(report: CheckedNetwork, row: Row, diagnosed: DiagnosedLayers) -> Iterator[Paragraph]:
    """What is reported of the layer, with what to write instead; or which layer before it is the cause."""
    own, causes = diagnosed.of(row), diagnosed.causes_of(row)
    for diagnostic in own:
        said = filter(None, (diagnostic.label, *diagnostic.notes))
        yield Paragraph(diagnostic.severity, (f"{diagnostic.code}: {diagnostic.message}", *said))
        yield from _advice(diagnostic)
    for cause in causes[:1]:
        name = report.rows[cause.layer].name if cause.layer is not None else "the layer"
        yield Paragraph(cause.severity, (f"because of {name} before it: {cause.message}",))
        yield from _advice(cause)
    if row.output is None and not own and not causes:
        yield Paragraph("unknown", ("its volume depends on a layer before it whose volume is unknown",))


def _advice(diagnostic: Diagnostic) -> Iterator[Paragraph]:
    return (Paragraph("" if place else "to fix it", (advice,)) for place, advice in enumerate(diagnostic.help))


# --- the receptive field ----------------------------------------------------------------------


def receptive_field_lines(row: Row, rows: Sequence[Row]) -> Iterator[str]:
    """What an output sees of the network's input, worked where windows of a known step give it."""
    if row.field is None:
        return
    if not row.node.inputs:
        yield "a position of the input sees itself: size 1, step 1"
        return
    before = rows[row.node.inputs[0]].field
    if not any(axis.size for axis in row.field.axes):
        yield "nothing of the network's input"
    elif row.field.status == "whole input":
        yield "every output sees the whole input"
    elif row.field.status == "mixed":
        yield f"branches that look in different steps are joined; the widest sees {_sizes(row.field.axes)}"
    elif len(row.node.inputs) > 1:
        yield f"the branches together see {_sizes(row.field.axes)}"
    elif before is not None and _steps_along(row, before):
        yield from _worked(row, before.axes)
    elif before is not None and before.axes == row.field.axes:
        yield f"as before it: {_sizes(row.field.axes)}"
    else:
        yield f"an output sees {_sizes(row.field.axes)} of the network's input"
    if row.field.status == "outer bounds":
        yield "no more than that; perhaps less"


def _steps_along(row: Row, before: ReceptiveField) -> bool:
    """Whether the windows of a layer step along the axes of the INPUT: after a RESHAPE these may be others."""
    along = len(before.axes) == len(row.windows) > 0
    plain = all(len(axis.intervals) == 1 and axis.intervals[0] for axis in before.axes)
    return along and plain and before.status in ("exact", "outer bounds")


def _sizes(axes: Sequence[Field]) -> str:
    return f"{size_text(axis.size for axis in axes)} {'positions' if len(axes) == 1 else 'pixels'}"


def _worked(row: Row, before: Sequence[Field]) -> Iterator[str]:
    """The rule r2 = r + (F − 1)·s of every axis that differs from the one before it."""
    assert row.field is not None
    seen = set()
    for axis, (old, new, window) in enumerate(zip(before, row.field.axes, row.windows, strict=True)):
        if (old, new, window) in seen:
            continue
        seen.add((old, new, window))
        alone = f"{axis_name(axis, len(before))[0]}: " if len(set(zip(before, row.windows, strict=True))) > 1 else ""
        extent = "Fe" if window.dilation > 1 else "F"
        numbers = f"{old.size} + ({window.effective} − 1)·{decimal(old.step)} = {new.size}"
        arrives = f"what arrives sees r = {old.size} in steps of s = {decimal(old.step)}"
        yield f"{alone}receptive field r + ({extent} − 1)·s = {numbers}, where {arrives}"
        ends, seen_first = new.at(0), ""
        if ends is not None:
            padding = ", where those before 0 are padding" if ends[0] < 0 else ""
            seen_first = f"; the first sees {ends[0]} to {ends[1]}{padding}".replace("-", "−")
        step = f"step s·S = {decimal(old.step)}·{window.stride} = {decimal(new.step)}"
        yield f"{step} from one output to the next{seen_first}"
