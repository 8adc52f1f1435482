"""Where programs keep their numbers: the defaults of a command line, and names in a namespace."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from shapecalc.diagnostics.diagnostic import Span
from shapecalc.formats.python_program.framework_layers import MODULES
from shapecalc.formats.python_program.plain_values import Builtin, NoValue
from shapecalc.formats.python_program.program_values import (
    Changeable,
    ClassValue,
    External,
    Instance,
    LayerSequence,
    Unknown,
    Value,
)


class CommandLine(Changeable, frozen=False):
    """`argparse.ArgumentParser()`, with the defaults of its arguments."""

    defaults: dict[str, Value]
    span: Span


NAMESPACES = frozenset({"SimpleNamespace", "Namespace", "EasyDict", "edict", "AttrDict", "Munch"})
"""Classes whose objects have the names that they are given."""
NESTING = frozenset({"EasyDict", "edict", "Munch"})
"""Those that make the same of the dictionaries in them."""
_SWITCHES: Mapping[str, bool] = {"store_true": False, "store_false": True}
_NUMBERS: Mapping[str, type] = {"int": int, "float": float, "str": str}


def namespace(names: Mapping[str, Value], span: Span) -> Instance:
    """An object with names."""
    return Instance(ClassValue("Namespace", (), {}, span), {**names}, span, LayerSequence({}, span))


def _nested(value: Value, span: Span) -> Value:
    """A value; of a dictionary of names, the object with these."""
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        return value
    return namespace({name: _nested(one, span) for name, one in value.items()}, span)


def setting_of(name: External, arguments: list[Value], named: Mapping[str, Value], span: Span) -> Value:
    """What `argparse.ArgumentParser()`, `SimpleNamespace(width=3)` or `namedtuple(…)` makes; None for others."""
    if name.base == "ArgumentParser":
        return CommandLine({}, span)
    if name.name == "collections.namedtuple" and len(arguments) == 2:
        return _row_class(arguments[0], arguments[1], named.get("defaults", ()), span)
    if name.base not in NAMESPACES or len(arguments) > 1:
        return None
    first: Any = arguments[0] if arguments else {}
    if not isinstance(first, dict):
        return None
    return _nested({**first, **named}, span) if name.base in NESTING else namespace({**first, **named}, span)


ROW = External("typing.NamedTuple", "NamedTuple")
"""What classes are made from whose objects are rows: `namedtuple`, and `class Row(NamedTuple)`."""


def values_of_row(value: Instance) -> list[Value] | None:
    """The values of a named tuple in its order; None for others, and where one is not known."""
    line = value.type.line()
    fields = [name for one in reversed(line) if isinstance(one, ClassValue) for name in one.fields]
    known = ROW in line and all(name in value.names for name in fields)
    return [value.names[name] for name in fields] if known else None


MOST_ROWS = 10_000
"""Named tuples in two values that are compared."""


def _by_values(side: Value, room: Iterator[int]) -> Value:
    """What is compared: of a named tuple the values, which are equal to those of any other tuple."""
    row = values_of_row(side) if isinstance(side, Instance) else None
    if isinstance(side, list | tuple) and any(isinstance(one, Instance) for one in side):
        row = [*side]
    if row is None:
        return side
    if next(room, None) is None:
        raise NoValue("it is too long")
    found = [_by_values(one, room) for one in row]
    return found if isinstance(side, list) else tuple(found)


def values_compared(sides: list[Value]) -> list[Value] | None:
    """Both sides of a comparison; None where a program says what its objects are equal to, or a dataclass does.

    None also where more than `MOST_ROWS` named tuples are in each other, which may be the same ones again and again.
    """
    room = iter(range(MOST_ROWS))
    try:
        sides = [_by_values(side, room) for side in sides]
    except NoValue:
        return None
    return None if None not in sides and any(map(is_compared_by_program, sides)) else sides


def is_compared_by_program(side: Value) -> bool:
    """Whether a program says what an object is equal to, or the decorator of a dataclass does."""
    if isinstance(side, list | tuple):
        return any(isinstance(one, Instance) and is_compared_by_program(one) for one in side)
    classes = [one for one in side.type.line() if isinstance(one, ClassValue)] if isinstance(side, Instance) else []
    is_module = any(one.is_from(*MODULES) for one in classes)
    return any((one.fields and not is_module) or "__eq__" in one.names for one in classes)


def says_whether_true(value: Value) -> bool:
    """Whether a program says if an object is true."""
    return isinstance(value, Instance) and any(value.type.find(name) is not None for name in ("__bool__", "__len__"))


def _row_class(name: Value, fields: Value, defaults: Value, span: Span) -> Value:
    """`namedtuple("Row", "first second")`; None where its names are not known."""
    if isinstance(fields, str):
        fields = fields.replace(",", " ").split()
    if not isinstance(fields, list | tuple) or not isinstance(defaults, list | tuple):
        return None
    names = [field for field in fields if isinstance(field, str)]
    if len(names) < len(fields):
        return None
    last = names[len(names) - len(defaults) :]
    return ClassValue(str(name), (ROW,), dict(zip(last, defaults, strict=False)), span, tuple(names))


def of_command_line(
    line: CommandLine, name: str, arguments: list[Value], named: Mapping[str, Value], node: ast.AST, span: Span
) -> Value:
    """What a method of a parser gives: `parse_args` the defaults of all arguments."""
    if name == "add_argument":
        _add(line, [one for one in arguments if isinstance(one, str)], named, span)
    elif name == "set_defaults":
        line.defaults.update(named)
    elif name in ("add_argument_group", "add_mutually_exclusive_group"):
        return line
    elif name in ("parse_args", "parse_known_args"):
        if [*arguments, *named.values()] not in ([], [[]], [None], [""]):
            return Unknown("a command line of the program is not followed here", span)
        made = namespace(line.defaults, span)
        return made if name == "parse_args" else (made, [])
    else:
        return Unknown(f"what {name} of a command line gives is not known", span)
    return None


def _add(line: CommandLine, flags: list[str], named: Mapping[str, Value], span: Span) -> None:
    longest = next((flag for flag in flags if flag.startswith("--")), flags[0] if flags else "")
    name = named.get("dest", longest.lstrip("-").replace("-", "_"))
    if not isinstance(name, str):
        return
    value = named.get("default")
    switch = _SWITCHES.get(str(named.get("action")))
    kind = named.get("type")
    is_given = not longest.startswith("-") or named.get("required") is True
    if "default" not in named and switch is not None:
        value = switch
    elif "default" not in named and is_given:
        value = Unknown(f"{longest} is given on the command line, and has no default", span)
    elif isinstance(value, str) and isinstance(kind, Builtin) and kind.name in _NUMBERS:
        try:
            value = _NUMBERS[kind.name](value)
        except ValueError:
            value = Unknown(f"the default of {longest} is no {kind.name}", span)
    elif isinstance(value, str) and kind is not None and not isinstance(kind, Builtin):
        value = Unknown(f"what the type of {longest} makes of its default is not known", span)
    line.defaults[name] = value
