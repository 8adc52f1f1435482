"""Comments that ignore: a line, a block, a file; and those that are bare, unknown, or ignore nothing."""

from __future__ import annotations

import pytest

from shapecalc.diagnostics.diagnostic import Diagnostic, Source
from shapecalc.pipeline import CheckOptions, check, check_networks
from shapecalc.rules.catalogue import Selection

ALEX = "CONV(96, F=11, S=4)"


def reported(text: str, path: str = "net.net", rules: Selection | None = None) -> list[Diagnostic]:
    return list(check(Source(path, text), CheckOptions(rules=rules or Selection())).diagnostics)


def codes(text: str, path: str = "net.net") -> list[str]:
    return [d.code for d in reported(text, path) if d.severity != "note"]


def with_fixes(text: str, diagnostics: list[Diagnostic]) -> str:
    """The text after the first fix of every diagnostic."""
    edits = [edit for d in diagnostics for edit in d.fixes[0].edits]
    for edit in sorted(edits, key=lambda e: e.span, reverse=True):
        text = text[: edit.span[0]] + edit.content + text[edit.span[1] :]
    return text


@pytest.mark.parametrize(
    "text",
    [
        f"INPUT(224x224x3) => {ALEX}  # shapecalc: ignore[SHP201] as printed\n",
        f"INPUT(224x224x3) => {ALEX}  # shapecalc: ignore[drops-pixels]\n",
        f"INPUT(224x224x3) => {ALEX}  #shapecalc:ignore[shp201]\n",
        f"INPUT(224x224x3) => {ALEX}  # the paper says so  # shapecalc: ignore[SHP2] as printed\n",
        f"INPUT(224x224x3)\n=> {ALEX}  # shapecalc: ignore[SHP201]\n=> RELU\n",
        "INPUT(224x224x3) => CONV(96,\n  F=11, S=4)  # shapecalc: ignore[SHP201]\n",
        f"# shapecalc: ignore[SHP201] as printed\nINPUT(224x224x3) => {ALEX}\n",
        f"# shapecalc: ignore[SHP201] as printed\n\n# AlexNet\nINPUT(224x224x3)\n=> {ALEX}\n=> RELU\n",
        f"INPUT(224x224x3)\n# shapecalc: ignore[SHP201]\n=> {ALEX} => RELU\n=> FC(10)\n",
        f"INPUT(224x224x3)\n# shapecalc: ignore[SHP201]\n=> [\n  {ALEX}\n  => RELU\n] => FC(10)\n",
        f"# shapecalc: ignore[SHP201]\nblock stem = {ALEX}\n  => RELU\nINPUT(224x224x3) => stem\n",
        f"# shapecalc: ignore-file[SHP201] as printed\nINPUT(224x224x3)\n\n=> {ALEX}\n",
        f"INPUT(224x224x3)\n=> {ALEX}\n# shapecalc: ignore-file[SHP201]\n",
        f"---\nname: x  # shapecalc: ignore-file[SHP201]\n---\nINPUT(224x224x3) => {ALEX}\n",
        "---\nexpect: {params: 5}  # shapecalc: ignore[SHP303] older figure\n---\nINPUT(8x8x3) => FC(10)\n",
    ],
)
def test_what_a_comment_names_is_not_reported(text: str) -> None:
    assert codes(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "layers:\n- INPUT: 224x224x3\n# shapecalc: ignore[SHP201]\n- CONV: {K: 96, F: 11, S: 4}\n- RELU\n",
        "layers:\n- INPUT: 224x224x3\n# shapecalc: ignore[SHP201]\n- CONV:\n    K: 96\n    F: 11\n    S: 4\n- RELU\n",
        "layers:\n- INPUT: 224x224x3\n- CONV: {K: 96, F: 11, S: 4}  # shapecalc: ignore[SHP201]\n",
    ],
)
def test_a_config_can_ignore_too(text: str) -> None:
    assert codes(text, "net.net.yaml") == []


@pytest.mark.parametrize(
    "text",
    [
        f"INPUT(224x224x3)  # shapecalc: ignore[SHP202]\n=> {ALEX}\n",
        f"# shapecalc: ignore[SHP202]\nlet n = 3\nINPUT(224x224x3) => {ALEX} => FC(n)\n",
        f"INPUT(224x224x3)\n# shapecalc: ignore[SHP202]\n=> RELU\n=> {ALEX}\n",
    ],
)
def test_a_comment_is_about_its_own_lines_only(text: str) -> None:
    assert "SHP201" in codes(text.replace("SHP202", "SHP201"))


