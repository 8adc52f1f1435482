"""What the expressions of a program are, beside numbers, words and lists of them: tensors, layers, classes, models."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

from shapecalc.core.record import Record
from shapecalc.diagnostics.diagnostic import Span

Value: TypeAlias = object
Piece: TypeAlias = tuple[str, Span]
"""A part of a diagram's text, and what in the program says so."""


class NotRead(Exception):
    """A part of the program that the network hangs on and whose meaning is not known."""

    def __init__(self, reason: str, span: Span, *help: str) -> None:
        super().__init__(reason)
        self.reason, self.span, self.help = reason, span, help


def _as_in_messages(value: object) -> str:
    """A value where Python shows it in the text of an error: what it is stands in the program."""
    return "…"


class Fixed(Record):
    """What is equal to another with the same parts."""

    __repr__ = _as_in_messages


class Changeable(Record, frozen=False):
    """What has a life of its own: two that are alike are not the same."""

    __repr__ = _as_in_messages

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


class Raised(NotRead):
    """An error that the program raises for sure, and may handle."""


class Unknown(Fixed):
    """A value that is not known, and why: as long as no layer hangs on it, nobody needs it."""

    reason: str
    span: Span
    own_parts: bool = False
    """Whether these are the parts of the model, which initialisation goes through."""
    help: tuple[str, ...] = ()
    """What to write instead."""

    def refused(self) -> NotRead:
        """The error where the network hangs on it."""
        return NotRead(self.reason, self.span, *self.help)


class FileThere(Fixed):
    """Whether there is a file, which is not looked for: what is supposed of it."""

    holds: bool
    asks: ast.AST
    """The call that asks for it."""


class NotListed(Exception):
    """A comprehension goes through what is not known."""

    def __init__(self, why: Unknown) -> None:
        super().__init__(why.reason)
        self.why = why


class External(Fixed):
    """What is imported: `torch.nn.Conv2d`; or a name that the program does not define."""

    name: str
    """With its modules, whatever it is called here."""
    written: str
    """What a diagram calls it: `nn.Conv2d`, `Conv2D`."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, External) and self.name == other.name

    def __hash__(self) -> int:
        return hash(self.name)

    @property
    def base(self) -> str:
        """Without its modules."""
        return self.name.rpartition(".")[2]

    @property
    def is_own(self) -> bool:
        """Whether it is from a module that is no framework's: its name begins with a dot."""
        return self.name.startswith(".")

    @property
    def is_known(self) -> bool:
        """Whether it is from a module: a name alone may be anything."""
        return "." in self.name


class TensorValue(Fixed):
    """What a layer gives: the place of its node, -1 for the input of a model that nothing is said of."""

    node: int
    rank: int | None = None
    """How many axes it has with that of the batch, where that is known."""
    depth: int | None = None
    """How many channels it has, where that is known."""
    groups: int = 0
    """So many groups of channels have an axis of their own."""
    is_turned: bool = False
    """Whether that axis comes after that of the channels in a group."""
    is_expanded: bool = False
    """Whether it is as large as another, `y.expand_as(x)`: in a sum or a product with that it is the same without."""


class ExampleArray(Fixed):
    """An array of a size, `torch.randn(1, 3, 32, 32)`."""

    shape: tuple[int, ...]
    span: Span
    classes: int = 0
    """Of labels, how many there are; 0 for others."""
    is_range: bool = False
    """Whether it is 0, 1, 2, …, which an embedding makes a table of all positions of: it has no batch."""


class ShapeOf(Fixed):
    """`x.shape`, or its axes from one on."""

    tensor: TensorValue
    first: int = 0


COMPUTED = -100
"""Stands for the axis of a number that is computed of sizes."""


class Extent(Fixed):
    """One number of the shape of a tensor; axis 0 is the batch."""

    tensor: TensorValue
    axis: int
    axes: tuple[int, ...] = ()
    """Of a product of axes, which these are, and what it is multiplied by."""
    times: int = 1

    def product(self, other: Value) -> Extent:
        """What it is multiplied by an extent or a number; of what is computed otherwise the axes are not known."""
        both = (self, other) if isinstance(other, Extent) else (self,)
        axes = tuple(axis for one in both for axis in (one.axes if one.axis == COMPUTED else (one.axis,)))
        times = self.times * (other.times if isinstance(other, Extent) else other if isinstance(other, int) else 0)
        return Extent(self.tensor, COMPUTED, axes, times)


