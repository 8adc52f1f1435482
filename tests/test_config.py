"""YAML configs: they become the tree a diagram becomes, with places in the YAML file, and slips are named."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapecalc.diagnostics.diagnostic import Diagnosed, Source
from shapecalc.formats.read import parse
from shapecalc.language import syntax
from shapecalc.pipeline import check

ALEXNET = """\
name: AlexNet
source: Krizhevsky et al. 2012
input: 227x227x3
classes: 1000
expect: {params: 60965224, macs: 724M, output: 1x1x1000, layers: "<= 30"}
defaults:
  LRN: {n: 5}
blocks:
  stage(k, n=1, g=1):
    - repeat: n
      layers:
        - CONV: {K: k, F: 3, P: 1, groups: g}
        - RELU
  hidden(k): FC(k) => RELU => DO
layers:
  - CONV: {K: 96, F: 11, S: 4}
    as: c1
    output: 55x55x96
    params: 34,944
  - RELU:
  - LRN
  - POOL: [3, 2]
  - CONV: {K: 256, F: 5, P: 2, groups: 2}
  - RELU => LRN => POOL(3, S=2)
  - stage: 384
  - stage: {k: 384, g: 2}
  - stage: [256, 1, 2]
  - POOL(3, S=2): 6x6x256
  - repeat: 2
    layers: [{hidden: 4096}]
  - FC
  - SOFTMAX
