"""Front matter: what it says, where its parts stand, and how hostile YAML is answered."""

from fractions import Fraction

import pytest

from shapecalc.diagnostics.diagnostic import Diagnosed, Source
from shapecalc.formats.front_matter import split_front_matter
from shapecalc.formats.read import parse
from shapecalc.language import syntax
from tests.effort import effort

FULL = """---
name: AlexNet  # as meant
source: 'Krizhevsky et al. 2012'
year: 2012
description: >
  anything at all
input: [227, 227, 3]
classes: "1000"
let: {N: 2*M, M: 3, K: 0..3, e: 1e-3}
defaults:
  CONV: {P: same, S: [1, 2], bias: no}
expect: {params: 60965224, output: 1x1x1000, memory: "<= 93MB"}
rounding: exact
optional: drop
---
INPUT => FC
"""


def settings(yaml: str) -> syntax.Settings:
    return split_front_matter(Source("net.txt", f"---\n{yaml}\n---\nINPUT => FC\n"))[0]


def diagnostics(text: str) -> list[tuple[str, str, str]]:
    """Code, message and the text pointed at."""
    with pytest.raises(Diagnosed) as raised:
        split_front_matter(Source("net.txt", text))
    return [(d.code, d.message, text[slice(*d.span)]) for d in raised.value.diagnostics]


def problems(yaml: str) -> list[tuple[str, str, str]]:
    return diagnostics(f"---\n{yaml}\n---\nINPUT => FC\n")


def test_front_matter_leaves_the_diagram_in_its_place() -> None:
    _, rest = split_front_matter(Source("net.txt", FULL))
    assert len(rest) == len(FULL)
    assert rest.strip() == "INPUT => FC"
    assert rest.index("INPUT") == FULL.index("INPUT")
    assert rest.count("\n") == FULL.count("\n")


def test_every_setting_is_read() -> None:
    read, _ = split_front_matter(Source("net.txt", FULL))
    assert (read.name, read.source) == ("AlexNet", "Krizhevsky et al. 2012")
    assert read.input is not None
    assert read.input.sizes == (227, 227, 3)
    assert isinstance(read.classes, syntax.Number)
    assert read.classes.value == 1000
    assert [let.name for let in read.lets] == ["N", "M", "K", "e"]
    assert isinstance(read.lets[0].value, syntax.Binary)
    assert isinstance(read.lets[2].value, syntax.Range)
    assert read.lets[3].value == syntax.Number(Fraction(1, 1000), read.lets[3].value.span)
    ((layer, _, arguments),) = read.defaults
    assert (layer, [a.name for a in arguments]) == ("CONV", ["P", "S", "bias"])
    assert [(c.key, c.text) for c in read.expect] == [
        ("params", "60965224"), ("volume", "1x1x1000"), ("memory", "<= 93MB"),
    ]  # fmt: skip
    assert (read.rounding, read.optional) == ("exact", "drop")


def test_places_point_into_the_file_inside_the_quotes() -> None:
    read, _ = split_front_matter(Source("net.txt", FULL))
    assert [FULL[slice(*c.span)] for c in read.expect] == ["60965224", "1x1x1000", "<= 93MB"]
    assert [FULL[slice(*let.name_span)] for let in read.lets] == ["N", "M", "K", "e"]
    assert [FULL[slice(*let.value.span)] for let in read.lets] == ["2*M", "3", "0..3", "1e-3"]
    assert read.classes is not None
    assert FULL[slice(*read.classes.span)] == "1000"
    ((_, place, arguments),) = read.defaults
    assert FULL[slice(*place)] == "CONV"
    assert [FULL[slice(*a.value.span)] for a in arguments] == ["same", "[1, 2]", "no"]


def test_a_parsed_file_has_its_settings() -> None:
    assert parse(Source("net.txt", FULL)).settings.name == "AlexNet"


@pytest.mark.parametrize("yaml", ["", "# only a comment", "{}", "let:", "expect: {}", "name: x\n"])
def test_front_matter_may_say_little(yaml: str) -> None:
    assert settings(yaml).input is None


