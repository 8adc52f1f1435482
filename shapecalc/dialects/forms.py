"""What a framework's call is: our layer, and for every argument what it says here. Made from the rows of a table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from shapecalc.core.record import Record
from shapecalc.dialects import keras1_calls, keras_calls, other_calls, torch_calls

AXES = (1, 2, 3)
"""How many spatial axes a name with `{n}` stands for."""
SIZED = frozenset({"F", "S", "P", "dilation", "size", "factor", "output_padding"})
"""Our arguments that have a number an axis."""


class Slot(Record):
    """One argument of a framework's call."""

    name: str
    ours: str
    """Our argument; `-` where no figure hangs on it."""
    reader: str = ""
    """How its value is written, where that is not as ours."""


class CallForm(Record):
    """How a framework calls a layer."""

    framework: str
    name: str
    ours: str
    """Our name of the layer; `-` where an argument says which layer it is."""
    slots: tuple[Slot, ...]
    given: tuple[tuple[str, str], ...] = ()
    """Arguments of ours that hold where the call does not say."""
    stands_in: str = ""
    """What of it our layer leaves out; no figure hangs on it."""
    axes: int = 0
    """Spatial axes that its name says; 0 where it says nothing."""

    def slot(self, name: str) -> Slot | None:
        """The argument of a name, written as the framework writes it."""
        return next((slot for slot in self.slots if slot.name == name), None)

    @property
    def shown(self) -> str:
        """How it is called: `Conv2d(in_channels, out_channels, kernel_size, …)`, without what has no effect."""
        names = [slot.name for slot in self.slots if slot.ours != "-" or slot.reader in ("activation", "input")]
        return f"{self.name}({', '.join(dict.fromkeys(names))})"


TABLES: dict[str, tuple[str, Mapping[str, str]]] = {
    "PyTorch": (torch_calls.TABLE, {}),
    "Keras": (keras_calls.TABLE, keras_calls.MACROS),
    "Keras 1": (keras1_calls.TABLE, keras1_calls.MACROS),
    **{name: (table, {"@own": other_calls.OWN}) for name, table in other_calls.TABLES.items()},
}
"""The rows of each framework, Keras 1's where they differ, and what words in them stand for several."""

ONLY = {"Keras 1": keras1_calls.ONLY, **other_calls.ONLY}
"""Arguments by which the calls of the smaller ones are known."""


class _Forms(Mapping[str, CallForm]):
    """The calls of a framework by name; a row of its table is read when one of its calls is asked for."""

    def __init__(self, framework: str) -> None:
        self._framework = framework
        table, self._macros = TABLES[framework]
        self._rows = {
            name: row for row in table.strip().splitlines() for name in _with_axes(row.split(None, 1)[0].split("|"))
        }
        self._read: dict[str, CallForm] = {}

    def __getitem__(self, name: str) -> CallForm:
        if name not in self._read:
            _, ours, *words = self._rows[name].split()
            tokens = " ".join(self._macros.get(word, word) for word in words).split()
            self._read[name] = _form(self._framework, name, ours, tokens)
        return self._read[name]

    def __contains__(self, name: object) -> bool:
        return name in self._rows

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


@cache
def forms(framework: str) -> Mapping[str, CallForm]:
    """The calls of a framework by name."""
    return _Forms(framework)


def squashed(name: str) -> str:
    """A name as all its spellings have it: `max_pool2d` and `MaxPool2d` alike."""
    return name.replace("_", "").lower()


def is_without_effect(word: str) -> bool:
    """Whether PyTorch and Keras have an argument of this name on which no size and no count hangs."""
    slots = (slot for framework in ("PyTorch", "Keras") for form in forms(framework).values() for slot in form.slots)
    return any(slot.name == word and slot.ours == "-" and slot.reader in ("", "border") for slot in slots)


@cache
def by_spelling(framework: str) -> Mapping[str, CallForm]:
    """The calls of a framework by name without case and underscores."""
    found = {squashed(name): form for name, form in forms(framework).items()}
    functions = torch_calls.FUNCTIONS if framework == "PyTorch" else {}
    return found | {squashed(name): forms(framework)[module] for name, module in functions.items()}


def _with_axes(names: Sequence[str]) -> list[str]:
    """A name with `{n}` stands for one for each number of axes."""
    return [name.replace("{n}", str(axes)) for name in names for axes in (AXES if "{n}" in name else (0,))]


def _form(framework: str, name: str, ours: str, tokens: list[str]) -> CallForm:
    slots = tuple(_slot(token) for token in dict.fromkeys(tokens) if token[0] not in "+!")
    given = tuple((k, v) for k, _, v in (token[1:].partition("=") for token in tokens if token[0] == "+"))
    stands_in = next((token[1:] for token in tokens if token[0] == "!"), "")
    said = re.search(r"[123](?=[dD])", name)
    return CallForm(framework, name, ours, slots, given, stands_in, int(said.group()) if said else 0)


@cache
def _slot(token: str) -> Slot:
    name, _, rest = token.partition("=")
    ours, _, reader = rest.partition(":")
    return Slot(name, ours or name, reader)
