"""The statements of a program, and the functions and classes that it defines."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from shapecalc.formats.python_program.expressions import Expressions
from shapecalc.formats.python_program.places import Places
from shapecalc.formats.python_program.program_values import (
    ClassValue,
    External,
    Function,
    Instance,
    LayerSequence,
    NotRead,
    Scope,
    Unknown,
    Value,
)

DEEPEST = 60
"""Calls of the program's functions inside each other."""
MOST_ITERATIONS = 2_000
"""Of a loop; no network has so many layers, and training has more."""
CHANGING = frozenset({
    "append", "extend", "insert", "pop", "remove", "clear", "add", "add_module", "register_module", "update",
    "setdefault",
})  # fmt: skip
"""Methods that change what they are called on."""


class _Return(Exception):
    def __init__(self, value: Value) -> None:
        self.value = value


class _Break(Exception):
    pass


class _Continue(Exception):
    pass


class Evaluator(Expressions):
    """Goes through statements; what calls mean is said by those who know layers."""

    def __init__(self, places: Places) -> None:
        super().__init__(places)
        self.depth = 0
        self.doubts: list[Unknown] = []
        """Where a function may have ended early."""

    # --- functions and classes of the program ----------------------------------------------------

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
        self.scope.names[node.name] = self.function_of(node, kind)

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
            reason = f"whether {self.places.shown(node.test)} holds is not known"
            body = (*node.body, *node.orelse)
            if not all(map(_does_nothing, body)):
                self._skip(body, reason, node.test)
        else:
            self.run(node.body if truth else node.orelse)

    def _skip(self, body: Iterable[ast.stmt], reason: str, place: ast.AST) -> None:
        """Leaves out what may be run or not: what it gives values to is not known after it.

        Raises NotRead where it may change a model, or leave the loop around it.
        """
        why = Unknown(reason, self.span(place))
        returns = False
        for inner in (inner for part in body for inner in ast.walk(part)):
            match inner:
                case ast.Name(name, ast.Store()):
                    self.scope.names[name] = why
                case ast.Attribute(value=owner, ctx=ast.Store()) | ast.Subscript(value=owner, ctx=ast.Store()):
                    self._forget(owner, why)
                case ast.Call(func=ast.Attribute(value=owner, attr=name)) if name in CHANGING:
                    self._forget(owner, why)
                case ast.Call(func=ast.Name("setattr"), args=[owner, *_]):
                    self._forget(owner, why)
                case ast.Return(value) if value is not None:
                    returns = True
                case ast.Break() | ast.Continue() if not isinstance(place, ast.For | ast.While):
                    raise NotRead(reason, why.span)
        if returns and self.depth:
            self.doubts.append(why)
            raise _Return(why)

    def _forget(self, owner: ast.expr, why: Unknown) -> None:
        """What a value that may have been changed is. Raises NotRead for a model."""
        while isinstance(owner, ast.Attribute | ast.Subscript | ast.Call):
            owner = owner.func if isinstance(owner, ast.Call) else owner.value
        if not isinstance(owner, ast.Name):
            return
        value = self._name(owner)
        if isinstance(value, LayerSequence | Instance | ClassValue):
            raise NotRead(why.reason, why.span)
        if isinstance(value, list | dict):
            value.clear()
            self.scope.names[owner.id] = why

    def _for(self, node: ast.For) -> None:
        values = self.value(node.iter)
        many = isinstance(values, range) and len(values) > MOST_ITERATIONS
        if isinstance(values, Unknown) or many:
            own = isinstance(values, Unknown) and values.own_parts
            if own:
                self._forget_names(node)
            else:
                reason = values.reason if isinstance(values, Unknown) else "the loop has too many iterations"
                self._skip((node,), reason, node)
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

    def _forget_names(self, node: ast.AST) -> None:
        """What a loop through the parts of a model gives values to is not known after it: it initialises them."""
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                self.scope.names[inner.id] = self.unknown(inner)

    def _while(self, node: ast.While) -> None:
        while (truth := self.truth(self.value(node.test))) is not False:
            if truth is None:
                self._skip((node,), f"whether {self.places.shown(node.test)} holds is not known", node)
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


_STATEMENTS: dict[type[ast.stmt], Callable[[Evaluator, Any], None]] = {
    ast.Assign: Evaluator._assignment, ast.AnnAssign: Evaluator._annotated, ast.AugAssign: Evaluator._augmented,
    ast.Expr: Evaluator._expression, ast.FunctionDef: Evaluator._function_definition,
    ast.ClassDef: Evaluator._class_definition, ast.Return: Evaluator._return, ast.Break: Evaluator._break,
    ast.Continue: Evaluator._continue, ast.Raise: Evaluator._raise, ast.If: Evaluator._if, ast.For: Evaluator._for,
    ast.While: Evaluator._while, ast.With: Evaluator._with, ast.Try: Evaluator._try, ast.Import: Evaluator._import,
    ast.ImportFrom: Evaluator._import_from,
}  # fmt: skip
