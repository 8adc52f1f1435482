"""Files beside a program that it imports: found in its own folders alone, and read as it is, never run."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from typing import Protocol

from shapecalc.diagnostics.diagnostic import Diagnosed
from shapecalc.formats.python_program.framework_layers import is_own
from shapecalc.formats.python_program.parsed_text import parsed, plain
from shapecalc.formats.python_program.places import Places
from shapecalc.formats.python_program.program_values import ModuleFile, NotRead, Scope

MOST_FILES = 100
"""That a program takes in."""
MOST_BYTES = 400_000
"""Of each of them."""
FOLDERS_UP = 3
"""How far above the program's folder a module is looked for by its whole name, if no project ends before."""
_ENDS = (".git", "pyproject.toml", "setup.py", "setup.cfg")
"""What the first folder of a project has."""


class Runs(Protocol):
    """What reads the statements of a file: the program that imports it."""

    places: Places
    scope: Scope

    def run_apart(self, body: list[ast.stmt], module: ModuleFile) -> None:
        """Goes through a module."""


class OtherFiles:
    """The modules in the folders of a program, each read once."""

    def __init__(self, program: Runs, path: str) -> None:
        self._program, self._path = program, path
        self._modules: dict[str, ModuleFile] = {}
        self._folders = [*_folders_of(path)]
        self._top = os.path.realpath(self._folders[-1] or ".")

    def module(self, name: str, level: int) -> ModuleFile | None:
        """The module of a name; `level` says how many dots are before that. None where it is in no file here."""
        if not level and not is_own(name):
            return None
        parts = name.split(".") if name else []
        for folder in self._starts(level):
            path = self._file(os.path.join(folder, *parts))
            if path is not None:
                return self._read(path, name or os.path.basename(os.path.abspath(folder)))
        return None

    def inside(self, module: ModuleFile, name: str) -> ModuleFile | None:
        """The module of a name in the folder of another one."""
        folder = module.path if not module.path.endswith(".py") else os.path.dirname(module.path)
        if folder == os.path.dirname(module.path) and os.path.basename(module.path) != "__init__.py":
            return None
        path = self._file(os.path.join(folder, name))
        return None if path is None else self._read(path, f"{module.name}.{name}")

    def _starts(self, level: int) -> list[str]:
        """The folders in which a module is looked for."""
        try:
            importer = self._program.scope.find("__file__")
        except KeyError:
            importer = self._path
        folder = os.path.dirname(str(importer))
        if level:
            return [os.path.normpath(os.path.join(folder, *[os.pardir] * (level - 1)))]
        return [*dict.fromkeys([os.path.normpath(folder), *self._folders])]

    def _file(self, path: str) -> str | None:
        """A module's file, or its folder where that has no file for it; None where there is none."""
        for one in (os.path.join(path, "__init__.py"), f"{path}.py"):
            if os.path.isfile(one) and self._is_within(one):
                return os.path.normpath(one)
        return os.path.normpath(path) if os.path.isdir(path) and self._is_within(path) else None

    def _is_within(self, path: str) -> bool:
        """Whether it is in the folders of the program, wherever links lead."""
        return os.path.realpath(path).startswith(os.path.join(self._top, ""))

    def _read(self, path: str, name: str) -> ModuleFile | None:
        """The module in a file; None where it is not read."""
        from shapecalc.formats.sources import read_source

        known = os.path.realpath(path)
        if known in self._modules:
            return self._modules[known]
        names = {"__name__": name, "__file__": path if path.endswith(".py") else os.path.join(path, "__init__.py")}
        module = ModuleFile(name, path, Scope({**names}))
        if not path.endswith(".py"):
            return self._modules.setdefault(known, module)
        if len(self._modules) >= MOST_FILES or os.path.getsize(path) > MOST_BYTES:
            return None
        try:
            source = read_source(path)
        except Diagnosed:
            return None
        self._modules[known] = module
        body = parsed(source.text)
        before = self._program.places.add(source, plain(source.text))
        if isinstance(body, SyntaxError):
            span = self._program.places.in_line(before + max(body.lineno or 1, 1), max(body.offset or 1, 1))
            module.problem = NotRead(f"{path} is not read: {body.msg}", span)
            return module
        for node in body:
            ast.increment_lineno(node, before)
        if body:
            self._program.run_apart(body, module)
        return module


def _folders_of(path: str) -> Iterator[str]:
    """The folder of a program and those above it, up to the first of the project."""
    folder = os.path.dirname(path)
    for _ in range(FOLDERS_UP + 1):
        yield os.path.normpath(folder)
        if any(os.path.exists(os.path.join(folder, end)) for end in _ENDS):
            return
        above = os.path.join(folder, os.pardir)
        if os.path.realpath(above) == os.path.realpath(folder or "."):
            return
        folder = above


def takes_in_others(text: str) -> bool:
    """Whether a program imports what may be in files beside it."""
    body = parsed(text)
    for node in [] if isinstance(body, SyntaxError) else (inner for part in body for inner in ast.walk(part)):
        match node:
            case ast.ImportFrom(module=name, level=level) if level or is_own(name or ""):
                return True
            case ast.Import(names=names) if any(is_own(one.name) for one in names):
                return True
    return False
