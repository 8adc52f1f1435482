"""Single layers and whole networks as other programs answered them: the figures copied into tests/data."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from shapecalc.cli import cli
from tests.leafmodules import Line, ours
from tests.networks import SAMPLE_OF, WITHOUT_ORDER, checked_sample, main_chain, variant
from tests.singlelayers import Case, checked, diagram, expected, found, refused

DATA = Path(__file__).parent / "data"
LAYERS: dict[str, list[Case]] = json.loads((DATA / "layers.json").read_text("utf-8"))
FIGURES: dict[str, Any] = json.loads((DATA / "networks.json").read_text("utf-8"))

ALL = [(source, case) for source, cases in LAYERS.items() if source != "note" for case in cases]


def named(pair: tuple[str, Case]) -> str:
    return f"{pair[0].split(',')[0]}: {diagram(pair[1])}"


def is_refused(case: Case) -> bool:
    return "error" in case or any(size < 1 for size in case["out"])


def test_a_layer_has_the_size_weights_and_work_that_another_program_gives_it() -> None:
    for pair in [p for p in ALL if not is_refused(p[1])]:
        assert found(pair[1]) == expected(pair[1])


def test_a_layer_that_another_program_refuses_is_reported() -> None:
    for pair in [p for p in ALL if is_refused(p[1])]:
        assert refused(checked(diagram(pair[1]))) != []


def test_the_table_holds_every_kind_of_layer_and_of_rounding() -> None:
    kinds = Counter(case["kind"] for _, case in ALL)
    assert len(ALL) > 200
    assert len(kinds) >= 25
    assert {case["args"].get("ceil_mode") for _, case in ALL} == {None, True, False}
    assert {case["args"].get("round_mode") for _, case in ALL} == {None, "CEIL", "FLOOR"}


@pytest.mark.parametrize("factor", ["0.5", "0.75", "1.5", "2", "2.5", "3", "4"])
@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
def test_enlarging_by_any_factor_reads_what_a_run_of_it_reads(factor: str, mode: str, tmp_path: Path) -> None:
    file = tmp_path / "enlarge.net"
    file.write_text(f"INPUT(12x7x2) => UPSAMPLE({factor}, mode={mode})\n")
    result = CliRunner().invoke(cli, ["verify", str(file)])
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("path", FIGURES["totals"])
def test_a_sample_has_the_totals_of_another_program(path: str) -> None:
    known = FIGURES["totals"][path]
    report = checked_sample(known["sample"], *variant(path))
    main = main_chain(report)
    computed = {
        "sample": known["sample"],
        "params": sum(row.params or 0 for row in report.rows),
        # Keras' networks have no heads that only train.
        "trainable": sum(row.params or 0 for row in main),
        "running": sum(row.buffers or 0 for row in main),
        "params_without_heads": sum(row.params or 0 for row in main),
        "macs_without_heads": sum(row.macs or 0 for row in main),
        "macs": sum(row.macs or 0 for row in report.rows),
    }
    assert {key: computed[key] for key in known} == known


@pytest.mark.parametrize("path", FIGURES["lines"])
def test_a_sample_runs_the_layers_of_another_program_in_its_order(path: str) -> None:
    known = FIGURES["lines"][path]
    report = checked_sample(SAMPLE_OF[path], *variant(path))
    computed = [written(line) for line in ours(report, known["leaving_out"])]
    if path in WITHOUT_ORDER:
        computed.sort()
        known["lines"].sort()
    assert computed == known["lines"]


def written(line: Line) -> str:
    sort, sizes, params = line
    return f"{sort} {'x'.join(map(str, sizes))} {params}"
