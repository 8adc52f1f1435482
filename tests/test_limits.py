"""Diagrams that are too large or too deep are refused at once, and what makes nothing is followed once."""

from __future__ import annotations

from pathlib import Path

import pytest

import shapecalc
from shapecalc.cli.images import refuse_large
from shapecalc.cli.refused import Refused
from shapecalc.formats.discover import is_text
from shapecalc.passes.report import Report
from shapecalc.verification.dependencies import MOST_PROBED, Readings, walk, walk_enlarged
from shapecalc.verification.estimates import MOST_PUBLISHED_WORK, MOST_WORK, usual_limit
from tests.command import run
from tests.effort import effort


def report(text: str, **options: int) -> Report:
    return shapecalc.check(text, **options)


def codes(text: str, **options: int) -> list[str]:
    return [d.code for d in report(text, **options).diagnostics]


def test_a_long_text_without_arrows_is_known_by_its_beginning() -> None:
    for line, code in (("the network has a layer and then a pool\n", "SHP020"), ("RELU POOL CONV\n", "SHP002")):
        found = list[str]()
        assert effort(lambda line=line, found=found: found.extend(codes(line * 100_000))) < 1_200  # it was 3,000
        assert set(found) == {code}


def test_a_long_text_that_is_a_diagram_but_for_its_end_is_read_to_the_end() -> None:
    between = "# nothing to see here, and nothing there\n" * 8_000
    lacks = report(f"INPUT(8x8x3)\nRELU\n{between}@a => RELU\nPOOL\n").diagnostics
    assert [d.message.split()[-1] for d in lacks if d.code == "SHP002"] == ["RELU", "POOL"]
    assert codes("net\n" * 400 + between + "block net = INPUT(8x8x3) => FC(1)", max_layers=10) == ["SHP109"]


def test_a_text_is_read_as_long_as_ten_thousand_places_are_in_another_notation() -> None:
    (found,) = report("a-b-c-" * 50_000).diagnostics  # 4 MB took 95 seconds when all of them were read
    assert (found.code, found.span) == ("SHP001", (20_001, 20_002))
    assert codes("INPUT(8x8x3)" + "-CONV-RELU" * 2_500, max_layers=9_000) == []


@pytest.mark.parametrize("part", [" P=same", "K=", "(1)", ":"])
def test_an_item_is_looked_at_once_for_all_mistakes_in_it(part: str) -> None:
    found = list[str]()
    text = f"INPUT(8x8x3) => CONV(4{part * 24_000})"
    assert effort(lambda: found.extend(codes(text))) < 350  # up to 1,300 when each mistake looked at all of it
    assert found


def test_hundreds_of_wrong_comments_are_looked_at_once() -> None:
    text = "INPUT(8x8x3)\n" + "".join(f"=> RELU  # shapecalc: ignore[FOO{n}, SHP20{n % 8 + 1}]\n" for n in range(300))
    found = list[str]()
    assert effort(lambda: found.extend(codes(text))) < 600  # it was 6,000 when each word was compared with every rule
    assert (found.count("SHP903"), found.count("SHP904")) == (300, 300)


def test_of_many_open_names_twenty_are_shown() -> None:
    (found,) = report("INPUT(8x8x3)" + "".join(f" => CONV(N{n})" for n in range(50))).diagnostics
    assert "N19 and 30 more have no value" in found.message
    assert len(found.related) == 19
    assert "--set N19=2 …, or write let N0" in found.help[-1]


@pytest.mark.parametrize(
    "text",
    [
        "INPUT => [[RELU for b in 0..1000] for a in 0..1000]",
        "INPUT => [[RELU]*1000 for a in 0..1000]",
        "INPUT => [[RELU for a in 0..1000] => RELU]*1000",
        "INPUT => [[RELU]*999 => [RELU]*999]*1000",
        "block b(x) = [RELU for i in 0..1000]\nINPUT => [[b(i) for i in 0..1000] => POOL?]*2",
        "INPUT => [ADD[RELU | [RELU*2 as r]*1000: 224x224x3] for a, b in (1, 2)]*1000",
        "INPUT => [[CONV*(a == b + 5000) for b in 0..1000] for a in 0..1000]",
        "INPUT => [CONV*(a < 0) for a in 0..999999]",
        "INPUT => [RELU for a in 0..10^20]",
        *("\n".join(f"block b{i} = [b{i + 1}]*10^30" for i in range(30)) + f"\nblock b30 = RELU\n{end}"
          for end in ("INPUT => b0", "INPUT => [[b0]*10^30]*10^30")),
    ],
)  # fmt: skip
def test_what_is_too_large_is_counted_before_it_is_made(text: str) -> None:
    found = list[str]()
    assert effort(lambda: found.extend(codes(text))) < 300
    assert found == ["SHP109"]


@pytest.mark.parametrize(
    "part",
    [
        "[[[CONV*0 for c in 0..0] for b in 0..1000] for a in 0..1000]",
        "[[CONV*(c == 7) for c in 0..3] for b in 0..4999]",
        "[[[CONV for c in 1..0] for b in 0..1000] for a in 0..1000]",
    ],
)
def test_a_for_that_makes_nothing_whatever_its_turn_is_followed_once(part: str, tmp_path: Path) -> None:
    for level in ("flat", "block"):
        written = run("expand", "--level", level, f"INPUT(8x8x3) => {part} => FC(2)", cwd=tmp_path)
        assert written.stdout == "INPUT(8x8x3) => FC(2)\n"
    assert [row.node.kind for row in report(f"INPUT => {part} => FC").rows] == ["INPUT", "FC"]


def test_blocks_that_nest_beyond_reason_are_refused_not_followed() -> None:
    blocks = [f"block b{i} = {'[' * 90}b{i + 1}{']' * 90}" for i in range(90)]
    assert codes("\n".join([*blocks, "block b90 = RELU", "INPUT => b0"])) == ["SHP012"]


def test_a_for_whose_first_turn_makes_nothing_goes_on_where_turns_differ() -> None:
    text = "block odd(n) = RELU*(n % 2)\nINPUT => [odd(i) for i in 0..5] => [RELU*(i > 1) for i in 0..3]"
    assert len(report(text).rows) == 1 + 3 + 2


def test_layers_are_counted_with_the_input() -> None:
    assert codes("INPUT => [CONV => RELU]*20", max_layers=40) == ["SHP109"]
    assert codes("INPUT => [CONV => RELU]*20", max_layers=41) == []


@pytest.mark.parametrize("command", [["verify"], ["convert", "--to", "onnx", "-o", "net.onnx"]])
def test_a_run_that_takes_very_long_is_refused_with_the_option_that_allows_it(
    command: list[str], tmp_path: Path
) -> None:
    text = "INPUT(32x32x4) => [CONCAT[RELU | CONV(4, 3, P=1)]]*1000"
    command = [*command, "--memory-limit", "8GiB"]
    refused = run(*command, text, cwd=tmp_path)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "the run takes about 436G steps, and --work-limit allows 60G" in refused.stderr
    assert "help: allow it with --work-limit 436G, or " in refused.stderr
    small = "INPUT(8x8x3) => FC(2)"
    refused = run(*command, "--work-limit", "10M", small, cwd=tmp_path)
    assert (refused.returncode, "--work-limit allows 10,000,000\n" in refused.stderr) == (2, True)
    assert run(*command, "--work-limit", "61M", small, cwd=tmp_path).returncode == 0


def test_what_is_written_out_may_have_more_layers_than_what_a_repeat_makes() -> None:
    made, written = "INPUT(8x8x3) => [RELU]*5001", "INPUT(8x8x3)" + " => RELU" * 5001
    assert "the diagram has more than 5,000 layers" in str(shapecalc.check(made))
    assert len(shapecalc.check(written).rows) == len(shapecalc.check(made, max_layers=6000).rows) == 5002
    assert "the diagram has more than 5 layers" in str(shapecalc.check(written, max_layers=5))


def test_members_of_a_family_are_checked_as_far_as_layers_are_allowed(tmp_path: Path) -> None:
    members = "".join(f"  m{n}: {{let: {{n: {n}}}}}\n" for n in range(30, 40))
    (tmp_path / "a.net").write_text(f"---\nmembers:\n{members}---\nINPUT(8x8x3) => [RELU]*n\n")
    *checked, left = shapecalc.check_files(tmp_path / "a.net", max_layers=100)
    assert [len(one.rows) for one in checked] == [31, 32, 33]
    assert "7 members are not checked: those before have 96 layers, and --max-layers allows 100" in str(left)


def test_a_published_network_may_take_more_steps_with_any_number_of_images() -> None:
    text = (Path(__file__).parents[1] / "samples" / "lenet5.net").read_text(encoding="utf-8")
    assert usual_limit(report(text)) == MOST_WORK
    assert usual_limit(report(text, batch=10**6)) == MOST_PUBLISHED_WORK
    assert usual_limit(report(text.replace("FC(84", "FC(85"), batch=10**6)) == MOST_WORK


