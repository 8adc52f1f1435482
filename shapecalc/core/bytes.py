"""Bytes as people write them."""

from __future__ import annotations

UNITS = {
    "iec": (1024, ("B", "KiB", "MiB", "GiB", "TiB", "PiB")),
    "si": (1000, ("B", "kB", "MB", "GB", "TB", "PB")),
}
"""By the name of a system: what a unit is of the one before it, and the units."""
_MOST = 1000
"""From here on the next unit is written, so that no amount has more than three digits before its point."""


def byte_text(size: int, units: str = "iec", digits: int = 1, *, aligned: bool = False) -> str:
    """Bytes in the largest unit that leaves a whole part; `aligned` keeps decimal points below each other.

    >>> byte_text(5_583_457_485), byte_text(999), byte_text(1_000_000, "si", 2)
    ('5.2 GiB', '999 B', '1.00 MB')
    """
    base, names = UNITS[units]
    if size < _MOST:
        return f"{size}{' ' * (1 + digits + len(names[1])) if aligned else ' '}B"
    amount, power = float(size), 0
    rounded_up = _MOST - 0.5 / 10**digits
    while amount >= rounded_up and power < len(names) - 1:
        amount, power = amount / base, power + 1
    return f"{amount:,.{digits}f} {names[power]}"


def distinct_byte_texts(more: int, less: int) -> tuple[str, str]:
    """Two different amounts, with as many digits as it takes to see which is larger."""
    for digits in range(1, 16):
        shown = byte_text(more, digits=digits), byte_text(less, digits=digits)
        if shown[0] != shown[1]:
            break
    return shown
