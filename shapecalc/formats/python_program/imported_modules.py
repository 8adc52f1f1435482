"""What a program takes from the files beside it."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from shapecalc.formats.python_program.bindings import LoopEnd, Return
from shapecalc.formats.python_program.keras_models import KerasModels
from shapecalc.formats.python_program.other_files import OtherFiles
from shapecalc.formats.python_program.places import Places
from shapecalc.formats.python_program.program_values import External, ModuleFile, NotRead, Unknown, Value


class ImportedModules(KerasModels):
    """A program, the modules beside it, and what it calls."""

    def __init__(self, places: Places) -> None:
        super().__init__(places)
        self.runs: list[tuple[Value, Value]] = []
        """Models that are called on an example, and what they give."""
        self.beside: OtherFiles | None = None
        """The files beside it, where it is in a folder."""

    def module_file(self, name: str, level: int) -> ModuleFile | None:
        """The file beside the program that a module is, read when it is first asked for."""
        return self.beside.module(name, level) if self.beside else None

    def member(self, module: ModuleFile, name: str, node: ast.AST) -> Value:
        """What a name of a module is; what is not read of a file that breaks off is not known."""
        if name in module.scope.names:
            return module.scope.names[name]
        if name == "__dict__":
            return module.scope.names
        inner = self.beside.inside(module, name) if self.beside else None
        if inner is None and module.problem:
            return Unknown(module.problem.reason, module.problem.span)
        return inner or External(f"{module.name}.{name}", f"{module.name.rpartition('.')[2]}.{name}")

    def public(self, module: ModuleFile) -> Mapping[str, Value]:
        """What `from module import *` takes in."""
        names = module.scope.names
        said = names.get("__all__")
        chosen = said if isinstance(said, list | tuple) else [name for name in names if name[:1] != "_"]
        return {name: names[name] for name in chosen if isinstance(name, str) and name in names}

    def run_apart(self, body: list[ast.stmt], module: ModuleFile) -> None:
        """Goes through a module: models that it makes and calls are not those of the program."""
        lists: tuple[list[Any], ...] = (self.runs, self.sizes, self.models, self.sequences, self.doubts, self.lost)
        lengths = [*map(len, lists)]
        outer, self.scope = self.scope, module.scope
        depth, self.depth = self.depth, 0
        try:
            self.run(body)
        except NotRead as problem:
            module.problem = problem
        except (Return, LoopEnd):
            module.problem = NotRead(f"{module.path} is no module", self.span(body[0]))
        finally:
            self.scope, self.depth = outer, depth
        for one, length in zip(lists, lengths, strict=True):
            del one[length:]
