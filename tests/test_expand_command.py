from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from shapecalc.cli import cli
from shapecalc.core.parameters import Sizes
from shapecalc.diagnostics.diagnostic import Source
from shapecalc.display.network_json import network_object
from shapecalc.expansion.expander import Options, expand
from shapecalc.formats.read import parse
from shapecalc.pipeline import CheckOptions, check
from shapecalc.writers.diagram.flat import closed_settings, flat_diagram
from shapecalc.writers.diagram.format import format_text
from shapecalc.writers.diagram.partial_evaluation import block_diagram
from tests.samplefiles import each_sample
from tests.strategies import networks

PLACES = ("line", "column", "block", "repeat", "path", "range", "related", "fixes")
MODEST = settings(suppress_health_check=list(HealthCheck))


def facts(text: str, options: Options | None = None, path: str = "some.net") -> dict[str, Any]:
    """All that a report says of a text but where things are in it."""
    report = check(Source(path, text), CheckOptions(options or Options()))
    network = network_object(report)
    # The same finding in every turn of a repeat is one, written out they are several.
    # What a comment of the file ignores is reported of a text without comments.
    codes = {d["code"] for d in network["diagnostics"]}
    network["diagnostics"] = sorted(code for code in codes if not code.startswith(("SHP4", "SHP9")))
    return {key: without_places(value) for key, value in network.items() if key not in PLACES}


def without_places(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_places(v) for key, v in value.items() if key not in PLACES}
    return [without_places(v) for v in value] if isinstance(value, list) else value


def flat(text: str, options: Options | None = None, path: str = "some.net") -> str:
    diagram = parse(Source(path, text))
    return flat_diagram(expand(diagram, options), closed_settings(diagram, options or Options()))


def block(text: str, options: Options | None = None, path: str = "some.net") -> str:
    return block_diagram(parse(Source(path, text)), options or Options())


@pytest.mark.parametrize("sample", each_sample())
def test_an_expanded_sample_checks_to_the_same_report(sample: Path) -> None:
    # Comments are not printed, and what they ignore is reported of what is.
    text = sample.read_text().replace("# shapecalc:", "# unheard:")
    expected = facts(text, path=str(sample))
    for printed in (flat(text, path=str(sample)), block(text, path=str(sample))):
        assert facts(printed, path=sample.stem) == expected


@given(networks())
@MODEST
def test_an_expanded_network_is_formatted_and_checks_to_the_same_report(text: str) -> None:
    assume(not expand(parse(Source("some.net", text))).diagnostics)
    expected = facts(text)
    for printed in (flat(text), block(text)):
        assert facts(printed) == expected
        assert format_text(Source("some.net", printed)) == printed


@st.composite
def graphs(draw: st.DrawFn) -> str:
    """Any acyclic graph, every layer 4x4x2, so that whatever is joined fits."""
    lines, names = ["INPUT(4x4x2) as n0"], ["n0"]
    for number in range(1, draw(st.integers(2, 14))):
        chains = [
            f"@{draw(st.sampled_from(names))}{draw(st.sampled_from(('', ' => BN', ' => RELU => CONV(2, 1)')))}"
            for _ in range(draw(st.integers(1, 3)))
        ]
        joined = f"{draw(st.sampled_from(('ADD', 'MUL')))}[{' | '.join(chains)}]"
        name = draw(st.sampled_from((f"n{number}", "twice")))
        lines.append(f"{joined if len(chains) > 1 else chains[0] + ' => RELU'} as n{number}")
        lines.append(f"@n{number} => DO as {name}{number}") if name == "twice" else None
        names.append(f"n{number}")
    return "\n".join(lines)


@given(graphs())
@MODEST
def test_any_graph_survives(text: str) -> None:
    expected = facts(text)
    assert facts(flat(text)) == expected
    assert facts(block(text)) == expected


