"""`shapecalc solve`: the sizes that work, compared with a check of every single one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

import shapecalc
from shapecalc.cli import cli
from tests.compat.working_sizes import differences

SAMPLES = Path(__file__).parents[1] / "samples"


def solved(path: str, *arguments: str) -> dict[str, Any]:
    done = CliRunner().invoke(cli, ["solve", path, "--format", "json", *arguments])
    assert done.exit_code in (0, 1), done.output
    network: dict[str, Any] = json.loads(done.output)["networks"][0]
    return network


def works(text: str, size: tuple[int, ...]) -> bool:
    """What a check of the network with another input says, claims left out."""
    report = shapecalc.check(text, input=size)
    return not any(d.severity == "error" and not d.code.startswith("SHP3") for d in report.diagnostics)


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("alexnet-224", (66, 67, 98, 99, 224, 227)),
        ("lenet5", (28, 31, 32, 33, 36, 44)),
        ("keras-mnist", range(8, 16)),
    ],
)
def test_solve_agrees_with_checking_single_sizes(name: str, sizes: Sequence[int]) -> None:
    path = SAMPLES / f"{name}.net"
    text = path.read_text(encoding="utf-8")
    found = solved(str(path), "--up-to", str(max(sizes)))
    depth = shapecalc.check(text).layers[0].output.depth
    for i, axis in enumerate(found["axes"]):
        other = axis["sizes"][0]
        assert [s for s in axis["sizes"] if s in sizes] == [
            s for s in sizes if works(text, ((s, other)[i], (other, s)[i], depth))
        ]


@pytest.mark.parametrize(
    "text",
    [
        "INPUT(5x5x2) => ADD[ CONV(2, 3, S=2, P=1) | POOL(3, S=1) ]",
        "INPUT(5x3x2) => ADD[ CONV(2, 3, S=2, P=1) | POOL(3x2, S=1) ]",
        "INPUT(5x5x2) => ADD[ CONV(2, 3, S=2, P=1) | POOL(3, S=1) ] => ADD[ | CONV(2, 3, P=1) => GAP ]",
        "INPUT(1x2x2) => ADD[ | ADAPTIVEPOOL(1x2) ]",
        "INPUT(7x7x2) => POOL(3, S=1) => ADD[ CONV(2, 3, S=2, P=1) | POOL(3, S=1) | POOL(3, S=1) ]",
    ],
)
def test_a_branch_is_repeated_where_it_has_one_position_along_both_axes(text: str) -> None:
    """Sizes of one axis that work with one of the other, of which each pair is checked by itself."""
    good = [(a, b) for a in range(1, 10) for b in range(1, 10) if works(text, (a, b, 2))]
    found = solved(text, "--up-to", "9")
    assert [axis["sizes"] for axis in found["axes"]] == [sorted({size[axis] for size in good}) for axis in (0, 1)]
    assert good


def test_alexnet_needs_227_and_progressions_say_which_others_work() -> None:
    found = solved(str(SAMPLES / "alexnet-224.net"))
    assert found["nearest"] == [227, 227]
    assert found["smallest"] == [67, 67]
    assert [axis["progressions"] for axis in found["axes"]] == [[[67, 32]], [[67, 32]]]


def test_what_windows_may_leave_over_can_be_chosen() -> None:
    text = str(SAMPLES / "alexnet-224.net")
    assert 224 in solved(text, "--allow", "drops")["axes"][0]["sizes"]
    assert 224 not in solved(text)["axes"][0]["sizes"]


def test_one_axis_three_axes_and_axes_that_hang_together(tmp_path: Path) -> None:
    for text, nearest in (
        ("INPUT(101x4) => CONV(8, 3, S=2) => FC(2)", [101]),
        ("INPUT(8x9x7x1) => POOL(2) => FC(2)", [8, 8, 6]),
        ("INPUT(8x8x2) => RESHAPE(16x8x1) => FC(2)", [8, 8]),
    ):
        (tmp_path / "a.net").write_text(text)
        assert solved(str(tmp_path / "a.net"), "--up-to", "110")["nearest"] == nearest


def test_axes_that_hang_together_are_said_with_the_layer() -> None:
    said = CliRunner().invoke(cli, ["solve", "INPUT(8x8x2) => RESHAPE(16x8x1) => FC(2)", "--up-to", "20"]).output
    assert said.splitlines()[-1].strip() == "not every width works with every height, because of reshape1"
    apart = CliRunner().invoke(cli, ["solve", "INPUT(8x8x2) => CONV(4, 3) => FC(2)", "--up-to", "20"]).output
    assert "not every" not in apart


FOR_PROGRAMS: list[tuple[str, dict[str, object]]] = [
    (
        "INPUT(9x9x3) => CONV(8, 3, S=2) => FC(2)",
        {
            "path": "<text>",
            "axes": [
                {"axis": axis, "sizes": list(range(3, 20, 2)), "progressions": [[3, 2]]} for axis in ("width", "height")
            ],
            "nearest": [9, 9],
            "smallest": [3, 3],
            "reason": None,
            "coupled_by": None,
        },
    ),
    (
        "INPUT(101x4) => POOL(2)",
        {
            "path": "<text>",
            "axes": [{"axis": "length", "sizes": list(range(2, 21, 2)), "progressions": [[2, 2]]}],
            "nearest": [20],
            "smallest": [2],
            "reason": None,
            "coupled_by": None,
        },
    ),
    (
        "INPUT(12x4) => POOL(6)",
        {
            "path": "<text>",
            "axes": [{"axis": "length", "sizes": [6, 12, 18], "progressions": [[6, 6]]}],
            "nearest": [12],
            "smallest": [6],
            "reason": None,
            "coupled_by": None,
        },
    ),
    (
        "INPUT(8x8x2) => RESHAPE(16x8x1) => FC(2)",
        {
            "path": "<text>",
            "axes": [
                {"axis": axis, "sizes": [4, 8, 16], "progressions": [[4, 0], [8, 0], [16, 0]]}
                for axis in ("width", "height")
            ],
            "nearest": [8, 8],
            "smallest": [4, 16],
            "reason": None,
            "coupled_by": "reshape1",
        },
    ),
    (
        "INPUT(8x8x6) => CONV(8, 3, groups=4)",
        {
            "path": "<text>",
            "axes": [{"axis": axis, "sizes": [], "progressions": []} for axis in ("width", "height")],
            "nearest": None,
            "smallest": None,
            "reason": "no size fits every layer",
            "coupled_by": None,
        },
    ),
    (
        "INPUT(9x9x3) => CONV(8, F=?, P=?): 9x9x8",
        {
            "path": "<text>",
            "open": [
                {"layer": "conv1", "argument": "F", "line": 1, "column": 27},
                {"layer": "conv1", "argument": "P", "line": 1, "column": 32},
            ],
            "values": [[1, 0], [3, 1], [5, 2], [7, 3], [9, 4], [11, 5]],
            "unmet": [],
        },
    ),
    (
        "INPUT(9x9x3) => CONV(8, F=?): 20x20x8",
        {
            "path": "<text>",
            "open": [{"layer": "conv1", "argument": "F", "line": 1, "column": 27}],
            "values": [],
            "unmet": ["conv1 gives 20x20x8"],
        },
    ),
]
"""What `solve --up-to 20 --format json` prints of a network, by its text: (n + 2P − F)/S + 1 by hand."""


@pytest.mark.parametrize(("text", "network"), FOR_PROGRAMS)
def test_programs_get_every_size_and_value_as_the_schema_says(text: str, network: dict[str, object]) -> None:
    schema = json.loads((SAMPLES.parent / "shapecalc/schemas/solve.schema.json").read_text("utf-8"))
    done = CliRunner().invoke(cli, ["solve", text, "--up-to", "20", "--format", "json"])
    printed = json.loads(done.output)
    jsonschema.validate(printed, schema)
    assert printed == {"version": 1, "networks": [network]}


def test_equal_layers_after_each_other_may_differ_by_the_depth_that_arrives() -> None:
    for groups, code in (("2", 0), ("3", 1)):
        text = f"INPUT(9x9x6) => [CONV(8, 1, groups={groups})]*2"
        assert CliRunner().invoke(cli, ["solve", text, "--up-to", "20"]).exit_code == code


def test_where_no_size_works_the_reason_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.net").write_text("INPUT(8x8x6) => CONV(8, 3, groups=4)")
    done = CliRunner().invoke(cli, ["solve", str(tmp_path / "a.net")])
    assert done.exit_code == 1
    assert "no size from 1 to 2,048 works" in done.output


COUPLED = [
    "INPUT(8x8x2) => RESHAPE(16x8x1) => FC(2)",
    "INPUT(8x8x2) => POOL(2) => RESHAPE(4x4x2) => POOL(2)",
    "INPUT(8x4x2) => PERMUTE((2,1,3)) => POOL(2x3, S=2x3)",
    "INPUT(8x4x2) => PERMUTE((3,2,1)) => CONV(4, 2, S=2)",
    "INPUT(6x6x3) => ADD[ POOL(2) => UPSAMPLE(2) | ]",
    "INPUT(6x6x3) => ADD[ CONV(3, 3, S=2, P=1) => UPSAMPLE(2) | ]",
    "INPUT(6x6x3) => MUL[ | GAP => FC(3) ] => POOL(2)",
    "INPUT(6x6x3) => ADD[ POOL(3, S=1, P=1) => FLATTEN | PERMUTE((2,1,3)) => FLATTEN ]",
    "INPUT(6x6x4) => FLATTEN => GN(6) => FC(3)",
    "INPUT(6x6x4) => POOL(2) => FLATTEN => RELU => FC(3)",
    "INPUT(6x6x4) => ADD[ CONV(4, 3) | POOL(2) ]",
    "INPUT(6x6x4) => CONCAT[ POOL(2, ceil=true) | CONV(4, 3, S=2, P=1) ]",
    "INPUT(6x6x2) => PAD(1) => POOL(3, S=2) => FC(3)",
    "INPUT(6x6x4) => PIXELUNSHUFFLE(2) => CONV(8, 2)",
]
"""Networks in which whether a width works may depend on the height, and some in which it does not."""


@pytest.mark.parametrize("text", COUPLED)
def test_every_whole_size_up_to_6_agrees(text: str, tmp_path: Path) -> None:
    depth = shapecalc.check(text).layers[0].output.depth
    pairs = [(w, h) for w in range(1, 7) for h in range(1, 7) if works(text, (w, h, depth))]
    (tmp_path / "a.net").write_text(text)
    axes = solved(str(tmp_path / "a.net"), "--up-to", "6")["axes"]
    assert [axis["sizes"] for axis in axes] == [sorted({pair[i] for pair in pairs}) for i in (0, 1)]


@pytest.mark.parametrize("name", ["alexnet-224", "unet", "squeezenet1_1"])
def test_solve_agrees_with_whole_networks_at_every_29th_size(name: str) -> None:
    assert list(differences(SAMPLES / f"{name}.net", 512, every=29)) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("INPUT(61x61x3) => RESHAPE(3720x3) => POOL(2) => RESHAPE(1240x3)", "no size from 1 to 2,048"),
        ("INPUT(8x8x8x2) => RESHAPE(16x8x1) => FC(2)", "smallest: INPUT(1x1x64x2)"),
        ("INPUT(227x227x3) => PERMUTE((2,1,3)) => CONV(4, 3000)", "ask for fewer with --up-to"),
    ],
)
def test_axes_that_hang_together_are_not_tried_without_end(
    text: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shapecalc.repairs.working_sizes.MOST_STEPS", 100_000)
    assert said in CliRunner().invoke(cli, ["solve", text]).output.replace("\n", " ")


@pytest.mark.parametrize("asked", [700, 5_000])
def test_so_many_sizes_as_may_be_asked_for_are_tried(asked: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shapecalc.repairs.working_sizes.MOST_STEPS", 4_000)
    command = ["solve", "INPUT(64x64x3) => [POOL(2) => UPSAMPLE(2)]*20", "--up-to"]
    refused = CliRunner().invoke(cli, [*command, str(asked)]).output
    fewer = int(refused.split()[-1])
    assert f"{asked:,} sizes are too many to try in 41 layers: ask for fewer with --up-to {fewer}" in refused
    assert 20 < fewer < 200
    assert CliRunner().invoke(cli, [*command, str(fewer)]).exit_code == 0


def test_what_a_layer_expects_to_read_is_said_to_be_left_out() -> None:
    said = CliRunner().invoke(cli, ["solve", "INPUT(28x28x1) => POOL => FC(10, in=196) => FC(4, in=10)"]).output
    assert said.splitlines()[-1].endswith("check says which sizes give it: fc1 expects 196 features")
