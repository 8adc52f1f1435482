"""What is done with memory that arrays no longer need: it is kept for the next ones."""

from __future__ import annotations

import os
import sys

TRIM, MMAP = -1, -3
"""glibc's M_TRIM_THRESHOLD and M_MMAP_THRESHOLD."""
KEPT, LARGEST = 1 << 28, 1 << 25
"""Bytes that are kept at most, and of the largest array whose memory is: glibc takes no more."""


def keep_freed_memory() -> None:
    """Has glibc keep the memory of volumes that are let go: fresh pages take as long as a layer that adds or scales.

    The setting is that of the whole process, so only a command makes it: a program that imports shapecalc keeps its
    own. Other C libraries have no such setting, and are left as they are.
    """
    if sys.platform == "linux" and "CS_GNU_LIBC_VERSION" in os.confstr_names:
        import ctypes

        glibc = ctypes.CDLL(None)
        glibc.mallopt(MMAP, LARGEST)
        glibc.mallopt(TRIM, KEPT)