CASES = {
    "a repeat is written out": (
        "INPUT(8x8x3) => [CONV(4) => RELU]*2 => FC(10)",
        "INPUT(8x8x3) => CONV(4) => RELU => CONV(4) => RELU => FC(10)\n",
    ),
    "values take the place of names, and what is assumed stays unwritten": (
        "let N = 2\nINPUT(8x8x3) => CONV(4*N, 3) => POOL => FC",
        "INPUT(8x8x3) => CONV(8, 3) => POOL => FC\n",
    ),
    "branches stay branches, and the identity stays empty": (
        "INPUT(8x8x3) => ADD[CONV(3) => BN | ] => CONCAT[ | POOL(3, S=1, P=1)]",
        "INPUT(8x8x3) => ADD[CONV(3) => BN |] => CONCAT[| POOL(3, S=1, P=1)]\n",
    ),
    "names of iterations are numbered as the report numbers them": (
        "INPUT(8x8x3) => [CONV(4) as c]*2",
        "INPUT(8x8x3) => CONV(4) as c_1 => CONV(4) as c_2\n",
    ),
    "a chain from a tap is a statement": (
        "INPUT(8x8x3) => CONV(4) as a => RELU\n@a => FC(2)",
        "INPUT(8x8x3) => CONV(4) as a => RELU\n@a => FC(2)\n",
    ),
    "claims and front matter are kept": (
        '---\nname: "Net: 1"\nexpect: {params: "<= 5M"}\n---\nINPUT(8x8x3) => CONV(4): 8x8x4, params=112',
        '---\nname: "Net: 1"\nexpect:\n  params: "<= 5M"\n---\nINPUT(8x8x3) => CONV(4): 8x8x4, params=112\n',
    ),
    "a default that hangs on a name gets its value": (
        "---\nlet: {N: 3}\ndefaults: {CONV: {P: same, K: 2*N}}\n---\nINPUT(8x8x3) => CONV(F=N)",
        "---\ndefaults:\n  CONV:\n    P: same\n    K: 6\n---\nINPUT(8x8x3) => CONV(F=3)\n",
    ),
    "the input of the front matter is written into the diagram": (
        "---\ninput: 8x8x3\nclasses: 7\n---\nCONV(4) => FC",
        "---\nclasses: 7\n---\nINPUT(8x8x3) => CONV(4) => FC\n",
    ),
    "classes may hang on a name, and may be none": (
        "---\nclasses: N\nlet: {N: 3}\n---\nINPUT(8x8x3) => FC",
        "---\nclasses: 3\n---\nINPUT(8x8x3) => FC\n",
    ),
    "figures may have exponents, thousands and tolerances": (
        "INPUT(8x8x3) => CONV(4): params=1e2 ± 50, macs=6,912, memory=1.0K±30, 8x8x4",
        "INPUT(8x8x3) => CONV(4): params=1e2 ± 50, macs=6912, memory=1.0K ± 30, 8x8x4\n",
    ),
    "an OPAQUE layer is written as it is": (
        "INPUT(8x8x3) as a => [OPAQUE(8x8x2, params=10, macs=30)[ | @a]]*2 => FC(2)",
        "INPUT(8x8x3) as a => OPAQUE(8x8x2, params=10, macs=30)[|]\n"
        "  => OPAQUE(8x8x2, params=10, macs=30)[| @a] => FC(2)\n",
    ),
    "a claimed volume of a bare INPUT is not taken for its size": (
        "[INPUT]: 224x224x3 => RELU",
        "[INPUT]: 224x224x3 => RELU\n",
    ),
}


@pytest.mark.parametrize(("text", "printed"), CASES.values(), ids=CASES.keys())
def test_flat(text: str, printed: str) -> None:
    assert flat(text) == printed
    assert facts(printed) == facts(text)


