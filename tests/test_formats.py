"""The door of formats/: which reader takes a file, and what a binary file has in place of lines."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from shapecalc.diagnostics.diagnostic import Diagnosed, Related, Source, report
from shapecalc.display.excerpt import render as render_excerpt
from shapecalc.display.style import Style
from shapecalc.formats.known_formats import format_of, readers
from shapecalc.formats.read import LONGEST_HEAD, head_of, parse, read
from shapecalc.passes.report import Report
from shapecalc.renderers import formats, output_format
from tests.foreignfiles import FILES

TEXTS = {
    "diagram": "INPUT(8x8x3) => CONV(4)",
    "listing": "INPUT: [8x8x3]\nCONV3-4: [8x8x4] weights: 3*3*3*4 = 108\n",
    "front_matter": "---\nname: x\n---\nINPUT(8x8x3) => CONV(4)",
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_is_known_by_what_it_holds(name: str) -> None:
    assert format_of("any.txt", TEXTS[name]) == name
    assert format_of("net.yaml", TEXTS[name]) == "yaml"


@pytest.mark.parametrize(
    "path", [path for path in FILES.glob("*/*") if path.name != "expected.json"], ids=lambda p: p.name
)
def test_a_file_of_other_software_is_known_by_what_it_holds(path: Path) -> None:
    head = path.read_bytes()[:LONGEST_HEAD]
    read = head if b"\0" in head else head.decode("utf-8")
    assert format_of("any.bin", read) == format_of(path.name, read) == path.parent.name


@pytest.mark.parametrize("name", [name for name in readers() if name != "diagram"])
def test_a_comment_that_speaks_of_a_format_is_none_of_it(name: str) -> None:
    """Words that each format is known by, in a text that says nothing: `# [net]` ended as a bug."""
    words = (
        "[net]",
        "backbone: head: nc:",
        "layer { bottom }",
        "(a): Conv2d(",
        "Total params",
        "class_name layers",
        "---",
    )
    for word in words:
        assert not readers()[name].accepts("net.net", f"# {word}\n")


def test_every_format_has_a_place_of_its_own_and_a_diagram_comes_last() -> None:
    ranks = [reader.RANK for reader in readers().values()]
    assert ranks == sorted(ranks)
    assert list(readers())[-1] == "diagram"


def test_front_matter_stands_above_any_text() -> None:
    text = f"---\nname: x\nexpect: {{params: 112}}\n---\n{TEXTS['listing']}TOTAL params: 112\n"
    settings = parse(Source("a.txt", text)).settings
    assert settings.name == "x"
    assert [claim.text for claim in settings.expect] == ["112", "112"]


def test_a_head_ends_with_a_line_and_begins_with_what_is_written() -> None:
    text = "\n" * 70_000 + "INPUT(8x8x3)\n" + "=> CONV(64)\n" * 10_000
    head = head_of(Source("a.net", text))
    assert isinstance(head, str)
    assert head.startswith("INPUT")
    assert head.endswith("=> CONV(64)")
    assert len(head) <= LONGEST_HEAD


def test_bytes_that_no_format_takes_are_refused() -> None:
    with pytest.raises(Diagnosed, match="no binary format that is read"):
        read(Source("a.bin", open_bytes=lambda: io.BytesIO(b"\x00\x01")))


OUTLINE = "stem/conv1\nstem/conv2\nhead\n"
BINARY = Source("a.model", OUTLINE, lambda: io.BytesIO(b"\x00"))
FOUND = report(
    "SHP208",
    "ADD cannot join 4x4x2 and 4x4x3",
    (11, 21),
    label="branch 2 gives 4x4x3",
    related=(Related((0, 10), "branch 1 begins here"),),
)


def test_a_place_in_a_binary_file_is_a_path_inside_the_model() -> None:
    assert [BINARY.position(offset) for offset in (0, 11, 99)] == [(1, 1)] * 3
    assert [BINARY.inner_path(offset) for offset in (0, 11, 22)] == ["stem/conv1", "stem/conv2", "head"]
    assert Source("a.net", OUTLINE).inner_path(11) == ""


def test_an_excerpt_of_a_binary_file_names_layers_instead_of_lines() -> None:
    assert render_excerpt(FOUND, BINARY) == (
        "error[SHP208]: ADD cannot join 4x4x2 and 4x4x3\n"
        "  --> a.model: stem/conv2\n"
        "  | branch 2 gives 4x4x3\n"
        "  --> a.model: stem/conv1\n"
        "  | branch 1 begins here"
    )


@pytest.mark.parametrize("name", formats())
def test_every_renderer_copes_with_a_binary_file(name: str) -> None:
    text = output_format(name).render([Report(BINARY, "a", (), None, (FOUND,))], Style())
    if name in ("concise", "json", "text"):
        assert "ADD cannot join" in text
        assert "stem/conv2" in text
