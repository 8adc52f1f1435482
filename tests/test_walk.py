"""The one walk over the syntax tree: it misses no part that a node of the tree can hold."""

from __future__ import annotations

from dataclasses import fields

import pytest

from shapecalc.diagnostics.diagnostic import Source
from shapecalc.expansion.declarations import free_names, names_in
from shapecalc.formats.read import parse
from shapecalc.language import syntax
from shapecalc.language.walk import INSIDE, inside, items, rebuilt, walk

EVERYTHING = """---
input: 32x32x3
classes: N
defaults: {CONV: {K: w}}
expect: {params: 61M}
erratum: {printed: 60M, right: 61M, evidence: sum, provenance: seen}
---
let N = -2 + 3*(1 // 2)
0 <= M <= 3
block b(c, s=k) = CONV(c, S=s) => [RELU for i, j in (1, 2), 0..N]
INPUT => b(N) => [CONV(n) => RELU]*N => POOL? as p: 8x8x8, params=0
=> ADD[ | Conv2D(64, 'valid', kernel_regularizer=regularizers.l2(1)) | CONV(round(1.5*n), 1)
    | CONV(64, P=(1,2,1,2)) | CONV(?, F=?) | @p ]
=> [FC(i) for i in 1..2] share p
"""

KINDS = [
    kind
    for kind in vars(syntax).values()
    if isinstance(kind, type) and issubclass(kind, syntax.TreePart) and kind is not syntax.TreePart
]


def every_part(thing: object) -> list[object]:
    """The parts of a tree by another way than the table of the walk."""
    if isinstance(thing, tuple):
        return [part for inner in thing for part in every_part(inner)]
    if type(thing) not in KINDS:
        return []
    return [thing, *(part for field in fields(thing) for part in every_part(getattr(thing, field.name)))]  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def diagram() -> syntax.Diagram:
    return parse(Source("net.txt", EVERYTHING), [])


def test_every_kind_of_part_is_in_the_table() -> None:
    assert set(INSIDE) == set(KINDS)


def test_the_walk_meets_every_part_once(diagram: syntax.Diagram) -> None:
    assert {type(part) for part in walk(diagram)} == set(KINDS)
    assert sorted(map(id, walk(diagram))) == sorted(map(id, every_part(diagram)))


def test_the_walk_follows_the_text(diagram: syntax.Diagram) -> None:
    starts = [item.span[0] for item in items(diagram.statements) if isinstance(item, syntax.Call)]
    assert starts == sorted(starts)


def test_a_part_that_is_rebuilt_of_its_own_parts_is_itself(diagram: syntax.Diagram) -> None:
    for part in walk(diagram):
        assert rebuilt(part, lambda inner: inner) == part
        if [*inside(part)] and type(part) is not syntax.Settings:
            assert [*inside(rebuilt(part, lambda _: None))] == []


def test_names_that_are_bound_inside_are_not_free(diagram: syntax.Diagram) -> None:
    assert free_names(diagram) == {"w", "N", "k", "n"}
    assert names_in(diagram) == {"w", "N", "k", "n", "c", "s", "i"}


def test_parts_are_equal_that_are_of_one_type_and_have_equal_fields() -> None:
    name = syntax.Name("same", (0, 4))
    assert name == syntax.Name("same", (0, 4)) != syntax.Name("same", (1, 5))
    assert name != syntax.Text("same", (0, 4))
    assert len({name, syntax.Name("same", (0, 4)), syntax.Text("same", (0, 4))}) == 2
