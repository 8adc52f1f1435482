"""Cuts any text into lexemes, right or wrong, and knows the characters that only look like ours."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from shapecalc.core.phrases import shortened
from shapecalc.core.record import NamedTuple
from shapecalc.language.lalr import either
from shapecalc.language.tables import TERMINALS


class Lexeme(NamedTuple):
    """A piece of the text: what kind of thing it is, and where it is."""

    kind: str
    start: int
    end: int
    text: str


CONFUSABLE = {
    "，": ",", "、": ",", "：": ":", "；": ";", "＊": "*", "∗": "*", "×": "*", "✕": "*", "·": "*", "⋅": "*", "•": "*",
    "｜": "|", "∣": "|", "¦": "|", "？": "?", "＠": "@", "＋": "+", "−": "-", "＝": "=", "％": "%", "／": "/",
    "⁄": "/", "÷": "/", "≤": "<=", "≥": ">=", "≠": "!=",
}  # fmt: skip
"""Characters by the sign that they are taken for."""

BRACKETS = {
    "(": ")", "[": "]", "{": "}", "（": "）", "［": "］", "｛": "｝", "【": "】", "〔": "〕", "⟨": "⟩", "⟦": "⟧",
}  # fmt: skip
"""Openers, ours and others, with their closers."""

ROUND = "(（"
"""Openers that are read as `(`; every other is read as `[`."""

NAME = r"[^\W\d]\w*+"
SIZE = r"\d++(?:\s*+[xX×]\s*+\d++)++"
_FLAT = r"[^()\[\]\n]*+"
INSIDE = rf"(?:[^()\[\]\n]|[(\[](?:[^()\[\]\n]|[(\[]{_FLAT}[)\]])*+[)\]])*+"
"""What may be in brackets on one line, with two more pairs in it."""
ITEM = rf"(?:\[{INSIDE}\]|{NAME}(?:[ \t]*+[(\[]{INSIDE}[)\]])?)"
"""A layer with its arguments, or a group."""
_CLOSERS = "".join(BRACKETS.values())

ARROW = rf"(?:{either(TERMINALS['ARROW'])})"
BROKEN = r"(?:[-=＝—–―−─~]+\s*[>＞]+|\|>|>>+|=>=|={2,}(?!\s*\d)|--+|[—–―─]+)"
"""What is meant for an arrow."""
_RIGHTWARDS = "".join(
    character
    for first, end in ((0x2190, 0x2200), (0x2794, 0x27C0), (0x27F0, 0x2980), (0x2B00, 0x2C00), (0x1F800, 0x1F8C0))
    for character in map(chr, range(first, end))
    if "RIGHTWARDS" in (name := unicodedata.name(character, "")) and not re.search("LEFT|STROKE", name)
)
FOREIGN_ARROW = (
    r"&[rR]arr;|[-=]+&gt;|\\(?:rightarrow|Rightarrow|longrightarrow|to)\b|%>%|>{1,3}|\|>|~+>|»|›"
    rf"|[{_RIGHTWARDS}]\ufe0f?"
)
"""Arrows of web pages, LaTeX and shells, and every arrow to the right that Unicode has."""
BACKWARDS = r"(?:<-+|<=+(?=\s*\[)|←|⇐)"
DOTS = r"(?:\.{3,}|…|⋯|\. \. \.|etc\.)"
UNSEEN = (
    r"(?:(?:\x1b\[[\d;]*[A-Za-z])+|[\x00-\x08\x0e-\x1f\x7f-\x9f]+"
    r"|[\u200b-\u200f\u2060-\u2064\ufeff\u00ad\u202a-\u202e\u2066-\u2069]+)"
)
_PATTERN = re.compile(
    rf"(?P<dots>{DOTS})|(?P<arrow>{BACKWARDS}|{BROKEN}|{ARROW})"
    r"""|(?P<quoted>"[^"\n]{0,80}"|'[^'\n]{0,80}'|[“”„«‘’‚][^“”«»‘’\n]{0,80}[“”»‘’]|`[^`\n]{0,80}`)"""
    r"|(?P<size>\d++(?:\s*[xX×]\s*\d++)+)|(?P<number>\d[\d_]*+(?:\.\d+)?(?:[eE][-+]?\d+)?|\.\d+)|(?P<word>[^\W\d]\w*)"
    rf"|(?P<unseen>{UNSEEN})|(?P<opener>[{re.escape(''.join(BRACKETS))}])|(?P<closer>[{re.escape(_CLOSERS)}])"
    rf"|(?P<sign>\.\.|//|[<>!:]=|[-|,;:*?@=+/%^&<>.$!~\\{re.escape(''.join(CONFUSABLE))}])"
    r"|(?P<other>(?P<same>[^\w\s])(?P=same){0,999})"
)
_STATEMENT = re.compile(r"let\s+\w+\s*=|block\s+\w+\s*[=(]")
_BLANK = re.compile(r"(?:\s+|#[^\n]*)*+")


def after_blank(text: str, at: int) -> int:
    """The offset of the next thing that is neither white space nor comment."""
    match = _BLANK.match(text, at)
    return match.end() if match else at


def lexeme(text: str, at: int) -> Lexeme:
    """The lexeme at or after an offset; of kind `end` where there is none."""
    at = after_blank(text, at)
    match = _PATTERN.match(text, at)
    if match is None:
        return Lexeme("end", len(text), len(text), "") if at >= len(text) else _one(text, at)
    kind = next(name for name in _KINDS if match[name] is not None)
    return Lexeme(kind, at, match.end(), match.group())


def _one(text: str, at: int) -> Lexeme:
    """One character that nothing else wants, such as a digit that is no decimal."""
    return Lexeme("other", at, at + 1, text[at])


_KINDS = tuple(name for name in _PATTERN.groupindex if name != "same")


def begins_statement(text: str, at: int) -> bool:
    """Whether `let N =` or `block b(` is at an offset, first in its line."""
    head = text[max(text.rfind("\n", 0, at) + 1, at - 200) : at]
    return not head.strip() and _STATEMENT.match(text, at) is not None


def ahead(text: str, at: int, most: int = 400) -> Iterator[tuple[int, Lexeme]]:
    """The next lexemes, at most so many, each with how many brackets are open after it."""
    depth = 0
    for _ in range(most):
        found = lexeme(text, at)
        if found.kind == "end":
            return
        depth += (found.kind == "opener") - (found.kind == "closer")
        yield depth, found
        at = found.end


def closer_of(text: str, start: int) -> Lexeme | None:
    """What closes the bracket at an offset, whatever bracket that is."""
    return next((token for depth, token in ahead(text, start) if depth == 0), None)


def item_end(text: str, start: int) -> int:
    """Where an item ends that begins at an offset."""
    before, end = 0, start
    for depth, token in ahead(text, start):
        if before == 0 and end > start and token.text not in ("(", "["):
            break
        before, end = depth, token.end
    return end


def called(character: str) -> str:
    """What a character is called, such as `fullwidth comma`."""
    name = unicodedata.name(character, "").lower()
    return name or f"character U+{ord(character):04X}"


def shown(text: str, most: int = 24) -> str:
    """A piece of the file as a message shows it: on one line, and not too long."""
    return shortened(text, most)
