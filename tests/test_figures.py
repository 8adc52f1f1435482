"""Which values a published figure holds for."""

import re
from fractions import Fraction

import pytest

import shapecalc
from shapecalc.language.figures import parse_figure

VALUES = 15_237_608
"""What VGG-16's listing adds up to."""


ROUNDED = [
    ("34944", 34_944),
    ("34_944", 34_944),
    ("34,944", 34_944),
    ("1,179,648", 1_179_648),
    ("0", 0),
    ("150K", 150_528),
    ("800K", 802_816),
    ("100K", 100_352),
    ("25K", 25_088),
    ("3.2M", 3_211_264),
    ("1.6M", 1_605_632),
    ("138M", 138_357_544),
    ("138M", 138_344_128),
    ("138m", 138_344_128),
    ("61 M", 60_965_224),
    ("60.97M", 60_965_224),
    ("1.5G", 1_490_000_000),
    ("2T", 2 * 10**12),
    ("~61M", 60_965_224),
    ("~34900", 34_944),
    ("6.1e7", 60_965_224),
    ("58.1MiB", VALUES * 4),
    ("58.1 MiB", VALUES * 4),
    ("61MB", VALUES * 4),
    ("602112B", 602_112),
    ("4Ki", 4096),
    ("61M ± 1%", 60_965_224),
    ("60965224 +- 2%", 60_000_000),
    ("61M +/- 500K", 60_965_224),
    ("61M ± 500K", 60_500_000),
    ("<= 5M", 5_000_000),
    ("≤ 5,000,000", 5_000_000),
    ("< 5M", 4_999_999),
    (">= 3", 3),
    ("> 3", 4),
    ("== 7", 7),
    ("= 7", 7),
]
"""A figure as it is written, and a value that it holds for."""


def test_a_figure_holds_for_what_it_was_rounded_from() -> None:
    for figure, value in ROUNDED:
        assert parse_figure(figure).holds(value)


@pytest.mark.parametrize(
    ("figure", "value"),
    [
        ("34944", 34_943),
        ("34,944", 34_945),
        ("24M", VALUES),
        ("93MB", VALUES * 4),
        ("61M", 62_000_001),
        ("61M", 59_999_999),
        ("800K", 808_001),
        ("3.20M", 3_240_001),
        ("58.1MiB", 61_600_000),
        ("61M ± 1%", 61_610_001),
        ("61M ± 500K", 60_499_999),
        ("61M ± 0%", 60_965_224),
        ("<= 61M", 61_000_001),
        ("< 5M", 5_000_000),
        (">= 3", 2),
        ("> 3", 3),
        ("~34900", 35_300),
    ],
)
def test_a_figure_fails_beyond_one_unit_of_its_last_digit_and_one_percent(figure: str, value: int) -> None:
    assert not parse_figure(figure).holds(value)


@pytest.mark.parametrize("value", [100 * 10**6, 100 * 2**20, 101 * 2**20, 99 * 10**6])
def test_people_mean_two_things_by_mb_and_either_will_do(value: int) -> None:
    assert parse_figure("100MB").holds(value)


def test_between_the_two_meanings_of_mb_nothing_holds() -> None:
    # 100 MB ends at 101·10^6 and begins, read in 2^20, at 99·2^20 = 103,809,024
    assert not parse_figure("100MB").holds(102_500_000)


def test_mib_means_one_thing() -> None:
    assert not parse_figure("100MiB").holds(100 * 10**6)


def test_huge_values_are_held_exactly() -> None:
    assert parse_figure("1000000000000000000000001").holds(10**24 + 1)
    assert not parse_figure("1000000000000000000000001").holds(10**24)


def test_fractions_can_be_held_against_a_figure() -> None:
    assert parse_figure("1.5K").holds(Fraction(3001, 2))


@pytest.mark.parametrize(
    ("figure", "unit"), [("93MB", "B"), ("58.1MiB", "B"), ("12 bytes", "B"), ("24M", ""), ("<= 5MB", "B")]
)
def test_only_a_b_makes_bytes(figure: str, unit: str) -> None:
    assert parse_figure(figure).unit == unit


@pytest.mark.parametrize(
    ("figure", "exact"), [("34944", True), ("61M", False), ("<= 5", False), ("61M ± 0%", True), ("~5", False)]
)
def test_a_figure_knows_whether_it_is_exact(figure: str, exact: bool) -> None:
    assert parse_figure(figure).exact is exact


def test_a_figure_is_shown_as_it_was_written() -> None:
    assert str(parse_figure("  61M ± 1% ")) == "61M ± 1%"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "a figure is missing"),
        ("five", "'five' is not a figure"),
        ("61X", "write one such as"),
        ("-3", "negative"),
        ("!= 5", "excludes only one value"),
        ("34,94", "does not separate thousands"),
        ("1,5M", "write 1.5M"),
        ("93mb", "write B for bytes"),
        ("1.5", "not a whole number"),
        ("1.5B", "B is bytes: write 1.5G for billions"),
        ("61M ± x", "write ± 1%"),
        ("61M ± 5K%", "write ± 1%"),
        ("< 5M ± 2%", "write < 5M"),
        ("<= ~5M", "write <= 5M"),
        ("9" * 5000, "too long"),
        ("1e99", "too long"),
        ("NaN", "not a figure"),
        ("1 2", "not a figure"),
    ],
)
def test_what_is_no_figure_is_refused_with_what_to_write(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)) as error:
        parse_figure(text)
    assert len(str(error.value)) < 200


INCEPTION = "INPUT(28x28x192) => CONCAT[ CONV(64, 1) | CONV(96, 1) => CONV(128, 3, P=1) ]"
"""12,352 + 18,528 + 110,720 = 141,600 parameters."""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f"{INCEPTION}: 28x28x192, params=141600, macs=111M", []),
        (f"{INCEPTION}: params=159K", [
            "the 4 layers up to concat1 are claimed to have params = 159K, and have 141,600",
        ]),
        (f"{INCEPTION}: params=0", []),
        ("block b = CONV(8, 3) => BN\nINPUT(9x9x1) => b: params=96 => b: params=584", [
            "the 2 layers up to bn2 are claimed to have params = 584, and have 600",
        ]),
        ("INPUT(9x9x1) => [CONV(8, 3) => BN]*2: params=696", []),
        ("INPUT(9x9x1) => [CONV(8, 3): params=80 => BN]*2", ["conv2 is claimed to have params = 80, and has 584"]),
        ("INPUT(9x9x1) => Conv2D(8, 3, activation='relu'): 7x7x8, params=80", []),
    ],
)  # fmt: skip
def test_a_figure_after_a_part_is_that_of_all_its_layers_or_of_the_last(text: str, says: list[str]) -> None:
    assert [d.message for d in shapecalc.check(text).diagnostics if d.code == "SHP302"] == says


def test_a_figure_of_a_part_is_left_out_where_its_layers_are_written_one_by_one() -> None:
    assert shapecalc.check(shapecalc.expand(f"{INCEPTION}: 28x28x192, params=141600")).ok
