"""The blocks of a diagram: their definitions, and the values that a use gives to their parameters."""

from __future__ import annotations

from typing import Any

from shapecalc.core.phrases import counted
from shapecalc.diagnostics.diagnostic import Related, report
from shapecalc.diagnostics.spelling import MOST_GUESSED, nearest
from shapecalc.expansion.declarations import free_names
from shapecalc.expansion.evaluate import Scope
from shapecalc.expansion.scope import Names
from shapecalc.language import syntax
from shapecalc.registry import layer_named


class Blocks:
    """All blocks by name, whatever its case."""

    def __init__(self, diagram: syntax.Diagram, names: Names) -> None:
        self.names, self.diagnostics = names, names.diagnostics
        self.known: dict[str, syntax.Block] = {}
        self._taken: dict[str, list[str]] = {}
        """The names that a block takes from the diagram, by the block's."""
        for statement in diagram.statements:
            if isinstance(statement, syntax.Block):
                self._declare(statement)

    def find(self, name: str) -> syntax.Block | None:
        """The block of a name, if there is one."""
        return self.known.get(name.lower())

    def scope(self, block: syntax.Block, call: syntax.Call, outside: Scope) -> dict[str, Any]:
        """What the names in a block's body stand for: its parameters, over the names of the whole diagram.

        What is wrong with the arguments is reported, and counts as 1.
        """
        inner = {name: self.names.scope[name] for name in self._taken_by(block)}
        given = self._given(block, call, outside)
        for parameter in block.parameters:
            if parameter.name in given:
                inner[parameter.name] = given[parameter.name]
            elif parameter.default is not None:
                inner[parameter.name] = self.names.argument(parameter.default, inner)
            else:
                self._report("SHP105", f"the block {block.name} needs {parameter.name}", call, block)
                inner[parameter.name] = 1
        return inner

    def _taken_by(self, block: syntax.Block) -> list[str]:
        name = block.name.lower()
        if name not in self._taken:
            self._taken[name] = sorted(free_names(block) & self.names.scope.keys())
        return self._taken[name]

    def _declare(self, block: syntax.Block) -> None:
        name = block.name.lower()
        if name in self.known:
            self.diagnostics.append(
                report(
                    "SHP112",
                    f"the block {block.name} is defined twice",
                    block.name_span,
                    related=(Related(self.known[name].name_span, "first defined here"),),
                )
            )
        if layer_named(block.name.upper()):
            self.diagnostics.append(
                report(
                    "SHP112",
                    f"{block.name} is the name of a layer, so a block cannot be called that",
                    block.name_span,
                    help=(f"rename it, for example {name}_block",),
                )
            )
        self.known[name] = block

    def _given(self, block: syntax.Block, call: syntax.Call, outside: Scope) -> dict[str, Any]:
        parameters = [p.name for p in block.parameters]
        given: dict[str, Any] = {}
        unknown = 0
        for place, argument in enumerate(call.arguments):
            name = argument.name or (parameters[place] if place < len(parameters) else None)
            if name is None:
                takes = f"the block {block.name} takes {counted(len(parameters), 'value')}"
                self._report("SHP106", f"{takes}, and {len(call.arguments)} are given", argument, block)
                break
            if name not in parameters:
                unknown += 1
                guess = nearest(name, parameters) if unknown <= MOST_GUESSED else None
                label = f"did you mean {guess}?" if guess else "not a parameter of this block"
                self._report("SHP102", f"the block {block.name} has no parameter called {name}", argument, block, label)
                continue
            if name in given:
                self._report("SHP104", f"the block {block.name} is given {name} twice", argument, block)
            given[name] = self.names.argument(argument.value, outside)
        return given

    def _report(
        self, code: str, message: str, part: syntax.Argument | syntax.Call, block: syntax.Block, label: str = ""
    ) -> None:
        shown = f"{block.name}({', '.join(p.name for p in block.parameters)})"
        self.diagnostics.append(report(code, message, part.span, label=label, notes=(shown,)))
