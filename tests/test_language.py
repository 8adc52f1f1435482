"""What the language means: expansion, names, arguments, families, blocks, branches, taps."""

from __future__ import annotations

import pytest

import shapecalc
from shapecalc.core.parameters import Sizes
from shapecalc.passes.report import Report


def report(text: str, **options: object) -> Report:
    return shapecalc.check(text, **options)  # type: ignore[arg-type]


def layers(text: str, **options: object) -> list[str]:
    """`name text volume` of every layer; the diagram must be free of errors."""
    found = report(text, **options)
    assert found.ok, found.diagnostics
    return [f"{r.node.name} {r.node.text} {r.output}" for r in found.rows]


def kinds(text: str, **options: object) -> str:
    found = report(text, **options)
    assert found.ok, found.diagnostics
    return " ".join(r.node.kind for r in found.rows)


def codes(text: str, **options: object) -> list[str]:
    return [d.code for d in report(text, **options).diagnostics if d.severity != "note"]


@pytest.mark.parametrize("arrow", ["=>", "->", "→", "⇒", " - "])
def test_every_arrow_joins_layers(arrow: str) -> None:
    assert kinds(f"INPUT{arrow}CONV{arrow}RELU{arrow}FC") == "INPUT CONV RELU FC"


@pytest.mark.parametrize(
    "spelling",
    [
        "INPUT(32x32x3)",
        "INPUT [32x32x3]",
        "INPUT: [32x32x3]",
        "INPUT: 32x32x3",
        "INPUT(32, 32, 3)",
        "INPUT(W=32, H=32, D=3)",
        "32x32x3",
        "input(32 x 32 x 3)",
        "INPUT(32×32×3)",
    ],
)
def test_every_spelling_of_an_input_gives_its_size(spelling: str) -> None:
    assert report(f"{spelling} => FC(10)").rows[0].output.sizes == (32, 32, 3)  # type: ignore[union-attr]


def test_bare_layers_have_the_common_sizes_and_say_what_was_assumed() -> None:
    found = report("INPUT => CONV => CONV(8, F=5) => POOL => POOL(3) => FC => DO => FC")
    assert [(r.node.assumed, str(r.output)) for r in found.rows] == [
        (("size",), "224x224x3"),
        (("K", "F", "S", "P"), "224x224x64"),
        (("S", "P"), "220x220x8"),
        (("F", "S", "P"), "110x110x8"),
        (("S", "P"), "36x36x8"),
        (("K",), "1x1x4096"),
        (("p",), "1x1x4096"),
        (("K",), "1x1x1000"),
    ]


def test_normalisations_and_shuffles_say_what_was_assumed() -> None:
    rows = report("INPUT(8x8x64) => GN => SHUFFLE => LRN => GN(8) => SHUFFLE(4) => LRN(3)").rows
    assert [row.node.assumed for row in rows[1:]] == [("groups",), ("groups",), (), (), (), ()]


@pytest.mark.parametrize(
    ("name", "kind", "mode"),
    [
        ("GlobalMaxPool3d", "GAP", "max"),
        ("GlobalAvgPool2d", "GAP", "avg"),
        ("GlobalMaxPooling1D", "GAP", "max"),
        ("LPPool2d", "POOL", "l2"),
        ("UpsamplingBilinear2d", "UPSAMPLE", "bilinear"),
        ("UpsamplingNearest2d", "UPSAMPLE", "nearest"),
        ("SyncBatchNorm", "BN", None),
        ("Identity", "IDENTITY", None),
        ("Dropout3d", "DO", None),
    ],
)
def test_names_of_the_frameworks(name: str, kind: str, mode: str | None) -> None:
    row = report(f"INPUT(8x8x3) => {name}").rows[1]
    assert (row.node.kind, getattr(row.node.layer, "mode", None)) == (kind, mode)


