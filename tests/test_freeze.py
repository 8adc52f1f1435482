"""Parts that are not trained: which they are, and what that saves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import shapecalc
from shapecalc.cli import cli
from shapecalc.verification.verify import verify

NETWORK = """block stem = CONV(4) => BN => RELU
INPUT(16x16x3) => stem => stem => CONV(8) => RELU => FC(10)
"""


def frozen(text: str, **options: str) -> list[str]:
    report = shapecalc.check(text, **options)
    assert report.ok, report.diagnostics
    return [row.name for row in report.rows if row.frozen and row.params]


@pytest.mark.parametrize(
    ("names", "layers"),
    [
        ("conv1", ["conv1"]),
        ("stem", ["conv1", "bn1", "conv2", "bn2"]),
        ("bn1..conv3", ["bn1", "conv2", "bn2", "conv3"]),
        ("conv3, fc1", ["conv3", "fc1"]),
        ("stem..conv3", ["conv1", "bn1", "conv2", "bn2", "conv3"]),
        ("conv2..stem", ["conv2", "bn2"]),  # to the end of its last use
        ("", []),
    ],
)
def test_names_of_layers_and_blocks_and_ranges_are_frozen(names: str, layers: list[str]) -> None:
    assert frozen(NETWORK, freeze=names) == layers
    assert frozen(f"---\nfreeze: [{names}]\n---\n{NETWORK}") == layers


@pytest.mark.parametrize(
    ("names", "layers"),
    [
        ("stem", ["conv1", "bn1"]),
        ("left", ["conv2"]),
        ("stem..left", ["conv1", "bn1", "conv2"]),
        ("left..fc1", ["conv2", "conv3", "fc1"]),
    ],
)
def test_a_name_of_a_group_or_of_a_block_that_was_used_means_all_of_its_layers(names: str, layers: list[str]) -> None:
    text = "block t = CONV(4) => RELU\nINPUT(8x8x3) => [CONV(4) => BN => RELU] as stem => t as left => t => FC(2)"
    assert frozen(text, freeze=names) == layers


def test_only_the_head_is_trained_so_nothing_before_it_is_kept() -> None:
    report = shapecalc.check(NETWORK, freeze="conv1..relu3")
    totals = report.totals
    assert totals is not None
    assert totals.trainable == report.rows[-1].params
    assert totals.memory.kept == 4 * 16 * 16 * 8
    assert [row.kept for row in report.rows if row.kept] == [totals.memory.kept]
    step = totals.memory.step
    assert step is not None
    assert step.weight_gradients == step.slots == 4 * (report.rows[-1].params or 0)


def test_a_frozen_convolution_still_keeps_what_it_needs_for_the_layers_before_it_and_an_fc_keeps_nothing() -> None:
    text = "INPUT(8x8x3) => CONV(4) => CONV(5) => FC(6) => FC(7)"
    kept = {row.name: row.kept for row in shapecalc.check(text, freeze="conv2, fc2").rows}
    assert kept["conv2"] == 4 * 8 * 8 * 4
    assert kept["fc2"] == 0
    assert kept["fc1"] == 4 * 8 * 8 * 5


@pytest.mark.parametrize("names", ["conv1", "stem", "conv1..relu3"])
def test_what_is_kept_beside_frozen_parts_is_proved(names: str) -> None:
    report = shapecalc.check(f"---\nfreeze: [{names}]\n---\n{NETWORK}")
    assert verify(report).ok


@pytest.mark.parametrize(
    ("names", "message", "help"),
    [
        ("conv9", "freeze names 'conv9', and no layer and no block is called that", "did you mean conv1?"),
        ("conv3..conv1", "the range conv3..conv1 runs backwards: conv1 comes before conv3", "write conv1..conv3"),
    ],
)
def test_names_that_mean_nothing_are_refused(names: str, message: str, help: str) -> None:
    (found,) = [d for d in shapecalc.check(f"---\nfreeze: [{names}]\n---\n{NETWORK}").diagnostics if d.code == "SHP118"]
    assert found.message == message
    assert help in (*found.help, found.label)


def test_a_flat_diagram_freezes_the_same_layers(tmp_path: Path) -> None:
    file = tmp_path / "net.net"
    file.write_text(f"---\nfreeze: [stem]\n---\n{NETWORK}", encoding="utf-8")
    flat = CliRunner().invoke(cli, ["expand", str(file)]).output
    assert frozen(flat) == ["conv1", "bn1", "conv2", "bn2"]
    found = json.loads(CliRunner().invoke(cli, ["check", "--format", "json", "--freeze", "fc1", str(file)]).output)
    assert [layer["name"] for layer in found["networks"][0]["layers"] if layer["frozen"] and layer["params"]] == [
        "conv1", "bn1", "conv2", "bn2", "fc1",
    ]  # fmt: skip
