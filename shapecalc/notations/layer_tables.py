"""Tables of layers in Markdown, LaTeX or with tabs: one diagnostic, with the table as a diagram."""

from __future__ import annotations

import re
from collections.abc import Sequence

from shapecalc.diagnostics.diagnostic import Diagnostic, Edit, Fix, Span, report
from shapecalc.language.lexemes import NAME, SIZE, shown
from shapecalc.notations.in_words import called_in_words
from shapecalc.notations.layer_words import layer_of

_KINDS = (
    ("a table in Markdown", re.compile(r"[ \t]*\|(?P<row>.+)\|[ \t]*"), r"\|"),
    ("a table in LaTeX", re.compile(r"(?P<row>.+&.+?)(?:\\\\.*)?"), "&"),
    ("a table", re.compile(r"(?P<row>[^\t]+\t.+)"), "\t"),
    (
        "a table",
        re.compile(
            r"(?!.*[=-]>)[ \t]*(?P<row>[^\s→:()]+(?: [^\s→:()]+)*(?: {2,}[^\s→:()]+(?: [^\s→:()]+)*){3,})[ \t]*"
        ),
        " {2,}",
    ),
    ("a table", re.compile(r"(?!.*(?:=>|->))(?P<row>[^|\[\]@]+(?:\|[^|\[\]@]*)+)"), r"\|"),
)
_BARE = ("a table in Markdown", re.compile(r"(?P<row>.+\|.+)"), r"\|")
_RULE = re.compile(r"^[ \t]*:?-{2,}:?[ \t]*\|", re.MULTILINE)
"""A table without bars at its edges, and the line below its head."""
_RULED = re.compile(r"[\s|:-]*|[ \t]*\\(?:hline|toprule|midrule|bottomrule|begin|end|centering|caption|label)\b.*")
"""Lines of a table that say nothing of a layer."""
_HEADS = (
    ("{} filters", r"filters?|(?:out(?:put)?[ _-]?)?channels?|kernels|maps|depth|units|neurons"),
    ("kernel {}", r"kernel.*|filter[ _-](?:size|shape)|window|(?:kernel[ _-])?size|f"),
    ("stride {}", r"strides?|s"),
    ("padding {}", r"pad(?:ding)?|p"),
    ("{}", r"act(?:ivation)?|non-?linearity"),
)
"""What a column holds, by what is above it; of others a volume is a claim, and nothing else is read."""
_MOST = 400
"""Lines of a table."""


def table_of_layers(text: str) -> Diagnostic | None:
    """What is said of a text whose lines are the rows of a table."""
    lines = [line for line in text.splitlines() if line.strip() and not _RULED.fullmatch(line)][:_MOST]
    for name, pattern, sign in (*_KINDS, *[_BARE] * bool(_RULE.search(text))):
        rows = [pattern.fullmatch(line) for line in lines]
        if len(rows) > 1 and all(rows):
            cells = [[_plain(cell) for cell in re.split(sign, row["row"])] for row in rows if row]
            return _as_diagram(text, name, cells)
    return None


def _plain(cell: str) -> str:
    """A cell without marks for bold, code and mathematics; empty for a dash."""
    bare = re.sub(r"\\times\s*", "x", cell)
    bare = re.sub(r"[$`]|\*\*|__|\\(?:text\w*|mathrm|mathbf)\b|[{}]|\\[,;]", "", bare).strip()
    return "" if re.fullmatch(r"[-–—]*|n/?a", bare, re.IGNORECASE) else bare


def not_a_diagram(what: str, span: Span, *help: str, label: str = "", fixes: tuple[Fix, ...] = ()) -> Diagnostic:
    """The one diagnostic for a text that is something else."""
    label = f"expected layers and arrows{label}"
    return report("SHP020", f"{what} not a diagram", span, label=label, help=help, fixes=fixes)


def _as_diagram(text: str, name: str, rows: Sequence[Sequence[str]]) -> Diagnostic:
    written = _layers(rows)
    start = len(text) - len(text.lstrip())
    help = f"write {shown(written, 120)}" if written else "write the layers with arrows between them"
    if networks := _networks(rows):
        help = f"write {shown(networks, 120)}; each column is a network of its own"
    fixes = (Fix("write it as a diagram", (Edit((start, len(text.rstrip())), written),)),) if written else ()
    first = text[start:].partition("\n")[0]
    return not_a_diagram(f"this is {name},", (start, start + len(first)), help, fixes=fixes)


def _networks(rows: Sequence[Sequence[str]]) -> str:
    """The first column as a chain, where every cell of a row is a layer, as in the table of VGG."""
    if not all(len(row) > 1 and all(_is_layer(cell) for cell in row if cell) for row in rows):
        return ""
    return " => ".join(row[0] for row in rows if row[0])


def _is_layer(cell: str) -> bool:
    name = re.match(NAME, cell)
    return name is not None and layer_of(re.sub(r"(?<!\d)\d+(?:-\d+)?$", "", cell).strip("-")) is not None


def _layers(rows: Sequence[Sequence[str]]) -> str:
    """The rows as a chain; nothing where one is not understood."""
    above = [_head(cell) for cell in rows[0]] if not any(re.search(r"\d", cell) for cell in rows[0]) else []
    chain = [_layer(row, above) for row in (rows[1:] if above else rows)]
    return " => ".join(layer for layer in chain if layer) if all(chain) else ""


def _head(cell: str) -> str:
    return next((said for said, pattern in _HEADS if re.fullmatch(pattern, cell, re.IGNORECASE)), "")


def _layer(row: Sequence[str], above: Sequence[str]) -> str | None:
    """One row as a call with the volume that it claims."""
    at = next((i for i, cell in enumerate(row) if layer_of(_name(cell)) is not None), None)
    if at is None:
        return None
    if re.fullmatch(rf"{NAME}\([^()]*(?:\([^()]*\)[^()]*)*\)", row[at]):
        return row[at]
    name, rest = _name(row[at]), row[at][len(_name(row[at])) :].strip(" ,:()")
    volume, words = "", [rest] if rest else []
    for place, cell in enumerate(row[at + 1 :], at + 1):
        head = above[place] if place < len(above) else "{}" if not above else ""
        size = re.fullmatch(rf"\(?({SIZE})\)?", cell)
        if size and len(re.findall(r"\d+", cell)) > 2:
            volume = ": " + re.sub(r"(?<!\s)\s*[xX×]\s*", "x", size[1])
        elif cell and head:
            words.append(head.format(cell))
    layer = layer_of(name)
    if layer is not None and layer.starts:
        numbers = [number for word in words for number in re.findall(r"\d+", word)]
        return f"INPUT({'x'.join(numbers)})" if len(numbers) > 2 else f"INPUT({volume[2:]})" if volume else None
    call = called_in_words(name, ", ".join(words), "=>", listed=True) if words else name
    return f"{call}{volume}" if call else None


def _name(cell: str) -> str:
    """The name that a cell begins with, in one word or two."""
    words = re.match(rf"{NAME}(?:[ -]{NAME})?(?![\w(])", cell)
    if words and layer_of(re.sub(r"[ -]", "", words[0])):
        return words[0]
    word = re.match(r"[^\W\d]+(?:\d[dD])?", cell)
    return word[0] if word else ""
