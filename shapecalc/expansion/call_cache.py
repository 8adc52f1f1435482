"""The layers that calls make: the same object for the same call with the same values, each problem reported once."""

from __future__ import annotations

from typing import Any

from shapecalc.diagnostics.diagnostic import Diagnosed
from shapecalc.expansion.bind import Binder, BoundLayer
from shapecalc.expansion.evaluate import Scope
from shapecalc.expansion.free_names import names_in
from shapecalc.language import syntax
from shapecalc.registry import NamedType


class CallCache:
    """What calls were found to be."""

    def __init__(self, binder: Binder) -> None:
        self.binder, self.diagnostics = binder, binder.diagnostics
        self._names: dict[int, tuple[syntax.Call, tuple[str, ...]]] = {}
        """The names in each call, by its identity; the call is kept so that its identity is not used again."""
        self._bound: dict[tuple[int, tuple[Any, ...]], BoundLayer] = {}

    def bound(self, named: NamedType, call: syntax.Call, scope: Scope) -> BoundLayer:
        """The layer of a call, with the values that a scope gives its names."""
        key = self.key(call, scope)
        found = self._bound.get(key)
        if found is None:
            try:
                found = self.binder.bind(named, call, scope)
            except Diagnosed as problem:
                self.diagnostics.extend(problem.diagnostics)
                found = BoundLayer(None, call.name)
            self._bound[key] = found
        return found

    def key(self, call: syntax.Call, scope: Scope) -> tuple[int, tuple[Any, ...]]:
        """What tells a call with the values that a scope gives its names from all others."""
        return id(call), tuple([_exactly(scope.get(name)) for name in self.names(call)])

    def names(self, call: syntax.Call) -> tuple[str, ...]:
        """The names that the arguments of a call mention."""
        found = self._names.get(id(call))
        if found is None:
            found = self._names[id(call)] = call, tuple(sorted(names_in(call.arguments)))
        return found[1]

    def is_literal(self, call: syntax.Call, scope: Scope) -> bool:
        """Whether the place of a call holds all of it, with no name in it that has a value."""
        values = [argument.value for argument in call.arguments]
        inside = all(call.span[0] <= v.span[0] and v.span[1] <= call.span[1] for v in values)
        return inside and not any(name in scope for name in self.names(call))


def _exactly(value: Any) -> Any:
    """A value with its types, as Python takes 1x2 for (1,2) and 1 for true."""
    inner = tuple(map(_exactly, value)) if isinstance(value, tuple) else value
    return type(value), inner
