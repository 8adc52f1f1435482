"""Python's search for cycles, which a call does without: it makes none, and the search grows with the layers."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_search() -> Iterator[None]:
    """Leaves the search out, and as it was afterwards; where there are other threads, it goes on for them."""
    if not gc.isenabled() or threading.active_count() > 1:
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
