"""The titles of the columns of a printed table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile

TREE = ("Layer (type:depth-idx", "Layer (type (var_name")
"""The first title of torchinfo, whose rows hold each other."""

BELOW = 200
"""Characters in which the rule below titles is."""

_RULE = re.compile(r"[ \t]*[|+]?[ \t]*:?[-=]+:?[ \t]*(?:[|+][ \t]*:?[-=]+:?[ \t]*)+[|+]?[ \t]*")
"""What is below the titles of a table in Markdown, in Org mode or of PrettyTable."""


def names_columns(line: str) -> bool:
    """Whether a line has the titles of such a table, or a part of them: in narrow boxes they take several lines."""
    return (
        "Layer (type" in line
        and "Previous Layer" not in line
        and ("Output Shape" in line or "Output shape" in line or "┃" in line or line.lstrip("| \t").startswith(TREE))
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


def without_bars(text: str) -> str:
    r"""A text with the bars of its tables in Markdown and the prose around them blank, totals apart.

    A table that has a rule below each row stays: a row of that may take several lines.

    >>> without_bars("|Layer (type)|Output Shape|\n|:--|---|\n|a (ReLU)|(2,)|\nThe end.\n* Total params: 2")
    ' Layer (type) Output Shape \n=========\n a (ReLU) (2,) \n        \n  Total params: 2'
    """
    lines = text.split("\n")
    heads = {n for n, line in enumerate(lines) if names_columns(line) and _has_a_row_a_line(lines, n)}
    if not heads:
        return text
    inside = False
    for n, line in enumerate(lines):
        ruled = _RULE.fullmatch(line) is not None
        inside = n in heads or (inside and (ruled or "|" in line))
        kept = "" if ruled or not inside else re.sub(r"[|`]|\*\*", lambda mark: " " * len(mark.group()), line)
        kept = "=" * len(line) if ruled and n - 1 in heads else kept
        lines[n] = (kept or line[_total(line) :]).rjust(len(line))
    return "\n".join(lines)


def _has_a_row_a_line(lines: list[str], head: int) -> bool:
    """Whether titles have a rule below, and there is none between the rows after it."""
    if _RULE.fullmatch(lines[head + 1] if head + 1 < len(lines) else "") is None:
        return False
    below = (lines[place] for place in range(head + 2, len(lines)))
    body = takewhile(lambda line: ("|" in line or _RULE.fullmatch(line)) and not names_columns(line), below)
    ruled = [_RULE.fullmatch(line) is not None for line in body]
    last = len(ruled) - ruled[::-1].index(False) if False in ruled else 0
    return last > 0 and not any(ruled[:last])


def _total(line: str) -> int:
    """Where a line says how many parameters there are, else its end."""
    found = re.search(r"(?:Total|Trainable|Non-trainable) params", line)
    return found.start() if found else len(line)


def tables_of(text: str) -> Iterator[str]:
    r"""The text for each table that is in it: what stands in front of that table is blank, what follows is left out.

    A table begins at titles with a rule below: the first, and after the totals of the one before or with a rule of =.

    >>> list(tables_of("Layer (type:depth-idx\nTotal params: 2\nLayer (type:depth-idx\n=="))
    ['Layer (type:depth-idx\nTotal params: 2\n', '                     \n               \nLayer (type:depth-idx\n==']
    """
    starts, at, done, begun = [0], 0, False, False
    for line in text.splitlines(keepends=True):
        below = text[at + len(line) : at + len(line) + BELOW].lstrip() if names_columns(line) else ""
        if (begun and below.startswith("==")) or (done and below.startswith(("==", "--", "__", "┃", "┡", "+=", "╞"))):
            starts.append(at)
            done = False
        done, begun = done or "Total params" in line, begun or bool(below)
        at += len(line)
    for start, end in zip(starts, [*starts[1:], at], strict=True):
        yield re.sub(r"[^\n]", " ", text[:start]) + text[start:end]
