"""One network as a diagram and as programs: its layers have the same volumes, parameters and MACs in each."""

from __future__ import annotations

from random import Random

import pytest

import shapecalc
from tests.program_writers import WRITERS, diagram, network


def weighty(text: str) -> list[tuple[str, tuple[int, ...], int, int]]:
    """The kind, volume, parameters and MACs of every layer that has parameters."""
    report = shapecalc.check(text)
    assert report.totals, str(report)
    return [(row.kind, row.output.sizes, row.params, row.macs) for row in report.layers if row.params and row.output]


def assert_the_same(seeds: range, framework: str) -> None:
    """Fails with the first program that is read as another network than the diagram."""
    for seed in seeds:
        random = Random(seed)
        net = network(random)
        program = WRITERS[framework](net, random)
        assert weighty(program) == weighty(diagram(net)), f"seed {seed}\n{diagram(net)}\n{program}"


@pytest.mark.parametrize("framework", WRITERS)
def test_programs_are_read_as_the_diagrams_of_their_networks(framework: str) -> None:
    assert_the_same(range(40), framework)


@pytest.mark.slow
@pytest.mark.parametrize("framework", WRITERS)
def test_many_programs_are_read_as_the_diagrams_of_their_networks(framework: str) -> None:
    assert_the_same(range(1_000, 1_200), framework)