class LayerObject(Changeable, frozen=False):
    """A layer with its arguments, `nn.Conv2d(3, 8, 3)`."""

    name: External
    pieces: tuple[Piece, ...]
    span: Span
    arguments: Mapping[str, Value]
    """By name, or by the number of the place."""
    node: ast.Call
    reads: tuple[Piece, ...] = ()
    """The input that `input_shape` says, where it does."""
    factor: LayerObject | None = None
    """What weight_norm gives it: one factor for each of its channels."""
    is_before: bool = False
    """Whether such a factor is of what the layer reads."""
    is_frozen: bool = False
    """Whether its weights stay as they are: `layer.trainable = False`."""
    marks: Mapping[str, Value] = MappingProxyType({})
    """What the program gave it that no layer of PyTorch has: `layer.is_last = True`."""


class LayerSequence(Changeable, frozen=False):
    """`nn.Sequential`, `keras.Sequential`, `nn.ModuleDict`."""

    children: dict[str, Value]
    span: Span
    runs: bool = True
    """Whether its layers follow each other."""
    attributes: dict[str, Value] | None = None
    """What it was given that is no layer, by name."""

    @property
    def names(self) -> dict[str, Value]:
        """The same, which more may be added to."""
        if self.attributes is None:
            self.attributes = {}
        return self.attributes

    def add(self, child: Value, name: str = "") -> None:
        """Puts a child at the end."""
        self.children[name or str(len(self.children))] = child


class ModuleList(list[Value]):
    """`nn.ModuleList`: a list whose layers are parts of the model."""


class FunctionalModel(Changeable, frozen=False):
    """Keras' `Model(inputs, outputs)`."""

    inputs: tuple[TensorValue, ...]
    outputs: tuple[TensorValue, ...]
    layers: frozenset[int]
    """The places of its nodes."""
    span: Span


class Scope(Changeable, frozen=False):
    """The names of a function or of the program."""

    names: dict[str, Value]
    outer: Scope | None = None
    elsewhere: dict[str, Scope] | None = None
    """Where the names of `global` and `nonlocal` are."""
    is_comprehension: bool = False

    def home(self, name: str) -> dict[str, Value]:
        """The names among which one is given a value."""
        return self.elsewhere[name].names if self.elsewhere and name in self.elsewhere else self.names

    def __contains__(self, name: str) -> bool:
        return name in self.home(name) or (self.outer is not None and name in self.outer)

    def find(self, name: str) -> Value:
        """What a name stands for. Raises KeyError."""
        scope: Scope | None = self
        while scope is not None:
            names = scope.home(name)
            if name in names:
                return names[name]
            scope = scope.outer
        raise KeyError(name)


class Function(Fixed):
    """A function of the program; `owner` is what a method belongs to, and `self_value` what it is called on."""

    node: ast.FunctionDef | ast.Lambda
    scope: Scope
    defaults: tuple[Value, ...]
    keyword_defaults: tuple[Value, ...]
    owner: ClassValue | None = None
    self_value: Value = None
    kind: str = ""
    """`property`, `staticmethod`, `classmethod`, or empty."""

    @property
    def name(self) -> str:
        """Its name, or that of no function."""
        return self.node.name if isinstance(self.node, ast.FunctionDef) else "lambda"

    def required(self) -> list[str]:
        """The arguments that a caller must give."""
        given = self.node.args
        places = [*given.posonlyargs, *given.args]
        most = len(places) - len(given.defaults)
        keywords = zip(given.kwonlyargs, given.kw_defaults, strict=True)
        return [*(a.arg for a in places[: max(most, 0)]), *(a.arg for a, default in keywords if default is None)]


