"""What the language means: expansion, names, arguments, families, blocks, branches, taps."""

from __future__ import annotations

import pytest

from shapecalc.arguments import Sizes, Word
from shapecalc.check import CheckOptions, check
from shapecalc.diagnostics import Source
from shapecalc.display.excerpt import render
from shapecalc.expansion.expand import Options
from shapecalc.report import Report


def report(text: str, **options: object) -> Report:
    return check(Source("net.net", text), CheckOptions(Options(**options)))  # type: ignore[arg-type]


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
        "Conv2d(filters=8, kernel_size=5, strides=2, pad=1)",
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


def test_a_fraction_where_a_whole_number_is_needed_is_shown() -> None:
    (finding,) = [d for d in report("INPUT(4x4x1) => CONV(7/2)").diagnostics if d.severity == "error"]
    assert finding.code == "SHP108"
    assert "3.5" in finding.message


def test_blocks_are_used_like_layers_with_defaults_and_names() -> None:
    block = "block b(c, s=1, f=2*s + 1) = CONV(c, F=f, S=s, P=f//2) => RELU"
    text = f"{block}\nINPUT(8x8x1) => b(4) => B(c=6, s=1, f=1) => b(2, f=5)"
    assert [r.node.text for r in report(text).rows if r.node.kind == "CONV"] == [
        "CONV(4, F=3, S=1, P=1)", "CONV(6, F=1, S=1, P=0)", "CONV(2, F=5, S=1, P=2)",
    ]  # fmt: skip


def test_blocks_see_the_names_of_the_diagram_but_not_of_their_caller() -> None:
    assert kinds("let n = 2\nblock b = CONV(n)\nINPUT => b") == "INPUT CONV"
    assert codes("block b = CONV(n)\nblock a(n) = b\nINPUT => a(3)") == ["SHP114"]


def test_a_cycle_of_blocks_is_named() -> None:
    (finding,) = report("block a = b\nblock b = c\nblock c = a\nINPUT => a").diagnostics
    assert finding.code == "SHP113"
    assert "a → b → c → a" in finding.message


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
    (finding,) = report(text).diagnostics
    assert finding.code == "SHP114"
    assert "N (0 to 3)" in finding.message
    assert "M (0 or more)" in finding.message
    assert "K (0 to 2)" in finding.message
    sets = {"N": 1, "M": 2, "K": 0}
    assert kinds(text, bindings=sets) == "INPUT CONV RELU POOL CONV RELU POOL FC"
    assert kinds(text, bindings=sets, optional="drop") == "INPUT CONV RELU CONV RELU FC"
    assert codes(text, bindings={**sets, "N": 4}) == ["SHP118"]
    assert codes(text, bindings={**sets, "Q": 4}) == ["SHP107"]


@pytest.mark.parametrize("part", ["[CONV(4)]*M", "CONV(M+1)", "[CONV(4)]*K"])
def test_a_value_outside_its_range_is_one_problem(part: str) -> None:
    assert codes(f"let M = 0..3\nlet K = M\nINPUT(8x8x3) => {part}", bindings={"M": -1}) == ["SHP118"]
    assert codes(f"let M = 0..3\nlet K = M\nINPUT(8x8x3) => {part}", bindings={"M": 4}) == ["SHP118"]
    assert codes(f"let M = 0..3\nlet K = M\nINPUT(8x8x3) => {part}", bindings={"M": 3}) == []


def test_an_open_name_is_named_under_which_it_came_in() -> None:
    (found,) = report("block b(c, d=c/2) = CONV(c/2) => CONV(d)\nINPUT(8x8x3) => b(2*k)").diagnostics
    assert (found.code, found.message) == ("SHP114", "the diagram is open: k has no value")


def test_let_is_overridden_from_outside() -> None:
    assert kinds("let N = 3\nINPUT => [CONV]*N", bindings={"N": 1}) == "INPUT CONV"


def test_the_front_matter_and_the_command_line_fix_the_input() -> None:
    assert layers("---\ninput: 8x8x3\n---\nCONV => FC(2)")[0].endswith("8x8x3")
    assert layers("INPUT(9x9x3) => FC(2)", input=Sizes((4, 4, 1)))[0].endswith("4x4x1")
    assert codes("CONV => FC(2)") == ["SHP110"]


