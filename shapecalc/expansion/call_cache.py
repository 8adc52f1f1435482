"""The layers that calls make: the same object for the same call with the same values, each problem reported once."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from shapecalc.diagnostics.diagnostic import Diagnosed
from shapecalc.expansion.bind import Binder, BoundLayer
from shapecalc.expansion.declarations import names_in
from shapecalc.expansion.evaluate import Scope
from shapecalc.language import syntax
from shapecalc.passes.graph import NOT_UNDERSTOOD
from shapecalc.registry import NamedType


class CallCache:
    """What calls were found to be."""

    def __init__(self, binder: Binder) -> None:
        self.binder, self.diagnostics = binder, binder.diagnostics
        self._names: dict[int, tuple[syntax.Call, tuple[str, ...]]] = {}
        """The names in each call, by its identity; the call is kept so that its identity is not used again."""
        self._bound: dict[Hashable, BoundLayer] = {}
        """By what `key` gives, and by what stands in calls, wherever that is."""

    def bound(self, named: NamedType, call: syntax.Call, scope: Scope) -> BoundLayer:
        """The layer of a call, with the values that a scope gives its names."""
        key = self.key(call, scope)
        found = self._bound.get(key)
        if found is None:
            alike = (call.name, call.short, _written(call), key[1])
            found = self._bound[key] = self._bound.get(alike) or self._bind(named, call, scope, alike)
        return found

    def _bind(self, named: NamedType, call: syntax.Call, scope: Scope, alike: Hashable) -> BoundLayer:
        """A layer that is made; what is wrong with it, or claimed, is only of this place."""
        problems = self.binder.problems
        try:
            found = self.binder.bind(named, call, scope)
        except Diagnosed as problem:
            self.diagnostics.extend(problem.diagnostics)
            return BoundLayer(NOT_UNDERSTOOD, call.name)
        if self.binder.problems == problems and found.arrives is None:
            self._bound[alike] = found
        return found

    def key(self, call: syntax.Call, scope: Scope) -> tuple[int, tuple[Any, ...]]:
        """What tells a call with the values that a scope gives its names from all others."""
        names = self.names(call)
        return id(call), tuple([_exactly(scope.get(name)) for name in names]) if names else ()

    def names(self, call: syntax.Call) -> tuple[str, ...]:
        """The names that the arguments of a call mention."""
        found = self._names.get(id(call))
        if found is None:
            values = [argument.value for argument in call.arguments]
            plain = {type(value) for value in values} <= {syntax.Number, syntax.Name}
            names = {v.name for v in values if type(v) is syntax.Name} if plain else names_in(call.arguments)
            found = self._names[id(call)] = call, tuple(sorted(names)) if names else ()
        return found[1]

    def is_literal(self, call: syntax.Call, scope: Scope) -> bool:
        """Whether the place of a call holds all of it, with no name in it that has a value."""
        start, end = call.span
        for argument in call.arguments:
            first, last = argument.value.span
            if first < start or last > end:
                return False
        return scope.keys().isdisjoint(self.names(call))


def _written(call: syntax.Call) -> Hashable:
    """What stands in a call of numbers and names; the identity of one that holds more."""
    parts: list[Any] = []
    for argument in call.arguments:
        value = argument.value
        if type(value) is syntax.Number:
            parts += argument.name, type(value.value), value.value
        elif type(value) is syntax.Name:
            parts += argument.name, syntax.Name, value.name
        else:
            return id(call)
    return tuple(parts)


def _exactly(value: Any) -> Any:
    """A value with its types, as Python takes 1x2 for (1,2) and 1 for true."""
    inner = tuple(map(_exactly, value)) if isinstance(value, tuple) else value
    return type(value), inner