"""


def bare(node: Any) -> Any:
    """A syntax tree without its places, to compare what two texts mean."""
    if isinstance(node, tuple):
        return tuple(bare(part) for part in node)
    if dataclasses.is_dataclass(node):
        parts = {f.name: bare(getattr(node, f.name)) for f in dataclasses.fields(node) if "span" not in f.name}
        return (type(node).__name__, *parts.items())
    return node


def nodes(node: Any) -> Iterator[Any]:
    """Every node of a syntax tree."""
    if isinstance(node, tuple):
        for part in node:
            yield from nodes(part)
    elif dataclasses.is_dataclass(node) and not isinstance(node, type):
        yield node
        for f in dataclasses.fields(node):
            yield from nodes(getattr(node, f.name))


def tree(text: str) -> syntax.Diagram:
    return parse(Source("a.net.yaml", text))


def layers(item: str) -> str:
    """A config whose layers are the given lines."""
    return "layers:\n" + "".join(f"  {line}\n" for line in item.splitlines())


def problems(text: str) -> list[tuple[str, str, str]]:
    """Code, message and the text pointed at."""
    with pytest.raises(Diagnosed) as raised:
        tree(text)
    return [(d.code, d.message, text[slice(*d.span)]) for d in raised.value.diagnostics]


def test_a_network_written_as_a_list_has_its_published_figures() -> None:
    report = check(Source("alexnet.net.yaml", ALEXNET))
    assert not [d for d in report.diagnostics if d.severity == "error"]
    assert report.totals.params == 60_965_224
    assert report.totals.macs == 724_406_816


LISTS = [
    ("- RELU", "RELU"),
    ("- RELU:", "RELU"),
    ("- {RELU: }", "RELU"),
    ("- RELU: ~", "RELU"),
    ("- CONV(64, 3) => RELU", "CONV(64, 3) => RELU"),
    ("- 'CONV(64, 3)'", "CONV(64, 3)"),
    ("- CONV3-64", "CONV3-64"),
    ("- POOL2", "POOL2"),
    ("- {CONV: {K: 96, F: 11}}", "CONV(K=96, F=11)"),
    ("- CONV: {K: N*2, P: same, bias: false}", "CONV(K=N*2, P=same, bias=false)"),
    ("- {CONV: [96, 3x5]}", "CONV(96, 3x5)"),
    ("- {PAD: [[1, 2, 1, 2]]}", "PAD((1, 2, 1, 2))"),
    ("- {CONV: 96}", "CONV(96)"),
    ("- INPUT: 224x224x3", "INPUT(224x224x3)"),
    ("- INPUT: [224, 224, 3]", "INPUT(224, 224, 3)"),
    ("- DO: 0.5", "DO(0.5)"),
    ("- {BN: {eps: 1e-5}}", "BN(eps=1e-5)"),
    ("- CONV(64): 55x55x64", "CONV(64): 55x55x64"),
    ("- CONV(64): 55x55x64, params=1728", "CONV(64): 55x55x64, params=1728"),
    ("- CONV3-64: 55x55x64", "CONV3-64: 55x55x64"),
    ("- RELU: \n  as: x", "RELU as x"),
    ("- CONV: 8\n  claim: 55x55x96, params<=34944", "CONV(8): 55x55x96, params<=34944"),
    ("- CONV: 8\n  output: [55, 55, 96]\n  macs: 5M", "CONV(8): 55x55x96, macs=5M"),
    ("- CONV: 8\n  repeat: 2", "CONV(8)*2"),
    ("- CONV: 8\n  optional: true", "CONV(8)?"),
    ("- CONV: 8\n  optional: false", "CONV(8)"),
    ("- optional: [POOL]", "[POOL]?"),
    ("- [CONV, RELU]", "[CONV => RELU]"),
    ("- repeat: 3\n  layers: [CONV, {RELU: }]", "[CONV => RELU]*3"),
    ("- repeat: N\n  layers: [CONV]", "[CONV]*N"),
    ("- repeat: (N > 2)\n  layers: [CONV]", "[CONV]*(N > 2)"),
    ("- add: [[CONV, RELU], []]", "add[CONV => RELU | ]"),
    ("- ADD: [CONV => RELU, ~]", "ADD[CONV => RELU | ]"),
    ("- concat: [[{CONV: 1}], {CONV: 2}, RELU]", "concat[CONV(1) | CONV(2) | RELU]"),
    ("- mul: [[], [GAP, {add: [[], [RELU]]}]]", "mul[ | GAP => add[ | RELU]]"),
    ("- for: c in 64, 128\n  layers: [{CONV: c}]", "[CONV(c) for c in 64, 128]"),
    (
        '- {for: "c, n in (64, 3), (128, 4)", layers: [{CONV: c}]}',
        "[CONV(c) for c, n in (64, 3), (128, 4)]",
    ),
    ("- for: i in 0..3\n  layers: [RELU]", "[RELU for i in 0..3]"),
    ("- RELU\n- tap: a\n- POOL", "RELU\n@a => POOL"),
    ("- RELU\n- '@a'\n- POOL", "RELU\n@a => POOL"),
    ("- RELU\n- '@a => POOL'", "RELU\n@a => POOL"),
    ("- add: [[], [{tap: a}, CONV]]", "add[ | @a => CONV]"),
    ("- INPUT\n- FC\n- INPUT: 3x3x3\n- FC", "INPUT => FC\nINPUT(3x3x3) => FC"),
    ("- &r RELU\n- *r", "RELU => RELU"),
]
"""Items of a list, and the same as a diagram."""


def test_a_list_of_layers_is_the_tree_of_a_diagram() -> None:
    for items, diagram in LISTS:
        assert bare(tree(layers(items)).statements) == bare(parse(Source("a.net", diagram)).statements)


@pytest.mark.parametrize(
    "config",
    [
        "diagram: INPUT => CONV(64, 3) => RELU\n",
        "diagram: 'INPUT => CONV(64, 3) => RELU'\n",
        'diagram: "INPUT => CONV(64, 3) => RELU"\n',
        "diagram:\n  INPUT => CONV(64, 3)\n  => RELU\n",
        "diagram: |\n  INPUT  # comment\n  => CONV(64, 3) => RELU\n",
        "diagram: >-  # folded\n\n  INPUT => CONV(64, 3)\n  => RELU\n\nname: x\n",
        "{diagram: 'INPUT => CONV(64, 3) => RELU', name: x}",
        "--- \nname: x\ndiagram: &d |2\n    INPUT => CONV(64, 3)\n     => RELU\n...\n",
    ],
)
def test_a_diagram_may_stand_in_any_kind_of_text(config: str) -> None:
    read = tree(config)
    assert bare(read.statements) == bare(parse(Source("a.net", "INPUT => CONV(64, 3) => RELU")).statements)
    calls = [node for node in nodes(read.statements) if isinstance(node, syntax.Call)]
    assert [config[slice(*call.span)] for call in calls] == ["INPUT", "CONV(64, 3)", "RELU"]


def test_blocks_are_those_of_a_diagram() -> None:
    config = """\
