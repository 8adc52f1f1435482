"""Holds what a text claims about its network against what was computed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING

from shapecalc.core.bytes import byte_text
from shapecalc.core.phrases import plural, read_size
from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Diagnostic, Edit, Effect, Fix, Span, report
from shapecalc.diagnostics.spelling import nearest
from shapecalc.language.syntax import WORKED, Claim
from shapecalc.passes.graph import Graph
from shapecalc.passes.report import Conventions, Row, Totals

if TYPE_CHECKING:
    from shapecalc.language.figures import Figure

VOLUME_KEYS = ("volume", "output")
"""The claims that are no figures."""

NOTHING = Effect()
"""What it does to a network to write another number in a claim."""

Count = Callable[[Row], int | None]

ROW_FIGURES: dict[str, Count] = {
    **{name: attrgetter(name) for name in ("weights", "biases", "params", "trainable", "buffers", "macs")},
    "flops": lambda row: None if row.macs is None else 2 * row.macs,
    **dict.fromkeys(("activations", "memory"), attrgetter("activations")),
}
"""What can be claimed of a layer; memory counts values, or bytes where the figure says B."""

TOTAL_FIGURES: dict[str, Callable[[Totals], int | None]] = {
    **{name: attrgetter(name) for name in ("layers", *ROW_FIGURES)},
    "memory": attrgetter("activations"),
}


CORRECT = "correct one of the factors, or the result"
"""What to do about arithmetic that is wrong by itself."""


def claim_diagnostics(graph: Graph, rows: Sequence[Row], totals: Totals, conventions: Conventions) -> list[Diagnostic]:
    """A diagnostic for every claim that does not hold. Claims about what is unknown are left alone."""
    found: list[Diagnostic] = []
    for index, claim in graph.claims:
        found.extend(about_claim(rows, index, claim, conventions))
    return [*found, *total_diagnostics(graph, rows, totals, conventions)]


def total_diagnostics(graph: Graph, rows: Sequence[Row], totals: Totals, conventions: Conventions) -> list[Diagnostic]:
    """A diagnostic for every figure of the whole network that is expected and does not come out."""
    by_key: dict[str, list[Claim]] = {}
    for claim in graph.settings.expect:
        by_key.setdefault(claim.key.lower(), []).append(claim)
    return [d for key, claims in by_key.items() for d in _about_total(key, claims, rows, totals, conventions)]


def about_row(row: Row, claim: Claim, conventions: Conventions) -> Iterator[Diagnostic]:
    """What is wrong with a claim about a layer."""
    key = claim.key.lower()
    if key in VOLUME_KEYS:
        yield from _volume(row, claim)
        return
    if key == "in":
        yield from _arriving(row, claim)
        return
    figure = _readable(claim, [*ROW_FIGURES], row.node.name, row.node.index)
    if isinstance(figure, Diagnostic):
        yield figure
        return
    computed = _in_unit_of(figure, ROW_FIGURES[key](row), conventions)
    if computed is not None and not figure.holds(computed):
        arithmetic = _arithmetic(row, key)
        yield report(
            "SHP302",
            f"{row.node.name} is claimed to have {claim_text(key, claim.text)}, and has {computed:,}{_unit(figure)}",
            claim.span,
            label=f"computed: {computed:,}{_unit(figure)}",
            notes=(arithmetic,) if arithmetic else (),
            layer=row.node.index,
        )


def about_claim(rows: Sequence[Row], index: int, claim: Claim, conventions: Conventions) -> Iterator[Diagnostic]:
    """What is wrong with a claim; a figure after a block or a group may be that of all its layers, or of the last."""
    of_last = about_row(rows[index], claim, conventions)
    known = claimed_figure(claim) if claim.layers > 1 else None
    values = [ROW_FIGURES[known[0]](row) for row in rows[index - claim.layers + 1 : index + 1]] if known else []
    if known is None or None in values:
        yield from of_last
        return
    computed = _in_unit_of(known[1], sum(filter(None, values)), conventions)
    if computed is None or known[1].holds(computed):
        return
    has, count = f"{computed:,}{_unit(known[1])}", claim.layers
    message = f"the {count} layers up to {rows[index].node.name} are claimed to have {claim_text(known[0], claim.text)}"
    yield from (replace(d, message=f"{message}, and have {has}", label=f"computed: {has}") for d in of_last)


def with_claimed_volumes(graph: Graph) -> Graph:
    """The graph with the volumes that are claimed of its nodes."""
    claimed: dict[int, tuple[tuple[int, ...], ...]] = {}
    for index, claim in graph.claims:
        if sizes := claimed_sizes(claim):
            claimed[index] = (*claimed.get(index, ()), sizes)
    if not claimed:
        return graph
    nodes = (replace(n, claimed=claimed[n.index]) if n.index in claimed else n for n in graph.nodes)
    return replace(graph, nodes=tuple(nodes))


def claimed_sizes(claim: Claim) -> tuple[int, ...] | None:
    """The sizes of a claim about a volume; None where it is none, such as `volume=5M`."""
    return read_size(claim.text.strip()) if claim.key.lower() in VOLUME_KEYS else None


def claimed_figure(claim: Claim) -> tuple[str, Figure] | None:
    """Key and figure of a claim about what a layer has; None for another claim."""
    key = claim.key.lower()
    figure = _figure(claim) if key in ROW_FIGURES else None
    return (key, figure) if figure and not isinstance(figure, Diagnostic) else None


def expected_values(claim: Claim) -> int | None:
    """The number that a claim about what arrives states; None for another claim."""
    figure = _figure(claim) if claim.key.lower() == "in" else None
    return int(figure.value) if figure and not isinstance(figure, Diagnostic) and figure.exact else None


def _arriving(row: Row, claim: Claim) -> Iterator[Diagnostic]:
    """SHP306 where another number of channels arrives than a layer expects; FC reads all values."""
    volume, layer = row.arriving, row.node.layer
    figure = _figure(claim)
    if isinstance(figure, Diagnostic):
        yield figure
        return
    if volume is None:
        return
    whole = layer.is_global and not layer.carries
    arrives = volume.size if whole else volume.depth
    if figure.holds(arrives):
        return
    written = row.node.call.written if row.node.call else ""
    product = f": {'·'.join(str(n) for n in volume.sizes if n > 1)}" if whole and volume.positions > 1 else ""
    what = plural(1 if claim.text == "1" else 2, "feature" if whole else "channel")
    arrive = plural(arrives, "arrives", "arrive")
    yield report(
        "SHP306",
        f"{written or row.node.kind} expects {claim.text} {what}, {arrives:,} {arrive}{product}",
        claim.span,
        label=f"expected {arrives}",
        notes=() if whole else (f"what arrives is {volume}",),
        help=(f"write {arrives}, or let {claim.text} arrive",),
        fixes=(Fix(f"write {arrives}", (Edit(claim.span, str(arrives)),), effect=NOTHING),) if row.node.literal else (),
        layer=row.node.index,
    )


def _volume(row: Row, claim: Claim) -> Iterator[Diagnostic]:
    claimed = claimed_sizes(claim)
    if claimed is None:
        message = f"the claimed {claim.key} of {row.node.name} is not a volume such as 55x55x96: {claim.text}"
        yield report("SHP118", message, claim.span, label="expected width x height x depth", layer=row.node.index)
        return
    if row.output is None or claimed == row.output.sizes:
        return
    notes = []
    if row.windows and row.arriving is not None:
        axes = zip(row.windows, row.arriving.spatial, strict=True)
        notes = list(dict.fromkeys(window.formula(size) for window, size in axes))
    fixes = _values_that_arrive(row, claim)
    yield report(
        "SHP301",
        f"{row.node.name} is claimed to give {claim.text}, and gives {row.output}",
        claim.span,
        label=f"computed: {row.output}",
        notes=tuple(notes),
        help=tuple(f"claim {fix.edits[0].content}, the values that arrive" for fix in fixes),
        fixes=fixes,
        layer=row.node.index,
    )


def _values_that_arrive(row: Row, claim: Claim) -> tuple[Fix, ...]:
    """The claim of a layer that only puts values in one row, with the number that arrives."""
    layer, output = row.node.layer, row.output
    if output is None or not (layer.view and layer.is_global and row.node.literal):
        return ()
    return (Fix(f"claim {output}", (Edit(claim.span, str(output)),), effect=NOTHING),)


def _about_total(
    key: str, claims: list[Claim], rows: Sequence[Row], totals: Totals, conventions: Conventions
) -> Iterator[Diagnostic]:
    if key in VOLUME_KEYS:
        last = rows[-1]
        for claim in claims:
            yield from _volume(last, claim)
        return
    read = [(claim, _readable(claim, [*TOTAL_FIGURES, "output"], "a total")) for claim in claims]
    yield from (figure for _, figure in read if isinstance(figure, Diagnostic))
    value = TOTAL_FIGURES[key](totals) if key in TOTAL_FIGURES else None
    figures = [(claim, figure) for claim, figure in read if not isinstance(figure, Diagnostic)]
    broken = [(c, f) for c, f in figures if (n := _in_unit_of(f, value, conventions)) is not None and not f.holds(n)]
    if broken and value is not None:
        yield _broken_total(key, broken, value, conventions)


def _broken_total(key: str, broken: list[tuple[Claim, Figure]], value: int, conventions: Conventions) -> Diagnostic:
    """One diagnostic for all claims of one figure: they have one cause."""
    span: Span = (min(c.span[0] for c, _ in broken), max(c.span[1] for c, _ in broken))
    claimed = " and ".join(claim_text(key, claim.text) for claim, _ in broken)
    computed, cause = f"{value:,}", broken[0][0].cause
    if key == "memory":
        size = value * conventions.bytes
        computed = f"{value:,} values, {size:,} bytes ({byte_text(size)})"
    return report(
        "SHP303",
        f"the network is claimed to have {claimed}, and the layers add up to {computed}",
        span,
        label=f"computed: {computed}",
        notes=(cause,) if cause else (),
        help=() if cause else (_how_else(key, *broken[0]),),
    )


COUNTED_IN_MANY_WAYS = frozenset({"params", "weights", "macs", "flops", "activations", "memory"})
"""Figures of which `reconcile` tries what else could have been counted."""


def _how_else(key: str, claim: Claim, figure: Figure) -> str:
    """Why no change is offered for a total: it hangs on all layers."""
    if figure.relation != "=":
        return "no single change keeps a bound: take away filters, layers or a part of the input"
    if key in COUNTED_IN_MANY_WAYS:
        return (
            f"if it is published, shapecalc reconcile FILE --claimed {key}={claim.text} says what may have been counted"
        )
    return "no single change gives it: if the network is right, claim what is computed"


def _readable(claim: Claim, known: list[str], of: str, layer: int | None = None) -> Figure | Diagnostic:
    """The figure of a claim; else what is wrong with that by itself."""
    if claim.key.lower() == WORKED:
        message = f"the arithmetic claimed for {of} is wrong: {claim.text}"
        return report("SHP304", message, claim.span, help=(CORRECT,), layer=layer)
    return _figure(claim) if claim.key.lower() in known else _unknown_key(claim, known)


def _in_unit_of(figure: Figure, value: int | None, conventions: Conventions) -> int | None:
    """A value as a figure counts it: in bytes where it says B."""
    return None if value is None else value * conventions.bytes if figure.unit == "B" else value


def _figure(claim: Claim) -> Figure | Diagnostic:
    from shapecalc.language.figures import parse_figure

    try:
        return parse_figure(claim.text)
    except ValueError as problem:
        return report("SHP118", f"the claim {claim.key} cannot be read: {problem}", claim.span)


OTHER_WORDS = {
    "parameters": "params", "parameter": "params", "num_params": "params", "mult_adds": "macs", "multadds": "macs",
    "multiplications": "macs", "operations": "flops", "ops": "flops", "mem": "memory", "neurons": "activations",
}  # fmt: skip
"""What papers call a figure, and what it is called here."""


def figure_called(word: str) -> str:
    """The figure that a word means; empty for another word."""
    return word.lower() if word.lower() in TOTAL_FIGURES else OTHER_WORDS.get(word.lower(), "")


def _unknown_key(claim: Claim, known: list[str]) -> Diagnostic:
    word = figure_called(claim.key)
    guess = word if word in known else nearest(claim.key, known)
    return report(
        "SHP117",
        f"{claim.key} is not a figure that can be claimed",
        claim.span,
        label=f"did you mean {guess}?" if guess else "not a figure",
        help=(f"write {guess}",) if guess else (),
        fixes=_renamed(claim, guess) if guess else (),
        notes=(f"figures are {', '.join(known)}",),
    )


def _renamed(claim: Claim, key: str) -> tuple[Fix, ...]:
    """The claim under a key that there is."""
    start, _ = claim.span
    return (Fix(f"write {key}", (Edit((start, start + len(claim.key)), key),)),)


def claim_text(key: str, text: str) -> str:
    """A claim in words: `55x55x96`, `params = 61M`, `macs <= 1G`."""
    if key.lower() == "volume":
        return text
    return f"{key} {text}" if text[:1] in "<>=" else f"{key} = {text}"


def _unit(figure: Figure) -> str:
    return " bytes" if figure.unit == "B" else ""


def _arithmetic(row: Row, key: str) -> str:
    """How the computed figure comes about: `11·11·3·96 = 34,848 weights + 96 biases`."""
    if key in ("memory", "activations") and row.output:
        return f"{'·'.join(map(str, row.output.sizes))} = {row.output.size:,}"
    arrays = [a for a in row.weight_arrays if a.role in ("kernel", "scale")]
    if key == "macs":
        return " + ".join(f"{a.size:,} weights x {a.uses:,} positions" for a in arrays if a.uses)
    if key not in ("weights", "params", "trainable") or not arrays:
        return ""
    parts = " + ".join(f"{'·'.join(map(str, a.shape))} = {a.size:,} weights" for a in arrays)
    return f"{parts} + {row.biases:,} biases" if key != "weights" and row.biases else parts
