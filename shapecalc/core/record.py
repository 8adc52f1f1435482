"""Classes with named fields, frozen unless they say otherwise, which cost next to nothing until one is made.

What `dataclass` and `typing` write for a class when it is declared takes a third of the time of a small check, and most
classes of a run have few records or none. Here only `__init__` is written, and only for a class that has many.
"""

from __future__ import annotations

from collections import _tuplegetter  # type: ignore[attr-defined]
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, dataclass_transform

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from inspect import Signature
    from typing import NamedTuple as NamedTuple


FEW = 50
"""Tuples or records of a class that are made before a constructor is written, which takes as long as so many."""


def fields_given(
    names: tuple[str, ...], defaults: Mapping[str, Any], values: tuple[Any, ...], named: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The fields of a call by name; None for a call that is wrong, of which a written constructor says why."""
    given = dict(zip(names, values), **named)  # noqa: B905 (too many are seen below)
    if len(given) < len(values) + len(named):
        return None
    given = {**defaults, **given}
    return given if given.keys() == set(names) else None


def _new(kind: Any, /, *values: Any, **named: Any) -> Any:
    """The `__new__` that a class has until it has many tuples, or is called in a way that is wrong."""
    declared = next(one for one in kind.__mro__ if "_fields" in vars(one))
    names, defaults = declared._fields, declared._field_defaults
    given = fields_given(names, defaults, values, named) if next(declared._made) < FEW else None
    if given is not None:
        return tuple.__new__(kind, [given[name] for name in names])
    space = {f"_default_{name}": value for name, value in defaults.items()} | {"_new": tuple.__new__}
    taken = "".join(f", {name}=_default_{name}" if name in defaults else f", {name}" for name in names)
    exec(f"def __new__(_cls{taken}): return _new(_cls, ({''.join(f'{name}, ' for name in names)}))", space)
    space["__new__"].__qualname__ = f"{declared.__qualname__}.__new__"
    declared.__new__ = space["__new__"]
    return kind(*values, **named)


class _TupleType(type):
    """Takes the fields out of the body of a class; each is then read by its place."""

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> _TupleType:
        body["__slots__"] = ()
        if _Named in bases:
            names = tuple(body.get("__annotations__", ()))
            body["_field_defaults"] = {field: body[field] for field in names if field in body}
            body |= {field: _tuplegetter(place, "") for place, field in enumerate(names)}
            body |= {"_fields": names, "__match_args__": names, "__new__": _new, "_made": count()}
        return super().__new__(cls, name, bases, body)

    @property
    def __signature__(cls) -> Signature:
        from shapecalc.core.signatures import signature_of

        return signature_of(cls, cls._fields, cls._field_defaults)  # type: ignore[attr-defined]


_Named: Any = None


class _Named(tuple, metaclass=_TupleType):  # type: ignore[no-redef,type-arg]
    """What all named tuples can do; the methods are those of `collections.namedtuple`.

    >>> class Size(NamedTuple):
    ...     width: "int"
    ...     height: "int" = 1
    >>> Size(3), Size(3) == (3, 1), Size(height=2, width=1).height, Size(3)._replace(width=4)
    (Size(width=3, height=1), True, 2, Size(width=4, height=1))
    """

    _fields: tuple[str, ...]

    @classmethod
    def _make(cls, values: Iterable[Any]) -> Any:
        return cls(*values)

    def _replace(self, **changed: Any) -> Any:
        return type(self)(**{**self._asdict(), **changed})

    def _asdict(self) -> dict[str, Any]:
        return dict(zip(self._fields, self, strict=True))

    def __getnewargs__(self) -> tuple[Any, ...]:
        return tuple(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map('{}={!r}'.format, self._fields, self))})"


if not TYPE_CHECKING:
    NamedTuple = _Named


class _DataclassFields:
    """What `dataclasses` asks a class for (`replace`, `fields`, `asdict`), made when it asks."""

    def __get__(self, record: object, kind: type[Record]) -> dict[str, Any]:
        from dataclasses import dataclass

        from shapecalc.core.signatures import field_types

        types = field_types(kind)
        alike = type(kind.__name__, (), {"__annotations__": {name: types[name] for name in kind._names}})
        made: dict[str, Any] = dataclass(alike).__dataclass_fields__  # type: ignore[attr-defined]
        for name, value in kind._defaults.items():
            made[name].default = value
        kind.__dataclass_fields__ = made
        return made


def _init(record: Record, /, *values: Any, **named: Any) -> None:
    """The `__init__` that a class has until it has many records, or is called in a way that is wrong."""
    kind = type(record)
    given = fields_given(kind._names, kind._defaults, values, named) if next(kind._made) < FEW else None
    if given is None:
        kind.__init__ = _written(kind)  # type: ignore[method-assign]
        kind.__init__(record, *values, **named)
    else:
        for name, value in given.items():
            object.__setattr__(record, name, value)


def _written(kind: type[Record]) -> Any:
    """The `__init__` of a class, which puts every value into its slot."""
    names, defaults = kind._names, kind._defaults
    space = {f"_set_{name}": getattr(kind, name).__set__ for name in names}
    space |= {f"_default_{name}": value for name, value in defaults.items()}
    taken = ", ".join(f"{name}=_default_{name}" if name in defaults else name for name in names)
    assigned = "_set_{0}(self, {0})" if kind.__setattr__ is Record.__setattr__ else "self.{0} = {0}"  # far quicker
    body = "; ".join(map(assigned.format, names)) or "pass"
    exec(f"def __init__(self, {taken}): {body}", space)
    written: Any = space["__init__"]
    written.__qualname__ = f"{kind.__qualname__}.__init__"
    return written


@dataclass_transform(frozen_default=True)
class RecordType(type):
    """The type of all record classes: takes the fields out of the body of a class and gives them slots.

    A default is shared by all records of the class, so it has to be a value that is never changed.
    """

    def __new__(
        cls, name: str, bases: tuple[type, ...], body: dict[str, Any], *, frozen: bool = True, **options: Any
    ) -> RecordType:
        own = [field for field, kind in body.get("__annotations__", {}).items() if not kind.startswith("ClassVar")]
        names = (*(bases[0]._names if bases else ()), *own)  # type: ignore[attr-defined]
        defaults = dict(bases[0]._defaults) if bases else {}  # type: ignore[attr-defined]
        defaults.update({field: body.pop(field) for field in own if field in body})
        body["__slots__"] = (*own, *body.get("__slots__", ()))
        body |= {"_names": names, "__match_args__": names, "_defaults": defaults, "_made": count()}
        body |= {"__init__": _init, "__dataclass_fields__": _DataclassFields()}
        if not frozen:
            body |= {"__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
            of_base: Any = bases[0].__hash__
            body.setdefault("__hash__", None if of_base is Record.__hash__ else of_base)
        return super().__new__(cls, name, bases, body, **options)

    @property
    def __signature__(cls) -> Signature:
        from shapecalc.core.signatures import signature_of

        return signature_of(cls, cls._names, cls._defaults)  # type: ignore[attr-defined]


class Record(metaclass=RecordType):
    """What all records can do. Records of one class with equal fields are equal.

    >>> class Size(Record):
    ...     width: "int"
    ...     height: "int" = 1
    >>> Size(3), Size(3) == Size(3, 1), Size(height=2, width=1).height
    (Size(width=3, height=1), True, 2)
    """

    _names: ClassVar[tuple[str, ...]]
    _made: ClassVar[Iterator[int]]
    """Counts records until `__init__` is written."""
    _defaults: ClassVar[dict[str, Any]]

    def _values(self) -> tuple[Any, ...]:
        return tuple([getattr(self, name) for name in self._names])

    def __eq__(self, other: object) -> bool:
        return self is other or (type(self) is type(other) and self._values() == other._values())

    def __hash__(self) -> int:
        return hash((type(self), self._values()))

    def __repr__(self) -> str:
        shown = zip(self._names, self._values(), strict=True)
        return f"{type(self).__qualname__}({', '.join(f'{name}={value!r}' for name, value in shown)})"

    def __setattr__(self, name: str, value: Any) -> None:
        raise _frozen("assign to", name)

    def __delattr__(self, name: str) -> None:
        raise _frozen("delete", name)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self._values()


R = TypeVar("R", bound=Record)


def field_names(kind: type[Record]) -> tuple[str, ...]:
    """The names of the fields, in their order."""
    return kind._names


def replace(record: R, /, **changed: Any) -> R:
    """A record with other values in some fields."""
    values = {name: getattr(record, name) for name in record._names}
    return type(record)(**values | changed)


def _frozen(what: str, name: str) -> AttributeError:
    from dataclasses import FrozenInstanceError

    return FrozenInstanceError(f"cannot {what} field '{name}'")
