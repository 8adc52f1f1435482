"""Notations of whole texts: a layer a line, lists, lines with labels, arrows between lines; as edits of the text.

Each is read only where every line has its form, so that nothing else is taken for it.
"""

from __future__ import annotations

import re

from shapecalc.diagnostics.diagnostic import Diagnostic, Edit, report
from shapecalc.language.lexemes import INSIDE, ITEM, NAME, SIZE, ahead
from shapecalc.notations.layer_words import layer_of

_LONGEST = 100_000
"""Characters of a text in which such notations are looked for."""
_ARROW = re.compile(r"(?<![-=~])[-=~]++>|[→⇒⟶⟹➔➜➝➞↓⇓]|\s[-–—]\s|\||@(?!\s*\d)|\blet\b|\bblock\b")
_BRACKETS = re.compile(rf"[(\[]{INSIDE}[)\]]")
_QUOTED = re.compile(r"\s*(`+)[^`]+(\1)\s*")
"""Code within a line of Markdown."""
_LINE = re.compile(r"[^\n]+")
_BULLET = re.compile(r"[ \t]*(?:[-*•+‣◦·–]|\d+[.):]|[A-Za-z]\))[ \t]+(?=\S)")
_LABEL = re.compile(
    r"[ \t]*(?:(?:[A-Za-z]+[ \t]+)?(?:layer|block|stage|step|part|module|section|level)s?[ \t]*#?\d+"
    r"(?:[ \t]*\((?P<said>[^()\n]*)\))?"
    r"|(?:output|hidden)(?:[ \t]+layers?)?)[ \t]*[:.)–-][ \t]*(?=\S)",
    re.IGNORECASE,
)
_TIMES = re.compile(r"\s*(?:repeat(?:ed|s)?\s+)?(?:[xX×*]\s*(\d+)|(\d+)\s*(?:[xX×*]|times))\s*", re.IGNORECASE)
"""`Block 1 (x3): CONV => RELU` and `Block 1 (repeated 3 times)`: so often."""
_FIGURES = re.compile(r"(?<!\w)[xX]?\d|\b(?:twice|repeat\w*)\b|[×*]", re.IGNORECASE)
"""What a label says that the order does not."""
_JOINT = r"(?P<joint>(?:[,;]|(?<![\s,;]))[^\S\n]*+\n\s*+|[,;][ \t]*+)"
"""A comma, new lines or both; of blanks that follow each other only the first is tried, which takes them all."""
_FIGURE = re.compile(
    rf"(?:^|{_JOINT}|(?<=[\s>→⇒]))"
    r"(?P<label>[CSPF]\d{1,2})\b[ \t]*+[:(]?[ \t]*+"
    r"(?P<words>(?:(?:feature|f\.)[ \t]*+)?maps[ \t]*+|layer[ \t]++)?"
    r"(?:(?P<maps>\d+)[ \t]*@[ \t]*(?P<size>\d+[ \t]*[xX×][ \t]*\d+)(?:[ \t]*\))?|(?P<units>\d+)\b(?![ \t]*[@xX×\d)]))"
)
"""`C1: feature maps 6@28x28` and `F6: layer 84`, as the figure of LeNet-5 (LeCun et al. 1998) names its layers."""
_LAST = re.compile(rf"{_JOINT}OUTPUT\b", re.IGNORECASE)
_INLINE = re.compile(
    r"(?:(?<![-=~])[-=~]++>|[→⇒⟶]|[ \t][-–—](?=[ \t]))[ \t]*"
    r"(?P<label>(?:layer|block|stage|step|part|module|section|level)[ \t]*#?\d+[ \t]*:[ \t]*)(?=[\[A-Za-z])",
    re.IGNORECASE,
)
"""`=> Block 1: [CONV => RELU]`: a label after an arrow."""
_NO_ARGUMENT = r"(?!(?i:strides?|padd?(?:ing)?|kernels?|filters?|window|size|same|valid|no|with|and)\b)"
_DOWN = re.compile(r"[\s|│┃v↓▼⬇⇓V\\/\ufe0f]+")
MODULES = r"(?:(?:nn|F|tf|keras|layers|torch)\.)*"
"""What is before the name of a framework's layer."""
_PART = re.compile(rf"\s*(?:{ITEM}|\({INSIDE}\)|{SIZE}|{NAME}-\d+)")


def line_edits(text: str) -> list[Edit]:
    """The edits that make a diagram of a text that has one of these forms as a whole; none for any other text."""
    if len(text) > _LONGEST:
        return []
    if quoted := _QUOTED.fullmatch(text):
        return [Edit(quoted.span(1), ""), Edit(quoted.span(2), "")]
    inline = [Edit(match.span("label"), "") for match in _INLINE.finditer(text)]
    whole = _arrows_between_lines(text) or _figure(text) or inline
    lines = [_Line(text, match) for match in _LINE.finditer(text) if match.group().partition("#")[0].strip()]
    if whole or not lines:
        return whole
    if all(line.text.lstrip().startswith("> ") for line in lines):
        return [Edit((line.start, line.start + 2), "") for line in lines]
    several = len(lines) > 1
    listed = _list(lines) if several else []
    fronts = listed or _labelled(lines) or (_column(lines) if several else [])
    joined = (line.joined(i == 0, *front) for i, (line, front) in enumerate(zip(lines, fronts, strict=False)))
    edits = [edit for one in joined for edit in one]
    if listed:
        edits += [
            edit for line, (front, _) in zip(lines, listed, strict=True) for edit in _commas(line, line.start + front)
        ]
    return [*edits, *map(_window, _POOL.finditer(text))] if edits and several else edits


_POOL = re.compile(
    r"(?<!\S)(?P<name>(?:(?:max|avg|average)[ \t-]?)?pool(?:ing)?)(?P<number>\d*)[ \t]*:[ \t]*"
    r"(?P<size>\d+[ \t]*[xX×][ \t]*\d+)[ \t]*(?=\n|\Z)",
    re.IGNORECASE,
)
"""`Pool1: 2x2` at the end of a line: its window; two numbers are no volume of an image."""


def _window(match: re.Match[str]) -> Edit:
    name = f" as {match['name']}{match['number']}" if match["number"] else ""
    return Edit(match.span(), f"{re.sub(r'[ -]', '', match['name'])}({match['size']}){name}")


class _Line:
    """A line that holds something: where that begins and ends, without a comment and a separator at its end."""

    def __init__(self, text: str, match: re.Match[str]) -> None:
        written = match.group().partition("#")[0].rstrip()
        self.text = written.rstrip(",; \t")
        self.start = match.start() + len(written) - len(written.lstrip())
        self.tail = (match.start() + len(self.text), match.start() + len(written))

    def joined(self, first: bool, front: int, count: str) -> list[Edit]:
        """The edits that put an arrow in front, instead of so many characters, and take the separator away.

        With a count the line becomes a group that is repeated so often.
        """
        written = self.text.strip()[front:]
        leads = re.match(r"(?:[-=]+>|[→⇒⟶↓])\s*", written)
        if leads and count:
            front, leads = front + leads.end(), None
        opened = ("" if first or leads else "=> ") + ("[" if count else "")
        edits = [] if front == 0 and not opened else [Edit((self.start, self.start + front), opened)]
        closed = f"]*{count}" if count else ""
        return [*edits, Edit(self.tail, closed)] if closed or self.tail[0] < self.tail[1] else edits


def _figure(text: str) -> list[Edit]:
    """The caption of LeNet's figure: words before figures, and commas or new lines for arrows."""
    labels = list(_FIGURE.finditer(text))
    if sum(bool(label["maps"]) for label in labels) < 2:
        return []
    edits = [_as_claim(label) for label in labels]
    last = _LAST.search(text, labels[-1].end())
    return [*edits, *([Edit(last.span("joint"), " => ")] if last else [])]


