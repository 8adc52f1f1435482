"""Reads a configuration file: every key, and nothing that is none."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from shapecalc.configuration.configuration import Configuration, ConfigurationError, matches
from shapecalc.configuration.search import bytes_of, read_toml
from shapecalc.core.phrases import reason
from shapecalc.diagnostics.spelling import did_you_mean
from shapecalc.passes.budgets import MEASURES, Budget, budget
from shapecalc.rules.catalogue import LEVELS, RULESETS, Level, UnknownRule, effective_rules

DEFAULTS = (
    "input", "classes", "batch", "dtype", "optimizer", "device", "foreach", "weight-decay", "freeze", "checkpoint",
    "amp", "strict", "rounding", "fail-on", "optional", "max-layers",
)  # fmt: skip
"""Options of `check` that a project can give other defaults."""


@cache
def read_configuration(path: str) -> Configuration:
    """The configuration in a file. Raises ConfigurationError."""
    shown = os.path.relpath(path)
    try:
        table = read_toml(bytes_of(path))
    except OSError as problem:
        raise ConfigurationError(f"{shown} cannot be read: {reason(problem)}") from None
    except ValueError as problem:
        raise ConfigurationError(f"{shown} is not TOML: {problem}") from None
    except RecursionError:
        raise ConfigurationError(f"{shown} cannot be read: its brackets nest too deeply") from None
    if os.path.basename(path) == "pyproject.toml":
        table = table["tool"]["shapecalc"]
        if not isinstance(table, dict):
            raise ConfigurationError(f"{shown}: tool.shapecalc is a table of keys and values")
    return read_table(table, shown)


def read_table(table: Mapping[str, Any], path: str) -> Configuration:
    """The configuration in a table of TOML. Raises ConfigurationError for what is no key or no value of its key."""
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in KEYS:
            raise ConfigurationError(f"{path} has the unknown key '{key}'; {_hint(key, tuple(KEYS))}")
        try:
            values[key.replace("-", "_")] = KEYS[key](value, path)
        except ValueError as problem:
            raise ConfigurationError(f"{path}: {key} {problem}") from None
    found = Configuration(path, **values, keys=tuple(table))
    try:
        for glob, _ in (("", ()), *found.per_file_ignores):
            effective_rules(found.selection(os.path.join(found.folder, glob or "x")))
    except UnknownRule as problem:
        raise ConfigurationError(f"{path}: {problem}") from None
    return found


def _globs(value: Any, path: str) -> tuple[str, ...]:
    return tuple(map(_glob, _texts(value, path)))


def _glob(glob: str) -> str:
    """A glob as it is. Raises ValueError for one that can name nothing."""
    try:
        matches(glob, "")
    except re.error:
        raise ValueError(f"has the glob '{glob}', and no character is in its [ ]") from None
    return glob


def _hint(word: str, known: tuple[str, ...]) -> str:
    return did_you_mean(word, known, f"the keys are {', '.join(known)}")


def _texts(value: Any, path: str) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError('is a list of texts, such as ["SHP401"]')
    return tuple(value)


def _flag(value: Any, path: str) -> bool:
    if not isinstance(value, bool):
        raise ValueError("is true or false")
    return value


def _text(value: Any, path: str) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("is a text in quotes")
    return value


def _ruleset(value: Any, path: str) -> str:
    if value not in RULESETS:
        raise ValueError(f"is one of {', '.join(RULESETS)}")
    return str(value)


def _mapping(value: Any, of: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"is a table of {of}")
    return value


def _severity(value: Any, path: str) -> tuple[tuple[str, Level], ...]:
    for rule, level in _mapping(value, "rules and severities").items():
        if level not in LEVELS:
            raise ValueError(f"gives {rule} the severity '{level}'; {', '.join(LEVELS)} are severities")
    return tuple(value.items())


def _ignores(value: Any, path: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found = []
    for glob, words in _mapping(value, "globs and lists of rules").items():
        if isinstance(words, str):
            raise ValueError(f'of {glob} is a list, such as ["{words}"]')
        found.append((_glob(glob), _texts(words, path)))
    return tuple(found)


def _budgets(value: Any, path: str) -> tuple[tuple[str, tuple[Budget, ...]], ...]:
    found = []
    for glob, limits in _mapping(value, "globs and limits").items():
        of = f'limits, such as {{params = "5M"}}: {glob} has none'
        source = f"{glob} in {path}"
        found.append((_glob(glob), tuple(_budget(key, limit, source) for key, limit in _mapping(limits, of).items())))
    return tuple(found)


def _budget(key: str, limit: Any, source: str) -> Budget:
    if key not in MEASURES:
        raise ValueError(f"has the unknown key '{key}'; {_hint(key, tuple(MEASURES))}")
    if isinstance(limit, bool) or not isinstance(limit, str | int):
        raise ValueError(f'of {key} is a figure, such as "5M"')
    return budget(key, str(limit), source)


def _defaults(value: Any, path: str) -> Mapping[str, Any]:
    for key, setting in _mapping(value, "options and values").items():
        if key not in DEFAULTS:
            raise ValueError(f"has the unknown key '{key}'; {_hint(key, DEFAULTS)}")
        if not isinstance(setting, str | int | bool):
            raise ValueError(f"of {key} is a text, a number, true or false")
    return dict(value)


KEYS: dict[str, Callable[[Any, str], Any]] = {
    "select": _texts, "ignore": _texts, "preview": _flag, "ruleset": _ruleset, "severity": _severity,
    "per-file-ignores": _ignores, "budgets": _budgets, "include": _globs, "exclude": _globs, "defaults": _defaults,
    "baseline": _text,
}  # fmt: skip
"""Every key, and how its value is read."""
