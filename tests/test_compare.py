"""`shapecalc compare`: layers are paired, the consequence comes first, and limits hold in CI."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import shapecalc
from shapecalc.cli import cli
from shapecalc.display.wrapping import markdown
from shapecalc.transforms.compare import compare

SMALL = "INPUT(8x8x3) => CONV(4, 3, P=1) => RELU => FC(10)\n"


def run(*arguments: str) -> Result:
    return CliRunner(env={"COLUMNS": None}).invoke(cli, ["compare", *arguments])  # lines as long as they are


def compared(a: str, b: str) -> dict[str, Any]:
    done = run(a, b, "--format", "json")
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def kinds(a: str, b: str) -> list[tuple[str, str]]:
    pairs = compare(shapecalc.check(a), shapecalc.check(b)).pairs
    return [(pair.a.name if pair.a else "", pair.b.name if pair.b else "") for pair in pairs]


def test_the_two_alexnets_differ_by_what_their_first_layer_gives() -> None:
    first = run("zoo:alexnet-224", "zoo:alexnet-227").stdout.splitlines()[0]
    assert first.startswith(
        "zoo:alexnet-227 has 11,534,336 parameters more (+23.3 %), all in fc1, because fc1 reads 6x6x256"
    )
    assert "conv1 gives 55x55x96 instead of 54x54x96 (54.25) for an input of 227x227x3 instead of 224x224x3" in first
    back = run("zoo:alexnet-227", "zoo:alexnet-224").stdout.splitlines()[0]
    assert back.startswith(
        "zoo:alexnet-224 has 11,534,336 parameters fewer (−18.9 %), all in fc1, because fc1 reads 5x5x256"
    )


def test_resnet_v1_and_v1_5_differ_by_the_place_of_a_stride() -> None:
    found = compared("zoo:resnet-50-v1", "zoo:resnet-50")
    assert found["totals"]["params"] == {"a": 25557032, "b": 25557032, "difference": 0}
    assert found["totals"]["macs"]["difference"] == 4089184256 - 3857973248
    assert "because conv12 is CONV(128, 1, S=1" in found["consequences"][0]
    assert all(pair["a"] and pair["b"] for pair in found["layers"])
    called = [pair["b"]["name"] for pair in found["layers"] if "call" in pair["differs"]]
    assert called == ["conv12", "conv13", "conv25", "conv26", "conv44", "conv45"]


def test_vgg_16_with_bn_has_exactly_its_bns_more() -> None:
    found = compared("zoo:vgg-16-torchvision", "zoo:vgg-16-bn")
    assert "8,448 parameters more (+0.0 %), all in 13 BN that only zoo:vgg-16-bn has" in found["consequences"][0]
    assert [pair["b"]["kind"] for pair in found["layers"] if pair["a"] is None] == ["BN"] * 13
    assert all(pair["b"] for pair in found["layers"])


def test_alexnet_2012_and_torchvisions_differ_in_their_groups_and_filters() -> None:
    found = compared("zoo:alexnet-227", "zoo:alexnet-torchvision")
    assert found["totals"]["params"]["difference"] == 61100840 - 60965224
    assert [p["a"]["kind"] for p in found["layers"] if p["b"] is None].count("LRN") == 2
    pairs = {p["b"]["name"]: p["a"]["name"] for p in found["layers"] if p["a"] and p["b"]}
    assert all(pairs[name] == name for name in ("conv1", "conv2", "conv3", "conv4", "conv5", "fc1", "fc2", "fc3"))


LAST = " => FC(3)"


@pytest.mark.parametrize(
    ("a", "b", "sentences"),
    [
        (
            "zoo:vgg-16",
            "zoo:resnet-50",
            [
                "zoo:resnet-50 has 112,800,512 parameters fewer (−81.5 %): fc1 of zoo:vgg-16 −102,764,544, "
                "fc2 of zoo:vgg-16 −16,781,312, conv9 → conv18 −2,294,272, 12 other layers −11,214,400, "
                "94 layers +20,254,016",
                "the receptive field of zoo:resnet-50 is 427 positions instead of 212 positions",
            ],
        ),
        (
            "INPUT(8x8x3) => CONV(4)" + LAST,
            "INPUT(8x8x3) => CONV(8) => RELU" + LAST,
            [
                "<text> (second) has 880 parameters more (+99.7 %): fc1 +768, conv1 +112, because fc1 reads 8x8x8 "
                "instead of 8x8x4: conv1, CONV(8) instead of CONV(4), gives 8x8x8 instead of 8x8x4",
                "<text> (second) has 1,024 bytes kept for the backward pass more (+57.1 %): "
                "relu1 of <text> (second) +2,048, 1 layer −1,024",
            ],
        ),
        (
            "INPUT(8x8x3) => CONV(4)" + LAST,
            "INPUT(8x8x3) => CONV(4) => POOL2" + LAST,
            [
                "<text> (second) has 576 parameters fewer (−65.2 %), all in fc1, because fc1 reads 4x4x4 "
                "instead of 8x8x4: pool1, POOL2, is new"
            ],
        ),
        (
            "INPUT(8x8x3) => CONV(4)" + LAST,
            "INPUT(8x8x3) => CONV(4) => RELU" + LAST,
            [
                "<text> (first) and <text> (second) have the same parameters, multiply-accumulates and bytes kept "
                "for the backward pass; 2 layers differ"
            ],
        ),
        (
            "INPUT(8x8x3) => CONV(4)" + LAST,
            "INPUT(8x8x3) => CONV(4, 11, P=0)" + LAST,
            [
                "the totals of <text> (first) and <text> (second) cannot be compared, because a volume is not known; "
                "3 layers differ"
            ],
        ),
        (
            "zoo:resnet-50",
            "zoo:se-resnet-50",
            ["the receptive field of zoo:se-resnet-50 is the whole input instead of 427 positions"],
        ),
    ],
    ids=["both signs", "through a new layer", "a new layer", "only layers", "unknown", "whole input"],
)
def test_the_consequences_name_layers_with_the_sign_of_the_whole_and_sum_up_the_rest(
    a: str, b: str, sentences: list[str]
) -> None:
    found = compared(a, b)["consequences"]
    assert [sentence for sentence in sentences if sentence not in found] == []


def test_what_is_not_known_is_shown_as_such() -> None:
    lines = run("INPUT(8x8x3) => CONV(4)", "INPUT(8x8x3) => CONV(4, 11, P=0)").stdout.splitlines()
    (conv,) = (line for line in lines if "conv1" in line)
    assert "8x8x4 → ?" in conv
    assert conv.split()[-3:] == ["?", "?", "?"]


def test_a_network_differs_from_itself_in_nothing() -> None:
    found = compared("zoo:lenet-5", "zoo:lenet-5")
    assert found["consequences"] == ["zoo:lenet-5 and zoo:lenet-5 are the same in every layer"]
    assert all(pair["differs"] == [] for pair in found["layers"])
    assert all(total["difference"] in (0, None) for total in found["totals"].values())


def test_calls_that_say_the_same_are_the_same() -> None:
    (_, conv, pool) = compare(
        shapecalc.check("INPUT(8x8x3) => CONV3-4 => POOL2"),
        shapecalc.check("INPUT(8x8x3) => CONV(4, 3, P=1) => POOL(2, S=2)"),
    ).pairs
    assert (conv.differs, pool.differs) == ((), ())


@pytest.mark.parametrize(
    ("a", "b", "pairs"),
    [
        (
            "INPUT(8x8x3) => CONV(4) => CONV(8)",
            "INPUT(8x8x3) => CONV(4) => RELU => CONV(8)",
            [("input1", "input1"), ("conv1", "conv1"), ("", "relu1"), ("conv2", "conv2")],
        ),
        (
            "INPUT(8x8x3) => CONV(4) => CONV(8)",
            "INPUT(8x8x3) => CONV(8)",
            [("input1", "input1"), ("conv1", ""), ("conv2", "conv1")],
        ),
        (
            "INPUT(8x8x3) => CONV(4) as stem => CONV(4) => CONV(4)",
            "INPUT(8x8x3) => CONV(4) => CONV(4) as stem => CONV(4)",
            [("input1", "input1"), ("", "conv1"), ("stem", "stem"), ("conv2", "conv3"), ("conv3", "")],
        ),
    ],
    ids=["one more", "one fewer", "by name"],
)
def test_layers_are_paired_by_name_and_then_by_kind_and_volume(a: str, b: str, pairs: list[tuple[str, str]]) -> None:
    assert kinds(a, b) == pairs


def test_a_layer_at_one_position_is_not_paired_with_one_over_the_image() -> None:
    """A projection stands last in one and first in the other; the small FCs of squeeze-and-excitation are new."""
    pairs = compared("zoo:resnet-50", "zoo:se-resnet-50")["layers"]
    both = [(pair["a"], pair["b"]) for pair in pairs if pair["a"] and pair["b"]]
    assert len(both) > 150
    assert [(a["name"], b["name"]) for a, b in both if (a["output"][0] == 1) != (b["output"][0] == 1)] == []
    assert [b["name"] for a, b in both if a["name"] == "conv12"] == ["conv19"]


def test_large_networks_are_paired_without_weighing_every_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    from shapecalc.transforms import compare as module

    monkeypatch.setattr(module, "MOST_CELLS", 1)
    text = "INPUT(8x8x3) => [CONV(4) => RELU]*{} => FC(10)"
    found = kinds(text.format(20), text.format(22).replace("CONV(4)", "CONV(5)"))
    assert ("conv20", "conv20") in found
    assert ("fc1", "fc1") in found


def test_a_limit_that_is_broken_fails_and_one_that_holds_does_not() -> None:
    assert run("zoo:vgg-16-torchvision", "zoo:vgg-16-bn", "--max-increase", "params=1%").exit_code == 0
    done = run("zoo:vgg-16-torchvision", "zoo:vgg-16-bn", "--max-increase", "kept=1%", "--max-increase", "params=8K")
    assert done.exit_code == 1
    assert "kept grows from" in done.stderr
    assert "params grows from 138,357,544 to 138,365,992 (+0.0 %), and --max-increase allows 8K" in done.stderr
    assert run("zoo:vgg-16-bn", "zoo:vgg-16-torchvision", "--max-increase", "kept=0%").exit_code == 0


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ("parms=1%", "'parms=1%' is not a limit"),
        ("params", "'params' is not a limit"),
        *(
            (f"params={share}%", f"'{share}%' is not a share such as 1%")
            for share in ("-1", "x", "nan", "１", "1_0", "")
        ),
        ("params=x", "'x' is not a figure"),
        ("field=10MiB", "field is a count, and 10MiB is bytes"),
        ("macs=>=1M", "a limit is the most that is allowed"),
    ],
)
def test_a_limit_that_means_nothing_is_refused(limit: str, said: str) -> None:
    done = run("zoo:lenet-5", "zoo:lenet-5", "--max-increase", limit)
    assert (done.exit_code, said in done.stderr) == (2, True)


def test_several_networks_are_one_table_of_columns() -> None:
    text = run("zoo:vgg-11", "zoo:vgg-13", "zoo:vgg-16").stdout
    assert "132,863,336" in text
    assert "138,357,544" in text
    found = json.loads(run("zoo:vgg-11", "zoo:vgg-13", "zoo:vgg-16", "--format", "json").stdout)
    assert [n["totals"]["params"] for n in found["networks"]] == [132863336, 133047848, 138357544]
    assert run("zoo:vgg-11", "zoo:vgg-13", "zoo:vgg-16", "--format", "markdown").stdout.startswith("|  | zoo:vgg-11 |")


def test_markdown_is_for_a_pull_request() -> None:
    text = run("zoo:vgg-16-torchvision", "zoo:vgg-16-bn", "--format", "markdown").stdout
    assert text.startswith("### zoo:vgg-16-torchvision and zoo:vgg-16-bn\n\n- zoo:vgg-16-bn has 8,448 parameters more")
    assert "| params | 138,357,544 | 138,365,992 | +8,448 | +0.0 % |" in text
    assert "<details><summary>13 layers that differ</summary>" in text


def test_markdown_makes_nothing_of_names() -> None:
    head, _, line = markdown([("a",), ("bvlc_*b*|`c`<d>&@e~f\\",)], ())
    assert (head, line) == ("| a |", r"| bvlc\_\*b\*\|\`c\`&lt;d>&amp;&#64;e\~f\\ |")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    def git(*arguments: str) -> None:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)

    file = tmp_path / "nets" / "net.txt"
    file.parent.mkdir()
    git("init", "-q")
    for filters in (4, 8):
        file.write_text(SMALL.replace("CONV(4", f"CONV({filters}"), encoding="utf-8")
        git("add", ".")
        git("commit", "-q", "-m", "a network")
    return file


def test_a_file_is_compared_at_two_revisions(repository: Path) -> None:
    found = compared(f"{repository}@HEAD~1", str(repository))
    assert found["totals"]["params"]["difference"] == 4 * 27 + 4 + 8 * 8 * 4 * 10
    same = compared(f"{repository}@HEAD", str(repository))
    assert same["totals"]["params"]["difference"] == 0


@pytest.mark.parametrize("revision", ["HEAD~9", "--output=x", ""])
def test_a_revision_that_is_not_there_is_said(repository: Path, revision: str) -> None:
    done = run(f"{repository}@{revision}", str(repository))
    assert done.exit_code == 2
    assert "cannot be read" in done.stderr


def test_a_text_with_errors_is_not_compared() -> None:
    assert run("INPUT(8x8x3) => CONV(", SMALL).exit_code == 1
    assert run("no-such.net", "zoo:lenet-5").exit_code == 2
    assert run("zoo:lenet-5").exit_code == 2
    assert "can be read once only" in run("-", "-").output
