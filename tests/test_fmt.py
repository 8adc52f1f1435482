"""`shapecalc fmt`: what the canonical form is, that it means the same, and how files are replaced."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, assume, given, settings

from shapecalc.cli import cli
from shapecalc.diagnostics.diagnostic import Diagnosed, Source
from shapecalc.formats.read import parse
from shapecalc.language import syntax
from shapecalc.language.unparse import show_statements
from shapecalc.language.value_text import show_expression, show_number
from shapecalc.parse import parse_statements, parse_value
from shapecalc.registry import find_argument, resolve
from shapecalc.writers.diagram.format import format_text
from shapecalc.writers.diagram.pieces import WIDTH
from tests import strategies

CASES = sorted((Path(__file__).parent / "cases" / "fmt").glob("*.txt"))
LINE = "----\n"
modest = settings(suppress_health_check=list(HealthCheck))


def formatted(text: str, name: str = "net.txt") -> str:
    return format_text(Source(name, text))


# --- the canonical form -----------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_the_canonical_form_of(case: Path, refresh: bool) -> None:
    text, _, expected = case.read_text(encoding="utf-8").partition(LINE)
    result = formatted(text)
    if refresh:
        case.write_text(f"{text}{LINE}{result}", encoding="utf-8")
    else:
        assert result == expected
    assert formatted(result) == result


def test_there_are_cases() -> None:
    assert len(CASES) >= 20


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("((1))", "1"),
        ("(1+2)*3", "(1 + 2) * 3"),
        ("1+(2*3)", "1 + 2 * 3"),
        ("a-(b-c)", "a - (b - c)"),
        ("(a-b)-c", "a - b - c"),
        ("a/(b*c)", "a / (b * c)"),
        ("2^(3^2)", "2^3^2"),
        ("(2^3)^2", "(2^3)^2"),
        ("(-2)^2", "(-2)^2"),
        ("-(2^2)", "-2^2"),
        ("2^(-1)", "2^-1"),
        ("-(a+b)", "-(a + b)"),
        ("(-a)*b", "-a * b"),
        ("-(a*b)", "-(a * b)"),
        ("-(-a)", "--a"),
        ("(a<b)==(c<d)", "(a < b) == (c < d)"),
        ("(1,(2),)", "(1, 2)"),
        ("(0)..(N+1)", "0..N + 1"),
        ("3 × 5", "3x5"),
        ("1_000", "1000"),
        ("2.50", "2.5"),
        ("1E-5", "1e-5"),
        ("0.0001", "0.0001"),
        ("1e20", "1e20"),
        ("123456789012345678901", "123456789012345678901"),
    ],
)
def test_values_are_written_with_as_few_brackets_as_mean_the_same(written: str, shown: str) -> None:
    tree = parse_value(written)
    assert show_expression(tree) == shown
    assert meaning(parse_value(shown)) == meaning(tree)


@modest
@given(strategies.values)
def test_every_value_is_read_back_from_its_text(value: syntax.Expression) -> None:
    for tight in (False, True):
        assert meaning(parse_value(show_expression(value, tight))) == meaning(value)


@modest
@given(strategies.numbers)
def test_every_number_is_read_back_exactly(number: syntax.Number) -> None:
    back = parse_value(show_number(number.value))
    assert isinstance(back, syntax.Number)
    assert back.value == number.value


@pytest.mark.parametrize("text", ["1e-30", "0.0000000000000000000000000001e-30", "123456789012345678901234567890e30"])
def test_the_longest_numbers_are_read_back_exactly(text: str) -> None:
    assert meaning(parse_value(show_expression(parse_value(text)))) == meaning(parse_value(text))


def test_lines_are_held_to_the_width_and_short_ones_are_not_broken() -> None:
    layers = " => ".join(["CONV(64, 3, P=1) => RELU"] * 5)
    lines = formatted(f"INPUT => [{layers}]*2 => CONCAT[{layers} | FC] => FC").splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert formatted("INPUT => [CONV => RELU]*2 => FC").count("\n") == 1


@pytest.mark.parametrize("name", ["net.yaml", "net.net.yml", "NET.YAML"])
def test_configs_stay_as_they_are(name: str) -> None:
    assert formatted("diagram:   a->b\r\n", name) == "diagram:   a->b\r\n"


def test_listings_stay_as_they_are() -> None:
    listing = (
        "INPUT: [224x224x3] memory: 224*224*3=150K weights: 0\r\n"
        "CONV3-64: [224x224x64] memory: 224*224*64=3.2M weights: (3*3*3)*64 = 1,728\r\n"
        "POOL2: [112x112x64] memory: 112*112*64=800K weights: 0\r\n"
    )
    assert formatted(listing) == listing


def test_line_ends_and_byte_order_mark_become_plain() -> None:
    assert formatted("\ufeffINPUT->\r\nFC # a\r# b\r\n") == "INPUT\n  => FC  # a\n# b\n"


def test_text_that_is_no_diagram_is_refused() -> None:
    for text in ("INPUT => => FC", "INPUT => FC(", "", "# only a comment\n"):
        with pytest.raises(Diagnosed):
            formatted(text)


def test_the_deepest_diagram_is_formatted() -> None:
    nested = "[" * 99 + "A => B" + "]" * 99
    assert formatted(formatted(nested)) == formatted(nested)


# --- what must hold for every diagram ---------------------------------------------------------


def meaning(node: Any, blocks: frozenset[str] = frozenset()) -> Any:
    """A tree without its places, and with every name spelt one way, so that trees that mean the same are equal."""
    if isinstance(node, tuple):
        return tuple(meaning(part, blocks) for part in node)
    if isinstance(node, syntax.Claimed):
        node = _with_its_size(node)
    if isinstance(node, syntax.Call):
        return _call_meaning(node, blocks)
    if isinstance(node, syntax.Claim):
        return node.key, re.sub(r"\s+", "", re.sub("[×X]", "x", node.text))
    if isinstance(node, syntax.Branch):
        return "branch", _type(node.name), meaning(node.chains, blocks)
    if isinstance(node, syntax.Block):
        return "block", node.name.lower(), meaning(node.parameters, blocks), meaning(node.body, blocks)
    if hasattr(node, "span"):
        fields = [name for name in node.__slots__ if name not in ("span", "name_span")]
        return type(node).__name__, *(meaning(getattr(node, name), blocks) for name in fields)
    return node


def _with_its_size(node: syntax.Claimed) -> syntax.Item:
    """`INPUT: 32x32x3` is INPUT(32x32x3)."""
    call, (first, *others) = node.item, node.claims
    if not isinstance(call, syntax.Call) or call.arguments or first.key != "volume" or call.short:
        return node
    found = resolve(call.name)
    if found is None or found.type.kind != "INPUT":
        return node
    sizes = syntax.SizeLiteral(tuple(int(n) for n in re.split("[xX×]", first.text)), first.span)
    sized = syntax.Call(call.name, (syntax.Argument(None, sizes, sizes.span),), call.span, call.name_span)
    return syntax.Claimed(sized, tuple(others), node.span) if others else sized


def _type(name: str, short: bool = False) -> Any:
    found = resolve(name, short)
    return (found.type.kind, dict(found.implied), found.leading) if found else name


def _call_meaning(call: syntax.Call, blocks: frozenset[str]) -> Any:
    positional = [meaning(a.value) for a in call.arguments if a.name is None]
    named = [(a.name, meaning(a.value)) for a in call.arguments if a.name is not None]
    if not call.short and call.name.lower() in blocks:
        return "block", call.name.lower(), positional, named
    found = resolve(call.name, call.short)
    if found is None:
        return "unknown", call.name, meaning(call.arguments)
    arguments = [find_argument(found.type, name) for name, _ in named]
    letters = [(a.letter if a else name) for a, (name, _) in zip(arguments, named, strict=True)]
    values = [(letter, value) for letter, (_, value) in zip(letters, named, strict=True)]
    return "layer", _type(call.name, call.short), positional, sorted(values, key=lambda pair: pair[0])


def diagram_meaning(statements: tuple[syntax.Statement, ...]) -> Any:
    blocks = frozenset(s.name.lower() for s in statements if isinstance(s, syntax.Block))
    return meaning(statements, blocks)


def notes(text: str) -> list[str]:
    return sorted(re.findall(r"# note \d+ => \[\($", text, re.MULTILINE))


def is_read(text: str) -> bool:
    """Whether no call in a text is one that its framework refuses."""
    try:
        parse(Source("net.txt", text))
    except Diagnosed:
        return False
    return True


@modest
@given(strategies.texts(comments=True))
def test_formatting_keeps_comments_and_the_tree_and_a_second_time_changes_nothing(case: strategies.Written) -> None:
    assume(is_read(case.text))
    result = formatted(case.text)
    assert formatted(result) == result
    assert notes(result) == notes(case.text)
    before, after = (parse(Source("net.txt", text)).statements for text in (case.text, result))
    assert diagram_meaning(after) == diagram_meaning(before)


@modest
@given(strategies.texts())
def test_a_tree_is_read_back_from_every_spelling_and_from_its_text_on_single_lines(case: strategies.Written) -> None:
    for text in (case.text, show_statements(case.tree)):
        assert diagram_meaning(parse_statements(text)) == diagram_meaning(case.tree)


@modest
@given(strategies.networks())
def test_networks_keep_their_tree(text: str) -> None:
    again = parse(Source("net.txt", formatted(text))).statements
    assert diagram_meaning(again) == diagram_meaning(parse(Source("net.txt", text)).statements)


# --- the command ------------------------------------------------------------------------------


def run(*arguments: str, input: str | bytes | None = None) -> Result:
    return CliRunner().invoke(cli, ["fmt", *arguments], input=input)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("sketch.net").write_text("INPUT->FC 10\n")
    Path("tidy.net").write_text("INPUT => FC(10)\n")
    return tmp_path


def test_a_file_is_rewritten(folder: Path) -> None:
    result = run("sketch.net")
    assert result.exit_code == 0
    assert Path("sketch.net").read_bytes() == b"INPUT => FC(10)\n"
    assert result.stdout == ""
    assert "formatted sketch.net" in result.stderr


def test_a_folder_is_searched_for_networks(folder: Path) -> None:
    result = run(".")
    assert result.exit_code == 0
    assert Path("sketch.net").read_text() == "INPUT => FC(10)\n"
    assert "1 file formatted, 1 left as it was" in result.stderr


def test_a_canonical_file_is_not_touched(folder: Path) -> None:
    before = os.stat("tidy.net")
    assert run("tidy.net").exit_code == 0
    after = os.stat("tidy.net")
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_permissions_are_kept_and_links_stay_links(folder: Path) -> None:
    os.chmod("sketch.net", 0o640)
    os.symlink("sketch.net", "link.net")
    assert run("link.net").exit_code == 0
    assert Path("link.net").is_symlink()
    assert Path("sketch.net").read_text() == "INPUT => FC(10)\n"
    assert stat.S_IMODE(os.stat("sketch.net").st_mode) == 0o640
    assert sorted(os.listdir()) == ["link.net", "sketch.net", "tidy.net"]


def test_line_ends_alone_are_worth_a_rewrite(folder: Path) -> None:
    Path("dos.net").write_bytes(b"\xef\xbb\xbfINPUT => FC(10)\r\n")
    assert run("--check", "dos.net").exit_code == 1
    assert run("dos.net").exit_code == 0
    assert Path("dos.net").read_bytes() == b"INPUT => FC(10)\n"


def test_check_changes_nothing_and_names_what_would_change(folder: Path) -> None:
    result = run("--check", "sketch.net", "tidy.net")
    assert result.exit_code == 1
    assert "would change sketch.net" in result.stderr
    assert "tidy.net" not in result.stderr
    assert Path("sketch.net").read_text() == "INPUT->FC 10\n"
    assert run("--check", "tidy.net").exit_code == 0


def test_diff_prints_what_would_change(folder: Path) -> None:
    result = run("--diff", "sketch.net", "tidy.net")
    assert result.exit_code == 0
    assert result.stdout == "--- sketch.net\n+++ sketch.net\n@@ -1 +1 @@\n-INPUT->FC 10\n+INPUT => FC(10)\n"
    assert Path("sketch.net").read_text() == "INPUT->FC 10\n"
    assert run("--diff", "--check", "sketch.net").exit_code == 1


def test_diff_says_where_the_last_line_has_no_end(folder: Path) -> None:
    Path("open.net").write_text("INPUT->FC")
    assert "-INPUT->FC\n\\ No newline at end of file\n+INPUT => FC\n" in run("--diff", "open.net").stdout


def test_standard_input_goes_to_standard_output() -> None:
    result = run("-", input="28x28x1 → Dense 10 # ten")
    assert result.exit_code == 0
    assert result.stdout == "INPUT(28x28x1) => FC(10)  # ten\n"
    assert result.stderr == ""


def test_standard_input_can_be_named_and_only_checked() -> None:
    result = run("--check", "--stdin-filename", "lenet.net", "-", input="INPUT->FC")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "would change lenet.net" in result.stderr


def test_a_config_from_standard_input_is_passed_on() -> None:
    assert run("--stdin-filename", "a.yaml", "-", input="diagram:  a->b\n").stdout == "diagram:  a->b\n"


def test_a_syntax_error_is_shown_and_the_other_files_are_formatted(folder: Path) -> None:
    Path("broken.net").write_text("INPUT =>\n=> FC(10\n")
    result = run("broken.net", "sketch.net")
    assert result.exit_code == 1
    assert "broken.net:2" in result.stderr
    assert Path("broken.net").read_text() == "INPUT =>\n=> FC(10\n"
    assert Path("sketch.net").read_text() == "INPUT => FC(10)\n"


@pytest.mark.parametrize("content", [None, b"\x00\x01", b"INPUT => \xff"], ids=["missing", "binary", "not UTF-8"])
def test_what_cannot_be_read_is_named(folder: Path, content: bytes | None) -> None:
    if content is not None:
        Path("odd.net").write_bytes(content)
    result = run("odd.net", "sketch.net")
    assert result.exit_code == 2
    assert "odd.net" in result.stderr
    assert Path("sketch.net").read_text() == "INPUT => FC(10)\n"


def test_without_a_path_standard_input_is_read() -> None:
    assert run().exit_code == 1  # there is no diagram in an empty text


def test_a_folder_without_networks_is_a_mistake(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["fmt", str(tmp_path)])
    assert result.exit_code == 2
    assert "there are no networks (*.net, *.net.yaml, *.txt with a diagram) in" in result.stderr


def test_a_comment_behind_the_front_matter_stays() -> None:
    text = "--- # settings\nname: x\n--- # end\nINPUT => FC\n"
    assert formatted(text) == text


def test_a_difference_is_as_it_is_for_patch_and_clean_on_a_terminal(tmp_path: Path) -> None:
    pty = pytest.importorskip("pty")
    (tmp_path / "net.net").write_text("INPUT(8x8x3)=>FC(2) # \x1b[31mred\n")
    words = [sys.executable, "-m", "shapecalc", "fmt", "--diff", "net.net"]
    piped = subprocess.run(words, cwd=tmp_path, capture_output=True, check=False)
    ours, theirs = pty.openpty()
    subprocess.run(words, cwd=tmp_path, stdout=theirs, stderr=subprocess.DEVNULL, check=False)
    shown = os.read(ours, 4096)
    os.close(theirs)
    os.close(ours)
    assert b"\x1b[31mred" in piped.stdout
    assert (b"\x1b" in shown, "␛[31mred" in shown.decode()) == (False, True)
