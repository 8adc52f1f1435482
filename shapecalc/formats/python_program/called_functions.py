"""Functions of Python that call what they are given, `map` and `reduce`, or ask what it is: `isinstance`, `hasattr`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

from shapecalc.formats.python_program.framework_layers import is_layer
from shapecalc.formats.python_program.keras_models import KerasModels
from shapecalc.formats.python_program.model_attributes import is_no_part
from shapecalc.formats.python_program.plain_values import BUILTINS, Builtin
from shapecalc.formats.python_program.program_settings import ROW
from shapecalc.formats.python_program.program_values import (
    ClassValue,
    ExampleArray,
    Extent,
    External,
    Function,
    Instance,
    LayerObject,
    LayerSequence,
    Method,
    ShapeOf,
    TensorValue,
    Unknown,
    Value,
)

_PLAIN = (int, float, str, bool, list, tuple, dict, type(None), range, TensorValue, ExampleArray, ShapeOf)
"""What is never called."""
_TENSOR = Builtin("Tensor")
"""The type of a tensor, which is none of Python's."""
OF_PYTHON = frozenset({"functools.reduce", "inspect.isfunction", "inspect.isclass"})
"""Those that a program imports."""
Does = Callable[[KerasModels, list[Value], ast.Call], Value]


def called_function(program: KerasModels, name: str, arguments: list[Value], node: ast.Call) -> tuple[Value] | None:
    """What such a function gives; None for others, and where it is given what it has no use for."""
    does, most = _FUNCTIONS.get(name, (None, 0))
    if does is None or not min(most, 2) <= len(arguments) <= most:
        return None
    unknown = next((one for one in arguments[:2] if isinstance(one, Unknown)), None)
    return (unknown or does(program, arguments, node),)


def _mapped(program: KerasModels, arguments: list[Value], node: ast.Call) -> Value:
    function, values = arguments
    return [program.call(function, [one], {}, node) for one in program.iterated(values, node)]


def _filtered(program: KerasModels, arguments: list[Value], node: ast.Call) -> Value:
    function, values = arguments
    kept = []
    for one in program.iterated(values, node):
        is_kept = program.truth(one if function is None else program.call(function, [one], {}, node))
        if is_kept is None:
            return program.unknown(node)
        kept += [one] * is_kept
    return kept


def _reduced(program: KerasModels, arguments: list[Value], node: ast.Call) -> Value:
    function, values, *first = arguments
    rest = program.iterated(values, node)
    if not first and not rest:
        return program.unknown(node)
    found, *rest = [*first, *rest]
    for one in rest:
        found = program.call(function, [found, one], {}, node)
    return found


def _is_called(program: KerasModels, arguments: list[Value], node: ast.Call) -> Value:
    (value,) = arguments
    if isinstance(value, Instance):
        return value.type.find("__call__") is not None or any(
            isinstance(one, External) for one in value.type.line()[1:] if one != ROW
        )
    return program.unknown(node) if isinstance(value, Extent) else not isinstance(value, _PLAIN)


def _is_function(program: KerasModels, arguments: list[Value], node: ast.Call) -> Value:
    (value,) = arguments
    if isinstance(value, Extent) or (isinstance(value, External) and not is_layer(value)):
        return program.unknown(node)
    return isinstance(value, Function) and value.self_value is None


def _is_class(program: KerasModels, arguments: list[Value], node: ast.Call) -> Value:
    (value,) = arguments
    if isinstance(value, Builtin | Extent) or (isinstance(value, External) and not is_layer(value)):
        return program.unknown(node)
    return isinstance(value, ClassValue | External)


def _type(program: KerasModels, arguments: list[Value], node: ast.Call) -> Value:
    (value,) = arguments
    if isinstance(value, Instance):
        return value.type
    if isinstance(value, TensorValue):
        return _TENSOR
    return (
        BUILTINS.get(type(value).__name__, program.unknown(node))
        if isinstance(value, _PLAIN)
        else program.unknown(node)
    )


def _attribute(program: KerasModels, arguments: list[Value], node: ast.Call) -> Value:
    """`getattr(owner, name)`."""
    owner, name, *default = arguments
    if not isinstance(name, str):
        return program.unknown(node)
    if isinstance(owner, External):
        found: Value = External(f"{owner.name}.{name}", f"{owner.base}.{name}")
        return found if owner.is_known else program.unknown(node)
    found = program.attribute(owner, name, node)
    has = _has(owner, name, found)
    return found if has or not default else default[0] if has is False else program.unknown(node)


def _has_attribute(program: KerasModels, arguments: list[Value], node: ast.Call) -> Value:
    """`hasattr(owner, name)`."""
    owner, name = arguments
    if not isinstance(name, str) or isinstance(owner, External):
        return program.unknown(node)
    has = _has(owner, name, program.attribute(owner, name, node))
    return program.unknown(node) if has is None else has


def _has(owner: Value, name: str, found: Value) -> bool | None:
    """Whether an object has a name, by what it stands for there; None where that is not known."""
    if isinstance(owner, Instance):
        if isinstance(found, Unknown) and owner.type.find("__getattr__") is not None:
            return None
        return name in owner.names or not isinstance(found, Unknown)
    if isinstance(owner, LayerSequence) or (isinstance(owner, LayerObject) and is_no_part(owner, name)):
        return not isinstance(found, Unknown | Method)
    return None


def _is_instance(program: KerasModels, arguments: list[Value], node: ast.Call) -> Value:
    value, kinds = arguments
    found = [program.is_a(value, kind) for kind in (kinds if isinstance(kinds, tuple) else (kinds,))]
    return program.unknown(node) if None in found else any(found)


_FUNCTIONS: Mapping[str, tuple[Does, int]] = {
    "map": (_mapped, 2), "filter": (_filtered, 2), "reduce": (_reduced, 3), "callable": (_is_called, 1),
    "isfunction": (_is_function, 1), "isclass": (_is_class, 1), "type": (_type, 1), "isinstance": (_is_instance, 2),
    "getattr": (_attribute, 3), "hasattr": (_has_attribute, 2),
}  # fmt: skip
"""Each with the most that it is given: two at least, or one."""