BLOCKS = {
    "blocks and repeats stay, with numbers": (
        "let N = 2\nblock b(c, s=N) = CONV(c*N, 3, s)\nINPUT(9x9x3) => [b(4) => RELU]*(N + 1)",
        "block b(c, s=2) = CONV(c * 2, 3, s)\nINPUT(9x9x3) => [b(4) => RELU]*3\n",
    ),
    "iterations come one after the other": (
        "INPUT(8x8x3) => [CONV(c) => RELU for c in 4, 8] => [POOL for i in 1..2]",
        "INPUT(8x8x3) => CONV(4) => RELU => CONV(8) => RELU => POOL => POOL\n",
    ),
    "iterations with names stay iterations": (
        "let N = 8\nINPUT(8x8x3) => [CONV(c) as x for c in 4, N]",
        "INPUT(8x8x3) => [CONV(c) as x for c in 4, 8]\n",
    ),
    "what is repeated 0 times is left out": (
        "let N = 0\nINPUT(8x8x3) => [CONV(4) => RELU]*N => FC(N + 1)*(N < 1)",
        "INPUT(8x8x3) => FC(1)\n",
    ),
    "a block of which nothing is left goes, with the blocks that are only it": (
        "block b = RELU*0\nblock c = b => b\nblock d = c => FC(2)\nINPUT(8x8x3) => b => c => RELU => d",
        "block d = FC(2)\nINPUT(8x8x3) => RELU => d\n",
    ),
    "a `for` over a parameter stays one": (
        "block b(n, t) = [CONV(n) for i in 1..n] => [CONV(k) for k, n in t]\nINPUT(8x8x3) => b(2, (3, 4))",
        "block b(n, t) = [CONV(n) for i in 1..n] => [CONV(k) for k, n in t]\nINPUT(8x8x3) => b(2, (3, 4))\n",
    ),
    "a name goes to the point before what is left out": (
        "let N = 0\nINPUT(8x8x3) => CONV(3) => [RELU => BN]*N as p => ADD[@p | BN]",
        "INPUT(8x8x3) => CONV(3) as p => ADD[@p | BN]\n",
    ),
    "a name with no point before it in its chain names nothing": (
        "block b = [RELU]*0 as p => BN => ADD[ | @p]\nblock e = BN*0\nINPUT(8x8x3) => b => ADD[e as q => DO | @q]",
        "block b = RELU*0 as p => BN => ADD[| @p]\nINPUT(8x8x3) => b => ADD[RELU*0 as q => DO | @q]\n",
    ),
    "a name of an iteration does not capture a parameter": (
        "block b(c) = [[CONV(d) => CONV(c+e) for c in 1..e] for d, e in (c, c), (2*c, 1)]\n"
        "INPUT(8x8x3) => b(3) => FC(2)",
        "block b(c) = [CONV(c) => CONV(c2 + c) for c2 in 1..c] => CONV(2 * c) => CONV(2)\n"
        "INPUT(8x8x3) => b(3) => FC(2)\n",
    ),
    "a default of the same name as a let is the let's value": (
        "let n = 3\nblock b(k=n, n=n, m=n) = CONV(n+k+m)\nINPUT(8x8x3) => b => b(4)",
        "block b(k=3, n=3, m=n) = CONV(n + k + m)\nINPUT(8x8x3) => b => b(4)\n",
    ),
}


@pytest.mark.parametrize(("text", "printed"), BLOCKS.values(), ids=BLOCKS.keys())
def test_blocks(text: str, printed: str) -> None:
    assert block(text) == printed
    assert facts(printed) == facts(text)


def test_blocks_that_nothing_uses_are_left_out_unread() -> None:
    text = "block b = [[c for j in 0..10^12] for i in 0..10^20]\nblock c = [CONV(k) for k, n in 1, 2]\n"
    text += "INPUT(8x8x3) => RELU"
    assert block(text) == "INPUT(8x8x3) => RELU\n"


def test_optional_parts_that_are_dropped_leave_their_names() -> None:
    text = "block b(c) = POOL?\nINPUT(8x8x3) => CONV(3) => POOL? as p => b(2) => ADD[@p | BN]"
    options = Options(optional="drop")
    assert block(text, options) == "INPUT(8x8x3) => CONV(3) as p => ADD[@p | BN]\n"
    assert facts(block(text, options)) == facts(text, options)