def _as_claim(label: re.Match[str]) -> Edit:
    size = re.sub(r"\s", "", f"{label['size']}x{label['maps']}") if label["maps"] else f"1x1x{label['units']}"
    return Edit(label.span(), f"{' => ' if label['joint'] else ''}{label['label']}: {size}")


def _arrows_between_lines(text: str) -> list[Edit]:
    """`|`, `v` and `↓` alone on the lines between layers, as in drawings with characters; outside of brackets."""
    edits: list[Edit] = []
    start: int | None = None
    end = depth = 0
    for match in _LINE.finditer(text):
        line = match.group().partition("#")[0]
        if line.strip() and depth == 0 and _DOWN.fullmatch(line):
            place = match.start() + len(line) - len(line.lstrip())
            start = place if start is None else start
            end = match.start() + len(line.rstrip())
            continue
        if line.strip():
            if start is not None and text[:start].strip():
                edits.append(Edit((start, end), "=>"))
            start = None
        depth += sum(c in "([{" for c in line) - sum(c in ")]}" for c in line)
    return edits


Fronts = list[tuple[int, str]]
"""For each line how many characters are in front of its layers, and how often they are repeated."""


def _list(lines: list[_Line]) -> Fronts:
    """`- CONV(64), RELU` and `1. CONV(64)`: one or several layers a line, with a sign before each."""
    bullets = [_BULLET.match(line.text) for line in lines]
    return [(len(bullet.group().lstrip()), "") for bullet in bullets if bullet] if all(bullets) else []


def _commas(line: _Line, start: int) -> list[Edit]:
    """The commas between the layers of a line, which are outside of brackets and have a layer after them."""
    by = line.start - (len(line.text) - len(line.text.lstrip()))
    return [
        Edit((by + part.start, by + part.end), " =>")
        for depth, part in ahead(line.text, start - by)
        if part.text == "," and depth == 0 and re.match(rf"\s*{_NO_ARGUMENT}{NAME}", line.text[part.end :])
    ]


def _labelled(lines: list[_Line]) -> Fronts:
    """`Layer 1: CONV(64)` and `Block 1: [CONV => RELU]*2 => POOL`: the label says nothing that the order does not."""
    labels = [_LABEL.match(line.text) for line in lines]
    if not any(labels) or not all(labels[1:]) or figures_in_label("\n".join(line.text for line in lines)):
        return []
    times = [_TIMES.fullmatch(label["said"] or "") if label else None for label in labels]
    fronts = [len(label.group().lstrip()) if label else 0 for label in labels]
    return [(front, count[1] or count[2] if count else "") for front, count in zip(fronts, times, strict=True)]


def figures_in_label(text: str) -> Diagnostic | None:
    """The one diagnostic for `Block 1 (64 filters): CONV`: a label with figures that are no count."""
    for line in _LINE.finditer(text):
        label = _LABEL.match(line.group().partition("#")[0])
        said = label["said"] if label else None
        if label and said and _FIGURES.search(said) and not _TIMES.fullmatch(said):
            name = label.group().partition("(")[0].strip()
            message = f"what the label {name} says in ( ) is not read: {said.strip()}"
            help = ("write figures with the layer, such as CONV(64, 3), and a count as (x3)",)
            start, end = (line.start() + place for place in label.span("said"))
            return report("SHP024", message, (start, end), label="expected a count, such as x3", help=help)
    return None


def _column(lines: list[_Line]) -> Fronts:
    """One layer a line, with or without commas and without arrows, as in the columns of VGG's table."""
    if any(_ARROW.search(_BRACKETS.sub("", line.text)) for line in lines):
        return []
    names = [re.match(rf"\s*[\[(]*\s*(?:{SIZE}[ \t]+)?{MODULES}([^\W\d][^\W\d_]*)?", line.text) for line in lines]
    known = [bool(name and name[1] and layer_of(name[1])) for name in names]
    sizes = [bool(re.match(rf"\s*{SIZE}", line.text)) for line in lines]
    items = all(_PART.match(line.text) for line in lines)
    if not items or sum(known) + sizes[0] < max(2, 3 * len(lines) // 4):
        return []
    return [(0, "")] * len(lines)