blocks:
  fire(s, e=4*s): CONV(s, 1) => RELU => CONCAT[CONV(e, 1) | CONV(e, 3, P=1)]
  pair:
    - CONV: 8
    - RELU
layers: [INPUT, {fire: 16}, pair]
"""
    diagram = """\
block fire(s, e=4*s) = CONV(s, 1) => RELU => CONCAT[CONV(e, 1) | CONV(e, 3, P=1)]
block pair = CONV(8) => RELU
INPUT => fire(16) => pair
"""
    assert bare(tree(config).statements) == bare(parse(Source("a.net", diagram)).statements)


def test_settings_are_those_of_front_matter() -> None:
    front = "name: x\ninput: 8x8x3\nlet: {N: 0..3}\nexpect: {params: 61M}\ndefaults: {CONV: {K: 8}}\nrounding: ceil\n"
    config = tree(front + "diagram: FC\n")
    matter = parse(Source("a.net", f"---\n{front}---\nFC"))
    for setting in ("name", "input", "lets", "expect", "rounding"):
        assert bare(getattr(config.settings, setting)) == bare(getattr(matter.settings, setting))
    ((layer, place, arguments),) = config.settings.defaults
    assert (layer, place) == ("CONV", (69, 73))
    assert bare(arguments) == bare(matter.settings.defaults[0][2])
    assert bare(config.statements) == bare(matter.statements)


def test_every_name_stands_where_its_place_says() -> None:
    for node in nodes(tree(ALEXNET)):
        if hasattr(node, "name_span"):
            assert ALEXNET[slice(*node.name_span)] == node.name
        if isinstance(node, syntax.Claim) and node.key != "volume":
            assert ALEXNET[slice(*node.span)].strip('"') == node.text
        if isinstance(node, syntax.Number):
            assert ALEXNET[slice(*node.span)] == str(node.value)
        if hasattr(node, "span") and node.span:
            assert 0 <= node.span[0] <= node.span[1] <= len(ALEXNET)


def test_a_finding_of_the_check_points_into_the_config() -> None:
    text = ALEXNET.replace("227x227x3", "224x224x3")
    first = check(Source("alexnet.net.yaml", text)).diagnostics[0]
    assert first.code == "SHP201"
    assert text[slice(*first.span)].startswith("CONV: {K: 96, F: 11, S: 4}")


def test_a_long_text_in_a_list_keeps_its_places() -> None:
    text = layers("- INPUT\n- " + " => ".join(["CONV(64, 3)"] * 60) + "\n- FC")
    calls = [node for node in nodes(tree(text).statements) if isinstance(node, syntax.Call)]
    assert {text[slice(*call.span)] for call in calls} == {"INPUT", "CONV(64, 3)", "FC"}
    assert len(calls) == 62


SLIPS = [
    ("", "SHP009", "there is no network in this config", ""),
    ("~", "SHP009", "there is no network", ""),
    ("{}", "SHP009", "there is no network", ""),
    ("name: x", "SHP009", "there is no network", ""),
    ("- RELU", "SHP118", "the config is not a mapping", "- RELU"),
    ("diagrm: INPUT", "SHP117", "the config has no key 'diagrm'", "diagrm"),
    ("diagram: INPUT\nlayers: [RELU]", "SHP118", "has both diagram and layers", "layers"),
    ("diagram: [INPUT]", "SHP118", "diagram is a list", "[INPUT]"),
    ("diagram:", "SHP118", "diagram has no value", ""),
    ("diagram: let N = 3", "SHP009", "there is no network", "let N = 3"),
    ('diagram: "INPUT\\n=> FC"', "SHP118", "a quoted text with escapes", "INPUT\\n=> FC"),
    ("diagram: |\n  INPUT => [CONV\n  => FC", "SHP003", "never closed", "["),
    ("diagram: INPUT\n--- \ndiagram: FC", "SHP013", "several documents", "---"),
    ("layers: RELU", "SHP118", "layers is not a list", "RELU"),
    ("layers: []", "SHP118", "the list of layers is empty", "[]"),
    ("layers: [RELU, ]\nexpect: {parms: 3}", "SHP117", "expect has no key 'parms'", "parms"),
    ("blocks: {2x: RELU}\nlayers: [RELU]", "SHP118", "'2x' does not begin a block", "2x"),
    ("blocks: {f(3): RELU}\nlayers: [RELU]", "SHP118", "'f(3)' does not begin a block", "f(3)"),
    ("blocks: {f: }\nlayers: [RELU]", "SHP118", "the block f has no value", ""),
    ("blocks: RELU\nlayers: [RELU]", "SHP118", "blocks is not a mapping", "RELU"),
    (layers("- ~"), "SHP118", "a layer has no value", "~"),
    (layers("- {}"), "SHP118", "an item has no layer", "{}"),
    (layers("- as: x"), "SHP118", "an item has no layer", "as: x"),
    (layers("- {CONV: 64, calim: 3x3x3}"), "SHP117", "a layer has no key 'calim'", "calim"),
    (layers("- {repaet: 3, layers: [RELU]}"), "SHP117", "a layer has no key 'repaet'", "repaet"),
    (layers("- CONV: 64\n  RELU:"), "SHP118", "one item has two layers, CONV and RELU", "RELU"),
    (layers("- [CONV(64, 3), RELU]"), "SHP118", "'CONV(64' ends at a comma", "CONV(64"),
    (layers("- FC RELU"), "SHP002", "an arrow is missing between FC and RELU", "FC RELU"),
    (layers("- let N = 3"), "SHP118", "a let or a block is in a list", "let N = 3"),
    (layers("- CONV(64"), "SHP003", "never closed", "("),
    (layers("- {CONV: {K: {a: 1}}}"), "SHP118", "K of CONV is a mapping", "{a: 1}"),
    (layers("- {CONV: {K: }}"), "SHP118", "K of CONV has no value", ""),
    (layers("- {CONV: {K: 0x10}}"), "SHP118", "0x10 is not decimal", "0x10"),
    (layers("- {CONV: [3, ]}\n- {CONV: 3 +}"), "SHP", "", None),
    (layers("- {for: x, layers: [RELU]}"), "SHP118", "for is 'x'", "x"),
    (layers("- RELU:\n  claim: foo"), "SHP118", "claim is 'foo'", "foo"),
    (layers("- RELU:\n  params: foo"), "SHP118", "'foo' is not a figure", "foo"),
    (layers("- RELU:\n  params: 3MB"), "SHP118", "params is a count", "3MB"),
    (layers("- RELU:\n  as: 2x"), "SHP118", "as is '2x'", "2x"),
    (layers("- RELU:\n  optional: maybe"), "SHP118", "optional is 'maybe'", "maybe"),
    (layers("- RELU:\n  as: x\n  AS: y"), "SHP118", "the key 'as' is given twice", "AS"),
    (layers("- {CONV(64, F=3): 55x55x64}"), "SHP118", "'CONV(64' ends at a comma", "CONV(64"),
    (layers("- tap: 3"), "SHP118", "tap is '3'", "3"),
    (layers("- add: RELU"), "SHP118", "add is not a list of branches", "RELU"),
    (layers("- layers: RELU"), "SHP118", "layers is not a list", "RELU"),
    (layers("- CONV: 3\n  CONV: 4"), "SHP013", "the key 'CONV' is given twice", "CONV"),
    ("layers:\n  - " + "[" * 10_000, "SHP012", "nests more than 100 levels", "["),
    ("".join(f"{' ' * 2 * i}layers:\n{' ' * 2 * i}-\n" for i in range(99)), "SHP012", "", None),
]  # fmt: skip
"""A config, and the code, a part of the message and the place of what is wrong with it."""


def test_a_slip_is_named_and_pointed_at() -> None:
    for config, code, message, at in SLIPS:
        first = problems(config)[0]
        assert first[0].startswith(code)
        assert message in first[1]
        assert at is None or first[2].strip() == at


def test_all_slips_are_reported_in_the_order_of_the_file() -> None:
    config = "nmae: x\nlayers:\n  - CONV(64\n  - {as: x}\n  - FC RELU\n  - RELU:\n    params: few\n"
    assert [at for _, _, at in problems(config)] == ["nmae", "(", "{as: x}", "FC RELU", "few"]


def test_an_input_in_the_middle_of_a_text_is_reported_in_its_place() -> None:
    text = layers("- INPUT(3x3x3) => CONV\n- RELU => INPUT(4x4x4) => RELU")
    read = tree(text)
    assert len([s for s in read.statements if isinstance(s, syntax.Chain)]) == 1
    (found,) = check(Source("net.yaml", text)).diagnostics
    assert (found.code, text[slice(*found.span)]) == ("SHP115", "INPUT(4x4x4)")


@pytest.mark.parametrize("second", ["INPUT(4x4x4) => RELU", "'@a => RELU'", "{INPUT: 4x4x4}", "{tap: a}"])
def test_an_item_that_begins_with_an_input_or_a_tap_begins_a_chain(second: str) -> None:
    first, other = tree(layers(f"- INPUT(3x3x3) => CONV as a => RELU\n- {second}\n- RELU")).statements
    assert isinstance(first, syntax.Chain)
    assert isinstance(other, syntax.Chain)
    assert len(first.items) == 3


def test_a_size_may_begin_a_list_and_stands_nowhere_else_in_it() -> None:
    assert problems(layers("- RELU\n- 32x32x3")) == [("SHP015", "32x32x3 is a size, not a layer", "32x32x3")]
    assert bare(tree(layers("- 32x32x3\n- RELU")).statements) == bare(tree("diagram: 32x32x3 => RELU").statements)


def test_what_is_written_out_may_be_long_and_what_aliases_stand_for_is_held_to_bounds() -> None:
    row = "[" + ", ".join(["RELU"] * 1000) + "]"
    assert tree(f"notes: [&a {row}, {', '.join(['*a'] * 99)}]\ndiagram: INPUT => FC").statements
    assert problems(f"notes: [&a {row}, {', '.join(['*a'] * 100)}]\ndiagram: INPUT => FC") == [
        ("SHP013", "the aliases of this YAML expand to more than 100,000 nodes", "*a")
    ]


@pytest.mark.parametrize("item", ["CONV(64, 3)", "{CONV(64, F=3): 55x55x64}"])
def test_a_torn_layer_is_reported_once(item: str) -> None:
    assert len(problems(f"layers: [{item}, RELU]")) == 1


def test_depth_in_text_and_depth_in_yaml_do_not_exhaust_the_stack() -> None:
    text = "'" + "[" * 95 + "RELU" + "]" * 95 + "*1" * 90 + "'"
    nested = "layers: " + "[{repeat: 1, layers: " * 47 + f"[{text}]" + "}]" * 47
    assert sum(isinstance(node, syntax.Repeat) for node in nodes(tree(nested))) == 47 + 90


PIECES = st.sampled_from(
    [*"[](){},:'\"|>~\\×", "", " ", "\n", "\n  ", "\t", "- ", ": ", "&a ", "*a", "!!int ", "# ", "---\n", "=>",
     "x", "3", "0x1", ".5", "repeat", "layers", "as", "claim", "tap", "@c1", "add"]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(ALEXNET)), st.integers(0, 12), PIECES), min_size=1, max_size=4))
def test_a_mangled_config_is_read_or_refused_with_places_in_the_file(edits: list[tuple[int, int, str]]) -> None:
    text = ALEXNET
    for at, length, piece in edits:
        text = text[:at] + piece + text[at + length :]
    try:
        places = [node.span for node in nodes(tree(text)) if hasattr(node, "span")]
    except Diagnosed as problem:
        places = [d.span for d in problem.diagnostics]
    assert places
    assert all(0 <= start <= end <= len(text) for start, end in places)


def test_slips_in_the_settings_do_not_hide_what_is_wrong_with_the_network() -> None:
    settings = "sorce: x\nclasses: [many]\nexpect: {params: lots, output: 7x7x7}\n"
    text = f"{settings}layers:\n- INPUT: 9x9x1\n- CNV: 3\n- POOL: 4\n"
    found = check(Source("net.yaml", text))
    assert [d.code for d in found.diagnostics] == ["SHP117", "SHP118", "SHP118", "SHP101"]
    assert [row.node.kind for row in found.rows] == ["INPUT", "CNV", "POOL"]


def test_slips_in_the_layers_and_in_the_settings_are_told_together() -> None:
    found = check(Source("net.yaml", "sorce: x\nlayers:\n- INPUT: 9x9x1\n- CONV: 3\n  kernle: 3\n"))
    assert [d.code for d in found.diagnostics] == ["SHP117", "SHP117"]
    assert not found.rows
