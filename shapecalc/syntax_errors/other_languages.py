"""Tells a text that is code, data or prose from a diagram with mistakes."""

from __future__ import annotations

import re

from shapecalc.diagnostics.diagnostic import Diagnostic, report

_WRITE = "write the network as a diagram, such as INPUT(32x32x3) => CONV(64, 3) => RELU => FC(10)"
_OTHER = (
    (
        r"^(?:diagram|layers)[ \t]*:(?=[ \t]*(?:$|[|>\[\"']|[A-Za-z]))",
        "YAML",
        "call the file net.yaml, and it is read as YAML",
    ),
    (r"^[ \t]*(?:```|~~~)\w*", "Markdown", "keep only the lines between the fences"),
    (
        r"\b(?:nn|F|tf|keras|layers|torch|model|self)\.\w+[ \t]*\(|\bSequential[ \t]*\("
        r"|^[ \t]*(?:from[ \t]+[\w.]+[ \t]+)?import[ \t]+\w+|^[ \t]*(?:def|class)[ \t]+\w+[ \t]*\(",
        "Python code",
        _WRITE,
    ),
    (r"\A\s*\{\s*(?:[\"']|\})|\A\s*\[\s*[\"'{]|[{,]\s*\"\w+\"\s*:", "JSON", _WRITE),
    (r"\A\s*<[!?\w][^>\n]{0,200}>", "a markup file", _WRITE),
    (r"^layer[ \t]*\{|^[ \t]*type:[ \t]*\"\w+\"", "a Caffe prototxt", _WRITE),
)


def other_language(text: str) -> Diagnostic | None:
    """The one diagnostic for a text that is code, data or prose rather than a diagram."""
    if not re.search(r"[=＝-]\s*[>＞]|\s[-=]\s|[^\x00-\u218f]|[—–−→@|*]|-{2}", text[:100_000]):
        words = list(re.finditer(r"[^\W\d]\w+", text[:1_000]))
        if len(words) > 12 and not any(w.group().lower() in ("input", "let", "block") for w in words):
            return report(
                "SHP020",
                "this text has many words and not one arrow, so it is no diagram",
                (words[0].start(), words[4].end()),
                label="expected layers and arrows",
                help=(_WRITE,),
            )
    listed = _list_of_layers(text)
    if listed:
        return listed
    late = re.match(r"(?:[ \t]*(?:#[^\n]*)?\n)+(---)[ \t]*\n", text)
    if late:
        return report(
            "SHP003",
            "front matter begins on the first line, and something stands above this",
            late.span(1),
            label="not the first line",
            help=("move the blank lines and comments above it below the closing ---",),
        )
    bare = re.sub(r"#[^\n]*", lambda m: " " * len(m.group()), text[:100_000])
    for pattern, name, instead in _OTHER:
        match = re.search(pattern, bare, re.MULTILINE)
        if match:
            return report(
                "SHP020",
                f"this is {name}, not a diagram",
                match.span(),
                label=f"expected layers and arrows, found {name}",
                help=(instead,),
            )
    return None


def _list_of_layers(text: str) -> Diagnostic | None:
    """`1. INPUT`, `- INPUT`, `* INPUT`: one layer a line, with a sign in front of each."""
    lines = [line for line in re.finditer(r"[^\n]+", text[:10_000]) if line.group().strip()]
    items = [re.fullmatch(r"[ \t]*([-*•+]|\d+[.):])[ \t]+(\w[^\n]*?)[ \t]*", line.group()) for line in lines]
    if len(lines) < 2 or not all(items):
        return None
    layers = [item[2] for item in items if item]
    more = " => …" if len(layers) > 3 else ""
    first = next(item for item in items if item)
    return report(
        "SHP020",
        "this is a list with a layer a line, not a diagram",
        (lines[0].start() + first.start(1), lines[0].start() + first.end(1)),
        label=f"expected no '{first[1]}' in front of a layer",
        help=(f"write {' => '.join(layers[:3])}{more}, with an arrow before every layer but the first",),
    )