class ClassValue(Changeable, frozen=False):
    """A class of the program."""

    name: str
    bases: tuple[Value, ...]
    names: dict[str, Value]
    span: Span
    fields: tuple[str, ...] = ()
    """Its names with types: what a dataclass is made with."""
    known_line: tuple[Value, ...] = ()
    """What `line` gives, once it was asked for."""

    def line(self) -> list[Value]:
        """The class and what it is made from, in the order in which names are looked for: C3, as Python has it."""
        if self.known_line:
            return [*self.known_line]
        rows = [*(base.line() if isinstance(base, ClassValue) else [base] for base in self.bases), [*self.bases]]
        found: list[Value] = [self]
        while rows := [row for row in rows if row]:
            later = [one for row in rows for one in row[1:]]
            first = next((row[0] for row in rows if row[0] not in later), rows[0][0])
            found.append(first)
            rows = [row[1:] if row[0] == first else row for row in rows]
        self.known_line = tuple(found)
        return found

    def find(self, name: str, after: ClassValue | None = None) -> Value:
        """What a name stands for in it, or in what comes after one of its bases; None where it is nowhere."""
        return next((c.names[name] for c in self.after(after) if isinstance(c, ClassValue) and name in c.names), None)

    def after(self, base: ClassValue | None) -> list[Value]:
        """What comes after one of its bases; all of `line` where there is none."""
        line = self.line()
        return line[line.index(base) + 1 :] if base is not None and base in line else line  # None is `object`, too

    def is_from(self, *ends: str) -> bool:
        """Whether it is made from a class of a framework whose name ends like this."""
        return any(isinstance(c, External) and c.base.endswith(ends) for c in self.line())


class ModuleFile(Changeable, frozen=False):
    """A file of the program's own that is imported, or a folder of such files."""

    name: str
    path: str
    scope: Scope
    problem: NotRead | None = None
    """What it is not read further for."""


class Instance(Changeable, frozen=False):
    """An object of a class of the program."""

    type: ClassValue
    names: dict[str, Value]
    span: Span
    children: LayerSequence
    """What `nn.Sequential` runs, and add_module adds."""

    @property
    def layer(self) -> Value:
        """What it is of a class that is made from one of a framework's layers; None for others."""
        return self.children.children.get("")

    def fill(self, line: list[Value], arguments: list[Value], named: Mapping[str, Value], span: Span) -> None:
        """Gives the fields of dataclasses their values. Raises NotRead where they have none of a name."""
        classes = [one for one in reversed(line) if isinstance(one, ClassValue)]
        fields = dict.fromkeys(name for one in classes for name in one.fields)
        defaults = {name: one.names[name] for one in classes for name in one.fields if name in one.names}
        given = {**defaults, **dict(zip(fields, arguments, strict=False)), **named}
        if len(arguments) > len(fields) or not given.keys() <= fields.keys():
            raise NotRead(f"what {self.type.name} is made with is not known", span)
        self.names.update(given)


class Super(Fixed):
    """`super()`: what comes after a class among those of an object."""

    instance: Instance
    after: ClassValue


class Method(Fixed):
    """`x.view`, `layers.append`: a name of a value that is called."""

    value: Value
    name: str


class Partial(Fixed):
    """`functools.partial(nn.BatchNorm2d, eps=0.001)`."""

    function: Value
    arguments: tuple[Value, ...]
    named: Mapping[str, Value]


class AppliedLayer(Fixed):
    """A layer that is applied: what it reads, and how a diagram writes it."""

    pieces: tuple[Piece, ...]
    sources: tuple[TensorValue, ...]
    join: str
    """Our layer that joins what it reads; empty where it reads one tensor, or nothing."""
    span: Span
    layer: LayerObject | None = None
    starts: bool = False
    """Whether it is an input."""
    reads_size_of: TensorValue | None = None
    """The tensor whose name stands between its two pieces."""
    size_of: TensorValue | None = None
    """The tensor that it stands for, where it is the input of a model that reads what another model gives."""


OPAQUE_TYPES = (
    External, TensorValue, LayerObject, Instance, ClassValue, Function, LayerSequence, FunctionalModel,
    Method, ModuleFile,
)  # fmt: skip
"""Values that are true and equal only to themselves."""
