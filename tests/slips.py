"""Slips of typing: a diagram with one token lost, doubled, or swapped with its neighbour."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

_TOKEN = re.compile(r"#[^\n]*|=>|->|<=|>=|\.\.|[^\W\d]\w*-\d+|\w+|[^\w\s]")


def slips(text: str) -> Iterator[str]:
    """Every text that differs from a diagram by one slip; comments are no tokens, white space stays."""
    spans = [match.span() for match in _TOKEN.finditer(text) if not match.group().startswith("#")]
    for start, end in spans:
        yield text[:start] + text[end:]
        yield text[:end] + " " + text[start:]
    for (a, b), (c, d) in pairwise(spans):
        yield text[:a] + text[c:d] + text[b:c] + text[a:b] + text[d:]
