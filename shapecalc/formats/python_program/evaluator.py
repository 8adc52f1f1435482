"""Evaluates a Python program without running it: numbers, lists, functions and classes of its own, and layers.

What it does not know is Unknown, and an error only where a layer hangs on it. Nothing is imported or called.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from shapecalc.diagnostics.diagnostic import Span
from shapecalc.formats.python_program.plain_values import (
    BUILTINS,
    LONGEST,
    Refused,
    binary,
    compared,
    method,
    unary,
)
from shapecalc.formats.python_program.places import Places
from shapecalc.formats.python_program.program_values import (
    ClassValue,
    Extent,
    External,
    Function,
    FunctionalModel,
    Instance,
    LayerCall,
    Method,
    NotRead,
    Scope,
    Sequence,
    ShapeOf,
    Super,
    Tensor,
    Unknown,
    Value,
)

MOST_STEPS = 400_000
"""Expressions and statements that are looked at: about a second."""
DEEPEST = 60
"""Calls of the program's functions inside each other."""
USUAL_NAMES = {
    "nn": "torch.nn", "F": "torch.nn.functional", "tf": "tensorflow", "layers": "keras.layers", "keras": "keras",
    "torch": "torch", "np": "numpy",
}  # fmt: skip
"""What names stand for in programs that are pasted without their imports."""
OPAQUE_TYPES = (External, Tensor, LayerCall, Instance, ClassValue, Function, Sequence, FunctionalModel, Method)
"""Values that are true and equal only to themselves."""


class _Return(Exception):
    def __init__(self, value: Value) -> None:
        self.value = value


class _Break(Exception):
    pass


class _Continue(Exception):
    pass


