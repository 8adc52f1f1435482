"""Groups that are repeated as in a product: (CONV 3x3, 64)*2, 2x(CONV-RELU) and 3x CONV3-64."""

from __future__ import annotations

import re

from shapecalc.language.lexemes import INSIDE, NAME, SIZE
from shapecalc.notations.in_words import phrase
from shapecalc.notations.rewrite import Surroundings


def round_group(match: re.Match[str], around: Surroundings) -> str:
    """`(CONV 3x3, 64)*2` and `(CONV-RELU) x 2-(FC-RELU) x 1` as groups with a count."""
    groups = re.finditer(rf"\((?P<group>{INSIDE})\)\s*[*xX×]\s*(?P<count>\d+|[A-Z])", match[0])
    front, after = (" => " if match[dash] else "" for dash in ("front", "dash"))
    return front + " => ".join(map(counted, groups)) + after


def repeated_item(match: re.Match[str], around: Surroundings) -> str | None:
    """`2x CONV3-64`, `2x Conv 3x3, 64` and `3*[CONV-RELU]` with the count after it."""
    item = match["item"]
    layers = phrase(item, around.arrow) if re.match(rf"{NAME}[ \t]+\d", item) else _with_arrows(item)
    return f"{layers}*{match['count']}" if layers else None


def _with_arrows(layers: str) -> str:
    return re.sub(r"(?<=[\w)])-(?=[^\W\d])", " => ", layers)


def counted(match: re.Match[str]) -> str:
    """`2x(CONV-RELU)` as a group with a count."""
    inside = _with_arrows(match["group"].strip())
    return f"[{phrase(inside, '=>') if _PAPER.fullmatch(inside) else inside}]*{match['count']}"


_PAPER = re.compile(rf"(?:{NAME}[ \t]+{SIZE}|{SIZE}[ \t]+{NAME}),[ \t]*\d+")
"""`CONV 3x3, 64` and `3x3 CONV, 64`."""