def test_other_rules_on_the_line_are_reported_as_before() -> None:
    text = f"INPUT(224x224x3) => {ALEX}  # shapecalc: ignore[SHP303]\n"
    assert codes(text) == ["SHP201", "SHP904"]


def test_a_comment_that_ignores_nothing_is_reported_and_its_fix_removes_it() -> None:
    text = f"INPUT(227x227x3) => {ALEX}  # shapecalc: ignore[SHP201] as printed\n"
    (unused,) = reported(text)
    assert (unused.code, unused.severity) == ("SHP904", "warning")
    assert with_fixes(text, [unused]) == f"INPUT(227x227x3) => {ALEX}\n"


def test_only_the_words_that_ignore_nothing_are_taken_out() -> None:
    text = f"INPUT(224x224x3) => {ALEX}  # shapecalc: ignore[SHP201, SHP212] as printed\n"
    (unused,) = reported(text)
    assert with_fixes(text, [unused]) == f"INPUT(224x224x3) => {ALEX}  # shapecalc: ignore[SHP201] as printed\n"


def test_a_rule_that_does_not_run_is_not_called_unused() -> None:
    text = "INPUT(32x32x3) => FC(10)  # shapecalc: ignore[pool-too-large]\n"
    assert codes(text) == []
    assert [d.code for d in reported(text, rules=Selection(select=("SHP422",)))] == ["SHP904"]


def test_a_bare_comment_ignores_nothing_and_its_fix_names_what_is_there() -> None:
    text = f"INPUT(224x224x3) => {ALEX}  # shapecalc: ignore as printed\n"
    found = reported(text)
    assert [d.code for d in found] == ["SHP201", "SHP902"]
    fixed = with_fixes(text, found[1:])
    assert fixed == f"INPUT(224x224x3) => {ALEX}  # shapecalc: ignore[SHP201] as printed\n"
    assert codes(fixed) == []


@pytest.mark.parametrize(
    ("comment", "message", "fixed"),
    [
        ("ignore[SHP2O1]", "there is no rule 'SHP2O1' to ignore", "ignore[SHP201]"),
        ("ignore[drop-pixels]", "there is no rule 'drop-pixels' to ignore", "ignore[drops-pixels]"),
        ("noqa[SHP201]", "shapecalc knows no comment 'noqa'", ""),
    ],
)
def test_a_comment_that_names_nothing_is_reported(comment: str, message: str, fixed: str) -> None:
    text = f"INPUT(224x224x3) => {ALEX}  # shapecalc: {comment}\n"
    found = reported(text)
    assert [d.code for d in found] == ["SHP201", "SHP903"]
    assert found[1].message == message
    if fixed:
        assert codes(with_fixes(text, found[1:])) == []


def test_errors_of_a_text_that_was_not_understood_cannot_be_ignored() -> None:
    assert codes("INPUT(8x8x3) => CONVV(4)  # shapecalc: ignore[SHP101]\n")[0] == "SHP101"
    assert codes("INPUT(8x8x3) => => FC(10)  # shapecalc: ignore[SHP015, SHP002, SHP0]\n") != []


def test_a_layer_in_a_repeat_is_ignored_once_for_all() -> None:
    text = "INPUT(224x224x3) => [CONV(8, F=3, S=2)]*3  # shapecalc: ignore[SHP201]\n"
    assert codes(text.partition("#")[0]) != []
    assert codes(text) == []


def test_a_comment_is_heard_once_where_a_file_holds_several_networks() -> None:
    first = f"INPUT(224x224x3) => {ALEX}  # shapecalc: ignore[SHP201]\n"
    reports = check_networks(Source("net.net", first + first.partition("  #")[0] + "\n"))
    assert [[d.code for d in report.diagnostics] for report in reports] == [[], ["SHP201"]]
    reports = check_networks(Source("net.net", first.replace("224", "227") + first))
    assert [[d.code for d in report.diagnostics] for report in reports] == [["SHP904"], []]