class Evaluator:
    """The statements and expressions; what calls mean is said by `call` and `attribute`."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.scope = Scope({})
        self.module = self.scope
        self.depth = 0
        self._steps = 0

    # --- what a network makes of it: see NetworkProgram ------------------------------------------

    def call(self, function: Value, arguments: list[Value], named: dict[str, Value], node: ast.Call) -> Value:
        """What a call gives."""
        raise NotImplementedError

    def attribute(self, value: Value, name: str, node: ast.expr) -> Value:
        """What a name of a value is."""
        raise NotImplementedError

    def set_attribute(self, value: Value, name: str, given: Value) -> None:
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
        return node.value if isinstance(node.value, int | float | str | None) else self.unknown(node)

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

    def _plain(self, node: ast.expr, work: Callable[[], Value]) -> Value:
        """What Python makes of plain values; unknown where it refuses them."""
        try:
            return work()
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, Refused) as problem:
            return self.unknown(node, f"{self.places.shown(node)} is not a value: {problem}")

    def _binary(self, node: ast.BinOp) -> Value:
        return self.operated(node.op, self.value(node.left), self.value(node.right), node)

    def operated(self, operator: ast.operator, left: Value, right: Value, node: ast.expr) -> Value:
        """What an operator makes of two values."""
        if isinstance(left, Tensor) or isinstance(right, Tensor):
            return self.on_tensors(operator, left, right, node)
        for side in (left, right):
            if isinstance(side, Unknown):
                return side
        return self._plain(node, lambda: binary(operator, left, right))

    def _unary(self, node: ast.UnaryOp) -> Value:
        operand = self.value(node.operand)
        if isinstance(node.op, ast.Not):
            truth = self.truth(operand)
            return self.unknown(node) if truth is None else not truth
        if isinstance(operand, Tensor):
            return self.on_tensors(ast.Mult(), operand, -1, node)
        return operand if isinstance(operand, Unknown) else self._plain(node, lambda: unary(node.op, operand))

    def truth(self, value: Value) -> bool | None:
        """Whether a value is true; None where that is not known."""
        if isinstance(value, Unknown | Extent | ShapeOf):
            return None
        if isinstance(value, Sequence):
            return bool(value.children)
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
        sides = (left, right)
        if (
            isinstance(operator, ast.Is | ast.IsNot)
            and None in sides
            and not any(isinstance(s, Unknown) for s in sides)
        ):
            return (left is right) is isinstance(operator, ast.Is)
        if any(isinstance(s, Unknown | Extent | ShapeOf | Tensor) for s in sides):
            return self.unknown(node)
        return self._plain(node, lambda: compared(operator, left, right))

    def _choice(self, node: ast.IfExp) -> Value:
        truth = self.truth(self.value(node.test))
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
        if isinstance(value, Sequence):
            return [*value.children.values()]
        if isinstance(value, str | list | tuple | range | dict) and len(value) <= LONGEST:
            return [*value]
        reason = value.reason if isinstance(value, Unknown) else f"what is in {self.places.shown(node)} is not known"
        raise NotRead(reason, value.span if isinstance(value, Unknown) else self.span(node))

    def _list(self, node: ast.List | ast.Set) -> Value:
        return self.items(node.elts)

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
        if isinstance(value, Unknown):
            return value
        if isinstance(node.slice, ast.Slice):
            parts = [self.value(p) if p else None for p in (node.slice.lower, node.slice.upper, node.slice.step)]
            if any(not isinstance(part, int | None) for part in parts):
                return self.unknown(node)
            index: Value = slice(*parts)
        else:
            index = self.value(node.slice)
        if isinstance(index, Unknown):
            return index
        if isinstance(value, str | list | tuple | range | dict):
            plain: Any = value
            return self._plain(node, lambda: plain[index])
        return self.unknown(node) if isinstance(value, External) else self.item_of(value, index, node)

    def _comprehension(self, node: ast.ListComp | ast.GeneratorExp | ast.SetComp) -> Value:
        return [self.value(node.elt) for _ in self._turns(node.generators)]

    def _dict_comprehension(self, node: ast.DictComp) -> Value:
        pairs: list[tuple[Any, Value]] = [
            (self.value(node.key), self.value(node.value)) for _ in self._turns(node.generators)
        ]
        return self._plain(node, lambda: dict(pairs))

    def _turns(self, generators: list[ast.comprehension]) -> Iterator[None]:
        """Goes through the values of a comprehension, with its names bound."""
        outer, self.scope = self.scope, Scope({}, self.scope)
        try:
            yield from self._inner_turns(generators)
        finally:
            self.scope = outer

    def _inner_turns(self, generators: list[ast.comprehension]) -> Iterator[None]:
        if not generators:
            yield
            return
        first, *rest = generators
        for value in self.iterated(self.value(first.iter), first.iter):
            self.assign(first.target, value)
            truths = [self.truth(self.value(test)) for test in first.ifs]
            if None in truths:
                raise NotRead(
                    f"whether {self.places.shown(first.ifs[truths.index(None)])} holds is not known",
                    self.span(first.iter),
                )
            if all(truths):
                yield from self._inner_turns(rest)

    def _joined(self, node: ast.JoinedStr) -> Value:
        parts: list[str] = []
        for part in node.values:
            value = self.value(part.value if isinstance(part, ast.FormattedValue) else part)
            if not isinstance(value, str | int | float) or (isinstance(part, ast.FormattedValue) and part.format_spec):
                return self.unknown(node)
            parts.append(str(value))
        return "".join(parts)

    def _walrus(self, node: ast.NamedExpr) -> Value:
        value = self.value(node.value)
        self.assign(node.target, value)
        return value

    def _lambda(self, node: ast.Lambda) -> Value:
        return self._function(node)

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
            elif isinstance(function, Function | ClassValue | LayerCall):
                raise NotRead(f"what is in {self.places.shown(keyword.value)} is not known", self.span(keyword.value))
        return function if isinstance(function, Unknown) else self.call(function, arguments, named, node)

    # --- functions and classes of the program ----------------------------------------------------

    def _function(self, node: ast.FunctionDef | ast.Lambda, kind: str = "") -> Function:
        defaults = tuple(self.value(default) for default in node.args.defaults)
        keywords = tuple(None if default is None else self.value(default) for default in node.args.kw_defaults)
        return Function(node, self.scope, defaults, keywords, kind=kind)

    def call_function(
        self, function: Function, arguments: list[Value], named: Mapping[str, Value], node: ast.AST
    ) -> Value:
        """What a function of the program gives. Raises NotRead where what it does is not known."""
        if self.depth >= DEEPEST:
            raise NotRead(f"functions call each other more than {DEEPEST} deep here", self.span(node))
        names = self._bound(function, arguments, named, node)
        outer, self.scope = self.scope, Scope(names, function.scope)
        self.depth += 1
        try:
            if isinstance(function.node, ast.Lambda):
                return self.value(function.node.body)
            if any(isinstance(part, ast.Yield | ast.YieldFrom) for part in ast.walk(function.node)):
                return self.unknown(node)
            self.run(function.node.body)
        except _Return as returned:
            return returned.value
        finally:
            self.scope = outer
            self.depth -= 1
        return None

    def _bound(
        self, function: Function, arguments: list[Value], named: Mapping[str, Value], node: ast.AST
    ) -> dict[str, Value]:
        """The arguments of a call by name. Raises NotRead where Python would raise TypeError."""
        declared, rest = function.node.args, dict(named)
        places = [a.arg for a in (*declared.posonlyargs, *declared.args)]
        names: dict[str, Value] = {}
        for place, name in enumerate(places):
            if place < len(arguments):
                names[name] = arguments[place]
            elif name in rest:
                names[name] = rest.pop(name)
            elif place >= len(places) - len(function.defaults):
                names[name] = function.defaults[place - len(places)]
            else:
                raise NotRead(f"{function.name} needs {name}, which this call does not give", self.span(node))
        for argument, default in zip(declared.kwonlyargs, function.keyword_defaults, strict=True):
            names[argument.arg] = rest.pop(argument.arg, default)
        more = tuple(arguments[len(places) :])
        wrong = [
            *(f"value {len(places) + 1}" for _ in more[:1] if not declared.vararg),
            *(rest if not declared.kwarg else ()),
        ]
        if wrong:
            raise NotRead(f"{function.name} has no argument for {wrong[0]}", self.span(node))
        if declared.vararg:
            names[declared.vararg.arg] = more
        if declared.kwarg:
            names[declared.kwarg.arg] = rest
        if function.owner is not None:
            names["__class__"] = function.owner
        return names

    # --- statements ------------------------------------------------------------------------------

    def run(self, body: Iterable[ast.stmt]) -> None:
        """Goes through statements. Raises NotRead where the network hangs on one that is not known."""
        for node in body:
            self._step(node)
            statement = _STATEMENTS.get(type(node))
            if statement:
                statement(self, node)

    def assign(self, target: ast.expr, value: Value) -> None:
        """Gives the names of a target their values."""
        match target:
            case ast.Name(name):
                self.scope.names[name] = value
            case ast.Attribute(value=owner, attr=name):
                self.set_attribute(self.value(owner), name, value)
            case ast.Subscript(value=owner, slice=key):
                self._put(self.value(owner), self.value(key), value, target)
            case ast.Starred(value=inner):
                self.assign(inner, value)
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                self._unpack(targets, value, target)

    def _put(self, owner: Value, key: Value, value: Value, node: ast.expr) -> None:
        if isinstance(owner, Sequence) and isinstance(key, str):
            owner.children[key] = value
        elif isinstance(owner, dict) and isinstance(key, str | int | float | None):
            owner[key] = value
        elif isinstance(owner, list) and isinstance(key, int) and -len(owner) <= key < len(owner):
            owner[key] = value
        elif isinstance(owner, list | dict | Sequence | Tensor):
            raise NotRead(f"what {self.places.shown(node)} is from here on is not known", self.span(node))

    def _unpack(self, targets: list[ast.expr], value: Value, node: ast.expr) -> None:
        starred = next((place for place, one in enumerate(targets) if isinstance(one, ast.Starred)), None)
        if isinstance(value, Unknown):
            parts: list[Value] = [value for _ in targets]
        elif isinstance(value, ShapeOf) and starred is None:
            parts = [Extent(value.tensor, value.first + axis) for axis in range(len(targets))]
        else:
            parts = self.iterated(value, node)
        if starred is not None and len(parts) >= len(targets) - 1:
            end = len(parts) - (len(targets) - 1 - starred)
            parts = [*parts[:starred], parts[starred:end], *parts[end:]]
        if len(parts) != len(targets):
            raise NotRead(f"{len(targets)} names are given {len(parts)} values", self.span(node))
        for one, part in zip(targets, parts, strict=True):
            self.assign(one, part)

    def _assignment(self, node: ast.Assign) -> None:
        value = self.value(node.value)
        for target in node.targets:
            self.assign(target, value)

    def _annotated(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.assign(node.target, self.value(node.value))

    def _augmented(self, node: ast.AugAssign) -> None:
        before, value = self.value(node.target), self.value(node.value)
        if isinstance(before, list) and isinstance(node.op, ast.Add) and not isinstance(value, Unknown):
            before += self.iterated(value, node)
            return
        self.assign(node.target, self.operated(node.op, before, value, node.target))

    def _expression(self, node: ast.Expr) -> None:
        self.expression(self.value(node.value), node)

    def expression(self, value: Value, node: ast.Expr) -> None:
        """A value that nothing is given to."""

    def _function_definition(self, node: ast.FunctionDef) -> None:
        kinds = [d.id for d in node.decorator_list if isinstance(d, ast.Name)]
        kind = next((name for name in kinds if name in ("property", "staticmethod", "classmethod")), "")
        self.scope.names[node.name] = self._function(node, kind)

    def _class_definition(self, node: ast.ClassDef) -> None:
        bases = tuple(self.value(base) for base in node.bases)
        outer, self.scope = self.scope, Scope({}, self.scope)
        try:
            self.run(node.body)
            names = self.scope.names
        finally:
            self.scope = outer
        made = ClassValue(node.name, bases, names, self.span(node))
        for name, value in names.items():
            if isinstance(value, Function):
                made.names[name] = Function(
                    value.node, outer, value.defaults, value.keyword_defaults, made, kind=value.kind
                )
        self.scope.names[node.name] = made

    def _return(self, node: ast.Return) -> None:
        raise _Return(None if node.value is None else self.value(node.value))

    def _break(self, node: ast.Break) -> None:
        raise _Break

    def _continue(self, node: ast.Continue) -> None:
        raise _Continue

    def _raise(self, node: ast.Raise) -> None:
        if self.depth:
            raise NotRead("the program raises an error here", self.span(node))

    def _if(self, node: ast.If) -> None:
        test = self.value(node.test)
        truth = self.truth(test)
        if truth is None:
            self._skip(node, (*node.body, *node.orelse), f"whether {self.places.shown(node.test)} holds is not known")
        else:
            self.run(node.body if truth else node.orelse)

    def _skip(self, node: ast.stmt, body: Iterable[ast.stmt], reason: str) -> None:
        """Leaves out what may be run or not: what it gives values to is not known after it. Raises NotRead."""
        body = tuple(body)
        if self.depth and not all(map(_does_nothing, body)):
            test = node.test if isinstance(node, ast.If | ast.While) else node
            raise NotRead(reason, self.span(test))
        for part in body:
            for inner in ast.walk(part):
                if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                    self.scope.names[inner.id] = Unknown(reason, self.span(inner))

    def _for(self, node: ast.For) -> None:
        values = self.value(node.iter)
        if isinstance(values, Unknown) and (values.own_parts or not self.depth):
            self._forget(node)
            return
        for value in self.iterated(values, node.iter):
            self.assign(node.target, value)
            try:
                self.run(node.body)
            except _Break:
                return
            except _Continue:
                continue
        self.run(node.orelse)

    def _forget(self, node: ast.For) -> None:
        """Leaves out a loop: what it gives values to is not known after it."""
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                self.scope.names[inner.id] = self.unknown(inner)

    def _while(self, node: ast.While) -> None:
        while (truth := self.truth(self.value(node.test))) is not False:
            if truth is None:
                self._skip(node, node.body, f"whether {self.places.shown(node.test)} holds is not known")
                return
            self._step(node)
            try:
                self.run(node.body)
            except _Break:
                return
            except _Continue:
                continue
        self.run(node.orelse)

    def _with(self, node: ast.With) -> None:
        for item in node.items:
            value = self.value(item.context_expr)
            if item.optional_vars is not None:
                self.assign(item.optional_vars, value)
        self.run(node.body)

    def _try(self, node: ast.Try) -> None:
        self.run((*node.body, *node.orelse, *node.finalbody))

    def _import(self, node: ast.Import) -> None:
        for one in node.names:
            name = one.name if one.asname else one.name.partition(".")[0]
            self.scope.names[one.asname or name] = self.external(name, one.asname or name)

    def _import_from(self, node: ast.ImportFrom) -> None:
        for one in node.names:
            if one.name == "*":
                continue
            module = f"{'.' * node.level}{node.module or ''}"
            known = f"{module.rpartition('.')[2]}.{one.name}" if one.asname not in (None, one.name) else one.name
            self.scope.names[one.asname or one.name] = External(f"{module}.{one.name}", known)


def _does_nothing(node: ast.stmt) -> bool:
    """Whether a statement only prints, checks or complains."""
    match node:
        case ast.Pass() | ast.Raise() | ast.Assert():
            return True
        case ast.Expr(ast.Call(func=ast.Name(name))):
            return name == "print"
        case ast.Expr(ast.Call(func=ast.Attribute(ast.Name(name)))):
            return name in ("warnings", "logger", "logging")
        case ast.Expr(ast.Constant()):
            return True
        case ast.If(body=body, orelse=other):
            return all(map(_does_nothing, (*body, *other)))
    return False


_EXPRESSIONS: dict[type[ast.expr], Callable[[Evaluator, Any], Value]] = {
    ast.Constant: Evaluator._constant, ast.Name: Evaluator._name, ast.Attribute: Evaluator._attribute,
    ast.BinOp: Evaluator._binary, ast.UnaryOp: Evaluator._unary, ast.BoolOp: Evaluator._bool,
    ast.Compare: Evaluator._compare, ast.IfExp: Evaluator._choice, ast.List: Evaluator._list,
    ast.Set: Evaluator._list, ast.Tuple: Evaluator._tuple, ast.Dict: Evaluator._dict,
    ast.Subscript: Evaluator._subscript, ast.ListComp: Evaluator._comprehension,
    ast.GeneratorExp: Evaluator._comprehension, ast.SetComp: Evaluator._comprehension,
    ast.DictComp: Evaluator._dict_comprehension, ast.JoinedStr: Evaluator._joined, ast.NamedExpr: Evaluator._walrus,
    ast.Lambda: Evaluator._lambda, ast.Call: Evaluator._call,
}  # fmt: skip
_STATEMENTS: dict[type[ast.stmt], Callable[[Evaluator, Any], None]] = {
    ast.Assign: Evaluator._assignment, ast.AnnAssign: Evaluator._annotated, ast.AugAssign: Evaluator._augmented,
    ast.Expr: Evaluator._expression, ast.FunctionDef: Evaluator._function_definition,
    ast.ClassDef: Evaluator._class_definition, ast.Return: Evaluator._return, ast.Break: Evaluator._break,
    ast.Continue: Evaluator._continue, ast.Raise: Evaluator._raise, ast.If: Evaluator._if, ast.For: Evaluator._for,
    ast.While: Evaluator._while, ast.With: Evaluator._with, ast.Try: Evaluator._try, ast.Import: Evaluator._import,
    ast.ImportFrom: Evaluator._import_from,
}  # fmt: skip
