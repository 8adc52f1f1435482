"""Markdown, as READMEs and chats have it: the network in its blocks of code, each place where it is."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shapecalc.core.patterns import lazy_pattern
from shapecalc.diagnostics.diagnostic import Diagnosed, Diagnostic, Source, Span, report
from shapecalc.formats.read import Head, Network, Options, read_inside

RANK = 25
"""After front matter, before what is found in any line of a text."""
_FENCE = lazy_pattern(r"^[ \t]*+(```|~~~)[`~]*+[ \t]*+([\w+#.-]*+)[^\n]*\n?", re.MULTILINE)
"""A line of three signs or more, and the language of what comes after it."""
_PYTHON = lazy_pattern(
    r"^(?:from[ \t]+[\w.]+[ \t]+import\b|import[ \t]+[\w.]+(?:[ \t]+as\b|$)|(?:class|def)[ \t]+\w+[^\n]*:$)",
    re.MULTILINE,
)
"""A program, with a fence in one of its texts."""
_SHELLS = frozenset({"bash", "bat", "console", "powershell", "sh", "shell", "zsh"})
_PROGRAM = "python_program"
_TABLE = "printed_table"
_PYTHONS = frozenset({"py", "python", "python3", "pycon"})


def accepts(path: str, head: Head) -> bool:
    """Whether a line of a text opens a block of code."""
    if not isinstance(head, str) or not ("```" in head or "~~~" in head):
        return False
    first = _FENCE.search(head)
    return first is not None and not _PYTHON.search(head[: first.start()]) and not _is_table_between(head)


def _is_table_between(text: str) -> bool:
    """Whether a printed table of a model is between the blocks, and none of these is a network by itself."""
    from shapecalc.formats.known_formats import format_of

    between, blocks = text, [*_blocks(text)]
    for _, (start, end) in blocks:
        between = between[:start] + re.sub(r"[^\n]", " ", text[start:end]) + between[end:]
    if format_of("", re.sub("```|~~~", "   ", between)) != _TABLE:
        return False
    return all(_format_in(language, text[slice(*span)]) in (None, _PROGRAM) for language, span in blocks)


def read(source: Source, problems: list[Diagnostic], options: Options) -> Network:
    """The network in the only block that holds one; all blocks of Python are one program.

    Raises Diagnosed SHP020 where there is none, or several, and what the block raises.
    """
    found = dict(_networks(source))
    programs = [span for span, name in found.items() if name == _PROGRAM]
    if len(found) != max(len(programs), 1):
        raise Diagnosed(_refused(source.text, [*found]))
    places = [place for span in found for place in _dedented(source.text, span)]
    return read_inside(source, "".join(source.text[place] for place in places), places, problems, options)


def _dedented(text: str, span: Span) -> Iterator[int]:
    """The places of a block's characters, without the indentation of the whole block, which a list may hold."""
    lines = re.findall(r"[^\n]*\n|[^\n]+", text[slice(*span)])
    indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    start = span[0]
    for line in lines:
        yield from range(start + indent if line.strip() else start, start + len(line))
        start += len(line)


def _blocks(text: str) -> Iterator[tuple[str, Span]]:
    """The language and the place of each block; the last one may be cut off."""
    opened: re.Match[str] | None = None
    for fence in _FENCE.finditer(text):
        if opened is None:
            opened = fence
        elif fence[1] == opened[1] and not fence[2]:
            yield opened[2].lower(), (opened.end(), fence.start())
            opened = None
    if opened:
        yield opened[2].lower(), (opened.end(), len(text))


def _networks(source: Source) -> Iterator[tuple[Span, str]]:
    """The blocks that may hold a network, and of which format each is."""
    for language, span in _blocks(source.text):
        name = _format_in(language, "".join(source.text[place] for place in _dedented(source.text, span)))
        if name is not None:
            yield span, name


def _format_in(language: str, code: str) -> str | None:
    """Of which format a block is; None for one that holds no network."""
    from shapecalc.formats.discover import names_layers
    from shapecalc.formats.known_formats import format_of

    if not code.strip() or language in _SHELLS:
        return None
    name = _PROGRAM if language in _PYTHONS else format_of("", code.lstrip("\n"))
    return None if name == "diagram" and not names_layers(code) else name


def _refused(text: str, found: list[Span]) -> Diagnostic:
    """What is said of a text with no network in its blocks, or several."""
    if not found:
        return report(
            "SHP020", "no block of code in this Markdown is a network", help=("put the diagram between ``` and ```",)
        )
    lines = [f"{text.count(chr(10), 0, start) + 1}" for start, _ in found]
    message = f"this Markdown has {len(found)} blocks that may be the network, at lines {', '.join(lines)}"
    return report("SHP020", message, found[0], label="the first of them", help=("keep one of them",))
