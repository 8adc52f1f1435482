"""The sections of a .cfg that are read so far, as nodes of a graph."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from shapecalc.core.layer import Volume
from shapecalc.core.parameters import Sizes
from shapecalc.core.phrases import counted, plural, shortened
from shapecalc.diagnostics.diagnostic import report, unreadable
from shapecalc.diagnostics.spelling import nearest
from shapecalc.formats.darknet.sections import Section
from shapecalc.lowering.assembler import Assembler
from shapecalc.registry import activation

ACTIVATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "leaky": ("LRELU", {"slope": Fraction(1, 10)}), "logistic": ("SIGMOID", {}), "swish": ("SILU", {}),
    "relu": ("RELU", {}), "relu6": ("RELU6", {}), "mish": ("MISH", {}), "elu": ("ELU", {}), "selu": ("SELU", {}),
    "gelu": ("GELU", {}), "tanh": ("TANH", {}), "prelu": ("PRELU", {}),
    "relie": ("LRELU", {"slope": Fraction(1, 100)}),
}  # fmt: skip
"""Activations by name; another one is an elementwise function without weights. `prelu` is a fork's."""

ON_MAPS = frozenset({"CONV", "UPCONV", "LOCAL", "POOL", "GAP", "UPSAMPLE", "CROP", "PIXELUNSHUFFLE", "PIXELSHUFFLE"})
"""Our layers that need a width and a height, which Darknet gives to a row of values as well: 1 and 1."""


class DarknetNetwork:
    """The nodes so far, and which of them each section ends with and owns."""

    def __init__(self, assembler: Assembler) -> None:
        self.assembler = assembler
        self.ends: list[int] = []
        """The last node of each section."""
        self.mains: list[tuple[int, int | None]] = []
        """The node that owns the weights of each section, and its normalisation."""
        self.here = 0
        """The node that the next section reads."""

    def add(
        self,
        kind: str,
        section: Section,
        inputs: Sequence[int] | None = None,
        shares: int | None = None,
        /,
        **arguments: Any,
    ) -> int:
        """One more node, which the next one reads; the first of a section has its name."""
        reads = (self._map_for(kind, section),) if inputs is None else inputs
        first = len(self.mains) == len(self.ends)
        self.here = self.assembler.add(
            kind, reads, section.span, self.name(section) if first else "", shares, **arguments
        )
        if first:
            self.mains.append((self.here, None))
        return self.here

    def _map_for(self, kind: str, section: Section) -> int:
        """What a layer on maps reads: the values after a [connected] are as many channels of one position to it."""
        volume = self.volume()
        if volume is None or not volume.flat or kind not in ON_MAPS:
            return self.here
        return self.aside("RESHAPE", section, self.here, size=Sizes(volume.sizes))

    def aside(self, kind: str, section: Section, node: int, **arguments: Any) -> int:
        """A node without a name over another one, which the next section does not read."""
        return self.assembler.add(kind, (node,), section.span, **arguments)

    def activate(self, section: Section, default: str = "linear") -> None:
        """The activation of a section; SHP103 is reported of what is no name, and of almost a name of Darknet's."""
        name = section.text("activation", default)
        meant = name
        if name not in ACTIVATIONS and not (name.islower() and activation(name)):
            meant = nearest(name, ("linear", *ACTIVATIONS)) or (name if name.isidentifier() else "relu")
        if meant != "linear":
            kind, arguments = ACTIVATIONS.get(meant, ("ACT", {"name": meant}))
            self.add(kind, section, **arguments)
        if meant != name:
            message = f"Darknet has no activation called {shortened(name)}, and takes relu for it"
            self.report("SHP103", message, section, "activation", help=(f"write activation={meant}",))

    def report(self, code: str, message: str, section: Section, key: str = "", help: tuple[str, ...] = ()) -> None:
        """What is wrong with a section, or with one of its lines."""
        span = section.entries[key].span if section.has(key) else section.span
        self.assembler.diagnostics.append(report(code, message, span, help=help))

    def check_keys(self, section: Section) -> None:
        """Reports SHP102 of keys that are almost one that was looked for."""
        absent = [key for key in section.asked if key not in section.entries]
        for key, entry in section.entries.items():
            meant = None if key in section.asked else nearest(key, absent)
            if meant and meant[0] == key[:1].lower():
                message = f"[{section.name}] has no key {shortened(key)}, and Darknet leaves it out"
                self.report("SHP102", message, section, key, help=(f"write {meant}={entry.text}",))

    def opaque(
        self,
        section: Section,
        volume: Volume | None,
        inputs: Sequence[int] = (),
        params: int = 0,
        buffers: int = 0,
    ) -> None:
        """A node that the language has no word for."""
        self.here = self.assembler.opaque(
            section.name, inputs or (self.here,), section.span, self.name(section),
            volume=volume, params=params, buffers=buffers,
        )  # fmt: skip
        self.mains.append((self.here, None))

    def name(self, section: Section) -> str:
        """The kind and the number of the section that is being read."""
        return f"{section.name}_{len(self.ends)}"

    def volume(self, node: int | None = None) -> Volume | None:
        """The volume after a node, the last one unless another is given."""
        return self.assembler.volumes[self.here if node is None else node]

    def section(self, index: int, by: Section) -> int:
        """The number of another section: counted from here where negative. Raises Diagnosed SHP010."""
        number = len(self.ends) + index if index < 0 else index
        if not 0 <= number < len(self.ends):
            before = f"{plural(len(self.ends), 'is', 'are')} {counted(len(self.ends), 'layer')}"
            message = f"[{by.name}] refers to layer {index}, and there {before} before it"
            help = (f"write 0 to {len(self.ends) - 1}, or -1 for the layer before it",) if self.ends else ()
            raise unreadable(message, by.span, help=help)
        return number

    def sections(self, key: str, by: Section) -> list[int]:
        """The last nodes of the sections that a key names. Raises Diagnosed SHP010."""
        if not by.has(key):
            message = f"[{by.name}] does not say which layers it reads"
            meant = by.entries.get(nearest(key, list(by.entries)) or "")
            help = f"write {key}={meant.text}" if meant else f"write {key}=-1 for the layer before it"
            raise unreadable(message, by.span, help=(help,))
        return [self.ends[self.section(index, by)] for index in by.numbers(key)]
