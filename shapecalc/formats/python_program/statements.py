"""The statements of a program, and the functions and classes that it defines."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Iterable
from typing import Any

from shapecalc.formats.python_program.bindings import Bindings, LoopEnd, Return
from shapecalc.formats.python_program.places import Places
from shapecalc.formats.python_program.program_values import (
    ClassValue,
    ExampleArray,
    Function,
    Instance,
    LayerObject,
    LayerSequence,
    NotRead,
    Raised,
    Scope,
    Unknown,
    Value,
)

MOST_ITERATIONS = 2_000
"""Of a loop; no network has so many layers, and training has more."""
CHANGING = frozenset({
    "append", "extend", "insert", "pop", "remove", "clear", "add", "add_module", "register_module",
    "register_parameter", "update", "setdefault",
})  # fmt: skip
"""Methods that change what they are called on."""


WITHOUT_FIGURES = frozenset({
    "weight", "bias", "data", "requires_grad", "training", "eps", "momentum", "inplace", "running_mean", "running_var",
    "num_batches_tracked", "grad", "p",
})  # fmt: skip
"""Attributes of layers on which no size and no count hangs."""
_WEIGHTS = frozenset({"weight", "bias"})
_NORMS_OF_WEIGHTS = frozenset({"weight_norm", "remove_weight_norm"})
"""Functions that change how many weights a layer has."""
_NAMES = (ast.Name, ast.Attribute)
_AS = ", as "
"""Before what a condition hangs on: of several one after the other, the first is said."""
_KINDS = {
    "property": "property", "cached_property": "property", "staticmethod": "staticmethod",
    "classmethod": "classmethod",
}  # fmt: skip
"""Decorators that say what a method is."""


class Evaluator(Bindings):
    """Goes through statements; what calls mean is said by those who know layers."""

    def __init__(self, places: Places) -> None:
        super().__init__(places)
        self.doubts: list[Unknown] = []
        """Where a function may have ended early."""

    def run(self, body: Iterable[ast.stmt]) -> None:
        """Goes through statements. Raises NotRead where the network hangs on one that is not known."""
        for node in body:
            self._step(node)
            statement = _STATEMENTS.get(type(node))
            if statement:
                statement(self, node)
            elif not isinstance(node, ast.Pass | ast.Assert):
                self._unread(node)

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
        if isinstance(before, ExampleArray):  # NumPy changes its values in their places
            return
        self.assign(node.target, self.operated(node.op, before, value, node.target))

    def _expression(self, node: ast.Expr) -> None:
        self.expression(self.value(node.value), node)

    def expression(self, value: Value, node: ast.Expr) -> None:
        """A value that nothing is given to."""

    def _function_definition(self, node: ast.FunctionDef) -> None:
        names = [d.id if isinstance(d, ast.Name) else d.attr for d in node.decorator_list if isinstance(d, _NAMES)]
        kind = next((_KINDS[name] for name in names if name in _KINDS), "")
        name = f"{node.name}.setter" if "setter" in names else node.name  # no name of a program has a dot
        self.scope.home(name)[name] = self._decorated(self.function_of(node, kind), node)

    def _decorated(self, made: Value, node: ast.FunctionDef | ast.ClassDef) -> Value:
        """What the decorators of the program make of a function; those of other files leave it as it is."""
        for decorator in reversed(node.decorator_list):
            value = self.value(decorator)
            if isinstance(value, Function):
                made = self.call_function(value, [made], {}, decorator)
        return made

    def _class_definition(self, node: ast.ClassDef) -> None:
        bases = tuple(self.value(base) for base in node.bases)
        outer, self.scope = self.scope, Scope({}, self.scope)
        try:
            self.run(node.body)
            names = self.scope.names
        finally:
            self.scope = outer
        fields = tuple(
            part.target.id
            for part in node.body
            if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
        )
        made = ClassValue(node.name, bases, names, self.span(node), fields)
        for name, value in names.items():
            if isinstance(value, Function):
                scope = outer if value.scope.names is names else value.scope
                made.names[name] = Function(
                    value.node, scope, value.defaults, value.keyword_defaults, made, kind=value.kind
                )
        self.scope.home(node.name)[node.name] = self._decorated(made, node)

    def _return(self, node: ast.Return) -> None:
        raise Return(None if node.value is None else self.value(node.value))

    def _break(self, node: ast.Break) -> None:
        raise LoopEnd(False, self.span(node))

    def _continue(self, node: ast.Continue) -> None:
        raise LoopEnd(True, self.span(node))

    def _raise(self, node: ast.Raise) -> None:
        if self.depth or self.trying:
            raise Raised("the program raises an error here", self.span(node))

    def _delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            match target:
                case ast.Name(name):
                    self.scope.home(name).pop(name, None)
                case ast.Attribute(value=owner, attr=name):
                    self.delete_part(self.value(owner), name, target)
                case ast.Subscript(value=owner, slice=key):
                    self.delete_part(self.value(owner), self._index(key), target)

    def delete_part(self, owner: Value, key: Value, node: ast.expr) -> None:
        """Takes a name or a part of a value away."""
        raise NotImplementedError

    def _global(self, node: ast.Global) -> None:
        module = self.scope
        while module.outer is not None:
            module = module.outer
        self.scope.elsewhere = {**(self.scope.elsewhere or {}), **dict.fromkeys(node.names, module)}

    def _nonlocal(self, node: ast.Nonlocal) -> None:
        for name in node.names:
            scope = self.scope.outer
            while scope is not None and name not in scope.names:
                scope = scope.outer
            self.scope.elsewhere = {**(self.scope.elsewhere or {}), name: scope or self.module}

    def _if(self, node: ast.If) -> None:
        body = (*node.body, *node.orelse)
        truth = self.condition(node.test, body)
        if truth is None:
            reason = f"whether {self.places.shown(node.test)} holds is not known"
            if self.cause and not self.cause.reason.endswith(f"{self.places.shown(node.test)} gives is not known"):
                reason = f"{reason.partition(_AS)[0]}{_AS}{self.cause.reason.rpartition(_AS)[2]}"
            if not all(map(_does_nothing, body)):
                self._skip(body, reason, node.test)
        else:
            self.run(node.body if truth else node.orelse)

    def left_out(self, parts: Iterable[ast.AST], why: Unknown, node: ast.AST) -> Unknown:
        """What a comprehension gives that is not gone through. Raises NotRead where it may change a model."""
        self._skip(parts, why.reason, node)
        return why

    def _skip(self, body: Iterable[ast.AST], reason: str, place: ast.AST) -> None:
        """Leaves out what may be run or not: what it gives values to is not known after it.

        Raises NotRead where it may change a model, or leave the loop around it.
        """
        why = Unknown(reason, self.span(place))
        returns = False
        for inner in (inner for part in body for inner in ast.walk(part)):
            match inner:
                case ast.Name(name, ast.Store()):
                    self.scope.home(name)[name] = why
                case ast.Call(func=ast.Name(name), args=given):
                    self._forget_given(name, given, why)
                case ast.Attribute(value=owner, attr=name, ctx=ast.Store() | ast.Del()):
                    self._forget(owner, why, name)
                case ast.Subscript(value=owner, ctx=ast.Store() | ast.Del()):
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
            raise Return(why)

    def _forget(self, owner: ast.expr, why: Unknown, name: str = "weight") -> None:
        """What a value that may have been changed is: this `name` of it. Raises NotRead for a model."""
        while isinstance(owner, ast.Attribute | ast.Subscript | ast.Call):
            owner = owner.func if isinstance(owner, ast.Call) else owner.value
        if not isinstance(owner, ast.Name):
            return
        value = self._name(owner)
        of_layer = isinstance(value, LayerObject) and (name in _WEIGHTS or name not in WITHOUT_FIGURES)
        if isinstance(value, LayerSequence | Instance | ClassValue) or of_layer:
            raise why.refused()
        if isinstance(value, list | dict):
            value.clear()
            self.scope.names[owner.id] = why

    def _forget_given(self, function: str, given: list[ast.expr], why: Unknown) -> None:
        """What a function of the program that may be called changes. Raises NotRead for a model."""
        called = self.scope.find(function) if function in self.scope else None
        if isinstance(called, Function) and any(map(_changes, ast.walk(called.node))):
            for one in given:
                self._forget(one, why)

    def _goes_on_after(self, body: list[ast.stmt]) -> bool:
        """Goes through the body of a loop once; whether there may be another iteration."""
        try:
            self.run(body)
        except LoopEnd as ended:
            return ended.goes_on
        return True

    def _for(self, node: ast.For) -> None:
        values = self.value(node.iter)
        if isinstance(values, ExampleArray):
            values = self.unknown(node.iter)
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
            if not self._goes_on_after(node.body):
                return
        self.run(node.orelse)

    def _forget_names(self, node: ast.AST) -> None:
        """What a loop through the parts of a model gives values to is not known after it: it initialises them."""
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                self.scope.home(inner.id)[inner.id] = self.unknown(inner)
        self.only_initialises(node)

    def only_initialises(self, node: ast.AST) -> None:
        """Raises NotRead for what may give the parts of a model, which it goes through, others or other weights."""
        for inner in ast.walk(node):
            called = inner.func.id if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name) else ""
            own = self.scope.find(called) if called in self.scope else None
            parts = ast.walk(own.node) if isinstance(own, Function) and own.node is not node else [inner]
            if any(_changes(one) and _is_of_layer(one) for one in parts):
                raise NotRead("which parts of the model this changes is not known", self.span(inner))

    def _while(self, node: ast.While) -> None:
        for iteration in itertools.count():
            truth = self.truth(self.value(node.test))
            if truth is False:
                break
            if truth is None or iteration > MOST_ITERATIONS:
                unknown = f"whether {self.places.shown(node.test)} holds is not known"
                self._skip((node,), "the loop has too many iterations" if truth else unknown, node)
                return
            if not self._goes_on_after(node.body):
                return
        self.run(node.orelse)

    def _with(self, node: ast.With) -> None:
        for item in node.items:
            value = self.value(item.context_expr)
            if item.optional_vars is not None:
                self.assign(item.optional_vars, value)
        self.run(node.body)

    def _try(self, node: ast.Try) -> None:
        """The handler runs after an error that is sure: `raise`, or a key that is not there."""
        self.trying += bool(node.handlers)
        try:
            self.run(node.body)
        except Raised:
            if len(node.handlers) != 1:
                raise
            self.run(node.handlers[0].body)
        else:
            self.run(node.orelse)
        finally:
            self.trying -= bool(node.handlers)
        self.run(node.finalbody)

    def _match(self, node: ast.Match) -> None:
        """`case 3:`, `case "a" | "b":` and `case _:`; others are not known."""
        subject = self.value(node.subject)
        for case in node.cases:
            holds = None if case.guard else self._matches(case.pattern, subject, node)
            if holds is None:
                body = tuple(part for one in node.cases for part in one.body)
                return self._skip(body, f"whether {self.places.shown(case.pattern)} matches is not known", case.pattern)
            if holds:
                return self.run(case.body)
        return None

    def _matches(self, pattern: ast.pattern, subject: Value, node: ast.Match) -> bool | None:
        match pattern:
            case ast.MatchAs(pattern=None, name=None):
                return True
            case ast.MatchValue(value=value):
                return self.truth(self._holds(ast.Eq(), subject, self.value(value), node.subject))
            case ast.MatchSingleton(value=value):
                return self.truth(self._holds(ast.Is(), subject, value, node.subject))
            case ast.MatchOr(patterns=patterns):
                found = [self._matches(one, subject, node) for one in patterns]
                return True if True in found else None if None in found else False
        return None

    def _unread(self, node: ast.stmt) -> None:
        """A statement of another kind may do anything."""
        self._skip((node,), f"what {self.places.shown(node)} does is not known", node)


def _changes(node: ast.AST) -> bool:
    """Whether a part of a program may give a layer or a list another part: initialisation changes weights alone."""
    match node:
        case ast.Assign(targets=[ast.Attribute(attr=name)], value=ast.Constant(None)):
            return name in _WEIGHTS or name not in WITHOUT_FIGURES
        case ast.Attribute(attr=name, ctx=ast.Store() | ast.Del()):
            return name not in WITHOUT_FIGURES or (isinstance(node.ctx, ast.Del) and name in _WEIGHTS)
        case ast.Call(func=ast.Name(name) | ast.Attribute(attr=name)) if name in _NORMS_OF_WEIGHTS:
            return True
        case ast.Subscript(ctx=ast.Store() | ast.Del()) | ast.Call(func=ast.Name("setattr")):
            return True
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in CHANGING
    return False


def _is_of_layer(node: ast.AST) -> bool:
    """Whether what changes is a layer, and no list of weights or settings of training."""
    match node:
        case ast.Subscript(value=ast.Attribute(attr="_modules" | "_parameters")) | ast.Attribute() | ast.Assign():
            return True
        case ast.Call(func=ast.Name()):
            return True
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in ("add_module", "register_module", "register_parameter", *_NORMS_OF_WEIGHTS)
    return False


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
    ast.While: Evaluator._while, ast.With: Evaluator._with, ast.Try: Evaluator._try,
    ast.Import: Evaluator.import_modules, ast.ImportFrom: Evaluator.import_names, ast.Delete: Evaluator._delete,
    ast.Global: Evaluator._global, ast.Nonlocal: Evaluator._nonlocal, ast.Match: Evaluator._match,
}  # fmt: skip
