"""SARIF, GitHub, GitLab, JUnit, Markdown and CSV as their readers want them."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from shapecalc.cli import cli
from tests.command import run

DROPS = "INPUT(10x10x3)\n=> CONV(4, F=3, S=2, P=0) => FC(10)\n"
CLEAN = "INPUT(8x8x3) => CONV(4, 3) => RELU => FC(10)\n"
TRIMS = "INPUT(8x8x3) => CONV(4, F=3, S=2, P=1) => FC(10)\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "nets").mkdir()
    for name, text in {"clean": CLEAN, "drops": DROPS, "trims": TRIMS}.items():
        (tmp_path / "nets" / f"{name}.net").write_text(text, encoding="utf-8")
    return tmp_path


def shown(format_: str, cwd: Path, *arguments: str) -> str:
    return run("check", "--format", format_, *(arguments or ("./nets",)), cwd=cwd).stdout


def test_sarif_is_one_run_with_a_page_for_every_rule_and_a_place_for_every_result(repository: Path) -> None:
    log = json.loads(shown("sarif", repository / "nets", "."))
    (only,) = log["runs"]
    (result,) = only["results"]
    (rule,) = only["tool"]["driver"]["rules"]
    assert (log["version"], only["columnKind"]) == ("2.1.0", "unicodeCodePoints")
    assert {key: result[key] for key in ("ruleId", "ruleIndex", "level")} == {
        "ruleId": "SHP201", "ruleIndex": 0, "level": "error",
    }  # fmt: skip
    assert result["locations"] == [{
        "physicalLocation": {
            "artifactLocation": {"uri": "nets/drops.net"},
            "region": {"startLine": 2, "startColumn": 4, "endLine": 2, "endColumn": 26},
        }
    }]  # fmt: skip
    assert "CONV does not tile its input" in result["message"]["text"]
    assert {"id", "name", "shortDescription", "fullDescription", "help", "helpUri"} <= rule.keys()
    assert "## Why" in rule["help"]["markdown"]


SARIF: dict[str, Any] = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "maxItems": 1,
            "items": {
                "required": ["tool", "results"],
                "properties": {
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "results": {
                        "type": "array",
                        "items": {
                            "required": ["message", "ruleId", "ruleIndex", "level", "locations"],
                            "properties": {
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "ruleIndex": {"type": "integer", "minimum": 0},
                                "locations": {"type": "array", "minItems": 1, "maxItems": 1},
                            },
                        },
                    },
                },
            },
        },
    },
}
"""What of the standard's schema these logs use, and GitHub's own demands."""


def test_sarif_holds_to_what_github_demands_with_and_without_results(repository: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    (repository / "broken.net").write_text("INPUT => => CNV(\n", encoding="utf-8")
    for arguments in (["nets/clean.net"], ["."], ["--notes", "."], ["missing.net"], ["--select", "ALL", "."]):
        log = json.loads(shown("sarif", repository, *arguments))
        jsonschema.Draft202012Validator(SARIF).validate(log)
        rules = [rule["id"] for rule in log["runs"][0]["tool"]["driver"]["rules"]]
        for result in log["runs"][0]["results"]:
            assert rules[result["ruleIndex"]] == result["ruleId"]
            region = result["locations"][0]["physicalLocation"]["region"]
            assert min(region.values()) >= 1
            assert (region["startLine"], region["startColumn"]) < (region["endLine"], region["endColumn"])


def test_github_gets_a_command_for_every_diagnostic(repository: Path) -> None:
    (line,) = shown("github", repository).splitlines()
    assert line.startswith(
        "::error file=nets/drops.net,line=2,endLine=2,col=4,endColumn=26,title=SHP201 drops-pixels::CONV does not"
    )
    assert "%0Anote: " in line
    (repository / "nets" / "drops.net").write_text(DROPS.replace(", F=3", ",\n  F=3"), encoding="utf-8")
    (line,) = shown("github", repository).splitlines()
    assert ",line=2,endLine=3,title=" in line, "GitHub refuses columns of several lines"


def test_github_is_given_no_comma_of_a_name_as_its_own(repository: Path) -> None:
    (repository / "a,b.net").write_text(DROPS, encoding="utf-8")
    assert shown("github", repository, "a,b.net").startswith("::error file=a%2Cb.net,line=2,")


def test_gitlab_gets_fingerprints_that_survive_edits_elsewhere(repository: Path) -> None:
    (before,) = json.loads(shown("gitlab", repository))
    assert before["location"] == {"path": "nets/drops.net", "lines": {"begin": 2, "end": 2}}
    assert (before["severity"], before["check_name"]) == ("major", "SHP201 drops-pixels")
    (repository / "nets" / "drops.net").write_text(f"# more\n\n{DROPS}", encoding="utf-8")
    (after,) = json.loads(shown("gitlab", repository))
    assert after["fingerprint"] == before["fingerprint"]
    assert after["location"]["lines"]["begin"] == 4
    assert json.loads(shown("gitlab", repository, "nets/clean.net")) == []
    (repository / "twice.net").write_text("INPUT(8x8x3)\n=> CNV(4)\n=> CNV(4)\n", encoding="utf-8")
    first, second = json.loads(shown("gitlab", repository, "twice.net"))
    assert (first["description"], first["fingerprint"] == second["fingerprint"]) == (second["description"], False)


def test_junit_has_a_suite_a_file_and_a_case_a_diagnostic(repository: Path) -> None:
    suites = ElementTree.fromstring(shown("junit", repository))
    assert (suites.get("tests"), suites.get("failures")) == ("3", "1")
    assert [suite.get("failures") for suite in suites] == ["0", "1", "0"]
    (failure,) = suites.iter("failure")
    assert (failure.text or "").startswith("nets/drops.net:2:4: CONV does not tile its input")


def test_csv_has_bytes_of_the_values_that_were_chosen(repository: Path) -> None:
    rows = csv.DictReader(io.StringIO(shown("csv", repository, "--dtype", "float16", "nets/clean.net")))
    assert [row["memory"] for row in rows][:2] == [str(2 * 8 * 8 * 3), str(2 * 6 * 6 * 4)]


def test_csv_has_a_row_a_layer(repository: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(shown("csv", repository, "nets/clean.net"))))
    assert [row["kind"] for row in rows] == ["INPUT", "CONV", "RELU", "FC"]
    assert [*rows[0]][:3] == ["path", "name", "kind"]
    assert [*rows[0]][-3:] == ["params", "macs", "memory"]
    assert {key: rows[1][key] for key in ("path", "output", "params", "macs", "memory", "tiling")} == {
        "path": "nets/clean.net", "output": "6x6x4", "params": "112", "macs": "3888", "memory": "576",
        "tiling": "exact",
    }  # fmt: skip


def test_markdown_has_a_line_a_network_and_what_is_wrong(repository: Path) -> None:
    text = shown("markdown", repository)
    assert text.startswith("### shapecalc\n\n| ")
    assert re.search(r"^\| clean \| .*clean\.net \| 4 \| 1,562 \| .* \| clean \|$", text, re.MULTILINE)
    assert re.search(r"^\| .*\| 1 error \|$", text, re.MULTILINE)
    assert "- **error SHP201** line 2: CONV does not tile its input" in text
    assert text.rstrip().endswith("1 error, 1 note")


def test_markdown_shows_what_looks_like_html_as_it_is_written(repository: Path) -> None:
    (repository / "a.net").write_text(f"---\nname: a &lt;b>\n---\n{CLEAN}", encoding="utf-8")
    assert "| a &amp;lt;b> |" in shown("markdown", repository, "a.net")


@pytest.mark.parametrize("format_", ["sarif", "github", "gitlab", "junit"])
def test_notes_are_shown_to_reviewers_only_where_they_are_asked_for(format_: str, repository: Path) -> None:
    assert "SHP202" not in shown(format_, repository)
    assert "SHP202" in shown(format_, repository, "--notes", "nets")


def test_formats_and_paths_come_in_pairs_in_any_order(repository: Path) -> None:
    words = ["check", "--format", "text", "--format", "sarif", "--output", "a.sarif", "--format", "csv", "-o", "a.csv"]
    done = run(*words, "nets", cwd=repository)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout == run("check", "nets", cwd=repository).stdout
    assert (repository / "a.sarif").read_text(encoding="utf-8") == shown("sarif", repository)
    assert (repository / "a.csv").read_text(encoding="utf-8") == shown("csv", repository, "nets")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--format", "json", "--format", "text"], "json and text cannot both go to standard output"),
        (["--output", "a.txt"], "--output a.txt needs its own --format before it"),
        (["--format", "json", "-o", "a", "-o", "b"], "--output b needs its own --format before it"),
        (["--write-baseline", "k", "--format", "json", "-o", "a"], "takes a report, and --write-baseline gives none"),
        (["--add-ignores", "--format", "json", "-o", "a"], "takes a report, and --add-ignores gives none"),
        (["--get", "totals.params", "--format", "json", "-o", "a"], "takes a report, and --get gives none"),
    ],
)
def test_outputs_that_have_no_place_are_refused(words: list[str], reason: str, repository: Path) -> None:
    done = run("check", *words, "nets", cwd=repository)
    assert (done.returncode, reason in done.stderr) == (2, True)


def test_a_file_has_its_signs_whatever_the_terminal_can_show(tmp_path: Path) -> None:
    words = ["check", "--format", "concise", "INPUT(9x9x3) => POOL(2)"]
    assert "(9 - 2 + 2*0)/2" in CliRunner(charset="ascii").invoke(cli, words).stdout
    CliRunner(charset="ascii").invoke(cli, [*words, "--output", str(tmp_path / "found.txt")])
    assert "(9 − 2 + 2·0)/2" in (tmp_path / "found.txt").read_text(encoding="utf-8")


def test_hooks_name_commands_that_there_are(repository: Path) -> None:
    yaml = pytest.importorskip("yaml")
    hooks = yaml.safe_load((Path(__file__).parents[1] / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert [hook["id"] for hook in hooks] == ["shapecalc-check", "shapecalc-fmt"]
    for hook in hooks:
        assert re.search(hook["files"], "nets/clean.net")
        assert hook["require_serial"]
        program, *words = hook["entry"].split()
        assert (program, run(*words, "nets/clean.net", cwd=repository).returncode) == ("shapecalc", 0)
