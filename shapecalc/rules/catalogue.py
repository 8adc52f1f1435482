"""Every rule there is, by the files in this folder, whose names give code and name before anything is loaded."""

from __future__ import annotations

import importlib
import os
from functools import cache

from shapecalc.rules.rule import Rule


@cache
def codes() -> dict[str, str]:
    """Every code and its name, in the order of the codes. Raises ValueError where one is there twice."""
    found: dict[str, str] = {}
    for file in sorted(os.listdir(os.path.dirname(__file__))):
        if file.startswith("shp") and file.endswith(".py"):
            code, _, name = file[:-3].partition("_")
            code, name = code.upper(), name.replace("_", "-")
            if code in found or name in found.values():
                raise ValueError(f"{code} {name} is there twice")
            found[code] = name
    return found


def rule_name(code: str) -> str:
    """The kebab-case name of a code. Raises KeyError where there is none."""
    return codes()[code]


def code_of(word: str) -> str | None:
    """The code that a code or a name stands for, in any case."""
    code, name = word.upper(), word.lower()
    return code if code in codes() else next((c for c, n in codes().items() if n == name), None)


@cache
def load(code: str) -> Rule:
    """The rule of a code. Raises KeyError where there is none."""
    path = f"{code.lower()}_{codes()[code].replace('-', '_')}"
    module = importlib.import_module(f"shapecalc.rules.{path}")
    types = [v for v in vars(module).values() if isinstance(v, type) and v.__module__ == module.__name__]
    (type_,) = [t for t in types if issubclass(t, Rule)]
    return type_()


def all_rules() -> list[Rule]:
    """Every rule, in the order of the codes."""
    return [load(code) for code in codes()]
