"""A comparison of networks as text, in Markdown and as plain values: its sentences, then its totals and layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from shapecalc.core.bytes import byte_text
from shapecalc.core.phrases import counted, plural
from shapecalc.display.compare_sentences import consequences, label_of, names_of, percent
from shapecalc.display.layer_json import fields_of, volumes_of
from shapecalc.display.style import clean
from shapecalc.display.wrapping import broken, escaped, markdown, plain
from shapecalc.passes.report import CheckedNetwork, Row
from shapecalc.transforms.compare import IN_BYTES, OF_LAYERS, NetworkComparison, Pair, figures_of, same_call


def total_rows(found: NetworkComparison) -> list[tuple[str, ...]]:
    """The table of totals, its header first."""
    head = ("", label_of(found.a, found), label_of(found.b, found), "difference", "")
    rows: list[tuple[str, ...]] = [head]
    for key, (a, b) in found.totals.items():
        difference = None if a is None or b is None else b - a
        share = percent(a, b) if a and b is not None and difference else ""
        rows.append((key, amount(key, a), amount(key, b), _change(key, difference), share))
    return rows


def amount(key: str, value: int | None) -> str:
    """A figure as people read it."""
    if value is None:
        return "?"
    return byte_text(value, digits=2) if key in IN_BYTES else f"{value:,}"


def _change(key: str, difference: int | None) -> str:
    if not difference:
        return "" if difference == 0 else "?"
    sign = "+" if difference > 0 else "−"
    return f"{sign}{amount(key, abs(difference))}"


def layer_rows(found: NetworkComparison, *, every: bool = False) -> list[tuple[str, ...]]:
    """The table of layers that differ, its header first."""
    head = ("", "layer", "call", "volume", "params", "MACs", "kept")
    return [head, *(_layer_row(pair) for pair in found.pairs if every or _shown(pair))]


def _shown(pair: Pair) -> bool:
    """Whether more than the field differs, which differs in all that comes after one layer."""
    return bool(pair.differs) and pair.differs != ("field",)


def _layer_row(pair: Pair) -> tuple[str, ...]:
    mark = "+" if pair.a is None else "−" if pair.b is None else "~" if _shown(pair) else " "
    changes = (_change(key, pair.change(key)) for key in ("params", "macs", "kept"))
    return (mark, names_of(pair), *_both(pair), *changes)


def _both(pair: Pair) -> Iterator[str]:
    """Call and volume, of both where they differ."""
    calls = [clean(row.text) for row in (pair.a, pair.b) if row]
    yield calls[-1] if pair.a and pair.b and same_call(pair.a, pair.b) else " → ".join(calls)
    yield " → ".join(dict.fromkeys(str(row.output or "?") for row in (pair.a, pair.b) if row))


def text_lines(found: NetworkComparison, *, every: bool = False, width: int | None = None) -> Iterator[str]:
    """Consequences, in lines of at most `width` cells, totals, and the layers that differ."""
    yield from broken(consequences(found), width)
    yield ""
    yield from plain(total_rows(found), (0,), width=width)
    rows = [(f"{mark or ' '} {name}", *others) for mark, name, *others in layer_rows(found, every=every)]
    if len(rows) > 1:
        yield ""
        yield from plain(rows, (0, 1, 2), width=width, leaving=(5, 2, 4))
    same = sum(not _shown(pair) for pair in found.pairs)
    yield ""
    yield f"{counted(same, 'layer')} of {len(found.pairs):,} {plural(same, 'is', 'are')} the same"


def column_rows(networks: Sequence[CheckedNetwork]) -> list[tuple[str, ...]]:
    """Several networks as one table, a column each."""
    figures = [figures_of(network) for network in networks]
    head = ("", *(clean(network.source.path) for network in networks))
    return [head, *((key, *(amount(key, one[key]) for one in figures)) for key in figures[0])]


def markdown_lines(found: NetworkComparison, *, every: bool = False) -> Iterator[str]:
    """The same for a pull request: the layers are folded away."""
    yield f"### {escaped(label_of(found.a, found))} and {escaped(label_of(found.b, found))}"
    yield ""
    yield from (f"- {escaped(sentence)}" for sentence in consequences(found))
    yield ""
    yield from markdown(total_rows(found), (0,))
    rows = layer_rows(found, every=every)
    if len(rows) > 1:
        yield ""
        differ = plural(len(rows) - 1, "differs", "differ")
        yield f"<details><summary>{counted(len(rows) - 1, 'layer')} that {differ}</summary>"
        yield ""
        yield from markdown(rows, (0, 1, 2, 3))
        yield ""
        yield "</details>"


# --- for programs -----------------------------------------------------------------------------


def comparison_object(found: NetworkComparison) -> dict[str, Any]:
    """Consequences, totals with their differences, and all layers in pairs; null is unknown, or no partner."""
    return {
        "version": 1,
        "networks": [_network(found.a), _network(found.b)],
        "consequences": consequences(found),
        "totals": {
            key: {"a": a, "b": b, "difference": None if a is None or b is None else b - a}
            for key, (a, b) in found.totals.items()
        },
        "layers": [{"a": _layer(pair.a), "b": _layer(pair.b), "differs": list(pair.differs)} for pair in found.pairs],
    }


def networks_object(networks: Sequence[CheckedNetwork]) -> dict[str, Any]:
    """Several networks, each with its totals."""
    return {"version": 1, "networks": [{**_network(one), "totals": figures_of(one)} for one in networks]}


def _network(network: CheckedNetwork) -> dict[str, Any]:
    return {"path": network.source.path, **fields_of(network, "name ok")}


def _layer(row: Row | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {
        "index": row.node.index,
        **fields_of(row, "name kind text"),
        **volumes_of(row),
        **{key: figure(row) for key, figure in OF_LAYERS.items()},
    }
