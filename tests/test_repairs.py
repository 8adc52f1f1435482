"""Fixes are tried on the whole network before they are offered."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import shapecalc
from shapecalc.passes.report import Report
from tests.brokennetworks import broken_network

ROUNDS = 30
"""Networks that are broken and fixed here; 500 were, once."""


def problems(report: Report) -> set[tuple[str, int | None]]:
    return {(d.code, d.layer) for d in report.diagnostics if d.severity != "note"}


def edited(text: str, fix: object) -> str:
    for edit in sorted(fix.edits, key=lambda e: e.span, reverse=True):  # type: ignore[attr-defined]
        text = text[: edit.span[0]] + edit.content + text[edit.span[1] :]
    return text


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_every_fix_mends_its_diagnostic_and_adds_no_other(seed: int) -> None:
    _, text = broken_network(seed)
    report = shapecalc.check(text)
    before = problems(report)
    severe = [d for d in report.diagnostics if d.severity != "note"]
    assert severe, text
    for diagnostic in severe:
        assert diagnostic.fixes, (text, diagnostic.message)
        assert len(diagnostic.fixes) <= 3
        for fix in diagnostic.fixes:
            after = problems(shapecalc.check(edited(text, fix)))
            assert after <= before, (text, fix.title)
            assert (diagnostic.code, diagnostic.layer) not in after, (text, fix.title)


BREAKS_ANOTHER = {
    "a stride, the pool after it": (
        "INPUT(12x12x3) as a => CONV(4, 3, S=2): params=112 => POOL(5, S=5) => FC(10): params=50\n"
        "@a => POOL(12) => FC(10)\n",
        [],
    ),
    "an input, the pool in another branch": (
        "INPUT(12x12x3) as a => CONV(4, 3, S=2) => POOL(5, S=5)\n@a => POOL(12) => FC(10)\n",
        ["write F=4"],
    ),
}
"""Networks where a change would put one layer right and another one wrong, and the changes that are left."""


@pytest.mark.parametrize(("text", "left"), BREAKS_ANOTHER.values(), ids=BREAKS_ANOTHER)
def test_a_change_that_breaks_another_layer_is_not_offered(text: str, left: list[str]) -> None:
    (found,) = shapecalc.check(text).diagnostics
    assert (found.code, [fix.title for fix in found.fixes]) == ("SHP201", left)
    assert len(found.help) == max(1, len(left))
    assert left or "no single change of the layer or of the input fixes it without another error" in found.help


THREADS = [
    ("INPUT(6x5x1) => POOL => POOL", ["INPUT(8x4x1)", "INPUT(4x4x1)"]),
    (
        "INPUT(8000x1) => CONV(128,80,S=4) => POOL(4) => CONV(128,3) => POOL(4) => CONV(256,3) => POOL(4)"
        " => CONV(512,3) => POOL(4)",
        ["INPUT(7916x1)", "INPUT(8940x1)"],
    ),
    (
        "INPUT(30x30x3) => CONV(8,3,S=2,P=1) as a => CONV(8,3,S=2,P=1) => UPSAMPLE(2) => ADD[ | @a]",
        ["INPUT(32x32x3)", "INPUT(28x28x3)"],
    ),
    ("INPUT(40x40x8) => AVGPOOL(90)", ["INPUT(90x90x8)", "F=40"]),
    ("INPUT(24x24x1) => CONV(8,3,S=2,P=1) => UPCONV(1,3,S=2,P=1): 24x24x1", ["output_padding=1"]),
    ("INPUT(32x32x3) => CONV(16,F=5,P=1): 32x32x16 => RELU => POOL(2): 16x16x16", ["P=2"]),
    ("INPUT(32x32x3) => CONV(16, 3, S=2): 16x16x16", ["P=1"]),
    ("INPUT(32x32x30) => CONV(16, 3, groups=4)", ["groups=2"]),
    ("INPUT(16x16x8) => ADD[ CONV(8,3) | ]", ["P=1", "CROP(1)", "PAD(1)"]),
    ("INPUT(16x16x8) => ADD[ CONV(9,3,P=1) | ]", ["K=8", "CONV(8, 1)"]),
    ("INPUT(32x32x3) => CONV(6,5) => POOL(2) => CONV(16,5) => POOL(2) => FLATTEN: 1x1x256", ["INPUT(28x28x3)"]),
    ("INPUT(224x224x3) => CONV(96, 11, S=4)", ["INPUT(227x227x3)", "P=(1,2,1,2)"]),
    ("INPUT(224x224x3) => Conv 3x3x16", ["write CONV(16, 3x3)"]),
    ("INPUT(32x32x3) => CONV(16,3,1,1,relu)", ["write CONV(16, 3, 1, 1) => RELU"]),
    ("INPUT(32x32x3) => CONV(16, 3, groups=3)", ["groups=1", "K=15", "K=18"]),
    ("INPUT(10) => FC(2)", ["write 10x1"]),
    ("INPUT(32x32x3) => Conv2d(3, 6, 5) => MaxPool2d(2) => Flatten() => Linear(864, 10)", ["1176", "INPUT(28x28x3)"]),
    ("INPUT(32x32x8) => CONV(8,3,P=1) as a => POOL(2) => CONV(8,3,P=1) => ADD[ | @a ]", ["RESIZE(32x32)"]),
    # other axes than two, and sides that differ
    ("INPUT(15x9x7x1) => POOL => POOL", ["INPUT(16x8x8x1)"]),
    (
        "INPUT(50x38x3) => POOL(3) as a => CONCAT[CONV(8,3,S=2) | CONV(8,5,S=2,P=1)]",
        ["INPUT(45x33x3)", "INPUT(51x39x3)"],
    ),
    ("INPUT(187x1) => CONV(32,5) => POOL(5,S=2) => CONV(32,5) => POOL(5,S=2) => FC(5)", ["INPUT(189x1)"]),
    # joins: U-Nets of odd sizes, a residual block that halves its input, windows that lose a border
    (
        "INPUT(30x20x3) => CONV(8,3,P=1) as a => POOL => CONV(16,3,P=1) as b => POOL => CONV(32,3,P=1) => UPSAMPLE(2)"
        " => CONCAT[ | @b] => UPSAMPLE(2) => CONCAT[ | @a]",
        ["INPUT(32x20x3)", "INPUT(28x20x3)"],
    ),
    (
        "INPUT(101x101x1) => CONV(16,3,P=1) as a => POOL(2,ceil=true) => CONV(32,3,P=1) => UPCONV(16,2,S=2)"
        " => CONCAT[ | @a]",
        ["INPUT(102x102x1)", "CROP((0,1,0,1))"],
    ),
    ("INPUT(28x28x8) => ADD[ CONV(16,3,S=2,P=1) | ]", ["CONV(16, 1, S=2) at the end of branch 2"]),
    ("INPUT(8x8x16) => ADD[ CONV(24,1) | ]", ["PAD(depth=8) at the end of branch 2"]),
    ("INPUT(100x1) => CONV(8,3,S=2,P=1) => ADD[ CONV(16,3,S=2,P=1) | ]", ["CONV(16, 1, S=2) at the end of branch 2"]),
    ("INPUT(8x8x4) => CONCAT[ CONV(4,1) | CONV(4,3) | CONV(4,5,P=2) ]", ["P=1 in conv2"]),
    # transposed convolutions: one of several axes, and a decoder of two
    ("INPUT(28x20x1) => CONV(8,3,S=2,P=1) => UPCONV(1,3,S=2,P=1): 28x20x1", ["output_padding=1"]),
    ("INPUT(64x3) => CONV(8,5,S=2,P=2) => UPCONV(3,5,S=2,P=2): 64x3", ["output_padding=1"]),
    ("INPUT(8x8x8x4) => UPCONV(4,3,S=2,P=1): 16x16x16x4", ["output_padding=1"]),
    (
        "INPUT(28x28x1) => CONV(16,3,S=2,P=1) => CONV(8,3,S=2,P=1) => UPCONV(16,3,S=2,P=1) => UPCONV(1,3,S=2,P=1):"
        " 28x28x1",
        ["output_padding=1 in upconv1 and upconv2"],
    ),
    # windows that do not fit, and sizes that begin with the channels
    ("INPUT(1x28x28) => CONV(32,3) => CONV(64,3)", ["INPUT(28x28x1) if 1 is the number of channels"]),
    ("INPUT(1x32x32) => CONV(6,5) => POOL(2)", ["INPUT(32x32x1) if 1 is the number of channels"]),
    ("INPUT(3x64x64) => CONV(8,5) => POOL(2) => FC(10)", ["INPUT(64x64x3) if 3 is the number of channels"]),
    ("INPUT(30x1) => CONV(64,80)", ["INPUT(80x1)"]),
    ("INPUT(5x5x5x1) => CONV(8,3) => CONV(8,3) => CONV(8,3)", ["INPUT(8x8x8x1)"]),
    # what is claimed tells which padding was meant
    ("INPUT(224x224x3) => CONV(64, 7, S=2): 112x112x64", ["P=3"]),
    ("INPUT(100x1) => CONV(8, 5, S=2): 50x8", ["P=2"]),
    ("INPUT(33x17x3) => CONV(16, 3, S=2): 17x9x16", ["P=1"]),
    ("INPUT(48x32x3) => CONV(16,F=7,P=2): 48x32x16 => POOL(2): 24x16x16", ["P=3"]),
    ("INPUT(100x4) => CONV(8,3) => POOL(2) => FLATTEN: 1x400", ["INPUT(102x4)"]),
    (
        "INPUT(224x224x3) => Conv2d(3,32,3,padding=1) => MaxPool2d(2) => Conv2d(32,64,3,padding=1) => MaxPool2d(2)"
        " => Flatten() => Linear(64*7*7, 10)",
        ["200704", "INPUT(28x28x3)"],
    ),
    # groups
    ("INPUT(32x32x30) => GN(32)", ["groups=30", "groups=15"]),
    ("INPUT(8x8x8x10) => CONV(20,3,groups=4)", ["groups=5", "groups=2"]),
    ("INPUT(32x32x64) => CONV(96,3,P=1,groups=64)", ["K=64", "groups=32", "K=128"]),
    ("INPUT(16x16x10) => SHUFFLE(3)", ["groups=2"]),
    # arguments
    ("INPUT(32x32x3) => CONV(F=3x3x16)", ["K=16, F=3"]),
    ("INPUT(32x32x3) => CONV(5x5x32)", ["write CONV(32, 5x5)"]),
    ("INPUT(32x32x3) => FC(10, softmax)", ["write FC(10) => SOFTMAX"]),
    ("INPUT(784) => FC(10)", ["784x1"]),
    # layers that there are not
    ("INPUT(32x32x3) => SE(16) => FC(10)", ["define it: block SE(c, r=16) = MUL["]),
    ("INPUT(32x32x3) => RESBLOCK(64) => FC(10)", ["define it: block RESBLOCK(c) = ADD["]),
    ("INPUT(32x32x3) => CONVV(8) => FC(10)", ["write CONV"]),
    ("INPUT(32x32x3) => FCC(10)", ["write FC"]),
]
"""What threads about sizes end with."""


@pytest.mark.parametrize(("text", "advice"), THREADS, ids=[text[:40] for text, _ in THREADS])
def test_the_answers_of_threads_are_among_the_first_three(text: str, advice: list[str]) -> None:
    errors = [d for d in shapecalc.check(text).diagnostics if d.severity == "error"]
    helps = " ".join(errors[0].help)
    assert len(errors) == 1
    assert all(part in helps for part in advice), errors[0].help


BLOCK = """block res(c) = ADD[ CONV(c, 3, P=1) => BN => RELU => CONV(c, 3, P=0) => BN | ] => RELU
INPUT(32x24x3) => CONV(16, 3, P=1) => res(16)*2 => GAP => FC(10)"""
OTHERS = {
    # what comes after the join is unknown, and has warnings of its own
    "a residual block that is repeated": (BLOCK, ["write P=1"]),
    "a norm after a join": (
        "INPUT(32x32x16) => ADD[ CONV(16,3) | ] => CONV(32,3,P=1) => BN => RELU => GAP => FC(10)",
        ["write P=1", "put CROP(1) at the end of branch 2"],
    ),
    "an activation twice after a join": (
        "INPUT(20x16) => CONCAT[ CONV(16,3) | CONV(4,1) ] => BN => BN => ELU => ELU => GAP => FC(10)",
        ["write P=1"],
    ),
    # one axis of a transposed convolution fits already
    "a transposed convolution that is not square": (
        "INPUT(29x26x1) => CONV(4,3,S=2,P=1) => UPCONV(4, 3, S=2, P=1): 29x26x4",
        ["write output_padding=0x1"],
    ),
    # claims: the stride alone, the stride with its padding, the filters with it, sizes and factors
    "a claim of the input's size": ("INPUT(33x20x2) => CONV(8, 3, P=1, S=2): 33x20x8", ["write S=1"]),
    "a stride and a padding": ("INPUT(47x53x3) => CONV(8, 7, P=1, S=2): 47x53x8", ["write S=1, P=3"]),
    "a stride that was forgotten": ("INPUT(32x32x3) => CONV(16, 3): 16x16x16", ["write S=2, P=1"]),
    "filters and a padding": ("INPUT(32x32x3) => CONV(16, 3): 32x32x32", ["write K=32, P=1"]),
    "a size": ("INPUT(10x10x8) => ADAPTIVEPOOL(3): 4x4x8 => FC(2)", ["write size=4"]),
    "a factor": ("INPUT(20x24x8) => UPSAMPLE(2): 60x72x8 => FC(2)", ["write factor=3"]),
    # values that arrive
    "weights of an FC": (
        "INPUT(28x28x1) => CONV(6, 5) => POOL(2) => CONV(16, 5) => POOL(2) => FC(120): 1x1x120, weights=48000",
        ["make the input 32x32x1"],
    ),
    "a flat volume that is not square": (
        "INPUT(28x14x1) => CONV(64, 3) => POOL(2) => FLATTEN: 1x1x6144 => FC(10)",
        ["claim 1x1x4992", "make the input 34x14x1"],
    ),
    "a flat volume of other filters": (
        "INPUT(9x7x1) => CONV(4, 3) => FLATTEN: 1x1x210 => FC(10)",
        ["claim 1x1x140", "write K=6"],
    ),
    # what must divide
    "heads": ("INPUT(49x96) => CONV(3*96,1) => ATTENTION(7) => GAP => FC(10)", ["write heads=8", "write heads=6"]),
    "thirds of the depth": ("INPUT(49x32) => CONV(100,1) => ATTENTION(4) => GAP => FC(10)", ["write K=96"]),
    "blocks of pixels": ("INPUT(15x16x3) => PIXELUNSHUFFLE(2) => CONV(3, 3, P=1)", ["make the input 16x16x3"]),
    "channels of blocks": ("INPUT(30x30x3) => CONV(10,3,P=1) => PIXELSHUFFLE(2) => CONV(3,3,P=1)", ["write K=12"]),
    "sequences that are joined": (
        "INPUT(30x3) => CONCAT(along=length)[ CONV(8,1) | CONV(9,1) ] => FC(2)",
        ["write K=9", "write K=8"],
    ),
    "dilation": ("INPUT(50x20x3) => CONV(8, 3, dilation=2, S=2) => FC(5)", ["write S=1"]),
    # calls of frameworks, in their own words
    "a call of torch": (
        "INPUT(32x32x3) => nn.Conv2d(3, 16, 5, padding=1) => nn.Conv2d(8, 4, 3)",
        ["write 16"],
    ),
}
"""Networks with other errors than the generated ones have, and fixes that must be among those of the first error."""


@pytest.mark.parametrize(("text", "written"), OTHERS.values(), ids=OTHERS)
def test_other_errors_have_fixes_that_mend(text: str, written: list[str]) -> None:
    report = shapecalc.check(text)
    before = problems(report)
    first = next(d for d in report.diagnostics if d.severity == "error")
    titles = [fix.title for fix in first.fixes]
    assert set(written) <= set(titles), titles
    for fix in first.fixes:
        changed = shapecalc.check(edited(text, fix))
        after = problems(changed)
        if len(changed.layers) > len(report.layers):  # a layer was put in between: those after it are one further on
            after = {(code, layer - 1 if layer and (code, layer) not in before else layer) for code, layer in after}
        assert after <= before, fix.title
        assert (first.code, first.layer) not in after, fix.title
        assert fix.effect is not None
        if all(layer.output for layer in report.layers):
            params, macs = (getattr(changed.totals, n) - getattr(report.totals, n) for n in ("params", "macs"))
            assert (fix.effect.params, fix.effect.macs) == (params, macs), fix.title


IN_WORDS = {
    "nn.Conv2d(3, 16, 5)": "nn.Conv2d(3, 16, 5, padding=2)",
    "nn.Conv2d(3, 16, 5, padding=0, bias=False)": "nn.Conv2d(3, 16, 5, padding=2, bias=False)",
    "nn.Conv2d(in_channels=3, out_channels=16, kernel_size=5)": (
        "nn.Conv2d(in_channels=3, out_channels=16, kernel_size=5, padding=2)"
    ),
    "nn.Conv2d(3, 8, 5, padding=2)": "nn.Conv2d(3, 16, 5, padding=2)",
    "Conv2D(8, 5, padding='same')": "Conv2D(16, 5, padding='same')",
    "Conv2D(16, 5, strides=2, padding='same')": "Conv2D(16, 5, strides=1, padding='same')",
}
"""Calls that are claimed to give 32x32x16 on 32x32x3, and what a fix makes of them."""


@pytest.mark.parametrize(("before", "after"), IN_WORDS.items(), ids=IN_WORDS)
def test_calls_of_frameworks_are_fixed_in_their_words(before: str, after: str) -> None:
    text = f"INPUT(32x32x3) => {before}: 32x32x16 => FC(10)"
    texts = [edited(text, fix) for d in shapecalc.check(text).diagnostics for fix in d.fixes]
    assert text.replace(before, after) in texts, texts
    assert all(shapecalc.check(fixed).ok for fixed in texts)


def test_names_are_told_apart_by_case_and_that_is_said_once() -> None:
    family = "INPUT(32x32x3) => [CONV(8, 3, P=1) => RELU]*N => FC(10)"
    (found,) = shapecalc.check(family, set={"n": 2}).diagnostics
    assert "upper and lower case differ in names: n is given, and N has" in " ".join(
        (found.message, found.label, *found.notes, *found.help)
    )


def test_the_layers_that_there_are_are_listed_once() -> None:
    found = shapecalc.check("INPUT(32x32x3) => FOO => BAR => BAZ => FC(10)").diagnostics
    assert [d.code for d in found] == ["SHP101"] * 3
    assert [sum("ADAPTIVEPOOL" in advice for advice in d.help) for d in found] == [1, 0, 0]


def test_what_only_follows_from_another_error_is_a_note_of_it() -> None:
    text = "INPUT(30x30x3) => CONV(8,3,P=1) => POOL as a => POOL => UPSAMPLE(2) => CONCAT[ | @a]"
    (found,) = shapecalc.check(text).diagnostics
    assert found.code == "SHP201"
    assert any(note.startswith("because of it: CONCAT cannot join 14x14x8 and 15x15x8") for note in found.notes)
    both = shapecalc.check(text, severity={"SHP201": "warning"}).diagnostics
    assert [(d.code, d.severity) for d in both] == [("SHP201", "warning"), ("SHP208", "error")]


CASES = sorted((Path(__file__).parent / "cases" / "check").glob("*.txt"))


def test_every_wrong_network_has_a_fix_or_the_reason_why_there_is_none() -> None:
    for path in CASES:
        text = path.read_text(encoding="utf-8").partition("\n----\n")[0]
        for found in shapecalc.check(text).diagnostics:
            if found.severity == "note" or found.fixes:
                continue
            reasons = [*found.help, *(note for note in found.notes if not note.startswith("shapes so far"))]
            expected = [
                said for said in (found.message, found.label) if re.search("expected|must be|did you mean|write", said)
            ]
            assert reasons or expected, found


@pytest.mark.parametrize(
    ("window", "help"),
    [
        ("1x1x12", "write F=8 or less, or pad the slice axis by 4 more"),
        ("1x11x1, P=0x1x0", "write F=10 or less, or pad the height by 1 more"),
        ("6x1x1, D=2x1x1", "write F=4 or less, or pad the width by 3 more"),
    ],
)
def test_where_no_change_fits_all_layers_a_window_says_how_small_it_is_or_how_much_padding_is_missing(
    window: str, help: str
) -> None:
    (found,) = shapecalc.check(f"INPUT(8x8x8x4) => CONV(4, F={window}) => ADD[ | CONV(4, F=1x1x3) ]").diagnostics
    assert (found.code, found.help) == ("SHP205", (help,))


FIGURES = [
    ("INPUT(8x8x3) => CONV(4,3): params=108", "CONV(4, 3, bias=false)"),
    ("INPUT(8x8x3) => CONV: params=4864 => FC(10)", "CONV(F=5, P=2): params"),
    ("INPUT(10x10x3) => CONV(8, 5): params=224", "CONV(8, 3)"),
    ("INPUT(10x10x4) => CONV(8, 3, P=1): macs=14400", "CONV(8, 3, P=1, groups=2)"),
    ("INPUT(10x10x4) => FC(8): params=4010", "FC(10)"),
    ("---\nexpect: {output: 1x1x12}\n---\nINPUT(10x10x4) => FC(10)", "FC(12)"),
    ("INPUT(12x12x8) => DEPTHPOOL(3) => FC(3)", "DEPTHPOOL(4)"),
    ("INPUT(28x28) => CONV(32, 3x3) => FC(10)", "INPUT(28x28x1)"),
    ("INPUT(100x6) => MAXPOOL(2x2)", "POOL(2)"),
    ("INPUT(100x6) => CONV(8, 3, P=(1,1,1,1))", "CONV(8, 3, P=1)"),
    ("INPUT(8x8x6) => FC(100) => RESHAPE(5,5,8)", "RESHAPE(5x5x4)"),
    ("INPUT(8x8x6) => SLICE(2, 9)", "SLICE(2, 6)"),
    ("INPUT(9x9x3) => POOL(3, S=2, P=2)", "POOL(3, S=2, P=1)"),
    ("INPUT(8x8x3) => CONV(4, F=3, paddings=1)", "padding"),
]
"""What is wrong with a single layer, and what the first fix writes there."""


@pytest.mark.parametrize(("text", "written"), FIGURES, ids=[text[-40:] for text, _ in FIGURES])
def test_a_layer_that_is_wrong_by_itself_has_a_fix(text: str, written: str) -> None:
    (found,) = (d for d in shapecalc.check(text).diagnostics if d.severity != "note")
    fixed = edited(text, found.fixes[0])
    assert written.replace(" ", "") in fixed.replace(" ", "")
    after = shapecalc.check(fixed).diagnostics
    assert all(d.severity == "note" for d in after), after


def test_a_claim_of_the_rounded_volume_is_a_note() -> None:
    report = shapecalc.check("INPUT(62x100) => MaxPooling1D(3): 20x100")
    assert [(d.code, d.severity) for d in report.diagnostics] == [("SHP201", "note")]


def test_groups_that_divide_a_depth_of_a_thousand_million_are_found_without_counting_so_far() -> None:
    found = shapecalc.check("INPUT(4x4x999999937) => SHUFFLE(499999968) => CONV(2, 1)").diagnostics
    assert [(d.code, d.help[:1]) for d in found if d.severity == "error"] == [
        ("SHP207", ("groups=1 divides 999999937 (+1,999,999,876 parameters, +31,999,997,984 MACs)",))
    ]


def test_filters_that_groups_divide_are_near_a_depth_of_a_thousand_million() -> None:
    (found,) = shapecalc.check("INPUT(4x4x3) => CONV(999999999, 1) => CONV(2, 1, groups=2)").diagnostics
    assert found.code == "SHP207"
    assert [found.help[place].partition(" in ")[0] for place in (0, 2)] == ["K=1000000000", "or K=999999998"]


def test_where_changes_are_left_untried_it_is_not_said_that_none_fixes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shapecalc.repairs.trial.MOST_LOOKED_AT", 0)
    (found,) = shapecalc.check("INPUT(8x8x3) => RESHAPE(7x7x3) => CONV(4)").diagnostics
    assert found.help == ("not every change was tried: the network has 3 layers",)


def test_sizes_are_tried_along_an_axis_that_a_sequence_does_not_have() -> None:
    report = shapecalc.check("INPUT(14x11x5) => POOL(2, S=2, P=0) => GAP => RESHAPE(1x5) => UPSAMPLE(3)")
    (found,) = [d for d in report.diagnostics if d.code == "SHP201"]
    assert found.help[0] == "P=(0,0,0,1) keeps 14x11 and gives 7x6"


def test_sizes_are_tried_where_branches_of_other_depths_are_joined_along_the_width() -> None:
    text = "INPUT(10x12x6) => CONCAT(width)[ SIGMOID | DEPTHPOOL(6, mode=avg) ] => CONV(1, F=7, S=1, P=3)"
    (found,) = shapecalc.check(text).diagnostics
    assert (found.code, found.help[0].partition(" at")[0]) == ("SHP208", "CONV(1, 1)")


def test_no_input_is_looked_for_along_axes_that_a_reshape_made() -> None:
    (diagnostic,) = shapecalc.check("INPUT(8x9x1) => RESHAPE(12x6) => CONV(4, 1): 12x5").diagnostics
    assert diagnostic.message == "conv1 is claimed to give 12x5, and gives 12x4"


def test_a_crop_of_the_size_that_is_to_be_left_is_told_what_to_cut_off() -> None:
    (said,) = shapecalc.check("INPUT(65x64x3) => CROP(40x50) => FC(2)").diagnostics
    assert any(text.startswith("or P=(12,13,7,7) keeps 65x64 and gives 40x50") for text in said.help)
