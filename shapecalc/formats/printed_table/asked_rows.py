"""What a printed row says that is to be explained, and a layer that explains it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shapecalc.core.layer import Layer, Volume
from shapecalc.core.named_tuple import NamedTuple
from shapecalc.core.parameters import Sizes
from shapecalc.core.size_text import shortest_size
from shapecalc.formats.printed_table.windows_of_rows import Spatial
from shapecalc.registry import NamedType, by_name

LARGEST_PLAIN = 11
"""Of a filter that people build."""

Arguments = dict[str, Any]
Guesses = Iterator[tuple[str, Iterator[Arguments]]]
"""A layer and arguments for it; the first of them that explains a row is taken."""


class Asked(NamedTuple):
    """What a row says that is to be explained."""

    layer: str
    """Our name of its class."""
    calls: tuple[tuple[Volume, ...], ...]
    """What each call of it reads."""
    after: Volume | None
    """What its last call gives; None where a size is open."""
    depth: int | None
    params: int
    """All of them, running statistics too where the program counts them."""
    framework: str
    kernel: tuple[int, ...] = ()
    """Height and width of the filter, where the table has that."""
    normalised: bool = False
    """Whether a BN follows, which makes a bias useless."""
    plain_only: bool = False
    """Whether layers that nobody builds are left out: something else explains it."""

    @property
    def named(self) -> NamedType:
        """The type of its layer."""
        named = by_name(self.layer)
        assert named is not None
        return named

    @property
    def before(self) -> Volume:
        """What the last call reads."""
        return self.calls[-1][0]

    @property
    def spatial(self) -> Spatial | None:
        """Width and height that it gives."""
        return self.after.spatial if self.after else None


class Way(NamedTuple):
    """A layer that explains a row."""

    kind: str
    arguments: Arguments
    layer: Layer

    @property
    def plain(self) -> bool:
        """Whether it is a layer as people build them: another row may be what it reads otherwise."""
        extent = self.arguments.get("extent", (1,))
        thin = len(set(extent)) == 1 or min(extent) == 1
        groups = self.arguments.get("groups", 1)
        return thin and max(extent) <= LARGEST_PLAIN and groups in (1, self.arguments.get("filters", 1))

    @property
    def window(self) -> str:
        """The filter as messages show it."""
        shown = [f"F={shortest_size(self.arguments['extent'])}", f"S={shortest_size(self.arguments['stride'])}"]
        padding = self.arguments.get("padding")
        if padding and (padding.name or any(map(any, padding.pairs))):
            shown.append(f"P={padding.name or shortest_size(Sizes(a for a, _ in padding.pairs))}")
        others = (key for key in ("dilation", "output_padding") if key in self.arguments)
        shown += [f"{key}={shortest_size(self.arguments[key])}" for key in others]
        return " ".join(shown)
