"""What is known of a published network: its figures, computed from its file or taken from the index made of it."""

from __future__ import annotations

import hashlib
import json
import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import asdict
from functools import cache
from math import prod
from pathlib import Path
from typing import Any

from shapecalc.core.record import Record
from shapecalc.diagnostics.diagnostic import Source
from shapecalc.diagnostics.spelling import did_you_mean
from shapecalc.language.figures import parse_figure
from shapecalc.passes.receptive_field import network_field
from shapecalc.pipeline import check
from shapecalc.published import PREFIX, Published, published

INDEX = Path(__file__).parent / "index.json"
"""The entries as they were computed, each with a digest of the text: checking all networks takes seconds."""
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


class ZooEntry(Record):
    """A published network. Counts are per image; None is unknown."""

    name: str
    title: str
    """What its file calls it."""
    year: int | None
    source: str
    file: str
    input: tuple[int, ...]
    """Sizes of the first INPUT, depth last."""
    layers: int
    params: int | None
    macs: int | None
    kept: int | None
    """Bytes kept for the backward pass, batch 1, float32."""
    field: int | None
    """Positions of the receptive field along its longest axis, as `network_field` has it."""
    ok: bool
    """Whether `check` finds no error."""
    errata: tuple[dict[str, str], ...]

    def to_dict(self) -> dict[str, Any]:
        """As it stands in JSON."""
        return {**asdict(self), "input": list(self.input), "errata": list(self.errata)}


def entries() -> list[ZooEntry]:
    """Every published network, in the order of names."""
    return [indexed(network) or entry_of(network) for network in published().values()]


def entry_of(network: Published) -> ZooEntry:
    """An entry, computed."""
    report = check(Source(f"{PREFIX}{network.name}", network.text))
    assert report.graph is not None
    assert report.totals is not None
    settings = report.graph.settings
    year = _YEAR.search(settings.source or "")
    first, field = report.rows[0].output, network_field(report.rows)
    return ZooEntry(
        name=network.name,
        title=report.name,
        year=int(year[0]) if year else None,
        source=settings.source or "",
        file=network.file.name,
        input=first.sizes if first else (),
        layers=len(report.rows),
        params=report.totals.params,
        macs=report.totals.macs,
        kept=report.totals.memory.kept,
        field=field.longest if field else None,
        ok=report.ok,
        errata=tuple(erratum.to_dict() for erratum in settings.errata),
    )


@cache
def _index() -> dict[str, dict[str, Any]]:
    found = json.loads(INDEX.read_text(encoding="utf-8")) if INDEX.exists() else []
    return {entry["name"]: entry for entry in found}


def indexed(network: Published) -> ZooEntry | None:
    """The entry of the index; None where the text is another one since."""
    known = dict(_index().get(network.name, {}))
    if known.pop("digest", None) != digest_of(network):
        return None
    return ZooEntry(**{**known, "input": tuple(known["input"]), "errata": tuple(known["errata"])})


def digest_of(network: Published) -> str:
    """By which a text is known again."""
    return hashlib.blake2b(network.text.encode(), digest_size=8).hexdigest()


# --- which are wanted -------------------------------------------------------------------------------

FIGURES: dict[str, Callable[[ZooEntry], int | None]] = {
    "year": lambda entry: entry.year, "input": lambda entry: prod(entry.input), "layers": lambda entry: entry.layers,
    "params": lambda entry: entry.params, "macs": lambda entry: entry.macs, "kept": lambda entry: entry.kept,
    "field": lambda entry: entry.field, "errata": lambda entry: len(entry.errata),
}  # fmt: skip
"""What networks are filtered and sorted by, besides their name."""
_CONDITION = re.compile(r"\s*([a-z]+)\s*(<=|>=|<|>|=)\s*(\S(?:.*\S)?)\s*")
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
        if set(text) & set("<>="):
            raise ValueError(f"'{text}' is not a condition: write one such as params<10M")
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
