"""How names get their values: by assignments, imports, and as the arguments of a call."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from shapecalc.diagnostics.diagnostic import Span
from shapecalc.formats.python_program.expressions import Expressions
from shapecalc.formats.python_program.framework_layers import is_own
from shapecalc.formats.python_program.places import Places
from shapecalc.formats.python_program.plain_values import FUNCTIONS
from shapecalc.formats.python_program.program_values import (
    ExampleArray,
    External,
    Function,
    LayerSequence,
    ModuleFile,
    NotListed,
    NotRead,
    Scope,
    ShapeOf,
    TensorValue,
    Unknown,
    Value,
)
from shapecalc.formats.python_program.program_weights import Registered

DEEPEST = 60
"""Calls of the program's functions inside each other."""


class Return(Exception):
    """What a function gives ends it."""

    def __init__(self, value: Value) -> None:
        self.value = value


class LoopEnd(Exception):
    """`break`, and `continue` where it goes on with the next iteration."""

    def __init__(self, goes_on: bool, span: Span) -> None:
        self.goes_on, self.span = goes_on, span

    def outside(self) -> NotRead:
        """What is said of one that is in no loop, which Python refuses."""
        return NotRead(f"{'continue' if self.goes_on else 'break'} is in no loop here", self.span)


class Bindings(Expressions):
    """Gives names values."""

    def __init__(self, places: Places) -> None:
        super().__init__(places)
        self.depth = 0
        self._generators: dict[ast.AST, bool] = {}
        """Whether functions that were called yield what they give."""

    def run(self, body: Iterable[ast.stmt]) -> None:
        """Goes through statements."""
        raise NotImplementedError

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
            if function.node not in self._generators:
                parts = ast.walk(function.node)
                self._generators[function.node] = any(isinstance(part, ast.Yield | ast.YieldFrom) for part in parts)
            if self._generators[function.node]:
                return self.unknown(node)
            self.run(function.node.body)
        except Return as returned:
            return returned.value
        except LoopEnd as ended:
            raise ended.outside() from None
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

    def assign(self, target: ast.expr, value: Value) -> None:
        """Gives the names of a target their values."""
        match target:
            case ast.Name(name):
                self.scope.home(name)[name] = value
            case ast.Attribute(value=owner, attr=name):
                self.set_attribute(self.value(owner), name, value, target)
            case ast.Subscript(value=owner, slice=key):
                self._put(self.value(owner), self.value(key), value, target)
            case ast.Starred(value=inner):
                self.assign(inner, value)
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                self._unpack(targets, value, target)

    def _put(self, owner: Value, key: Value, value: Value, node: ast.expr) -> None:
        if isinstance(owner, Registered) and isinstance(key, str):
            return self.set_attribute(owner.model, key, value, node)
        inside = owner.children if isinstance(owner, LayerSequence) else owner
        if isinstance(owner, LayerSequence) and isinstance(key, int) and abs(key) < len(owner.children):
            key = [*owner.children][key]
        if isinstance(inside, dict) and isinstance(key, str | int | float | None):
            inside[key] = value
        elif isinstance(owner, list) and isinstance(key, int) and -len(owner) <= key < len(owner):
            owner[key] = value
        elif isinstance(owner, list | dict | LayerSequence | Registered | TensorValue):
            raise NotRead(f"what {self.places.shown(node)} is from here on is not known", self.span(node))
        return None

    def _unpack(self, targets: list[ast.expr], value: Value, node: ast.expr) -> None:
        starred = next((place for place, one in enumerate(targets) if isinstance(one, ast.Starred)), None)
        if isinstance(value, Unknown):
            parts: list[Value] = [value for _ in targets]
        elif isinstance(value, ShapeOf) and starred is None:
            parts = [self.extent(value.tensor, value.first + axis) for axis in range(len(targets))]
        else:
            parts = self.iterated(value, node)
        if starred is not None and len(parts) >= len(targets) - 1:
            end = len(parts) - (len(targets) - 1 - starred)
            parts = [*parts[:starred], parts[starred:end], *parts[end:]]
        if len(parts) != len(targets):
            raise NotRead(f"{len(targets)} names are given {len(parts)} values", self.span(node))
        for one, part in zip(targets, parts, strict=True):
            self.assign(one, part)

    def left_out(self, parts: Iterable[ast.AST], why: Unknown, node: ast.AST) -> Unknown:
        """What a comprehension gives that is not gone through. Raises NotRead where it may change a model."""
        raise NotImplementedError

    def comprehension(self, node: ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp) -> Value:
        """What a comprehension gives. Raises NotRead where it may change a model, and how often is not known."""
        parts = (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
        outer, self.scope = self.scope, Scope({}, self.scope, is_comprehension=True)
        why: Unknown | None = None
        found = list[Any]()
        try:  # not in the generator, which is left where it is when a value raises
            found = [tuple(map(self.value, parts)) for _ in self._iterations(node.generators)]
        except NotListed as problem:
            why = problem.why
        finally:
            self.scope = outer
        if why:
            return self.left_out(parts, why, node)
        if isinstance(node, ast.DictComp):
            return self._plain(node, lambda: dict(found))
        values = [value for (value,) in found]
        return self._plain(node, lambda: FUNCTIONS["set"](values)) if isinstance(node, ast.SetComp) else values

    def _iterations(self, generators: list[ast.comprehension]) -> Iterator[None]:
        """Goes through the values of a comprehension, with its names bound."""
        if not generators:
            yield
            return
        first, *rest = generators
        values = self.value(first.iter)
        if isinstance(values, Unknown | ExampleArray):
            raise NotListed(self.unknown(first.iter) if isinstance(values, ExampleArray) else values)
        for value in self.iterated(values, first.iter):
            self.assign(first.target, value)
            truths = [self.truth(self.value(test)) for test in first.ifs]
            if None in truths:
                test = first.ifs[truths.index(None)]
                raise NotListed(self.unknown(test, f"whether {self.places.shown(test)} holds is not known"))
            if all(truths):
                yield from self._iterations(rest)

    def import_modules(self, node: ast.Import) -> None:
        """`import numpy as np`."""
        for one in node.names:
            name = one.name if one.asname else one.name.partition(".")[0]
            found = self.module_file(one.name, 0)
            if found is not None and not one.asname:
                found = self.module_file(name, 0)
            self.scope.names[one.asname or name] = found or self.external("." * is_own(name) + name, one.asname or name)

    def import_names(self, node: ast.ImportFrom) -> None:
        """`from torch import nn`."""
        found = self.module_file(node.module or "", node.level)
        for one in node.names:
            if one.name == "*":
                self.scope.names.update(self.public(found) if found else {})
                continue
            own = node.level or is_own(node.module or "")
            module = f"{'.' * own}{node.module or ''}"
            known = f"{module.rpartition('.')[2]}.{one.name}" if one.asname not in (None, one.name) else one.name
            inside = self.member(found, one.name, node) if found else None
            external = External(f"{module}.{one.name}", known)
            self.scope.names[one.asname or one.name] = external if isinstance(inside, External | None) else inside

    def module_file(self, name: str, level: int) -> ModuleFile | None:
        """The file beside the program that a module is, if there is one; `level` counts the dots before its name."""
        return None

    def member(self, module: ModuleFile, name: str, node: ast.AST) -> Value:
        """What a name of a module is."""
        raise NotImplementedError

    def public(self, module: ModuleFile) -> Mapping[str, Value]:
        """What `from module import *` takes in."""
        raise NotImplementedError