def test_three_dots_end_front_matter_too() -> None:
    read, rest = split_front_matter(Source("net.txt", "---\nname: x\n...\nINPUT"))
    assert (read.name, rest.strip()) == ("x", "INPUT")


@pytest.mark.parametrize(
    ("yaml", "value"),
    [
        ("010", 10),
        ("+5", 5),
        (".5", Fraction(1, 2)),
        ("5.", 5),
        ("1e-3", Fraction(1, 1000)),
        ("1_000", 1000),
        ("'7'", 7),
        ("&anchor 7", 7),
        ("!!int 7", 7),
    ],
)
def test_numbers_are_those_of_yaml_1_2(yaml: str, value: int | Fraction) -> None:
    read = settings(f"let: {{a: {yaml}}}").lets[0].value
    assert isinstance(read, syntax.Number)
    assert read.value == value


@pytest.mark.parametrize("yaml", ["NO", "yes", "on", "true", "same"])
def test_words_stay_words(yaml: str) -> None:
    assert settings(f"name: {yaml}\nlet: {{a: {yaml}}}").name == yaml
    assert isinstance(settings(f"let: {{a: {yaml}}}").lets[0].value, syntax.Name)


def test_a_ratio_is_not_a_number_of_base_sixty() -> None:
    assert settings("name: 1:1").name == "1:1"


SLIPS = [
    ("nmae: x", "SHP117", "the front matter has no key 'nmae'", "nmae"),
    ("params: 3", "SHP117", "the front matter has no key 'params'", "params"),
    ("expect: {prams: 3}", "SHP117", "expect has no key 'prams'", "prams"),
    ("expect: {params: 34,944}", "SHP117", "expect has no key '944'", "944"),
    ("expect: {params: many}", "SHP118", "'many' is not a figure", "many"),
    ("expect: {params: 61MB}", "SHP118", "params is a count, and 61MB is bytes", "61MB"),
    ("expect: {params: [1]}", "SHP118", "params is a list", "[1]"),
    ("expect: {output: 3}", "SHP118", "output is '3', not a volume", "3"),
    ("expect: 3", "SHP118", "expect is not a mapping", "3"),
    ("input: 224", "SHP118", "input is '224', not a volume", "224"),
    ("input: [224, x, 3]", "SHP118", "not a volume", "[224, x, 3]"),
    ("input: 1x2x3x4x5", "SHP118", "not a volume", "1x2x3x4x5"),
    ("classes: [1]", "SHP118", "classes is not a number", "[1]"),
    ("classes: 0x10", "SHP118", "0x10 is not decimal", "0x10"),
    ("rounding: flor", "SHP118", "rounding is 'flor'", "flor"),
    ("optional: maybe", "SHP118", "optional is 'maybe'", "maybe"),
    ("let: {2a: 1}", "SHP118", "'2a' is not a name", "2a"),
    ("let: [1]", "SHP118", "let is not a mapping", "[1]"),
    ("let: {a: }", "SHP118", "let a has no value", ""),
    ("let: {a: {b: 1}}", "SHP118", "let a is a mapping", "{b: 1}"),
    ('let: {a: "3\\t"}', "SHP118", "a quoted text with escapes", "3\\t"),
    ("defaults: {CONV: 3}", "SHP118", "the default of CONV is not a mapping", "3"),
    ("defaults: {CONV: {1: 3}}", "SHP118", "'1' is not the name of an argument", "1"),
    ("name: [a]", "SHP118", "name is a list", "[a]"),
    ("name:", "SHP118", "name has no value", ""),
    ("- a", "SHP118", "the front matter is not a mapping", "- a"),
    ("name: a\nname: b", "SHP013", "the key 'name' is given twice", "name"),
    ("[a]: b", "SHP013", "a key is a list or a mapping", "[a]"),
    ("name: !!python/object:os.system x", "SHP013", "the tag !!python/object:os.system is not read", "x"),
    ("name: !local x", "SHP013", "the tag !local is not read", "x"),
    ("let: {a: !!int x}", "SHP013", "'x' is tagged !!int", "x"),
    ("name: *gone", "SHP013", "the alias *gone has no anchor", "*gone"),
    ("notes: &a [*a]", "SHP013", "the alias *a is part of its own anchor", "*a"),
    ("\tname: x", "SHP013", "a tab cannot indent YAML", "\t"),
    ("name: 'x", "SHP013", "a quote is never closed", "'"),
    ("notes: [a, b", "SHP013", "a bracket is never closed", "["),
    ("name: @x", "SHP013", "a character that YAML reserves", "@"),
    ("expect: {}\nname: >= 3", "SHP013", "a value begins with > or |", "="),
    ("name: a: b", "SHP013", "one line has two colons", ":"),
    ("name\nyear: 3", "SHP013", "a key is where the value of the line before goes on", ":"),
    ("let: - N: 3", "SHP013", "an item of a list is on the line of its key", "-"),
    ('name: "a\\q"', "SHP013", "a backslash begins no escape that YAML has", "q"),
    ("let: [, 3]", "SHP013", "a value is missing", ","),
    ("{name: a}}", "SHP013", "the text goes on after its last bracket", "}"),
    ("%YAML x", "SHP013", "a line begins with %", "x"),
    ("name: !<a", "SHP013", "a value begins with !", "\n"),
    ("name: a\nyear", "SHP013", "a key has no colon", "y"),
    ("name: a\n year: 3", "SHP013", "a key is where the value of the line before goes on", ":"),
    ("name: \x07", "SHP013", "a control character", "\x07"),
]
"""Front matter, and the code, a part of the message and the place of what is wrong with it."""


