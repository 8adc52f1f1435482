"""The titles of the columns of a printed table."""

from __future__ import annotations

TREE = ("Layer (type:depth-idx", "Layer (type (var_name")
"""The first title of torchinfo, whose rows hold each other."""


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
