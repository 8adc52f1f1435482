"""Every rule there is, by the files in this folder, whose names give code and name before anything is loaded."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from typing import get_args

from shapecalc.diagnostics.diagnostic import Severity
from shapecalc.diagnostics.registration import RegistrationError, file_of, load_file
from shapecalc.rules.rule import Group, Rule

_CODE_LENGTH = len("SHP201")
_FREE = "write a code and a name that no other file in the folder has, such as shp441_its_name.py"


@cache
def codes() -> dict[str, str]:
    """Every code and its name, in the order of the codes. Raises RegistrationError where two files have one."""
    found: dict[str, str] = {}
    names: set[str] = set()
    for file in sorted(os.listdir(os.path.dirname(__file__))):
        if file.startswith("shp") and file.endswith(".py"):
            code, _, name = file[:-3].partition("_")
            code, name = code.upper(), name.replace("_", "-")
            if len(code) != _CODE_LENGTH or not code[-3:].isdecimal() or not name:
                raise RegistrationError(f"shapecalc/rules/{file}", "its name is not a code and a name", _FREE)
            if code in found or name in names:
                taken = code if code in found else name
                raise RegistrationError(f"shapecalc/rules/{file}", f"another rule is {taken} too", _FREE)
            found[code] = name
            names.add(name)
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
    """The rule of a code. Raises KeyError where there is none, RegistrationError where its file lacks something."""
    module = load_file("shapecalc.rules", f"{code.lower()}_{codes()[code].replace('-', '_')}")
    types = [v for v in vars(module).values() if isinstance(v, type) and v.__module__ == module.__name__]
    rules = [t for t in types if issubclass(t, Rule)]
    if len(rules) != 1:
        help = "write one class of Rule, with a docstring, bad and good examples, and check(self, context)"
        raise RegistrationError(file_of(module.__name__), f"there are {len(rules)} rules in it, not one", help)
    for wrong, help in _faults(rules[0]):
        raise RegistrationError(file_of(module.__name__), f"{rules[0].__name__} {wrong}", help)
    return rules[0]()


def _faults(rule: type[Rule]) -> Iterator[tuple[str, str]]:
    """What a rule lacks, each with what to write."""
    for examples, texts in (("bad", rule.bad), ("good", rule.good)):
        if not texts:
            yield f"has no {examples} examples", f'write {examples} = ("INPUT(8x8x3) => …",), which become its tests'
    if rule.severity not in get_args(Severity):
        yield f"has the severity {rule.severity!r}", f"write one of {', '.join(get_args(Severity))}"
    if other := sorted(set(rule.groups) - set(get_args(Group))):
        yield f"is in the group {other[0]!r}", f"write groups of {', '.join(get_args(Group))}"


def all_rules() -> list[Rule]:
    """Every rule, in the order of the codes."""
    return [load(code) for code in codes()]