def test_the_last_fc_without_a_number_has_as_many_outputs_as_classes() -> None:
    assert layers("INPUT(4x4x1) => FC => RELU => FC", classes=7)[-1] == "fc2 FC 1x1x7"
    assert layers("---\nclasses: 12\n---\nINPUT(4x4x1) => FC")[-1] == "fc1 FC 1x1x12"


def test_short_forms_of_the_papers() -> None:
    assert layers("INPUT(8x8x3) => CONV3-64 => conv5x3-8 => CONV1 => POOL2 => FC-10") == [
        "input1 INPUT(8x8x3) 8x8x3",
        "conv1 CONV3-64 8x8x64",
        "conv2 CONV5X3-8 8x8x8",
        "conv3 CONV1 8x8x64",
        "pool1 POOL2 4x4x64",
        "fc1 FC-10 1x1x10",
    ]


def test_sizes_are_width_by_height() -> None:
    assert layers("INPUT(20x10x1) => CONV(2, F=5x3, S=2x1, P=1x0)")[-1].endswith("9x8x2")
    assert layers("INPUT(20x10x1) => CONV(2, F=3, P=(1,2,0,3))")[-1].endswith("21x11x2")


def test_arguments_by_letter_and_long_name_in_any_case() -> None:
    for spelling in (
        "CONV(8, 5, 2, 1)",
        "CONV(K=8, F=5, S=2, P=1)",
        "CONV2D(filters=8, kernel_size=5, strides=2, pad=1)",
        "conv(k=8, f=5, s=2, p=1)",
    ):
        assert report(f"INPUT(13x13x1) => {spelling}").rows[1].output.sizes == (6, 6, 8)  # type: ignore[union-attr]


def test_repeats_nest_and_a_count_of_nothing_leaves_the_part_out() -> None:
    assert kinds("INPUT => [[CONV => RELU]*2 => POOL]*2") == "INPUT CONV RELU CONV RELU POOL CONV RELU CONV RELU POOL"
    assert kinds("let n = 1\nINPUT => [CONV]*0 => RELU*(n > 1) => TANH*(n == 1)") == "INPUT TANH"


def test_comprehensions_bind_names_turn_by_turn() -> None:
    found = layers(
        "INPUT(8x8x3) => [[CONV(c, F=3, P=1)]*n for c, n in (4, 2), (8, 1)] => [CONV(i + 1, F=1) for i in 0..2]"
    )
    assert [line.split()[-1] for line in found] == [
        "8x8x3", "8x8x4", "8x8x4", "8x8x8", "8x8x1", "8x8x2", "8x8x3",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("expression", "value"),
    [("2 + 3 * 4", 14), ("(2 + 3) * 4", 20), ("2^3^2 // 64", 8), ("-2 + 10", 8), ("7 // 2", 3), ("7 % 4", 3),
     ("3/2 * 4", 6), ("0.5 * 8", 4), ("1e1", 10), ("(1 < 2) + (2 <= 1) + 1", 2)],
)  # fmt: skip
def test_expressions_are_exact(expression: str, value: int) -> None:
    assert report(f"INPUT(4x4x1) => CONV({expression}, F=1)").rows[1].output.depth == value  # type: ignore[union-attr]


def test_blocks_are_used_like_layers_with_defaults_and_names() -> None:
    block = "block b(c, s=1, f=2*s + 1) = CONV(c, F=f, S=s, P=f//2) => RELU"
    text = f"{block}\nINPUT(8x8x1) => b(4) => B(c=6, s=1, f=1) => b(2, f=5)"
    assert [r.node.text for r in report(text).rows if r.node.kind == "CONV"] == [
        "CONV(4, F=3, S=1, P=1)", "CONV(6, F=1, S=1, P=0)", "CONV(2, F=5, S=1, P=2)",
    ]  # fmt: skip


