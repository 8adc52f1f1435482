"""Listings: the published one is read as it is, every figure a claim, and slips are pointed at."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import shapecalc
from shapecalc.diagnostics.diagnostic import Diagnosed, Source
from shapecalc.formats import listing
from shapecalc.formats.read import parse
from shapecalc.language import syntax
from shapecalc.pipeline import check

VGG16 = """\
INPUT: [224x224x3] memory: 224*224*3=150K weights: 0
CONV3-64: [224x224x64] memory: 224*224*64=3.2M weights: (3*3*3)*64 = 1,728
CONV3-64: [224x224x64] memory: 224*224*64=3.2M weights: (3*3*64)*64 = 36,864
POOL2: [112x112x64] memory: 112*112*64=800K weights: 0
CONV3-128: [112x112x128] memory: 112*112*128=1.6M weights: (3*3*64)*128 = 73,728
CONV3-128: [112x112x128] memory: 112*112*128=1.6M weights: (3*3*128)*128 = 147,456
POOL2: [56x56x128] memory: 56*56*128=400K weights: 0
CONV3-256: [56x56x256] memory: 56*56*256=800K weights: (3*3*128)*256 = 294,912
CONV3-256: [56x56x256] memory: 56*56*256=800K weights: (3*3*256)*256 = 589,824
CONV3-256: [56x56x256] memory: 56*56*256=800K weights: (3*3*256)*256 = 589,824
POOL2: [28x28x256] memory: 28*28*256=200K weights: 0
CONV3-512: [28x28x512] memory: 28*28*512=400K weights: (3*3*256)*512 = 1,179,648
CONV3-512: [28x28x512] memory: 28*28*512=400K weights: (3*3*512)*512 = 2,359,296
CONV3-512: [28x28x512] memory: 28*28*512=400K weights: (3*3*512)*512 = 2,359,296
POOL2: [14x14x512] memory: 14*14*512=100K weights: 0
CONV3-512: [14x14x512] memory: 14*14*512=100K weights: (3*3*512)*512 = 2,359,296
CONV3-512: [14x14x512] memory: 14*14*512=100K weights: (3*3*512)*512 = 2,359,296
CONV3-512: [14x14x512] memory: 14*14*512=100K weights: (3*3*512)*512 = 2,359,296
POOL2: [7x7x512] memory: 7*7*512=25K weights: 0
FC: [1x1x4096] memory: 4096 weights: 7*7*512*4096 = 102,760,448
FC: [1x1x4096] memory: 4096 weights: 4096*4096 = 16,777,216
FC: [1x1x1000] memory: 1000 weights: 4096*1000 = 4,096,000
TOTAL memory: 24M * 4 bytes ~= 93MB / image (only forward! ~*2 for bwd)
TOTAL params: 138M parameters
"""


def read(text: str) -> tuple[list[syntax.Claimed], syntax.Settings]:
    diagram = parse(Source("net.txt", text))
    (chain,) = diagram.statements
    assert isinstance(chain, syntax.Chain)
    assert all(isinstance(item, syntax.Claimed) for item in chain.items)
    return [item for item in chain.items if isinstance(item, syntax.Claimed)], diagram.settings


def claims(text: str, line: int = -1) -> list[tuple[str, str, str]]:
    """Key, figure and the text pointed at, of one line."""
    items, _ = read(text)
    return [(c.key, c.text, text[slice(*c.span)]) for c in items[line].claims]


def complaints(text: str) -> list[tuple[str, str]]:
    """Code and the text pointed at, of what a check reports as wrong."""
    report = shapecalc.check(text)
    return [(d.code, text[slice(*d.span)]) for d in report.diagnostics if d.severity == "error"]


def test_of_the_published_listing_only_the_total_memory_is_wrong() -> None:
    report = shapecalc.check(VGG16)
    (wrong,) = report.diagnostics
    assert wrong.code == "SHP303"
    assert "24M" in wrong.message
    assert "93MB" in wrong.message
    assert "15,237,608" in wrong.message
    assert "58.1 MiB" in wrong.message
    assert report.totals.weights == 138_344_128


@pytest.mark.parametrize(
    "text",
    [
        VGG16.replace("\n", "\n\n"),
        "".join(f"    {line}\n" for line in VGG16.splitlines()),
        "# VGG-16\n" + VGG16.replace("weights: 0\n", "weights: 0  # nothing to learn\n"),
        VGG16.replace("x", " x "),
        VGG16.replace("x", "×").replace("*", "×"),
        VGG16.replace("x", "X"),
        VGG16.replace("~= 93MB", "=> 93MB"),
        VGG16.replace("[", "").replace("]", ""),
        VGG16.replace("] ", "], ").replace("memory:", "Memory:"),
        "---\nname: VGG-16\n---\n" + VGG16,
    ],
)  # fmt: skip
def test_a_listing_may_be_spaced_indented_and_commented(text: str) -> None:
    report = shapecalc.check(text)
    assert [d.code for d in report.diagnostics] == ["SHP303"]
    assert report.totals.weights == 138_344_128


def test_a_listing_inside_a_config_is_read_too() -> None:
    text = "name: VGG-16\ndiagram: |\n" + "".join(f"  {line}\n" for line in VGG16.splitlines())
    (wrong,) = check(Source("vgg.net.yaml", text)).diagnostics
    assert wrong.code == "SHP303"
    assert text[slice(*wrong.span)].startswith("24M")


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (VGG16, True),
        ("INPUT: [32x32x3]\nCONV3-64: [32x32x64]", True),
        ("CONV: [1x1x3] memory: 3", True),
        ("INPUT: 32x32x3 memory: 3072", True),
        ("INPUT: [32x32x3]", False),
        ("INPUT: [32x32x3]\n=> CONV: [32x32x64]\n=> FC: [1x1x10]", False),
        ("[INPUT - CONV - RELU - POOL - FC]", False),
        ("INPUT(32x32x3): 32x32x3 → CONV: 32x32x64", False),
        ("INPUT: [32x32x3] - CONV(12): 32x32x12 - RELU - POOL - FC(10)", False),
        ("INPUT: [32x32x3] - CONV(12): [32x32x12]\nFC: [1x1x10] - [RELU - FC(2)]", False),
        (VGG16.replace("~= 93MB", "=> 93MB"), True),
        (VGG16.replace("weights: 0", "weights: 2 - 2", 1), True),
        ("INPUT", False),
        ("", False),
        ("# INPUT: [32x32x3] memory: 3", False),
    ],
)
def test_listings_are_told_from_diagrams(text: str, is_one: bool) -> None:
    assert listing.accepts("", text) is is_one


@pytest.mark.parametrize(
    ("line", "name", "short", "arguments"),
    [
        ("CONV3-64: [8x8x64]", "CONV3-64", True, []),
        ("POOL2: [8x8x64]", "POOL2", False, []),
        ("FC-10: [1x1x10]", "FC-10", True, []),
        ("FC: [1x1x10]", "FC", False, [(None, 10)]),
        ("CONV: [8x8x16]", "CONV", False, [(None, 16)]),
        ("CONV3: [8x8x16]", "CONV3", False, [("K", 16)]),
        ("CONV(16, F=5): [4x4x16]", "CONV", False, [(None, 16), ("F", 5)]),
        ("RELU: [8x8x3]", "RELU", False, []),
    ],
)
def test_a_line_names_a_layer_as_a_diagram_does(
    line: str, name: str, short: bool, arguments: list[tuple[str | None, int]]
) -> None:
    items, _ = read(f"INPUT: [8x8x3] memory: 192\n{line}")
    call = items[-1].item
    assert isinstance(call, syntax.Call)
    assert (call.name, call.short) == (name, short)
    assert [(a.name, getattr(a.value, "value", None)) for a in call.arguments] == arguments


def test_nothing_of_a_listing_is_assumed_that_it_says() -> None:
    report = shapecalc.check("INPUT: [16000x1] memory: 16000\nCONV: [16000x8]\nFC: [1x10]\n")
    assert [row.node.text for row in report.rows][::2] == ["INPUT(16000x1)", "FC(10)"]
    assert not [d for d in report.diagnostics if d.severity == "error"]


def test_the_exact_side_of_an_equation_is_a_claim_with_its_own_place() -> None:
    assert claims(VGG16, 4) == [
        ("volume", "112x112x128", "112x112x128"),
        ("memory", "1605632", "112*112*128"),
        ("weights", "73,728", "73,728"),
    ]


def test_the_totals_are_expectations() -> None:
    _, settings = read(VGG16)
    assert [(c.key, c.text, VGG16[slice(*c.span)]) for c in settings.expect] == [
        ("memory", "24M", "24M"), ("memory", "93MB", "93MB"), ("params", "138M", "138M"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("equation", "sides"),
    [
        ("(3*3*64)*128 = 73,729", "(3*3*64)*128 is 73,728, not 73,729"),
        ("3*3*64*128=80K", "3*3*64*128 is 73,728, not 80K"),
        ("2 + 3*4 - 10/2 = 10", "2 + 3*4 - 10/2 is 9, not 10"),
        ("4096 = 4,095", "4096 = 4,095"),
        ("2*3 = 6 = 7", "6 = 7"),
    ],
)
def test_an_equation_that_does_not_work_out_is_claimed_as_it_stands(equation: str, sides: str) -> None:
    found = claims(f"INPUT: [8x8x3] memory: 192\nFC: [1x1x10] weights: {equation}")
    assert [text for key, text, _ in found if key == syntax.WORKED] == [sides]


@pytest.mark.parametrize(
    "equation",
    ["(3*3*64)*128 = 73,728", "3x3x64x128 = 74K", "2 + 3*4 - 10/2 = 9", "150K*4 = 1", "2*3 ~= 9", "1", "5 = 5"],
)
def test_an_equation_that_works_out_or_is_rounded_is_left_alone(equation: str) -> None:
    found = claims(f"INPUT: [8x8x3] memory: 192\nFC: [1x1x10] weights: {equation}")
    assert syntax.WORKED not in [key for key, _, _ in found]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("[112x112x64]", "[112x112x65]", ("SHP301", "112x112x65")),
        ("(3*3*64)*128 = 73,728", "(3*3*64)*128 = 73,729", ("SHP304", "(3*3*64)*128 = 73,729")),
        ("56*56*128=400K", "56*56*128=500K", ("SHP304", "56*56*128=500K")),
        ("4096*1000 = 4,096,000", "4096*1001 = 4,100,096", ("SHP302", "4,100,096")),
        ("params: 138M", "params: 140M", ("SHP303", "140M")),
    ],
)
def test_a_planted_slip_is_found_where_it_stands(before: str, after: str, expected: tuple[str, str]) -> None:
    assert VGG16.count(before) == 1
    found = complaints(VGG16.replace(before, after))
    assert expected in found
    assert len(found) == 2, "the published total memory is wrong too"


def test_the_arithmetic_of_an_exact_total_is_held() -> None:
    total = "TOTAL memory: 15237608 * 4 bytes = 93MB / image"
    text = VGG16.replace("TOTAL memory: 24M * 4 bytes ~= 93MB / image", total)
    assert ("SHP304", "15237608 * 4 bytes = 93MB") in complaints(text)
    assert complaints(text.replace("93MB", "61MB")) == []


@pytest.mark.parametrize(
    ("line", "code", "at"),
    [
        ("FC: [1x1x4x1x6x1x6x1x4]", "SHP016", "1x1x4x1x6x1x6x1x4"),
        ("CONV3-64: [224x]", "SHP001", "224x]"),
        ("CONV3-64: [224x224x64] memory: 5 foo", "SHP001", ""),
        ("CONV3-64: [224x224x64] memory:", "SHP001", ""),
        ("CONV3-64: [224x224x64] memory: (3*3", "SHP001", ""),
        ("CONV3-64: [224x224x64] memory: 5/0", "SHP116", "/"),
        ("CONV3-64: [224x224x64] memory: 1.5", "SHP016", "1.5"),
        ("CONV3-64: [224x224x64] memory: 3 @", "SHP001", "@"),
        ("hello world", "SHP001", "world"),
        ("TOTAL memory: lots", "SHP001", "lots"),
        ("CONV(64,,3): [8x8x64]", "SHP018", None),
        ("CONV3-64: [224x224x64] memory: " + "1*" * 2000 + "1", "SHP001", None),
    ],
)
def test_a_line_that_cannot_be_read_is_pointed_at(line: str, code: str, at: str | None) -> None:
    text = f"INPUT: [8x8x3] memory: 192\nRELU: [8x8x3]\n{line}\nFC: [1x1x10]\n"
    with pytest.raises(Diagnosed) as raised:
        parse(Source("net.txt", text))
    (diagnostic,) = raised.value.diagnostics
    assert diagnostic.code == code
    assert Source("net.txt", text).position(diagnostic.span[0])[0] == 3
    assert at is None or text[slice(*diagnostic.span)].strip() == at


def test_every_bad_line_is_reported_once_up_to_a_limit() -> None:
    lines = ["INPUT: [8x8x3] memory: 192"] * 40 + ["what is this"] * 30
    with pytest.raises(Diagnosed) as raised:
        parse(Source("net.txt", "\n".join(lines)))
    assert len(raised.value.diagnostics) == 20


def test_totals_alone_are_no_network() -> None:
    with pytest.raises(Diagnosed) as raised:
        parse(Source("net.txt", "TOTAL params: 138M\nTOTAL memory: 24M\n"))
    assert raised.value.diagnostics[0].code == "SHP009"


PIECES = st.sampled_from(
    ["", " ", "\n", "[", "]", "(", ")", "*", "x", "=", "~=", ":", ",", "/", "K", "MB", "0", "9", "#", "-"]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(VGG16)), st.integers(0, 6), PIECES), min_size=1, max_size=4))
def test_a_mangled_listing_is_read_or_refused_with_places_in_the_file(edits: list[tuple[int, int, str]]) -> None:
    text = VGG16
    for at, length, piece in edits:
        text = text[:at] + piece + text[at + length :]
    try:
        diagram = parse(Source("net.txt", text))
        places = [c.span for c in diagram.settings.expect] + [s.span for s in diagram.statements]
    except Diagnosed as problem:
        places = [d.span for d in problem.diagnostics]
    assert places
    assert all(0 <= start <= end <= len(text) for start, end in places)


def test_arguments_may_follow_a_name_without_brackets() -> None:
    bare = "INPUT: [224x224x3]\nCONV7-64 S=2, P=3: [112x112x64] memory: 112*112*64=803k\nPOOL2: [56x56x64]\n"
    written = bare.replace(" S=2, P=3:", " (S=2, P=3):")
    read, same = (check(Source("net.txt", text)) for text in (bare, written))
    assert [row.output for row in read.rows] == [row.output for row in same.rows]
    assert (read.rows[1].params, read.severities) == (7 * 7 * 3 * 64 + 64, ["note"])