def test_defaults_of_a_kind_count_as_written() -> None:
    found = report("---\ndefaults: {CONV: {K: 12, F: 5, P: 2}}\n---\nINPUT(8x8x3) => CONV => CONV(7)")
    assert [str(r.output) for r in found.rows] == ["8x8x3", "8x8x12", "8x8x7"]
    assert found.rows[1].node.assumed == ("S",)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("INPUT => CNV", "SHP101"),
        ("INPUT => CONV(kernl=3)", "SHP102"),
        ("INPUT => CONV(0)", "SHP103"),
        ("INPUT => CONV(-1)", "SHP103"),
        ("INPUT => CONV(64, F=0)", "SHP103"),
        ("INPUT => CONV(bias=perhaps)", "SHP103"),
        ("INPUT => DO(2)", "SHP103"),
        ("INPUT => POOL(mode=median)", "SHP103"),
        ("INPUT => CONV(64, K=3)", "SHP104"),
        ("INPUT => CONV(K=64, filters=64)", "SHP104"),
        ("INPUT => RESHAPE", "SHP105"),
        ("block b(c) = CONV(c)\nINPUT => b", "SHP105"),
        ("block b(c) = CONV(c)\nINPUT => b(1, 2)", "SHP106"),
        ("block b(c) = CONV(c)\nINPUT => b(d=1)", "SHP102"),
        ("INPUT => FC(1, true, 3)", "SHP106"),
        ("INPUT => CONV(n)", "SHP114"),
        ("INPUT => [CONV]*n", "SHP114"),
        ("INPUT => [CONV]*(1/2)", "SHP108"),
        ("INPUT => [CONV]*(0-1)", "SHP103"),
        ("INPUT => CONV(1/0)", "SHP116"),
        ("INPUT => CONV(2^1000)", "SHP116"),
        ("INPUT => INPUT", "SHP115"),
        ("INPUT => ADD[ | @nowhere]", "SHP111"),
        ("INPUT => CONV as a => CONV as a", "SHP112"),
        ("block conv(c) = CONV(c)\nINPUT => conv(3)", "SHP112"),
        ("block b = CONV\nblock B = RELU\nINPUT => b", "SHP112"),
        ("INPUT => ADD", "SHP119"),
        ("INPUT => ADD[CONV]", "SHP119"),
        ("INPUT => [CONV for a, b in (1, 2, 3)]", "SHP103"),
        ("INPUT => [CONV]*10^7", "SHP109"),
        ("INPUT => [[[CONV]*10^6]*10^6]*10^6", "SHP109"),
        ("INPUT => [CONV for i in 0..10^9]", "SHP109"),
        ("INPUT => CONV as a => POOL => @a", "SHP121"),
        ("INPUT => CONV as a\n[@a => RELU]*2", "SHP121"),
        ("INPUT => ADD[ RELU => INPUT | ]", "SHP115"),
        ("block e = CONV as y\nINPUT => e\n@y => FC", "SHP111"),
        ("INPUT => CONV as x\n@x: 7x7x7 => RELU", "SHP301"),
        ("INPUT => CONV => RELU*0: 9x9x9", "SHP301"),
        ("let N = 5\nINPUT => [CONV]*N\n0<=N<=3", "SHP118"),
        ("INPUT => [CONV]*2 => CONV(N)\n3<=N<=1", "SHP118"),
        ("let N = 3..0\nINPUT => [CONV]*N", "SHP118"),
        ("INPUT => CONV\n0<=N<=3", "SHP107"),
        ("let N = 2\nlet N = 3\nINPUT => CONV(N)", "SHP112"),
        ("INPUT => [CONV(a) for a, a in (1, 2)]", "SHP112"),
        ("block f(a, a) = CONV(a)\nINPUT => f(1, 2)", "SHP112"),
        ("---\nclasses: 0\n---\nINPUT => FC", "SHP118"),
        ("---\nclasses: 0-3\n---\nINPUT => FC", "SHP118"),
        ("INPUT => [CONV]*(3 > 2 > 1)", "SHP116"),
        ("INPUT => [CONV for i in 3..0]", "SHP116"),
        ("INPUT => SOFTMAX-10", "SHP101"),
        ("INPUT => BN1", "SHP101"),
        ("INPUT => CONV => LN2", "SHP101"),
        ("INPUT => CONV(8): output <= 5", "SHP118"),
        ("INPUT => CONV(8): volume=5 ± 1", "SHP118"),
        ("INPUT: volume=5M => CONV", "SHP118"),
        ("INPUT => CONV: arithmetic=3", "SHP117"),
        ("INPUT => FC-" + "9" * 5000, "SHP016"),
        ("INPUT => CONV: " + "9" * 5000 + "x3x3", "SHP016"),
        ("INPUT: " + "9" * 5000 + "x3x3", "SHP016"),
        ("INPUT => [CONV]*N\n0<=N<=" + "9" * 5000, "SHP016"),
        ("INPUT => POOL(" + "x".join("1" * 50_000) + ")", "SHP016"),
        ("INPUT => CONV(64, 3, same)", "SHP103"),
        ("INPUT => [CONV]*same", "SHP116"),
        ("let a = b\nlet b = 2\nINPUT => CONV(a)", "SHP107"),
        ("let N = N + 1\nINPUT => CONV(N)", "SHP107"),
        ("let same = 0\nINPUT => CONV(8, F=3, P=same)", "SHP112"),
        ("block b(same) = CONV(8, F=3, P=same)\nINPUT => b(1)", "SHP112"),
        ("INPUT(3x3x3) => [[[RELU*(i<0) for i in 0..99999] for j in 0..99999] for k in 0..9]", "SHP109"),
        ("", "SHP009"),
        ("# only a comment\n", "SHP009"),
        ("let N = 3", "SHP009"),
        ("[" * 100_000, "SHP012"),
        ("INPUT => CONV(" + "(" * 500 + "1" + ")" * 500 + ")", "SHP012"),
        ("INPUT => CONV(" + "1+" * 5000 + "1)", "SHP012"),
        ("INPUT => CONV" + "?" * 5000, "SHP012"),
        ("INPUT => CONV(" + "9" * 5000 + ")", "SHP016"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_diagram_has_a_code_and_a_place(text: str, code: str) -> None:
    found = [d for d in report(text).diagnostics if d.severity == "error"]
    assert code in [d.code for d in found], found
    for diagnostic in found:
        assert 0 <= diagnostic.span[0] <= diagnostic.span[1] <= len(text)
        assert diagnostic.message
        assert not diagnostic.message.endswith(".")


def test_unknown_layers_leave_what_follows_unknown_and_silent() -> None:
    found = report("INPUT(8x8x1) => CNV(3) => CONV(4, F=99) => FC => POOL(5)")
    assert [d.code for d in found.diagnostics] == ["SHP101"]
    assert [str(r.output) for r in found.rows] == ["8x8x1", "None", "None", "None", "None"]
    assert found.totals is not None
    assert found.totals.params is None
    assert found.totals.unknown == 4


def test_one_mistake_in_a_repeat_is_said_once() -> None:
    assert codes("INPUT => [CNV => CONV(kernl=3)]*50") == ["SHP101", "SHP102"]


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


def test_every_range_of_a_name_holds() -> None:
    text = "let N = 0..3\nINPUT => [CONV]*N\n1<=N<=2"
    assert codes(text, bindings={"N": 3}) == ["SHP118"]
    assert codes(text, bindings={"N": 2}) == []
    assert codes("INPUT => [CONV]*N\n1<=N<=2, 0<=N<=5", bindings={"N": 0}) == ["SHP118"]


@pytest.mark.parametrize("value", [Word("abc"), Sizes((3, 3))])
def test_a_value_from_outside_that_is_no_number_is_refused(value: object) -> None:
    assert codes("INPUT => [CONV]*N\n0<=N<=3", bindings={"N": value}) == ["SHP118"]
    assert codes("INPUT => [CONV]*M", bindings={"M": value})[0] in ("SHP116", "SHP118")


def test_names_that_are_bound_inside_cannot_be_set_from_outside() -> None:
    text = "block b(s, t=u) = CONV(s + t)\nINPUT => [b(i) for i in 1..2]"
    assert codes(text, bindings={"u": 1}) == []
    assert codes(text, bindings={"s": 8, "t": 8, "i": 8, "u": 8}) == ["SHP107"] * 3
    assert codes("INPUT => CONV(P=same)", bindings={"same": 0}) == ["SHP107"]


def test_what_is_wrong_with_the_command_line_has_no_place_in_the_text() -> None:
    found = report("INPUT => CONV", bindings={"q": 3})
    assert render(found.diagnostics[0], found.source).splitlines()[1:] == ["  --> net.net"]


def test_a_block_that_nothing_uses_is_pointed_out() -> None:
    assert codes("block a = CONV\nblock b = a\nINPUT => CONV") == ["SHP120", "SHP120"]
    assert codes("block a = CONV\nblock b = a\nINPUT => [b]*0 => CONV") == []


def test_defaults_of_an_alias_are_for_layers_that_are_called_so() -> None:
    found = report("---\ndefaults: {AVGPOOL: {S: 1}}\n---\nINPUT(8x8x3) => POOL => AVGPOOL => AVERAGEPOOL")
    assert [str(r.output) for r in found.rows] == ["8x8x3", "4x4x3", "3x3x3", "2x2x3"]


def test_an_empty_range_has_no_turns() -> None:
    assert kinds("let n = 0\nINPUT => [CONV for i in 1..n] => RELU") == "INPUT RELU"


def test_a_volume_may_be_claimed_by_name() -> None:
    assert codes("INPUT(8x8x3) => CONV(4): output=8x8x4, params=112") == []
    assert codes("INPUT(8x8x3) => CONV(4): volume=8x8x5") == ["SHP301"]


def test_the_same_mistake_of_many_turns_is_said_once() -> None:
    assert codes("INPUT => [RELU for a, b in 0..999999]") == ["SHP103"]
    assert codes("INPUT => [CNOV]*800") == ["SHP101"]


def test_a_word_that_another_argument_takes_is_pointed_to_it() -> None:
    (found,) = report("INPUT(8x8x3) => CONV(64, 3, same)").diagnostics
    assert found.label == "did you mean P=same?"


def test_a_long_text_of_unknown_names_is_read_to_its_end() -> None:
    names = [f"CNV{a}{b}" for a in "abcdefghij" for b in "abcdefghij"]
    found = report("INPUT => " + " => ".join(names)).diagnostics
    assert [d.code for d in found] == ["SHP101"] * 100
    assert all(d.label != "not a layer" or not d.help for d in found[50:])