def test_blocks_see_the_names_of_the_diagram_but_not_of_their_caller() -> None:
    assert kinds("let n = 2\nblock b = CONV(n)\nINPUT => b") == "INPUT CONV"
    assert codes("block b = CONV(n)\nblock a(n) = b\nINPUT => a(3)") == ["SHP114"]


def test_branches_join_nest_and_repeat() -> None:
    text = (
        "INPUT(8x8x4) => [ADD[ | CONV(4) => MUL[ | GAP => FC(4) => SIGMOID]]]*2"
        " => CONCAT[CONV(2) | POOL(3, S=1, P=1) | ]"
    )
    found = report(text)
    assert found.ok
    assert found.rows[-1].output.sizes == (8, 8, 10)  # type: ignore[union-attr]
    assert [len(r.node.inputs) for r in found.rows if r.node.kind in ("ADD", "MUL", "CONCAT")] == [2, 2, 2, 2, 3]


def test_taps_make_long_skips_and_several_outputs() -> None:
    text = (
        "INPUT(8x8x1) => CONV(4) as c1 => POOL => CONV(8) => UPCONV(4) => CONCAT[ | @c1 ] => FC(10)\n"
        "@c1 => GAP => FC(3)"
    )
    found = report(text)
    assert found.ok
    by_name = {r.node.name: r for r in found.rows}
    assert by_name["c1"].node.kind == "CONV"
    assert by_name["concat1"].output.sizes == (8, 8, 8)  # type: ignore[union-attr]
    assert by_name["gap1"].node.inputs == (by_name["c1"].node.index,)


def test_several_inputs() -> None:
    found = report("INPUT(8x8x1) => CONV(4) as left\nINPUT(8x8x3) => CONV(4) => ADD[ | @left ]")
    assert found.ok
    assert found.rows[-1].output.sizes == (8, 8, 4)  # type: ignore[union-attr]


def test_names_are_kinds_with_running_numbers_after_the_files_own() -> None:
    text = "INPUT(8x8x1) => [CONV as c => RELU]*2 => CONV as conv2 => CONV"
    assert [r.node.name for r in report(text).rows] == ["input1", "c_1", "relu1", "c_2", "relu2", "conv2", "conv4"]


def test_a_family_is_closed_from_outside() -> None:
    text = "INPUT => [[CONV => RELU]*N => POOL?]*M => [FC => RELU]*K => FC         0<=N<=3, M>=0, 0<=K<=2"
    (diagnostic,) = report(text).diagnostics
    assert diagnostic.code == "SHP114"
    assert "N (0 to 3)" in diagnostic.message
    assert "M (0 or more)" in diagnostic.message
    assert "K (0 to 2)" in diagnostic.message
    sets = {"N": 1, "M": 2, "K": 0}
    assert kinds(text, set=sets) == "INPUT CONV RELU POOL CONV RELU POOL FC"
    assert kinds(text, set=sets, optional="drop") == "INPUT CONV RELU CONV RELU FC"
    assert codes(text, set={**sets, "N": 4}) == ["SHP118"]
    assert codes(text, set={**sets, "Q": 4}) == ["SHP107"]


def test_an_open_name_is_named_under_which_it_came_in() -> None:
    (found,) = report("block b(c, d=c/2) = CONV(c/2) => CONV(d)\nINPUT(8x8x3) => b(2*k)").diagnostics
    assert (found.code, found.message) == ("SHP114", "the diagram is open: k has no value")


def test_let_is_overridden_from_outside() -> None:
    assert kinds("let N = 3\nINPUT => [CONV]*N", set={"N": 1}) == "INPUT CONV"


def test_the_front_matter_and_the_command_line_fix_the_input() -> None:
    assert layers("---\ninput: 8x8x3\n---\nCONV => FC(2)")[0].endswith("8x8x3")
    assert layers("INPUT(9x9x3) => FC(2)", input=Sizes((4, 4, 1)))[0].endswith("4x4x1")
    assert codes("CONV => FC(2)") == ["SHP110"]


