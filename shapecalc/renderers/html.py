"""One page for a browser: the picture, the table with every layer's arithmetic, and what is wrong.

Nothing is loaded from elsewhere; without scripts everything is shown at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

from shapecalc import __version__
from shapecalc.core.bytes import byte_text
from shapecalc.diagnostics.diagnostic import Diagnostic
from shapecalc.display.counts import counts
from shapecalc.display.excerpt import render
from shapecalc.display.style import Style, clean
from shapecalc.display.summary import header, totals_lines
from shapecalc.drawing.page_layout import picture
from shapecalc.drawing.svg_shapes import svg_page
from shapecalc.explanation.costs import WorkedLayer
from shapecalc.explanation.explain import DiagnosedLayers, explained_layer
from shapecalc.passes.report import CheckedNetwork, Row

HEADER = ("layer", "call", "volume", "params", "MACs", "kept")
_NUMBERS = 3
"""Columns at the right that are numbers."""
MOST_WORKED = 1_000
"""Layers that have a row with their arithmetic, unless all are asked for."""
CSS = """
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:0 auto;padding:1rem;color:#222;background:#fff}
h1,h2{line-height:1.2}
figure{margin:1rem 0;overflow-x:auto;background:#fff;border-radius:4px}
figure svg{width:100%;min-width:40rem;height:auto}
table{border-collapse:collapse;width:100%;font-size:.9rem}
caption{text-align:left;padding:.5rem 0}
th,td{padding:.2rem .6rem;text-align:left;vertical-align:top;border-bottom:1px solid #ddd}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td code,pre{font-family:ui-monospace,monospace;font-size:.85rem}
button{font:inherit;color:#0b57a4;background:none;border:0;padding:0;cursor:pointer;text-decoration:underline}
button:focus-visible,a:focus-visible{outline:3px solid #0b57a4;outline-offset:2px}
svg a:focus-visible rect,svg a:focus-visible circle,svg a:hover rect{stroke:#0b57a4;stroke-width:2}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:.3rem 0}
dt{color:#555}dd{margin:0;font-family:ui-monospace,monospace;font-size:.85rem;white-space:pre-wrap}
pre{white-space:pre-wrap;overflow-wrap:anywhere;padding:.6rem;background:#f5f5f5;border-left:4px solid #999}
pre.error{border-color:#b3161b}pre.warning{border-color:#b26a00}pre.note{border-color:#00838f}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem}
@media(prefers-color-scheme:dark){body{color:#e6e6e6;background:#161616}th,td{border-color:#444}
pre{background:#222}button{color:#8ab8ff}dt{color:#aaa}}
@media print{tr[hidden]{display:none}button{color:inherit;text-decoration:none}}
"""
SCRIPT = """
function show(row, open) {
  const button = row.querySelector("button"), detail = document.getElementById(button.getAttribute("aria-controls"));
  const shown = open === undefined ? detail.hidden : open;
  detail.hidden = !shown;
  button.setAttribute("aria-expanded", String(shown));
  return button;
}
function follow() {
  const row = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (row && row.matches("tr[id]")) show(row, true).focus();
}
document.addEventListener("click", event => {
  const button = event.target.closest("button[aria-controls]"), link = event.target.closest("svg a");
  if (button) show(button.closest("tr"));
  if (link && link.getAttribute("href") === location.hash) follow();
});
addEventListener("hashchange", follow);
follow();
"""
"""Opens the arithmetic of a layer by its button, and by its box in the picture."""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


def part(report: CheckedNetwork, style: Style) -> Any:
    """The section of a network, in which NUMBER stands for its number, and the severities of what is wrong."""
    return report.name, "".join(_section(report, style)), report.severities


def whole(parts: Iterable[Any], style: Style) -> Iterator[str]:
    """The page with all networks."""
    sections = list(parts)
    title = _text(sections[0][0]) if len(sections) == 1 else f"{len(sections)} networks"
    yield (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="generator" content="shapecalc {__version__}">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n<style>{CSS}</style>\n'
        "<noscript><style>tr[hidden]{display:table-row}</style></noscript>\n</head>\n<body>\n"
        '<a class="skip" href="#networks">to the networks</a>\n<main id="networks">\n'
    )
    for number, (_, section, _found) in enumerate(sections, 1):
        yield section.replace("NUMBER", f"n{number}")
    yield f"<p>{_text(counts([found for _, _, found in sections], style))}</p>\n</main>\n"
    yield f"<script>{SCRIPT}</script>\n</body>\n</html>\n"


def _section(report: CheckedNetwork, style: Style) -> Iterator[str]:
    name = _text(report.name)
    yield f'<section aria-labelledby="NUMBER-name">\n<h1 id="NUMBER-name">{name}</h1>\n'
    if report.graph and report.graph.settings.source:
        yield f"<p>{_text(report.graph.settings.source)}</p>\n"
    yield f"<p>{_text(report.source.path)}</p>\n"
    yield from _diagnostics(report)
    if report.rows:
        drawing = svg_page(picture(report, style.scale, fold=not style.expand), link="NUMBER-")
        yield f"<figure>\n{drawing}<figcaption>Every box leads to its layer in the table.</figcaption>\n</figure>\n"
        yield f"<pre>{_text_lines(totals_lines(report, style))}</pre>\n"
        yield from _table(report, style)
    yield "</section>\n"


def _diagnostics(report: CheckedNetwork) -> Iterator[str]:
    if not report.diagnostics:
        return
    yield '<h2 id="NUMBER-found">What was found</h2>\n<ul aria-labelledby="NUMBER-found">\n'
    yield from (_diagnostic(diagnostic, report) for diagnostic in report.diagnostics)
    yield "</ul>\n"


def _diagnostic(diagnostic: Diagnostic, report: CheckedNetwork) -> str:
    shown = _text_lines([render(diagnostic, report.source)])
    return f'<li><pre class="{diagnostic.severity}">{shown}</pre></li>\n'


def _table(report: CheckedNetwork, style: Style) -> Iterator[str]:
    titles = "".join(f'<th scope="col"{_numeric(at)}>{title}</th>' for at, title in enumerate(HEADER))
    rows = report.rows if style.expand else report.rows[:MOST_WORKED]
    caption = _text(header(report, style)[-1])
    if len(rows) < len(report.rows):
        caption += f". Shown: {len(rows):,} of {len(report.rows):,} layers; --expand shows all"
    yield f"<table>\n<caption>{caption}. A layer's name opens its arithmetic.</caption>\n"
    yield f"<thead><tr>{titles}</tr></thead>\n<tbody>\n"
    diagnosed = DiagnosedLayers(report)
    for row in rows:
        yield from _layer(row, explained_layer(report, row, diagnosed), style)
    yield "</tbody>\n</table>\n"


def _numeric(at: int) -> str:
    return ' class="n"' if at >= len(HEADER) - _NUMBERS else ""


def _layer(row: Row, worked: WorkedLayer, style: Style) -> Iterator[str]:
    at = f"NUMBER-{row.node.index}"
    button = f'<button type="button" aria-expanded="false" aria-controls="{at}-d">{_text(row.name)}</button>'
    kept = "" if not row.kept else byte_text(row.kept, style.units)
    volume = _text(str(row.output or "?"))
    cells = (f"<code>{_text(row.text)}</code>", volume, _count(row.params), _count(row.macs), kept)
    data = "".join(f"<td{_numeric(place)}>{cell}</td>" for place, cell in enumerate(cells, 1))
    yield f'<tr id="{at}"><th scope="row">{button}</th>{data}</tr>\n'
    yield f'<tr id="{at}-d" hidden><td colspan="{len(HEADER)}">{_arithmetic(worked)}</td></tr>\n'


def _count(value: int | None) -> str:
    return "?" if value is None else f"{value:,}" if value else ""


def _arithmetic(worked: WorkedLayer) -> str:
    """The worked layer as a list of what and how."""
    pairs = "".join(
        f"<dt>{_text(paragraph.label)}</dt><dd>{_text_lines(paragraph.lines)}</dd>"
        for paragraph in worked.paragraphs
        if paragraph.picture is None
    )
    return f"<p>{_text(worked.volumes)}</p><dl>{pairs}</dl>"


def _text_lines(lines: Iterable[str]) -> str:
    return "\n".join(_text(line) for text in lines for line in text.split("\n"))


def _text(text: str) -> str:
    return escape(clean(text)).replace("NUMBER", "NUM&#66;ER")
