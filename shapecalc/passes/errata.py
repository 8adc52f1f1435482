"""Published figures that are wrong: what is computed in their place, and the findings that they explain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shapecalc.core.phrases import read_size
from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Diagnostic
from shapecalc.language.figures import parse_figure
from shapecalc.language.syntax import Erratum
from shapecalc.passes.claims import ROW_FIGURES, TOTAL_FIGURES
from shapecalc.passes.report import Row, Totals


def in_words(erratum: Erratum) -> str:
    """`section 3.5: 224x224x3 is printed, 227x227x3 is right`."""
    return f"{erratum.where or 'the source'}: {erratum.printed} is printed, {erratum.right} is right"


def noted(found: Iterable[Diagnostic], errata: Sequence[Erratum]) -> list[Diagnostic]:
    """The diagnostics, with a note on those that a known erratum explains."""
    return [_noted(diagnostic, errata) for diagnostic in found]


def _noted(diagnostic: Diagnostic, errata: Sequence[Erratum]) -> Diagnostic:
    known = tuple(
        f"expected, a known erratum, {in_words(e)}" for e in errata if e.finding == diagnostic.code and e.finding
    )
    return replace(diagnostic, notes=(*diagnostic.notes, *known)) if known else diagnostic


def computed(of: str, rows: Sequence[Row], totals: Totals) -> int | tuple[int, ...] | None:
    """The figure that an erratum is about: of the network, `macs`, or of a layer, `conv1.output`.

    None is unknown. Raises KeyError where there is no such figure.
    """
    layer, _, figure = of.rpartition(".")
    if not layer:
        return _output(rows[-1]) if figure == "output" else TOTAL_FIGURES[figure](totals)
    row = next((row for row in rows if row.name == layer), None)
    if row is None:
        raise KeyError(of)
    return _output(row) if figure == "output" else ROW_FIGURES[figure](row)


def _output(row: Row) -> tuple[int, ...] | None:
    return row.output.sizes if row.output else None


def says(text: str, value: int | tuple[int, ...]) -> bool:
    """Whether a printed figure holds for a value. Raises ValueError where it cannot be read."""
    if isinstance(value, int):
        return parse_figure(text).holds(value)
    sizes = read_size(text)
    if sizes is None:
        raise ValueError(f"'{text}' is not a volume such as 55x55x96")
    return tuple(sizes) == value