def test_figures_of_a_config_are_claims_of_the_diagram() -> None:
    text = """\
input: 8x8x3
layers:
  - {CONV: 64, params: 1.7K ± 1K, macs: 1.1e5}
  - {RELU: , macs: "≤ 1,000", memory: "≈4.1K ± 1 %"}
"""
    expected = facts(text, path="net.yaml")
    for printed in (flat(text, path="net.yaml"), block(text, path="net.yaml")):
        assert facts(printed) == {**expected, "name": facts(printed)["name"]}


def test_what_the_options_fix_is_in_the_diagram() -> None:
    text = "INPUT(8x8x3) => [CONV(4) => POOL?]*M => FC"
    options = Options({"M": 2}, Sizes((16, 16, 1)), 5, "drop")
    for printed in (flat(text, options), block(text, options)):
        assert facts(printed) == facts(text, options)


def test_a_listing_becomes_a_diagram_with_its_claims() -> None:
    text = "INPUT: [8x8x3] memory: 8*8*3=192\nCONV3-4: [8x8x4] memory: 8*8*4=256 weights: (3*3*3)*4 = 108\n"
    assert flat(text) == "INPUT(8x8x3): memory=192 => CONV3-4: 8x8x4, memory=256, weights=108\n"


@pytest.mark.slow
def test_a_hundred_thousand_layers_are_no_trouble() -> None:
    printed = flat("INPUT(8x8x4) => [ADD[CONV(4) => RELU | ] => RELU]*25000", Options(most_layers=10**6))
    assert printed.count("ADD[CONV(4) => RELU |]") == 25000


# --- the command --------------------------------------------------------------------------------


def run(*arguments: str) -> Any:
    return CliRunner().invoke(cli, ["expand", *arguments])


def written(tmp_path: Path, text: str) -> str:
    path = tmp_path / "net.txt"
    path.write_text(text)
    return str(path)


def test_an_open_diagram_is_refused_with_its_names(tmp_path: Path) -> None:
    result = run(written(tmp_path, "INPUT(8x8x3) => CONV*N"))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "error[SHP114]: the diagram is open: N has no value" in result.stderr


def test_set_closes_it(tmp_path: Path) -> None:
    result = run(written(tmp_path, "INPUT(8x8x3) => CONV*N"), "--set", "N=2")
    assert (result.exit_code, result.stdout) == (0, "INPUT(8x8x3) => CONV => CONV\n")


def test_a_layer_that_is_not_understood_is_refused(tmp_path: Path) -> None:
    result = run(written(tmp_path, "INPUT(8x8x3) => CNOV(4)"))
    assert result.exit_code == 1
    assert "SHP101" in result.stderr


def test_a_missing_file_is_unreadable(tmp_path: Path) -> None:
    result = run(str(tmp_path / "no.net"))
    assert result.exit_code == 2
    assert "cannot be read" in result.stderr


def test_the_result_can_go_to_a_file(tmp_path: Path) -> None:
    result = run(written(tmp_path, "INPUT(8x8x3) => RELU*2"), "-o", str(tmp_path / "flat.net"))
    assert (result.exit_code, result.stdout) == (0, "")
    assert (tmp_path / "flat.net").read_text() == "INPUT(8x8x3) => RELU => RELU\n"


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    result = run(written(tmp_path, "INPUT(8x8x3) => RELU"), "-o", str(tmp_path / "no" / "flat.net"))
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr


def test_a_pool_over_the_depth_with_the_stride_of_its_extent_is_written_without_one() -> None:
    done = CliRunner().invoke(cli, ["convert", "--to", "net", "INPUT(4x4x8) => DEPTHPOOL(4) => CONV(2, 1)"])
    assert done.output.endswith("INPUT(4x4x8) => DEPTHPOOL(4) => CONV(2, F=1)\n"), done.output
