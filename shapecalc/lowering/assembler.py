"""Puts a graph together layer by layer, and knows the volume after each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import isfinite
from typing import Any

from shapecalc.core.layer import Layer, Volume
from shapecalc.core.padding import Padding
from shapecalc.core.parameters import ArgumentError, Sizes, Word, show, whole_volume
from shapecalc.core.phrases import shortened, size_text
from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Diagnosed, Diagnostic, Span, report, unreadable
from shapecalc.expansion.naming import give_names
from shapecalc.expansion.options import Options, not_a_row
from shapecalc.language.syntax import Claim, Settings
from shapecalc.layers.opaque import Opaque
from shapecalc.lowering.supposed import Supposed
from shapecalc.passes.graph import NOT_UNDERSTOOD, Graph, Node, Stored
from shapecalc.registry import NamedType, activation, by_name

SEQUENCE_AXES = 2
"""A sequence has a length and a depth."""
MOST_AXES = 4
"""Sizes of a volume."""
USUAL_EXTENT, USUAL_DEPTH, USUAL_LENGTH = 224, 3, 20
"""What is proposed for an open width or height, for an open depth of an image, and for an open length."""
LARGEST_STATED = 10**30
"""A figure that a file may state of a layer."""


class Assembler:
    """The nodes so far. Places are spans of a text, or paths inside the model, of which it writes the outline."""

    def __init__(self, options: Options, *, binary: bool = False) -> None:
        self.options, self.binary = options, binary
        self.nodes: list[Node] = []
        self.volumes: list[Volume | None] = []
        """The volume after each node; None is unknown."""
        self.diagnostics: list[Diagnostic] = []
        self.claims: list[tuple[int, Claim]] = []
        self.names: dict[int, str] = {}
        self.outline: list[str] = []
        self.words: tuple[tuple[str, str], ...] = ()
        """How the format spells arguments, for advice."""
        self.advice: tuple[str, ...] = ()
        """What to do about a layer that is unknown."""
        self.stored = Stored()
        """Where the file has the arrays of the layers."""
        self.supposed = Supposed(self.nodes, self.volumes)
        """What is known after an unknown volume."""
        self.length = 0
        """Characters of the outline."""
        self._first_size: tuple[int | None, ...] = ()
        """Of the first input, as the file has it."""
        self._bound: dict[object, tuple[str, Layer, str]] = {}
        """The one layer of all calls with the same values: its kind, itself, and how the language writes it."""

    def input(self, size: Sequence[int | None], place: Span | str, name: str = "") -> int:
        """An INPUT of width x height x … x depth; None is a size that the file leaves open.

        Reports SHP114 where one is open and no --input is given. Raises Diagnosed SHP010 where that is one number, and
        the first input is no row of values.
        """
        given: Sequence[int | None] | None = self.options.input
        self._first_size = self._first_size or tuple(size)
        if self.options.input and len(self.options.input) == 1:
            row = {*size[:-1]} == {1}
            if not row and tuple(size) == self._first_size:
                raise not_a_row(self.options.input[0])
            given = (*size[:-1], *self.options.input) if row else size
        if given is not None:  # other inputs keep the sizes that the file states of them
            other = len(size) == len(given) and tuple(size) != self._first_size
            kept = zip(size, given, strict=True) if other else ()
            size = tuple(new if old is None else old for old, new in kept) if other else tuple(given)
        if None not in size and size:
            return self.add("INPUT", (), place, name, size=Sizes(n for n in size if n is not None))
        index = self._append("INPUT", NOT_UNDERSTOOD, (), "INPUT", place, name)
        if 1 < len(size) <= MOST_AXES:
            self.supposed.begin_open(index, size)
        shown = size_text("?" if n is None else n for n in size)
        left = f"leaves the size of its input open: {shown}" if shown else "does not say the size of its input"
        self.report(
            "SHP114",
            f"the file {left}",
            index,
            label="the volumes after it are unknown",
            help=(f"give it with --input {_example(size)}",),
        )
        return index

    def add(
        self,
        kind: str,
        inputs: Sequence[int],
        place: Span | str,
        name: str = "",
        shares: int | None = None,
        /,
        **arguments: Any,
    ) -> int:
        """A layer of a kind or an alias, with arguments by their field; `shares` is the node whose weights it uses.

        An argument of None is left out, and a word is a text. What is wrong with one is reported as SHP103, and the
        volume is unknown.
        Raises ValueError for a kind that no layer has: a fault of the reader.
        """
        call = kind, *[(field, type(value), value) for field, value in arguments.items()]
        if call not in self._bound:
            named = by_name(kind)
            if named is None:
                raise ValueError(f"there is no layer called {kind}")
            written = {field: _exact(value) for field, value in arguments.items() if value is not None}
            try:
                self._bound[call] = named.type.kind, layer_of(named, written), _text(named, written)
            except ArgumentError as problem:
                index = self._append(named.type.kind, NOT_UNDERSTOOD, inputs, _text(named, written), place, name)
                self.report("SHP103", f"{name or named.shown}: {self._in_its_words(problem.message)}", index)
                return index
        canonical, layer, text = self._bound[call]
        return self._append(canonical, layer, inputs, text, place, name, shares)

    def add_layer(self, layer: Layer, inputs: Sequence[int], text: str, place: Span | str, name: str = "") -> int:
        """A layer that has its arguments already, as the language writes it."""
        return self._append(layer.kind, layer, inputs, text, place, name)

    def opaque(
        self,
        kind: str,
        inputs: Sequence[int],
        place: Span | str,
        name: str = "",
        *,
        volume: Volume | None,
        params: int = 0,
        buffers: int = 0,
        macs: int = 0,
        shares: int | None = None,
        why: str = "",
    ) -> int:
        """A layer that the language has no word for; SHP101 is reported where its volume is not stated either.

        `why` says more of that. After an unknown volume nothing is reported. Raises Diagnosed SHP010 for sizes that no
        layer has.
        """
        if volume is not None and max(volume.size, params, buffers, macs) > LARGEST_STATED:
            raise unreadable(f"the sizes that the file states of {name or kind} are too large")
        layer: Layer = NOT_UNDERSTOOD
        if volume is not None:
            layer = Opaque(size=Sizes(volume.sizes), flat=volume.flat, params=params, buffers=buffers, macs=macs)
        index = self._append(kind, layer, inputs, f"{kind} (opaque)", place, name, shares)
        if volume is None and all(self.volumes[i] is not None for i in inputs):
            self.report(
                "SHP101",
                why or f"shapecalc has no layer for this {kind}, and the file does not state its output",
                index,
                label="the volumes after it are unknown",
                help=self.advice,
            )
        return index

    def depth(self, *indices: int) -> int:
        """The depth after a node, or of several together; one that is unknown is 0."""
        return sum(volume.depth for index in indices if (volume := self.volumes[index]) is not None)

    def ends(self, start: int, volume: Volume) -> list[int]:
        """The nodes from `start` on that nothing reads, of the width and height of a volume."""
        read = {source for node in self.nodes[start:] for source in node.inputs}
        found = range(start, len(self.nodes))
        return [n for n in found if n not in read and (v := self.volumes[n]) and v.spatial == volume.spatial]

    def claim(self, index: int, key: str, text: str) -> None:
        """What the file itself says of a node."""
        self.claims.append((index, Claim(key, text, self.nodes[index].span)))

    def report(self, code: str, message: str, index: int, **more: Any) -> None:
        """A diagnostic about a node."""
        self.diagnostics.append(report(code, message, self.nodes[index].span, layer=index, **more))

    def note(self, index: int, text: str) -> None:
        """More to say of what is reported about a node."""
        self.diagnostics[:] = [replace(d, notes=(*d.notes, text)) if d.layer == index else d for d in self.diagnostics]

    def differs(self, index: int, why: str) -> int:
        """The node, of which the file computes other values than the layer that stands for it."""
        self.stored.differing[index] = why
        return index

    def begins_with_state(self, index: int) -> None:
        """Notes that the first state of a recurrent layer is computed: no layer of ours reads one."""
        name = shortened(self.names.get(index, self.nodes[index].text))
        message = f"{name} begins with a state that other layers compute, and is read as if it began with zeros"
        notes = ("where only this state joins two parts, they are networks of their own here",)
        self.report("SHP507", message, index, severity="note", notes=notes)

    def graph(self, settings: Settings | None = None, *, has_weights: bool = False) -> Graph:
        """The graph of all nodes. Raises Diagnosed SHP010 where there is none."""
        if not self.nodes:
            raise unreadable("the file has no layers")
        give_names(self.nodes, self.names)
        outline = "".join(self.outline) or ("\n" if self.binary else "")
        return Graph(
            tuple(self.nodes), tuple(self.claims), settings or Settings(), tuple(self.diagnostics), outline, self.words,
            self.stored if has_weights else None,
        )  # fmt: skip

    def _in_its_words(self, message: str) -> str:
        """What is said of an argument, which the format calls `filters` where ours is K."""
        letter, space, rest = message.partition(" ")
        called = dict(self.words).get(letter, "").partition("{")[0].rstrip("=: ")
        return f"{called or letter}{space}{rest}" if called.isidentifier() else message

    def _append(
        self,
        kind: str,
        layer: Layer,
        inputs: Sequence[int],
        text: str,
        place: Span | str,
        name: str,
        shares: int | None = None,
    ) -> int:
        index = len(self.nodes)
        if index >= self.options.limit:
            message = f"the network has more than {self.options.limit:,} layers"
            raise Diagnosed(report("SHP109", message, help=("allow more with --max-layers",)))
        span = self._line(place) if isinstance(place, str) else place
        self.nodes.append(Node(index, kind, layer, tuple(inputs), text, span, shares=shares))
        if name:
            self.names[index] = name
        self.volumes.append(self._output(layer, inputs))
        if self.volumes[index] is None:
            self.supposed.follow(index)
        return index

    def _line(self, path: str) -> Span:
        """Another line of the outline."""
        line = path.replace("\n", " ") or "?"
        self.outline.append(line + "\n")
        start, self.length = self.length, self.length + len(line) + 1
        return start, start + len(line)

    def _output(self, layer: Layer, inputs: Sequence[int]) -> Volume | None:
        volumes = [volume for i in inputs if (volume := self.volumes[i]) is not None]
        if len(volumes) < len(inputs) and not layer.opaque:
            return None
        return layer.output_if_any(*volumes)  # what does not fit is reported where the whole graph is walked


def layer_of(named: NamedType, written: Mapping[str, Any]) -> Layer:
    """A layer by the fields of its arguments, over what its name implies. Raises ArgumentError."""
    values: dict[str, Any] = dict(named.implied)
    parameters = {a.field: a for a in named.type.signature}
    for field, value in written.items():
        try:
            values[field] = parameters[field].convert(value)
        except ArgumentError as problem:
            raise ArgumentError(f"{parameters[field].letter} {problem.message}", problem.help) from None
    return named.type(**named.type.defaults(values) | values).bound(activation)


def _example(size: Sequence[int | None]) -> str:
    """An input of these sizes: images are 224 wide and of 3 channels, and sequences 20 long, where that is open.

    >>> _example((None, None, 3)), _example((227, 227, None)), _example((None, 300)), _example(())
    ('224x224x3', '227x227x3', '20x300', '224x224x3')
    """
    image = len(size) > SEQUENCE_AXES
    usual = [USUAL_EXTENT if image else USUAL_LENGTH] * len(size)
    usual[-1:] = [USUAL_DEPTH] if image else usual[-1:]
    return size_text(known if n is None else n for n, known in zip(size, usual, strict=True)) or "224x224x3"


def _exact(value: Any) -> Any:
    """A value as the language has it: 0.001 is 1/1000, and a text is a word."""
    if type(value) is str:
        return Word(value)
    return Fraction(str(value)) if isinstance(value, float) and isfinite(value) else value


def _text(named: NamedType, written: Mapping[str, Any]) -> str:
    """The layer as the language writes it."""
    parts: list[str] = []
    for place, parameter in enumerate(named.type.signature):
        value = written.get(parameter.field)
        if value is not None and (parameter.assumed or parameter.required or value != parameter.default):
            value = show(value) if parameter.convert is whole_volume else _shown(value)
            parts.append(value if place == len(parts) == 0 else f"{parameter.letter}={value}")
    return f"{named.shown}({', '.join(parts)})" if parts else named.shown


def _shown(value: Any) -> str:
    """A value in its shortest form: one number where all axes have the same."""
    if isinstance(value, Padding):
        return value.shortest
    return show(value[0] if isinstance(value, Sizes) and len(set(value)) == 1 else value)
