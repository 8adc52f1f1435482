"""A hash of bytes, from which nobody finds others that have the same one."""

from __future__ import annotations

try:
    from _blake2 import blake2b  # as `hashlib` has it, which loads all of OpenSSL besides: a tenth of a small run
except ImportError:
    from hashlib import blake2b

DIGITS = 64


def digest(*parts: bytes) -> str:
    """The hash of some bytes in so many digits; where one part ends and the next begins counts, too."""
    found = blake2b(digest_size=DIGITS // 2)
    for part in parts:
        found.update(len(part).to_bytes(8, "big"))
        found.update(part)
    return found.hexdigest()
