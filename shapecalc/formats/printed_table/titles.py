"""The titles of the columns of a printed table."""

from __future__ import annotations

import re
from collections.abc import Iterator

TREE = ("Layer (type:depth-idx", "Layer (type (var_name")
"""The first title of torchinfo, whose rows hold each other."""

BELOW = 200
"""Characters in which the rule below titles is."""


def names_columns(line: str) -> bool:
    """Whether a line has the titles of such a table, or a part of them: in narrow boxes they take several lines."""
    return (
        "Layer (type" in line
        and "Previous Layer" not in line
        and ("Output Shape" in line or "Output shape" in line or "┃" in line or line.lstrip().startswith(TREE))
    )


def titles_of(lines: list[str], head: int) -> str:
    """The titles of all columns in one line; in boxes a title may go on in lines above and below.

    >>> titles_of(["┃           ┃ Output ┃", "┃ Layer (type) ┃ Shape ┃", "┡━━╇━━┩"], 1)
    '┃ Layer (type) ┃ Output Shape ┃'
    """
    first = end = head
    while first and lines[first - 1].startswith("┃"):
        first -= 1
    while end + 1 < len(lines) and lines[end + 1].startswith("┃"):
        end += 1
    columns = zip(*(line.split("┃")[1:-1] for line in lines[first : end + 1]), strict=False)
    titles = [" ".join(" ".join(parts).split()) for parts in columns]
    return f"┃ {' ┃ '.join(titles)} ┃" if first < end else lines[head]


def tables_of(text: str) -> Iterator[str]:
    r"""The text for each table that is in it: what stands in front of that table is blank, what follows is left out.

    A table begins at titles with a rule below, after the totals of the one before.

    >>> list(tables_of("Layer (type:depth-idx\nTotal params: 2\nLayer (type:depth-idx\n=="))
    ['Layer (type:depth-idx\nTotal params: 2\n', '                     \n               \nLayer (type:depth-idx\n==']
    """
    starts, at, done = [0], 0, False
    for line in text.splitlines(keepends=True):
        below = text[at + len(line) : at + len(line) + BELOW].lstrip() if done and names_columns(line) else ""
        if below.startswith(("==", "--", "__", "┃", "┡", "+=", "╞")):
            starts.append(at)
            done = False
        done = done or "Total params" in line
        at += len(line)
    for start, end in zip(starts, [*starts[1:], at], strict=True):
        yield re.sub(r"[^\n]", " ", text[:start]) + text[start:end]
