"""Bytes as people write them."""

from __future__ import annotations

UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
"""Powers of 1024."""


def amount(size: int, digits: int = 1) -> str:
    """Bytes in the largest unit of which there is one: 5.2 GiB."""
    power = max(0, min(len(UNITS) - 1, (size.bit_length() - 1) // 10))
    if power == 0:
        return f"{size} {'byte' if size == 1 else 'bytes'}"
    if round(size / 1024**power, digits) >= 1024 and power < len(UNITS) - 1:
        power += 1
    return f"{size / 1024**power:,.{digits}f} {UNITS[power]}"


def told_apart(more: int, less: int) -> tuple[str, str]:
    """Two different amounts, with as many digits as it takes to see which is larger."""
    for digits in range(1, 16):
        shown = amount(more, digits), amount(less, digits)
        if shown[0] != shown[1]:
            break
    return shown
