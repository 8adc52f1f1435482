"""The published networks in samples/: they hold what they claim, and two of them fail as they should."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner

import shapecalc
from shapecalc.cli import cli
from shapecalc.diagnostics.diagnostic import Source
from shapecalc.passes.report import Report
from shapecalc.writers.diagram.format import format_text
from tests.networks import SAMPLES, checked_sample, main_chain, row_called, text_of
from tests.samplefiles import each_sample

NAMES = sorted(path.stem for path in SAMPLES.glob("*.net"))
FAILING = {"alexnet-224", "vgg16-listing"}
ROUNDED_DOWN = {"keras-mnist"}
SHOWING_A_NOTATION = {"keras-mnist", "cifar-lecture"}


def complaints(report: Report) -> list[str]:
    return [d.code for d in report.diagnostics if d.severity != "note"]


@pytest.mark.parametrize("name", [n for n in NAMES if n not in FAILING])
def test_a_sample_claims_its_parameters_exactly_and_its_output_and_holds_all_that_it_claims(name: str) -> None:
    report = checked_sample(name)
    assert complaints(report) == (["SHP201"] if name in ROUNDED_DOWN else [])
    assert report.ok
    assert report.graph is not None
    claims = {claim.key: claim.text for claim in report.graph.settings.expect}
    assert {"params", "volume"} <= set(claims)
    assert report.totals is not None
    assert claims["params"] == str(report.totals.params)
    assert report.graph.settings.name


@pytest.mark.parametrize(
    "name",
    [pytest.param(p.values[0].stem, marks=p.marks) for p in each_sample() if p.values[0].stem not in FAILING],
)
@pytest.mark.parametrize("figure", ["params", "macs"])
def test_a_claim_that_is_one_off_is_found(name: str, figure: str) -> None:
    text = text_of(name)
    first = re.search(r"\bexpect: .*?\bparams: .*", text)  # of a family: what is expected of the member that is checked
    assert first is not None
    claim = re.compile(rf"\b{figure}: (\d+)").search(text, *first.span())
    if claim is None:
        assert figure == "macs"
        return
    wrong = text[: claim.start(1)] + str(int(claim.group(1)) + 1) + text[claim.end(1) :]
    found = [d for d in shapecalc.check(wrong).diagnostics if d.severity == "error"]
    assert [d.code for d in found] == ["SHP303"]
    assert f"{int(claim.group(1)):,}" in found[0].message


@pytest.mark.parametrize("name", [n for n in NAMES if n not in SHOWING_A_NOTATION])
def test_a_sample_is_in_canonical_form(name: str) -> None:
    source = Source(f"{name}.net", text_of(name))
    assert format_text(source) == source.text


def test_alexnet_as_printed_is_refused_at_its_first_layer_and_nowhere_else() -> None:
    report = checked_sample("alexnet-224")
    (diagnostic,) = report.diagnostics
    assert (diagnostic.code, diagnostic.severity, diagnostic.layer) == ("SHP201", "error", 1)
    assert "(224 − 11 + 2·0)/4 + 1 = 54.25" in diagnostic.message
    assert "1 column and 1 row of the 224x224 input are never read" in diagnostic.label
    assert any("11,534,336 parameters smaller" in note for note in diagnostic.notes)
    assert any("these claims fail" in note for note in diagnostic.notes)
    assert "227x227x3" in diagnostic.help[0]


def test_the_two_alexnets_differ_in_nothing_but_the_size() -> None:
    def diagram(name: str) -> str:
        return text_of(name).partition("INPUT")[2]

    assert diagram("alexnet-224").replace("224x224", "227x227", 1) == diagram("alexnet-227")


def test_of_the_published_listing_only_the_total_memory_is_wrong() -> None:
    report = checked_sample("vgg16-listing")
    (diagnostic,) = report.diagnostics
    assert diagnostic.code == "SHP303"
    assert "24M" in diagnostic.message
    assert "93MB" in diagnostic.message
    assert "15,237,608 values" in diagnostic.message
    assert "58.1 MiB" in diagnostic.message
    start, end = diagnostic.span
    assert text_of("vgg16-listing")[start:end].startswith("24M")


def test_vgg16_has_the_listings_memory_row_for_row() -> None:
    def rows(name: str) -> list[tuple[str, int | None]]:
        allocated = [row for row in checked_sample(name).rows if row.allocated]
        return [(row.node.kind, row.allocated) for row in allocated]

    assert rows("vgg16") == rows("vgg16-listing")
    assert sum(values or 0 for _, values in rows("vgg16")) == 15237608


def test_resnet_50_takes_less_than_20_lines() -> None:
    diagram = text_of("resnet50").split("---\n")[2]
    lines = [line for line in diagram.splitlines() if line and not line.startswith("#")]
    assert len(lines) < 20
    report = checked_sample("resnet50")
    assert report.totals is not None
    assert report.totals.params == 25557032


def test_no_sample_but_the_listing_takes_more_than_a_screenful() -> None:
    for name in NAMES:
        diagram = text_of(name).split("---\n", 2)[-1]
        assert len(diagram.splitlines()) <= 60, name


@pytest.mark.parametrize(
    ("name", "outputs", "without_heads"),
    [("googlenet", 3, 6998552), ("googlenet-torchvision", 3, 6624904), ("inception-v3", 2, 23834568)],
)
def test_heads_that_only_train_are_further_outputs(name: str, outputs: int, without_heads: int) -> None:
    report = checked_sample(name)
    read = {source for row in report.rows for source in row.node.inputs}
    assert len(report.rows) - len(read) == outputs
    assert sum(row.params or 0 for row in main_chain(report)) == without_heads


def test_googlenets_main_chain_has_the_work_of_caffes_copy() -> None:
    assert sum(row.macs or 0 for row in main_chain(checked_sample("googlenet"))) == 1582671872


def test_the_skips_of_the_u_net_are_cropped_to_what_they_join() -> None:
    report = checked_sample("unet")
    crops = [(row.inputs[0], row.output) for row in report.rows if row.node.kind == "CROP"]
    assert [(a.spatial[0], b.spatial[0]) for a, b in crops if a and b] == [(64, 56), (136, 104), (280, 200), (568, 392)]
    convolutions = [row for row in report.rows if row.node.kind in ("CONV", "UPCONV")]
    assert len(convolutions) == 23


def test_lenets_third_layer_reads_only_the_maps_of_its_table() -> None:
    report = checked_sample("lenet5")
    third = [row for row in report.rows if row.output is not None and row.output.sizes == (10, 10, 1)]
    assert sum(row.params or 0 for row in third) == 1516
    assert [row.inputs[0].depth for row in third if row.inputs[0]] == [3] * 6 + [4] * 9 + [6]
    full = shapecalc.check("INPUT(14x14x6) => CONV(16, 5)")
    assert full.rows[-1].params == 2416


def test_squeezenet_has_the_papers_weights_in_every_fire() -> None:
    rows = checked_sample("squeezenet1_0").rows
    fires: dict[int, int] = {}
    for row in rows:
        if row.node.block:
            place = sum(1 for other in rows[: row.node.index + 1] if other.node.kind == "CONCAT")
            fires[place] = fires.get(place, 0) + (row.params or 0)
    assert [n for n in fires.values() if n] == [11920, 12432, 45344, 49440, 104880, 111024, 188992, 197184]


def test_mobilenet_does_nearly_all_its_work_in_1x1_convolutions() -> None:
    rows = checked_sample("mobilenet-v1").rows
    pointwise = sum(r.macs or 0 for r in rows if r.windows and r.node.kind == "CONV" and r.windows[0].extent == 1)
    total = sum(row.macs or 0 for row in rows)
    # the last layer is an FC in the paper, which prints 94.86 %
    last = row_called(checked_sample("mobilenet-v1"), "conv15").macs or 0
    assert f"{100 * (pointwise - last) / total:.2f}" == "94.86"


# --- the page and the command line ------------------------------------------------------------

PAGE = (SAMPLES / "README.md").read_text("utf-8")


def test_the_page_lists_every_sample_once() -> None:
    assert re.findall(r"(?m)^\| \[([^\]]+)\]", PAGE) == NAMES


def test_the_page_has_the_figures_of() -> None:
    for name in NAMES:
        report = checked_sample(name)
        assert report.totals is not None
        assert f"({name}.net) | {report.name} | {report.totals.params:,} | {report.totals.macs:,} |" in PAGE


@pytest.mark.parametrize(("name", "code"), [("resnet50", 0), ("alexnet-224", 1), ("vgg16-listing", 1), ("unet", 0)])
def test_the_command_says_whether_a_sample_is_right(name: str, code: int) -> None:
    result = CliRunner().invoke(cli, ["check", "--format", "concise", str(SAMPLES / f"{name}.net")])
    assert result.exit_code == code


def test_the_command_prints_one_figure() -> None:
    result = CliRunner().invoke(cli, ["check", "--get", "totals.params", str(SAMPLES / "resnet50.net")])
    assert result.output == "25557032\n"
