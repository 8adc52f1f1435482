"""Shapes as TikZ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shapecalc.display.style import as_ascii, clean
from shapecalc.drawing.picture_shapes import Box, Circle, Line, Picture, Shape
from shapecalc.drawing.svg_shapes import FILLS

HEAD = r"""% compiles by itself with pdflatex; a document that takes a tikzpicture needs tikz and these colours
\RequirePackage{fix-cm}
\documentclass{article}
\usepackage{textcomp}
\usepackage{tikz}
\renewcommand{\familydefault}{\sfdefault}
\usetikzlibrary{arrows.meta}
"""
BETWEEN = r"\par\bigskip"
MARGIN, SPACE = 6, 20
"""Points of TeX around the pictures, and after each."""
UNIT = 0.75
"""Points of TeX to a point of the picture: a page of 640 becomes 17 cm."""
_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "#": r"\#", "$": r"\$", "%": r"\%", "&": r"\&", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "×": r"$\times$", "²": r"\textsuperscript{2}",
    "³": r"\textsuperscript{3}", "−": "$-$", "→": r"$\to$", "<": r"\textless{}", ">": r"\textgreater{}",
    "'": r"\textquotesingle{}", "`": r"\textasciigrave{}", "|": r"\textbar{}", '"': r"\textquotedbl{}",
}  # fmt: skip
_ANCHORS = {"start": "base west", "middle": "base", "end": "base east"}


def tikz_file(pictures: Sequence[Picture]) -> str:
    """A standalone document with a tikzpicture for each network."""
    colors = [rf"\definecolor{{shapecalc{name}}}{{HTML}}{{{code[1:].upper()}}}" for name, code in FILLS.items()]
    body = ("\n".join(_picture(one)) for one in pictures)
    lines = [HEAD.rstrip(), _page(pictures), *colors, r"\begin{document}"]
    return "\n".join([*lines, *filter(None, [f"\n{BETWEEN}\n".join(body)]), r"\end{document}", ""])


def _page(pictures: Sequence[Picture]) -> str:
    """A page that is as large as what is drawn."""
    width = max((one.width for one in pictures), default=1.0) * UNIT + 2 * MARGIN
    height = sum(one.height * UNIT + SPACE for one in pictures) + 2 * MARGIN
    size = f"paperwidth={width:.0f}pt, paperheight={height:.0f}pt, margin={MARGIN}pt"
    return rf"\usepackage[{size}]{{geometry}}" + "\n" + r"\pagestyle{empty} \setlength{\parindent}{0pt}"


def _picture(one: Picture) -> Iterator[str]:
    yield f"% {as_ascii(clean(one.title))}"
    yield (
        rf"\begin{{tikzpicture}}[x={UNIT}pt, y=-{UNIT}pt, line width=0.4pt, inner sep=0pt, rounded corners=1.5pt,"
        " >={Latex[length=2.6pt, width=2.2pt]}]"
    )
    yield from map(_shape, one.in_order())
    yield r"\end{tikzpicture}"


def _shape(shape: Shape) -> str:
    if isinstance(shape, Box):
        corner = f"({shape.x + shape.width:.1f},{shape.y + shape.height:.1f})"
        return rf"\draw[fill=shapecalc{shape.sort}, sharp corners] ({shape.x:.1f},{shape.y:.1f}) rectangle {corner};"
    if isinstance(shape, Circle):
        sign = rf"node[{_font(shape.radius * 1.6)}] {{{_text(shape.sign)}}}"
        return rf"\draw[fill=white] ({shape.x:.1f},{shape.y:.1f}) circle[radius={shape.radius * UNIT:.2f}pt] {sign};"
    if isinstance(shape, Line):
        path = " -- ".join(f"({x:.1f},{y:.1f})" for x, y in shape.points)
        style = ", ".join(["->"] * shape.arrow + ["gray"] * shape.faint)
        return rf"\draw[{style}] {path};"
    parts = [f"anchor={_ANCHORS[shape.anchor]}", _font(shape.size, bold=shape.bold), *["text=gray"] * shape.faint]
    style = ", ".join(parts)
    return rf"\node[{style}] at ({shape.x:.1f},{shape.y:.1f}) {{{_text(shape.text)}}};"


def _font(size: float, *, bold: bool = False) -> str:
    points = size * UNIT
    return rf"font=\fontsize{{{points:.1f}}}{{{points * 1.2:.1f}}}\selectfont" + (r"\bfseries" if bold else "")


def _text(text: str) -> str:
    """A text in which nothing is a command of TeX; what its fonts do not have becomes a question mark."""
    return "".join(_SPECIAL.get(c, c if c.isascii() else as_ascii(c)) for c in clean(text))
