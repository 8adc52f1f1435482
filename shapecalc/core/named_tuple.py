"""NamedTuple as `typing` has it, without what the declaration of a class costs there.

`typing.NamedTuple` compiles every annotation and a constructor when a class is declared, and most classes of a run are
never used, or a few times. Here the constructor is written when a class has many tuples.
"""

from __future__ import annotations

from collections import _tuplegetter  # type: ignore[attr-defined]
from itertools import count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
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
