"""Files that are found by listing their folder: loaded by name, and refused where something is missing in them."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from types import ModuleType


class RegistrationError(Exception):
    """A layer, rule, format or output that cannot be used; the message names its file, `help` says what to write."""

    def __init__(self, file: str, message: str, help: str) -> None:
        super().__init__(f"{file}: {message}")
        self.help = help


def file_of(module: str) -> str:
    """The path of a module, from the folder that the package is in."""
    from importlib.util import find_spec

    found = find_spec(module)
    path = found.origin if found is not None and found.origin else f"{module.replace('.', '/')}.py"
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    inside = path.startswith(os.path.join(root, ""))
    return (os.path.relpath(path, root) if inside else path).replace(os.sep, "/")


def modules_of(folder: str) -> list[str]:
    """The names of the modules and packages in a folder, in order."""
    found = [name for name in os.listdir(folder) if not name.startswith(("_", "."))]
    package = os.path.join(folder, "{}", "__init__.py")
    return sorted(
        name.removesuffix(".py") for name in found if name.endswith(".py") or os.path.isfile(package.format(name))
    )


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
    defined = dir(loaded) if members else ()
    for member, written in (members or {}).items():
        if member not in defined:
            raise RegistrationError(file_of(module), f"{member} is missing", f"write {written}")
    return loaded
