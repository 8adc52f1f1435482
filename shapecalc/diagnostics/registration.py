"""Files that are found by listing their folder: loaded by name, and refused where something is missing in them."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType


class RegistrationError(Exception):
    """A layer, rule, format or output that cannot be used; the message names its file, `help` says what to write."""

    def __init__(self, file: str, message: str, help: str) -> None:
        super().__init__(f"{file}: {message}")
        self.help = help


def file_of(module: str) -> str:
    """The path of a module, from the folder that the package is in."""
    found = importlib.util.find_spec(module)
    path = Path(found.origin) if found is not None and found.origin else Path(f"{module.replace('.', '/')}.py")
    root = Path(__file__).parents[2]
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def load_file(package: str, name: str, members: Mapping[str, str] | None = None) -> ModuleType:
    """The module of a folder. `members` are the names that it must define, each with what to write.

    Raises RegistrationError where it lacks one, or cannot be imported.
    """
    module = f"{package}.{name}"
    try:
        loaded = importlib.import_module(module)
    except RegistrationError:
        raise
    except Exception as problem:
        message = f"it cannot be imported: {type(problem).__name__}: {problem}"
        raise RegistrationError(file_of(module), message, "correct the file, or remove it") from problem
    for member, written in (members or {}).items():
        if member not in dir(loaded):
            raise RegistrationError(file_of(module), f"{member} is missing", f"write {written}")
    return loaded
