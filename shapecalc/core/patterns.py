"""Regular expressions that are compiled when they are first used: a small check needs a third of those that it imports.

>>> size = lazy_pattern(r"(\\d+)x(\\d+)")
>>> size.fullmatch("3x5").groups()
('3', '5')
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    lazy_pattern = re.compile
else:

    class lazy_pattern:  # noqa: N801 (it stands where `re.compile` would)
        """What `re.compile` gives, later."""

        def __init__(self, text: str | bytes, flags: int = 0) -> None:
            self.pattern, self._flags = text, flags

        def __getattr__(self, method: str) -> Any:
            """A method of the compiled expression, which is an attribute from then on."""
            found = getattr(re.compile(self.pattern, self._flags), method)
            setattr(self, method, found)
            return found