def test_defaults_of_a_kind_count_as_written() -> None:
    found = report("---\ndefaults: {CONV: {K: 12, F: 5, P: 2}}\n---\nINPUT(8x8x3) => CONV => CONV(7)")
    assert [str(r.output) for r in found.rows] == ["8x8x3", "8x8x12", "8x8x7"]
    assert found.rows[1].node.assumed == ("S",)


def test_a_size_that_begins_a_line_begins_a_chain() -> None:
    text = "INPUT(8x8x3) => RELU\n  28x28x1 => CONV(4)\n# the last\n\n4x4x1 => GAP"
    assert [str(r.output) for r in report(text).rows] == ["8x8x3", "8x8x3", "28x28x1", "28x28x4", "4x4x1", "1x1x1"]
    assert report(text).rows[2].node.span == (text.index("28"), text.index("28") + 7)
    assert codes("INPUT 8x8x3 => CONV 4 => CONV(4):\n8x8x4") == []


def test_chains_that_give_their_sizes_alike_keep_them_apart() -> None:
    text = "INPUT: 32x32x3 => CONV(8) as a\nINPUT: 16x16x3 => CONV(8) as b"
    assert [str(r.output) for r in report(text).rows] == ["32x32x3", "32x32x8", "16x16x3", "16x16x8"]


def test_values_that_are_equal_only_to_python_make_layers_of_their_own() -> None:
    text = "block b(p) = CONV(8, F=3, P=p)\nINPUT(9x9x3) => b(1x2) => b((1,2))"
    assert layers(text)[1:] == ["conv1 CONV(8, F=3, P=1x2) 9x11x8", "conv2 CONV(8, F=3, P=(1,2)) 10x12x8"]


def test_a_branch_begins_at_a_tap_or_with_an_input_of_its_own() -> None:
    found = report("INPUT(8x8x8) as a => RELU => ADD[[@a => RELU] | INPUT(8x8x8) | ]")
    assert found.ok
    assert [r.node.inputs for r in found.rows] == [(), (0,), (0,), (), (2, 3, 1)]


def test_points_named_in_a_block_are_seen_inside_of_it_only() -> None:
    text = "block e(k) = CONV(k) as x => ADD[@x | RELU]\nINPUT(8x8x3) => CONV(4) as x => e(16) => e(8)\n@x => FC(3)"
    found = report(text)
    assert found.ok
    assert [r.node.name for r in found.rows if r.node.kind == "CONV"] == ["x_1", "x_2", "x_3"]
    assert found.rows[-1].node.inputs == (1,)


def test_names_that_are_bound_inside_cannot_be_set_from_outside() -> None:
    text = "block b(s, t=u) = CONV(s + t)\nINPUT => [b(i) for i in 1..2]"
    assert codes(text, set={"u": 1}) == []
    assert codes(text, set={"s": 8, "t": 8, "i": 8, "u": 8}) == ["SHP107"] * 3
    assert codes("INPUT => CONV(P=same)", set={"same": 0}) == ["SHP107"]


def test_defaults_of_an_alias_are_for_layers_that_are_called_so() -> None:
    found = report("---\ndefaults: {AVGPOOL: {S: 1}}\n---\nINPUT(8x8x3) => POOL => AVGPOOL => AVERAGEPOOL")
    assert [str(r.output) for r in found.rows] == ["8x8x3", "4x4x3", "3x3x3", "2x2x3"]


def test_an_empty_range_has_no_turns() -> None:
    assert kinds("let n = 0\nINPUT => [CONV for i in 1..n] => RELU") == "INPUT RELU"


def test_a_volume_may_be_claimed_by_name() -> None:
    assert codes("INPUT(8x8x3) => CONV(4): output=8x8x4, params=112") == []
    assert codes("INPUT(8x8x3) => CONV(4): volume=8x8x5") == ["SHP301"]
