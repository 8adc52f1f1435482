"""Records behave as frozen dataclasses do, though their methods are written when the first one is made."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import pydoc
import typing
from types import MappingProxyType
from typing import ClassVar

import pytest

import shapecalc
from shapecalc.core.record import NamedTuple, Record, replace


class Point(Record):
    """A record with every kind of field."""

    unit: ClassVar[str] = "px"
    x: int
    y: int = 2
    names: tuple[str, ...] = ()


class Marked(Point):
    """One that inherits fields."""

    mark: str = "*"


class Described(Record):
    """One that nothing is made of, with a default that could be changed."""

    x: int
    words: typing.Mapping[str, str] = MappingProxyType({})


class Counter(Record, frozen=False):
    """One that changes."""

    count: int = 0


@dataclasses.dataclass(frozen=True)
class Twin:
    """What `Point` is, as a dataclass."""

    x: int
    y: int = 2
    names: tuple[str, ...] = ()


@pytest.mark.parametrize("arguments", [((1,), {}), ((1, 3), {"names": ("a",)}), ((), {"y": 5, "x": 4})])
def test_a_record_shows_and_compares_what_its_dataclass_does(arguments: tuple[tuple[int, ...], dict[str, int]]) -> None:
    values, named = arguments
    record, twin = Point(*values, **named), Twin(*values, **named)  # type: ignore[arg-type]
    assert repr(record) == repr(twin).replace("Twin", "Point")
    assert len({record, Point(*values, **named)}) == 1  # type: ignore[arg-type]
    assert dataclasses.asdict(record) == dataclasses.asdict(twin)  # type: ignore[call-overload]
    assert dataclasses.replace(record, y=9) != record


@pytest.mark.parametrize("arguments", [((), {}), ((1, 2, (), 4), {}), ((1,), {"z": 1}), ((1,), {"x": 1})])
def test_wrong_arguments_are_refused(arguments: tuple[tuple[int, ...], dict[str, int]]) -> None:
    values, named = arguments
    with pytest.raises(TypeError):
        Point(*values, **named)  # type: ignore[arg-type]


def test_records_of_two_classes_are_never_equal() -> None:
    assert Point(1) != Marked(1)
    assert [f.name for f in dataclasses.fields(Marked(1, mark="+"))] == ["x", "y", "names", "mark"]  # type: ignore[arg-type]


def test_a_record_is_described_before_one_is_made() -> None:
    """As `help` and an editor show it; the methods are written when a record is made."""
    found = [(f.name, f.type, f.default) for f in dataclasses.fields(Described)]  # type: ignore[arg-type]
    assert dataclasses.is_dataclass(Described)
    assert found == [("x", "int", dataclasses.MISSING), ("words", "typing.Mapping[str, str]", MappingProxyType({}))]
    assert str(inspect.signature(Described)) == "(x: 'int', words: 'typing.Mapping[str, str]' = mappingproxy({}))"
    for kind in (Described, Unused, shapecalc.Report):
        assert "*values" not in pydoc.plain(pydoc.render_doc(kind)).partition("Method")[0]


def test_fields_and_signature_are_those_of_a_dataclass() -> None:
    """Also those that are inherited."""
    names = [str(p) for p in inspect.signature(Marked).parameters.values()]
    assert str(inspect.signature(Point)) == str(inspect.signature(Twin)).removesuffix(" -> None")
    assert names == ["x: 'int'", "y: 'int' = 2", "names: 'tuple[str, ...]' = ()", "mark: 'str' = '*'"]
    assert [(f.name, f.type, f.default) for f in dataclasses.fields(Point)] == [  # type: ignore[arg-type]
        (f.name, f.type, f.default) for f in dataclasses.fields(Twin)
    ]


def test_only_a_record_that_says_so_changes() -> None:
    counter, point = Counter(), Point(1)
    counter.count += 1
    assert counter == Counter(1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(AttributeError):
        counter.other = 1  # type: ignore[attr-defined]
    with pytest.raises(TypeError):
        hash(counter)


@pytest.mark.parametrize("record", [Point(1, names=("a", "b")), Marked(3), Counter(4)])
def test_a_record_is_copied_and_sent_to_other_processes(record: Record) -> None:
    assert copy.copy(record) == copy.deepcopy(record) == pickle.loads(pickle.dumps(record)) == record


def test_fields_are_matched_in_order() -> None:
    match Point(1, 5):
        case Point(x, y):
            assert (x, y, Point.unit) == (1, 5, "px")


class Pair(NamedTuple):
    """A tuple with names, one of them with a default."""

    first: int
    second: str = "b"

    @property
    def both(self) -> str:
        """What it holds."""
        return f"{self.first}{self.second}"


class Unused(NamedTuple):
    """One that nothing is made of."""

    first: int
    second: str = "b"


class OfTyping(typing.NamedTuple):
    """What `Pair` is, as `typing` makes it."""

    first: int
    second: str = "b"


def test_a_named_tuple_is_one_of_typing() -> None:
    pair, other = Pair(1), OfTyping(1)
    assert repr(pair) == repr(other).replace("OfTyping", "Pair")
    assert (*pair, pair.both, pair._fields, pair._asdict()) == (*other, "1b", other._fields, other._asdict())
    assert pair == other == Pair(second="b", first=1)
    assert Pair(2)._replace(first=1) == Pair._make([1, "b"]) == pickle.loads(pickle.dumps(pair)) == copy.copy(pair)
    match pair:
        case Pair(first, second):
            assert (first, second) == (1, "b")
    with pytest.raises(AttributeError):
        pair.first = 2  # type: ignore[misc]


def test_a_named_tuple_is_described_before_one_is_made() -> None:
    assert str(inspect.signature(Unused)) == "(first: 'int', second: 'str' = 'b')"


@pytest.mark.parametrize("given", [{}, {"first": 1, "third": 2}])
def test_wrong_fields_of_a_named_tuple_are_refused(given: dict[str, int]) -> None:
    with pytest.raises(TypeError):
        Pair(**given)  # type: ignore[arg-type]


def test_a_record_with_another_value_is_another_record() -> None:
    assert replace(Marked(1), mark="+", y=3) == Marked(1, 3, mark="+")
    with pytest.raises(TypeError):
        replace(Marked(1), other=1)
