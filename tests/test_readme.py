"""README shows what the tool prints, and names only what there is."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import shapecalc
from shapecalc.cli import COMMANDS, cli
from tests.transcripts import rerun

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_output_that_readme_shows_is_what_is_printed(monkeypatch: pytest.MonkeyPatch, refresh: bool) -> None:
    printed = rerun(README, ROOT, monkeypatch)
    if refresh:
        (ROOT / "README.md").write_text(printed, encoding="utf-8")
    else:
        assert printed == README
    assert README.count("\n    $ shapecalc ") > 1


def test_the_drawing_in_readme_is_what_is_drawn(tmp_path: Path, refresh: bool) -> None:
    drawing, drawn = ROOT / "samples/alexnet-conv1.svg", tmp_path / "conv1.svg"
    network = str(ROOT / "samples/alexnet-224.net")
    assert CliRunner().invoke(cli, ["explain", network, "conv1", "--svg", str(drawn)]).exit_code == 0
    if refresh:
        drawing.write_bytes(drawn.read_bytes())
    assert drawing.read_bytes() == drawn.read_bytes()


def test_every_command_is_in_readme() -> None:
    for command in COMMANDS:
        assert f"shapecalc {command} " in README


ELSEWHERE = {"--refresh", "--quiet", "--check", "--version"}
"""Options of pytest, pip and ruff, and of shapecalc without a command."""


def test_every_option_in_readme_is_one_of_a_command() -> None:
    options = {name for command in COMMANDS for name in options_of(command)}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", README)) <= options | ELSEWHERE


@pytest.mark.parametrize("command", ["verify", "convert"])
def test_what_verify_and_convert_are_asked_for_is_in_readme(command: str) -> None:
    shared = {name for other in ("expand", "check", "fmt") for name in options_of(other)}
    own = options_of(command) - shared - {"--output", "--weights", "--color"}
    assert own
    for name in own:
        assert f"`{name}" in README or f" {name}" in README, name


def options_of(command: str) -> set[str]:
    found = cli.get_command(click.Context(cli), command)
    assert found
    shown = [option for option in found.params if isinstance(option, click.Option) and not option.hidden]
    return {name for option in shown for name in (*option.opts, *option.secondary_opts) if name.startswith("--")}


def test_the_diagram_that_readme_shows_is_clean() -> None:
    (diagram,) = re.findall(r"^```\n(---.*?)^```", README, re.DOTALL | re.MULTILINE)
    report = shapecalc.check(diagram)
    assert report.ok
    assert report.totals is not None
    assert report.totals.params == 60_965_224


def test_the_figures_that_readme_says_are_proved_are_counted() -> None:
    words = re.search(
        r"`shapecalc verify --quiet\s+(samples/\S+)` says that ([\d,]+) figures of\s+(\d+) layers", README
    )
    assert words
    done = CliRunner().invoke(cli, ["verify", "--quiet", str(ROOT / words[1])])
    assert f": {words[2]} figures agree, {words[3]} layers" in done.stdout


def test_files_that_readme_links_to_exist() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []
