"""Which of the published networks are wanted, and in which order."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from math import prod
from typing import Any

from shapecalc.diagnostics.spelling import did_you_mean
from shapecalc.language.figures import parse_figure
from shapecalc.zoo.entry import ZooEntry

FIGURES: dict[str, Callable[[ZooEntry], int | None]] = {
    "year": lambda entry: entry.year, "input": lambda entry: prod(entry.input), "layers": lambda entry: entry.layers,
    "params": lambda entry: entry.params, "macs": lambda entry: entry.macs, "kept": lambda entry: entry.kept,
    "field": lambda entry: entry.field, "errata": lambda entry: len(entry.errata),
}  # fmt: skip
"""What networks are filtered and sorted by, besides their name."""
_CONDITION = re.compile(r"\s*([a-z]+)\s*(<=|>=|<|>|=)\s*(\S.*?)\s*")
_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
    "=": operator.eq,
}


def chosen(entries: Iterable[ZooEntry], filters: Iterable[str], sort: str = "name") -> list[ZooEntry]:
    """The entries that every filter lets through, sorted by a figure; `-params` puts the largest first.

    A filter is a condition such as `params<10M`, or a text that name, title or source holds. Raises ValueError.
    """
    wanted = [_filter(text) for text in filters]
    found = [entry for entry in entries if all(holds(entry) for holds in wanted)]
    key = sort.removeprefix("-")
    if key == "name":
        return sorted(found, key=lambda entry: entry.name, reverse=sort.startswith("-"))
    figure = FIGURES[_known(key)]
    signed = -1 if sort.startswith("-") else 1
    values = [(figure(entry), entry) for entry in found]
    return [e for _, e in sorted(values, key=lambda pair: (pair[0] is None, signed * (pair[0] or 0), pair[1].name))]


def _filter(text: str) -> Callable[[ZooEntry], bool]:
    match = _CONDITION.fullmatch(text)
    if match is None:
        words = text.lower()
        return lambda entry: words in f"{entry.name}\n{entry.title}\n{entry.source}".lower()
    if match[1] == "name":
        raise ValueError(f"a name is found by its words: write {match[3]} in place of {text.strip()}")
    figure, holds = FIGURES[_known(match[1])], _SIGNS[match[2]]
    limit = parse_figure(match[3]).value

    def condition(entry: ZooEntry) -> bool:
        value = figure(entry)
        return value is not None and holds(value, limit)

    return condition


def _known(key: str) -> str:
    if key in FIGURES:
        return key
    hint = did_you_mean(key, [*FIGURES, "name"], f"there are name, {', '.join(FIGURES)}")
    raise ValueError(f"the zoo has no figure '{key}'; {hint}")
