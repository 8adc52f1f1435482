"""Evaluates a Python program without running it: numbers, lists, functions and classes of its own, and layers.

What it does not know is Unknown, and an error only where a layer hangs on it. Nothing is imported or called.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from types import EllipsisType
from typing import Any

from shapecalc.diagnostics.diagnostic import Span
from shapecalc.formats.python_program.framework_layers import MODULES, USUAL_NAMES, is_layer, is_true, makes_layers
from shapecalc.formats.python_program.known_arrays import operated as operated_arrays
from shapecalc.formats.python_program.places import Places
from shapecalc.formats.python_program.plain_values import (
    BUILTINS,
    FUNCTIONS,
    LONGEST,
    Builtin,
    NoValue,
    binary,
    compared,
    in_bounds,
    unary,
    weight,
)
from shapecalc.formats.python_program.program_settings import says_whether_true, values_compared, values_of_row
from shapecalc.formats.python_program.program_values import (
    COMPUTED,
    OPAQUE_TYPES,
    ClassValue,
    ExampleArray,
    Extent,
    External,
    FileThere,
    Function,
    Instance,
    LayerObject,
    LayerSequence,
    NotRead,
    Raised,
    Scope,
    ShapeOf,
    TensorValue,
    Unknown,
    Value,
)

QUICK = 16
"""Values of a list that take as long as one step."""
MOST_STEPS = 400_000
"""Expressions and statements that are looked at: about a second."""


class Expressions:
    """The statements and expressions; what calls mean is said by `call` and `attribute`."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.scope = Scope({})
        self.cause: Unknown | None = None
        """What the last condition hangs on, where it is not known."""
        self.module = self.scope
        self._steps = 0
        self.trying = 0
        """Tries around a statement, which handle an error."""
        self.asked: list[FileThere] = []
        """What conditions hang on that is supposed."""
        self.supposed: dict[ast.AST, None] = {}
        """The calls among them on which layers hang."""

    # --- what a network makes of it: see NetworkProgram ------------------------------------------

    def call(self, function: Value, arguments: list[Value], named: dict[str, Value], node: ast.Call) -> Value:
        """What a call gives."""
        raise NotImplementedError

    def call_unknown(self, function: Unknown, arguments: list[Value]) -> None:
        """Something that is not known is called."""

    def attribute(self, value: Value, name: str, node: ast.expr) -> Value:
        """What a name of a value is."""
        raise NotImplementedError

    def set_attribute(self, value: Value, name: str, given: Value, node: ast.AST) -> None:
        """Gives a name of a value another value."""
        raise NotImplementedError

    def on_tensors(self, operator: ast.operator, left: Value, right: Value, node: ast.expr) -> Value:
        """What an operator makes of tensors."""
        raise NotImplementedError

    def item_of(self, value: Value, index: Value, node: ast.Subscript) -> Value:
        """A part of a tensor or a model."""
        raise NotImplementedError

    # --- expressions -----------------------------------------------------------------------------

    def span(self, node: ast.AST) -> Span:
        """Where it is in the text."""
        return self.places.span(node)

    def unknown(self, node: ast.AST, reason: str = "") -> Unknown:
        """What is not known, with the text that stands for it."""
        return Unknown(reason or f"what {self.places.shown(node)} gives is not known", self.span(node))

    def value(self, node: ast.expr) -> Value:
        """What an expression stands for. Raises NotRead where the program is too long."""
        self._step(node)
        evaluate = _EXPRESSIONS.get(type(node))
        return evaluate(self, node) if evaluate else self.unknown(node)

    def _step(self, node: ast.AST) -> None:
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise NotRead(f"it takes more than {MOST_STEPS:,} steps up to here", self.span(node))

    def _constant(self, node: ast.Constant) -> Value:
        value = node.value
        known = isinstance(value, int | float | str | None | EllipsisType)
        return self._plain(node, lambda: value) if known else self.unknown(node)

    def _name(self, node: ast.Name) -> Value:
        try:
            return self.scope.find(node.id)
        except KeyError:
            return (
                BUILTINS[node.id] if node.id in BUILTINS else self.external(USUAL_NAMES.get(node.id, node.id), node.id)
            )

    def external(self, name: str, written: str) -> External:
        """A name that another file defines."""
        return External(name, written)

    def _attribute(self, node: ast.Attribute) -> Value:
        value = self.value(node.value)
        if isinstance(value, External):
            return External(f"{value.name}.{node.attr}", f"{value.base}.{node.attr}")
        return value if isinstance(value, Unknown) else self.attribute(value, node.attr, node)

    def _plain(self, node: ast.expr, work: Callable[[], Value], *operands: Value) -> Value:
        """What Python makes of plain values; unknown where it refuses them."""
        try:
            self._steps += sum(map(weight, operands)) // QUICK
            made = work()
            self._steps += weight(made) // QUICK
            return in_bounds(made)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, NoValue) as problem:
            reason = f"{self.places.shown(node)} is not a value: {problem}"
            if self.trying and isinstance(problem, ArithmeticError | LookupError | ValueError):
                raise Raised(reason, self.span(node)) from None
            return self.unknown(node, reason)

    def _binary(self, node: ast.BinOp) -> Value:
        return self.operated(node.op, self.value(node.left), self.value(node.right), node)

    def operated(self, operator: ast.operator, left: Value, right: Value, node: ast.expr) -> Value:
        """What an operator makes of two values."""
        if isinstance(left, TensorValue) or isinstance(right, TensorValue):
            return self.on_tensors(operator, left, right, node)
        if isinstance(left, ExampleArray) or isinstance(right, ExampleArray):
            return operated_arrays(left, right) or self.unknown(node)
        for side in (left, right):
            if isinstance(side, Unknown):
                return side
        sizes = [side for side in (left, right) if isinstance(side, Extent)]
        if sizes:  # a number that hangs on sizes, which are known later
            if isinstance(operator, ast.Mult):
                return sizes[0].product(right if sizes[0] is left else left)
            return Extent(sizes[0].tensor, COMPUTED, (COMPUTED,))
        return self._plain(node, lambda: binary(operator, left, right), left, right)

    def _unary(self, node: ast.UnaryOp) -> Value:
        operand = self.value(node.operand)
        if isinstance(node.op, ast.Not):
            truth = self.truth(operand)
            if isinstance(operand, FileThere):
                return FileThere(not truth, operand.asks)
            return self.unknown(node) if truth is None else not truth
        if isinstance(operand, TensorValue):
            return self.on_tensors(ast.Mult(), operand, -1, node)
        return operand if isinstance(operand, Unknown) else self._plain(node, lambda: unary(node.op, operand))

    def extent(self, tensor: TensorValue, axis: int) -> Value:
        """One number of a shape: that of the channels may be known."""
        raise NotImplementedError

    def truth(self, value: Value) -> bool | None:
        """Whether a value is true; None where that is not known."""
        if isinstance(value, Unknown | Extent | ShapeOf) or says_whether_true(value):
            return None
        if isinstance(value, LayerSequence):
            return bool(value.children)
        if isinstance(value, External):
            return True if is_true(value) else None
        if isinstance(value, FileThere):
            self.asked.append(value)
            return value.holds
        return True if isinstance(value, OPAQUE_TYPES) else bool(value)

    def _bool(self, node: ast.BoolOp) -> Value:
        stops = isinstance(node.op, ast.Or)
        result: Value = None
        for part in node.values:
            result = self.value(part)
            truth = self.truth(result)
            if truth is None or truth is stops:
                return result if truth is not None else self.unknown(node)
        return result

    def _compare(self, node: ast.Compare) -> Value:
        left = self.value(node.left)
        for operator, part in zip(node.ops, node.comparators, strict=True):
            right = self.value(part)
            holds = self._holds(operator, left, right, node)
            if holds is not True:
                return holds
            left = right
        return True

    def _holds(self, operator: ast.cmpop, left: Value, right: Value, node: ast.expr) -> Value:
        left, right = sides = [self.truth(side) if isinstance(side, FileThere) else side for side in (left, right)]
        is_same = isinstance(operator, ast.Is | ast.IsNot)
        if is_same and None in sides and not any(isinstance(s, Unknown) for s in sides):
            return (left is right) is isinstance(operator, ast.Is)
        if isinstance(left, External | str) and is_same:
            operator = ast.Eq() if isinstance(operator, ast.Is) else ast.NotEq()
        compared_sides = sides if is_same else values_compared(sides)
        if compared_sides is None:
            return self.unknown(node)
        left, right = sides = compared_sides
        if any(isinstance(s, Unknown | Extent | ShapeOf | TensorValue) for s in sides):
            return next((side for side in sides if isinstance(side, Unknown)), self.unknown(node))
        if any(isinstance(s, External) and not is_layer(s) for s in sides) and left != right:
            return self.unknown(node)  # a constant of another file
        return self._plain(node, lambda: compared(operator, left, right), left, right)

    def condition(self, test: ast.expr, parts: Iterable[ast.AST]) -> bool | None:
        """Whether a condition holds; None where that is not known. On what is supposed for it, `parts` hang."""
        before = len(self.asked)
        value = self.value(test)
        truth, self.cause = self.truth(value), value if isinstance(value, Unknown) else None
        if len(self.asked) > before and any(map(self._makes_layers, parts)):
            self.supposed |= dict.fromkeys(one.asks for one in self.asked[before:])
        return truth

    def _makes_layers(self, part: ast.AST) -> bool:
        """Whether a part calls layers, models, or functions of the program that have these in them."""
        names = {inner.id for inner in ast.walk(part) if isinstance(inner, ast.Name) and inner.id in self.scope}
        own = [self.scope.find(name) for name in names]
        nodes = [part, *(one.node for one in own if isinstance(one, Function))]
        is_model = any(isinstance(one, ClassValue) and one.is_from(*MODULES) for one in own)
        return is_model or any(map(makes_layers, nodes))

    def _choice(self, node: ast.IfExp) -> Value:
        truth = self.condition(node.test, (node.body, node.orelse))
        return self.unknown(node) if truth is None else self.value(node.body if truth else node.orelse)

    def items(self, nodes: Iterable[ast.expr]) -> list[Value]:
        """The values of a list, with those of what is starred in it. Raises NotRead."""
        found: list[Value] = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                found += self.iterated(self.value(node.value), node)
            else:
                found.append(self.value(node))
        return found

    def iterated(self, value: Value, node: ast.AST) -> list[Value]:
        """What a loop goes through. Raises NotRead where that is not known."""
        if isinstance(value, Instance):
            value = value.children if value.type.is_from("Sequential", "ModuleList") else values_of_row(value) or value
        if isinstance(value, LayerSequence):
            return [*(value.children.values() if value.runs else value.children)]
        if isinstance(value, ShapeOf) and value.tensor.rank is not None:
            return [self.extent(value.tensor, axis) for axis in range(value.first, value.tensor.rank)]
        if isinstance(value, str | list | tuple | range | dict) and len(value) <= LONGEST:
            self._steps += len(value) // QUICK
            return [*value]
        reason = value.reason if isinstance(value, Unknown) else f"what is in {self.places.shown(node)} is not known"
        raise NotRead(reason, value.span if isinstance(value, Unknown) else self.span(node))

    def _list(self, node: ast.List) -> Value:
        return self.items(node.elts)

    def _set(self, node: ast.Set) -> Value:
        return self._plain(node, lambda: FUNCTIONS["set"](self.items(node.elts)))

    def _tuple(self, node: ast.Tuple) -> Value:
        return tuple(self.items(node.elts))

    def _dict(self, node: ast.Dict) -> Value:
        found: dict[Any, Value] = {}
        for key, part in zip(node.keys, node.values, strict=True):
            name, value = (self.value(key) if key else None), self.value(part)
            if key is None and isinstance(value, dict):
                found |= value
            elif isinstance(name, str | int | float | None) and key is not None:
                found[name] = value
            else:
                return self.unknown(node)
        return found

    def _subscript(self, node: ast.Subscript) -> Value:
        value = self.value(node.value)
        if isinstance(value, Unknown | Builtin):  # list[int] is list
            return value
        index = self._index(node.slice)
        if isinstance(index, Unknown):
            return index
        if isinstance(value, str | list | tuple | range | dict):
            plain: Any = value
            return self._plain(node, lambda: plain[index], *([value] if isinstance(index, slice) else []))
        return self.unknown(node) if isinstance(value, External) else self.item_of(value, index, node)

    def _index(self, node: ast.expr) -> Value:
        """What is between square brackets: slices are none but there."""
        if isinstance(node, ast.Tuple):
            parts = tuple(map(self._index, node.elts))
            return next((one for one in parts if isinstance(one, Unknown)), parts)
        if not isinstance(node, ast.Slice):
            value = self.value(node)
            return None if isinstance(value, External) and value.base == "newaxis" else value
        ends = [self.value(end) if end else None for end in (node.lower, node.upper, node.step)]
        known = all(isinstance(end, int | None) for end in ends)
        return slice(*ends) if known else self.unknown(node, f"the part {self.places.shown(node)} is not known")

    def comprehension(self, node: ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp) -> Value:
        """What a comprehension gives."""
        raise NotImplementedError

    def _joined(self, node: ast.JoinedStr) -> Value:
        parts: list[str] = []
        for part in node.values:
            value = self.value(part.value if isinstance(part, ast.FormattedValue) else part)
            if not isinstance(value, str | int | float) or (isinstance(part, ast.FormattedValue) and part.format_spec):
                return self.unknown(node)
            parts.append(str(value))
            if sum(map(len, parts)) > LONGEST:
                return self.unknown(node)
        return "".join(parts)

    def _walrus(self, node: ast.NamedExpr) -> Value:
        value = self.value(node.value)
        inner = self.scope
        while self.scope.is_comprehension and self.scope.outer:
            self.scope = self.scope.outer
        self.assign(node.target, value)
        self.scope = inner
        return value

    def _lambda(self, node: ast.Lambda) -> Value:
        return self.function_of(node)

    def _call(self, node: ast.Call) -> Value:
        function = self.value(node.func)
        arguments, named = list[Value](), dict[str, Value]()
        for part in node.args:
            if isinstance(part, ast.Starred):
                given = self.value(part.value)
                arguments += [given] if isinstance(given, Unknown) else self.iterated(given, part)
            else:
                arguments.append(self.value(part))
        for keyword in node.keywords:
            value = self.value(keyword.value)
            if keyword.arg is not None:
                named[keyword.arg] = value
            elif isinstance(value, dict):
                named |= {str(key): one for key, one in value.items()}
            elif isinstance(function, Function | ClassValue | LayerObject):
                raise NotRead(f"what is in {self.places.shown(keyword.value)} is not known", self.span(keyword.value))
        if isinstance(function, Unknown):
            self.call_unknown(function, arguments)
            return function
        return self.call(function, arguments, named, node)

    def function_of(self, node: ast.FunctionDef | ast.Lambda, kind: str = "") -> Function:
        """A function with the values that its arguments have where they are not given."""
        defaults = tuple(self.value(default) for default in node.args.defaults)
        keywords = tuple(None if default is None else self.value(default) for default in node.args.kw_defaults)
        return Function(node, self.scope, defaults, keywords, kind=kind)

    def assign(self, target: ast.expr, value: Value) -> None:
        """Gives the names of a target their values."""
        raise NotImplementedError


_EXPRESSIONS: dict[type[ast.expr], Callable[[Expressions, Any], Value]] = {
    ast.Constant: Expressions._constant, ast.Name: Expressions._name, ast.Attribute: Expressions._attribute,
    ast.BinOp: Expressions._binary, ast.UnaryOp: Expressions._unary, ast.BoolOp: Expressions._bool,
    ast.Compare: Expressions._compare, ast.IfExp: Expressions._choice, ast.List: Expressions._list,
    ast.Set: Expressions._set, ast.Tuple: Expressions._tuple, ast.Dict: Expressions._dict,
    ast.Subscript: Expressions._subscript,  ast.JoinedStr: Expressions._joined,
    ast.NamedExpr: Expressions._walrus, ast.Lambda: Expressions._lambda, ast.Call: Expressions._call,
    **dict.fromkeys(
        (ast.ListComp, ast.GeneratorExp, ast.SetComp, ast.DictComp), lambda program, node: program.comprehension(node)
    ),
}  # fmt: skip