def test_a_slip_is_named_and_pointed_at() -> None:
    for yaml, code, message, at in SLIPS:
        first = problems(yaml)[0]
        assert first[0] == code
        assert message in first[1]
        assert first[2] == at


def test_all_slips_are_reported_in_the_order_of_the_file() -> None:
    found = problems("nmae: x\ninput: 3\nrounding: up\nlet: {a: 1, a: 2}\nexpect: {foo: 1}")
    assert [at for _, _, at in found] == ["nmae", "3", "up", "a", "foo"]


def test_a_suggestion_is_made_for_a_misspelt_key() -> None:
    with pytest.raises(Diagnosed) as raised:
        split_front_matter(Source("net.txt", "---\nrouding: floor\n---\n"))
    (diagnostic,) = raised.value.diagnostics
    assert diagnostic.label == "did you mean rounding?"
    assert diagnostic.help == ("write rounding",)


@pytest.mark.parametrize("text", ["---", "---\nname: x\n", "---\nname: x\n--- \x20x\nINPUT"])
def test_front_matter_that_never_ends_points_at_its_beginning(text: str) -> None:
    assert diagnostics(text)[0][::2] == ("SHP003", "---")


def bomb(levels: int) -> str:
    lines = ["a0: &a0 [" + ", ".join("x" * 10) + "]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, levels)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("yaml", "code"),
    [
        (bomb(12), "SHP013"),
        (bomb(200), "SHP013"),
        ("notes: " + "[" * 10_000, "SHP012"),
        ("notes: " + "{a: " * 10_000, "SHP012"),
        ("notes:\n" + "\n".join(" " * i + f"k{i}:" for i in range(1, 400)), "SHP012"),
        ("- " * 5_000 + "x", "SHP012"),
        ("a0: &a0 [x]\n" + "\n".join(f"a{i}: &a{i} [*a{i - 1}]" for i in range(1, 500)), "SHP012"),
    ],
)
def test_hostile_yaml_is_refused_with_a_message_and_soon(yaml: str, code: str) -> None:
    assert effort(lambda: problems(yaml)) < 5_000
    assert problems(yaml)[0][0] == code


def test_aliases_within_bounds_are_followed() -> None:
    read = settings("let: {a: &n 3, b: *n}")
    assert [let.value for let in read.lets] == [read.lets[0].value] * 2


def test_both_lines_of_the_front_matter_may_have_a_comment() -> None:
    read = parse(Source("net.txt", "--- # settings\nname: x\n--- # end\nINPUT => FC\n"))
    assert read.settings.name == "x"