@pytest.mark.parametrize(("units", "most"), [(84, 4 * 2**30), (85, 500_000_000)])
def test_a_published_network_may_take_more_memory(units: int, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where much is free; an image that is read is taken besides."""
    monkeypatch.setattr("shapecalc.cli.images.available", lambda: 10**12)
    text = (Path(__file__).parents[1] / "samples" / "lenet5.net").read_text(encoding="utf-8")
    checked = report(text.replace("FC(84", f"FC({units}"))
    refuse_large(checked, {"memory_limit": None}, most + 7, 7, keeps_weights=False)
    refuse_large(checked, {"memory_limit": most + 8}, most + 8, 7, keeps_weights=False)
    with pytest.raises(Refused):
        refuse_large(checked, {"memory_limit": None}, most + 8, 7, keeps_weights=False)


def test_a_run_of_many_small_layers_takes_long_too(tmp_path: Path) -> None:
    long = run("verify", "--memory-limit", "8GiB", "INPUT(4096x1) => [CONV(1, 3, P=0)]*1900", cwd=tmp_path)
    assert (long.returncode, "--work-limit allows 60G" in long.stderr) == (2, True)


@pytest.mark.parametrize("part", ["CONCAT[|]", "CONCAT[RELU | CONV(4, 3, P=1)]"])
def test_sizes_of_many_joins_are_found_at_once(part: str, tmp_path: Path) -> None:
    assert effort(lambda: run("solve", f"INPUT(32x32x4) => [{part}]*800", cwd=tmp_path)) < 900


def test_windows_over_very_long_axes_are_followed_at_once() -> None:
    found = report("INPUT(1000000000x1) => [PAD(100000)]*2000 => CONV(4, F=2000, dilation=100000) => FC(2)")
    assert [d for d in found.diagnostics if d.severity == "error"] == []


@pytest.mark.parametrize(
    "layers",
    [
        "DEPTHPOOL(1000000000)",
        "POOL(99991, S=99989) => POOL(99991) => POOL(99989, S=7)",
        "POOL(99991, S=99989) => UPCONV(3, F=99991)",
        "CONV(2, F=99991, S=99989, P=50000)",
        "CONV(2, F=300, S=2999, D=3001)",
    ],
)
def test_a_window_of_any_size_is_arithmetic_not_a_walk_over_its_taps(layers: str) -> None:
    assert effort(lambda: report(f"INPUT(1000000x1000000x3) => {layers}")) < 1_200


def test_an_argument_that_is_too_large_is_one_error() -> None:
    assert codes("INPUT(8x8x3) => RESHAPE(1x8000000000)") == ["SHP103"]


def test_products_beyond_what_a_diagram_may_write_are_explained(tmp_path: Path) -> None:
    shown = run("explain", "INPUT(9x9x3) => [UPSAMPLE(100000)]*4 => CONV(2, 3, P=1)", "conv1", cwd=tmp_path)
    assert f"= {3 * 3 * 3 * 2 * (9 * 10**20) ** 2:,}" in shown.stdout
    assert shown.stderr == ""


NO_PARAMETER = "not a parameter of this block"


def test_so_many_unknown_names_are_compared_with_known_ones(tmp_path: Path) -> None:
    names = ", ".join(f"xonv{n}" for n in range(1, 500))  # 16 seconds for twice as many, when all were
    found = report(f"---\nfreeze: [{names}]\n---\nINPUT(9x9x3) => [CONV(n, 1) for n in 1..499]").diagnostics
    assert [d.label for d in found[:2]] == ["did you mean conv1?", "did you mean conv2?"]
    assert len([d for d in found if d.label.startswith("did you mean")]) == 10
    values = ", ".join(f"width{n}=1" for n in range(15))
    found = report(f"block b(width) = CONV(width)\nINPUT(9x9x3) => b({values})").diagnostics
    assert [d.label for d in found if d.code == "SHP102"] == [*["did you mean width?"] * 10, *[NO_PARAMETER] * 5]


def test_enlarged_inputs_are_followed_as_far_as_work_is_bounded() -> None:
    """Fields that grow beyond any input make each layer read from 4,096 positions: 25 seconds for 10 kB of text."""
    net = report("INPUT(33x33x3) => [CONV(4, F=4, S=2, P=0) => RESIZE(33x33)]*60")
    assert net.graph is not None
    here, enlarged = Readings(), Readings()
    seen = walk(net.graph, net.rows, 0, here)
    found = walk_enlarged(net.graph, net.rows, 0, enlarged, seen)
    assert len(found) < len(seen) == len(net.rows)
    assert enlarged.probed < 2 * MOST_PROBED


def test_a_model_of_more_positions_than_constants_can_have_is_refused(tmp_path: Path) -> None:
    text = "INPUT(1000000000x1x3) => POOL(3, S=1, P=1) => RELU"
    refused = run("convert", "--to", "onnx", "--no-weights", "-o", "net.onnx", text, cwd=tmp_path)
    assert refused.returncode == 2
    assert "at most 4,194,304 positions of an axis" in refused.stderr


def test_blanks_without_end_are_passed_once() -> None:
    """Every further blank took as long as all before it: these would take an hour."""
    blanks = "\n" * 200_000
    assert not is_text(blanks)
    assert is_text(f"{blanks}[{blanks}INPUT(8x8x3) - FC(10)")
    assert codes(f"INPUT(8x8x3) => a{' ' * 100_000}b => RELU )") == codes("INPUT(8x8x3) => a b => RELU )")
    assert codes(f"INPUT(8x8x3) => repeat(3{blanks}") == codes("INPUT(8x8x3) => repeat(3\n")
