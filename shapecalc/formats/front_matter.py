"""Front matter: settings as YAML between two lines of `---`, above a network in whatever text format it has."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Diagnosed, Diagnostic, Source, report
from shapecalc.language import syntax

if TYPE_CHECKING:
    from shapecalc.formats.read import Head, Network, Options
    from shapecalc.settings.yaml_values import YamlFile

RANK = 20
"""After the formats whose own first line is `---`, before those that front matter may be above."""


def accepts(path: str, head: Head) -> bool:
    """Whether a text begins with a line of `---`."""
    return isinstance(head, str) and head.startswith("---") and head[3:4] in ("\n", " ", "")


def read(source: Source, problems: list[Diagnostic], options: Options) -> Network:
    """What is below the front matter, under its settings. Raises Diagnosed as `split_front_matter` does."""
    from shapecalc.formats.read import read_part

    settings, text = split_front_matter(source, problems)
    below = read_part(replace(source, text=text), problems, options)
    return replace(below, settings=settings.over(below.settings))


def end_of_front_matter(text: str) -> int:
    """Where the network begins: after the line that closes the front matter; 0 where there is none."""
    fence = _closing(text) if accepts("", text[:4]) else None
    return min(fence.end() + 1, len(text)) if fence else 0


def split_front_matter(source: Source, problems: list[Diagnostic] | None = None) -> tuple[syntax.Settings, str]:
    """The settings of a text that begins with `---`, and the text with the front matter blank.

    The text keeps its length, so that places in the diagram stay right. Every problem of the front matter is added
    to `problems`, or raised as Diagnosed where that is not given: SHP013 where it is not YAML, SHP117 and SHP118 for
    its keys and values. Raises Diagnosed SHP003 where it is never closed.
    """
    settings, text, file = _split(source.text)
    if problems is None:
        file.raise_problems()
    else:
        problems.extend(file.problems)
    return settings, text


@lru_cache(maxsize=1)  # the members of a family have one text
def _split(text: str) -> tuple[syntax.Settings, str, YamlFile]:
    """Settings and text, and the YAML with what is wrong with it."""
    from shapecalc.language.relocate import blank
    from shapecalc.settings.keys import KEYS, read_settings
    from shapecalc.settings.yaml_reader import read_yaml
    from shapecalc.settings.yaml_values import YamlFile

    fence = _closing(text)
    if fence is None:
        raise Diagnosed(
            report(
                "SHP003",
                "the front matter that begins with --- is never closed",
                (0, 3),
                label="opened here",
                help=("put a line of --- between the front matter and the diagram",),
            )
        )
    file = YamlFile(text)
    settings = syntax.Settings()
    try:
        root = read_yaml(text, 3, fence.start(), file.problems)
    except Diagnosed as fatal:
        file.problems[:] = fatal.diagnostics
        settings = syntax.Settings(lost=frozenset(KEYS))
        root = None
    if root is not None:
        keys = file.mapping(root, "the front matter", "keys such as name: AlexNet")
        settings = read_settings(file, keys, "the front matter") if keys else syntax.Settings(lost=frozenset(KEYS))
    return settings, blank(text[: fence.end()]) + text[fence.end() :], file


def _closing(text: str) -> re.Match[str] | None:
    """The line that closes the front matter."""
    first_line = text.find("\n")
    fence = re.compile(r"^(?:---|\.\.\.)[ \t]*(?:(?<=[ \t])#[^\n]*)?$", re.MULTILINE)
    return fence.search(text, first_line + 1) if first_line >= 0 else None
