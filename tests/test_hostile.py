"""Whatever a file is called and holds: no output format lets it be more than text."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Callable
from itertools import product
from pathlib import Path
from xml.etree import ElementTree

import pytest

from shapecalc.diagnostics.diagnostic import Source
from shapecalc.display.style import Style
from shapecalc.passes.report import CheckedNetwork
from shapecalc.pipeline import check
from shapecalc.renderers import formats, output_format
from tests.command import run
from tests.hostile import HOSTILE, hostile_texts

COMMAND = re.compile(r"^\s*::", re.MULTILINE)
"""How a line begins that logs of CI run."""
PLAIN = "INPUT(10x10x3) => CONV(4, F=3, S=2) => FC(10)\n"


def reports(word: str) -> list[CheckedNetwork]:
    """Networks with a hostile word in their path, and in every place of their text."""
    texts = hostile_texts(word)
    named = [check(Source(f"{word}/{word}.net", PLAIN)), check(Source(word, PLAIN))]
    return [*named, *(check(Source("net.net", text)) for text in texts.values())]


def controls(text: str) -> set[str]:
    """Characters that are shown as something else than themselves."""
    return {c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")}


def is_object(text: str) -> None:
    json.loads(text)


def is_concise(text: str) -> None:
    for line in text.splitlines():
        assert re.search(r":\d+:\d+: (error|warning|note)\[SHP\d{3}\] ", line), line


def is_annotations(text: str) -> None:
    for line in text.splitlines():
        assert re.match(r"::(error|warning|notice) file=[^\n]*?::", line) or not line.startswith("::"), line


def is_xml(text: str) -> None:
    assert {e.tag for e in ElementTree.fromstring(text).iter()} <= {
        "testsuites", "testsuite", "testcase", "failure", "system-out", "properties", "property",
    }  # fmt: skip


def is_table_of_cells(text: str) -> None:
    header, *rows = csv.reader(io.StringIO(text))
    for row in rows:
        assert len(row) == len(header)
        for cell in row:
            assert not re.match(r"[=+@\t\r]|-(?!\d+(\.\d+)?$)", cell), cell


def is_markdown(text: str) -> None:
    assert "<script>" not in re.sub(r"^(`{3,})[^`]*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL)
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        counts = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
        assert len(counts) == 1, block


def is_page(text: str) -> None:
    assert text.startswith("<!doctype html>")
    assert not re.search(r"<script[^>]*>\s*alert", text)


def is_drawing(text: str) -> None:
    assert {e.tag.rpartition("}")[2] for e in ElementTree.fromstring(f"<all>{text}</all>").iter()} <= {
        "all", "svg", "title", "desc", "g", "rect", "path", "line", "text", "tspan", "polygon", "circle", "defs",
        "style",
    }  # fmt: skip


def is_picture_of_latex(text: str) -> None:
    assert not re.search(r"\\(input|write|immediate|openout|catcode)", text)


def is_graph(text: str) -> None:
    """Every line is one of what a graph is written in, with its texts in quotes."""
    quoted = r'"(?:[^"\\]|\\.)*"'
    forms = (
        rf"digraph {quoted} \{{", "node [shape=box]", rf"n\d+ \[label={quoted}\]", rf"n\d+ -> n\d+ \[label={quoted}\]",
        r"subgraph cluster_\w+ \{", rf"label={quoted}", r"\}", "//.*",
    )  # fmt: skip
    forms = tuple(form.replace("[shape=box]", r"\[shape=box\]") for form in forms)
    assert [line for line in text.splitlines() if not re.fullmatch(rf"\s*(?:{'|'.join(forms)})", line)] == []


def is_chart(text: str) -> None:
    quoted = r'"[\w _(),.=*/+#;?-]*"'
    forms = (
        "---", f"title: {quoted}", "flowchart TD", rf"n\d+\[{quoted}\]", rf"n\d+ -->\|{quoted}\| n\d+",
        rf"subgraph \w+\[{quoted}\]", "end", "%%.*", "```mermaid", "```", "",
    )  # fmt: skip
    assert [line for line in text.splitlines() if not re.fullmatch(rf"\s*(?:{'|'.join(forms)})", line)] == []


HELD: dict[str, Callable[[str], None]] = {
    "json": is_object,
    "sarif": is_object,
    "gitlab": is_object,
    "junit": is_xml,
    "concise": is_concise,
    "github": is_annotations,
    "csv": is_table_of_cells,
    "html": is_page,
    "svg": is_drawing,
    "tikz": is_picture_of_latex,
    "dot": is_graph,
    "mermaid": is_chart,
    "markdown": is_markdown,
    "text": lambda text: None,
}
"""What a format has to be for those that read it."""


@pytest.mark.parametrize("kind", HOSTILE)
def test_no_format_lets_a_name_or_a_text_be_more_than_text(kind: str) -> None:
    networks = reports(HOSTILE[kind])
    for format_, unicode, stat in product(formats(), (True, False), (False, True)):
        if stat and format_ not in ("text", "csv"):
            continue
        text = output_format(format_).render(networks, Style(unicode=unicode, notes=True, stat=stat))
        assert controls(text) == set(), (format_, controls(text))
        text.encode("utf-8" if unicode else "ascii")
        if format_ != "github":
            assert not COMMAND.search(text), format_
        HELD[format_](text)


def test_every_format_is_held_to_what_it_has_to_be() -> None:
    assert set(formats()) <= set(HELD)


COMMANDS = (["check"], ["verify", "--quiet"], ["expand"], ["fmt", "--diff"], ["convert", "--fc-to-conv"])
AGAIN = (["check", "--quiet"], ["check", "--get", "totals.params"], ["verify", "--format", "json"])
"""Other ways to print what these print."""


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(words, id=" ".join(words), marks=[pytest.mark.slow] if words in AGAIN else [])
        for words in (*COMMANDS, *AGAIN)
    ],
)
@pytest.mark.parametrize("kind", [k for k in HOSTILE if k not in ("nul", "lone surrogate", "very long")])
def test_no_message_of_a_command_reaches_the_terminal_as_a_command(
    command: list[str], kind: str, tmp_path: Path
) -> None:
    word = HOSTILE[kind]
    files = [f"{number}.net" for number in range(len(hostile_texts(word)))]
    for name, text in zip(files, hostile_texts(word).values(), strict=True):
        (tmp_path / name).write_text(text, encoding="utf-8")
    at_once = command[0] in ("check", "fmt")  # others say nothing more once a file is no diagram
    for paths in [files] if at_once else [[name] for name in files]:
        done = run(*command, *paths, cwd=tmp_path)
        assert controls(done.stderr) == set(), done.stderr
        if command[0] in ("check", "verify", "expand"):
            assert controls(done.stdout) == set(), done.stdout
            assert not COMMAND.search(done.stdout + done.stderr)
    shared = (f"--format={word}", f"--input={word}") if command == ["check"] else ()
    for odd in (word, f"--set={word}", *shared):
        done = run(*command, odd, cwd=tmp_path)
        assert (done.returncode, controls(done.stdout + done.stderr)) == (2, set()), odd
        assert not COMMAND.search(done.stdout + done.stderr)


@pytest.mark.parametrize("kind", [k for k in HOSTILE if k not in ("nul", "very long")])
def test_the_name_of_a_file_is_only_text_where_its_settings_are_shown(kind: str, tmp_path: Path) -> None:
    shown = run("config", HOSTILE[kind], cwd=tmp_path).stdout
    assert controls(shown) == set()
    assert not COMMAND.search(shown)


def test_the_list_of_layers_begins_no_line_as_a_log_of_ci_would_run_it(tmp_path: Path) -> None:
    layer = 'layer { name: "::error::x" type: "InnerProduct" bottom: "d" inner_product_param { num_output: 3 } }'
    (tmp_path / "net.prototxt").write_text(f'input: "d" input_shape {{ dim: 1 dim: 3 dim: 8 dim: 8 }}\n{layer}\n')
    listed = run("explain", "net.prototxt", cwd=tmp_path).stdout
    assert "error::x" in listed
    assert not COMMAND.search(listed)


@pytest.mark.parametrize("command", [["solve"], ["compare", "::error::x.net"]])
def test_the_name_of_a_file_begins_no_line_as_a_log_of_ci_would_run_it(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "::error::x.net").write_text("INPUT(8x8x3) => FC(2)")
    shown = run(*command, "::error::x.net", cwd=tmp_path).stdout
    assert "error::x" in shown
    assert not COMMAND.search(shown)


def test_a_comment_that_ends_in_the_middle_of_its_codes_is_no_bug(tmp_path: Path) -> None:
    done = run("check", "INPUT(10x10x3) => CONV(4, F=3, S=2) => FC(10) # shapecalc: ignore[a", cwd=tmp_path)
    assert (done.returncode, "warning[SHP902]" in done.stdout, done.stderr) == (1, True, "")
