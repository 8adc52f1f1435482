"""Makes a text smaller that still fails in the same way."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.fuzz.mutate import tokens


def shrink(text: str, fails: Callable[[str], bool], seconds: float = 30) -> str:
    """The text without the lines, then tokens, then characters that can be left out; as far as the time lets it."""
    end = time.monotonic() + seconds
    for cut in (lambda t: t.splitlines(keepends=True), tokens, list):
        parts = cut(text)
        size = len(parts)
        while size and time.monotonic() < end:
            at = 0
            while at < len(parts) and time.monotonic() < end:
                rest = parts[:at] + parts[at + size :]
                if rest and fails("".join(rest)):
                    parts = rest
                else:
                    at += size
            size //= 2
        text = "".join(parts)
    return text
