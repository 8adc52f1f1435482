"""The action for GitHub: what it runs and uses, its shell run by bash, and the examples for CI in README."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.command import run

yaml = pytest.importorskip("yaml")
ROOT = Path(__file__).parents[1]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")

DROPS = "INPUT(10x10x3)\n=> CONV(4, F=3, S=2, P=0) => FC(10)\n"
CLEAN = "INPUT(8x8x3) => CONV(4, 3) => RELU => FC(10)\n"


def examples() -> list[str]:
    """The blocks of YAML in README."""
    return re.findall(
        r"^```yaml\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )


def test_what_is_used_is_pinned_by_its_commit() -> None:
    used = [step["uses"] for step in STEPS if "uses" in step]
    assert len(used) == 2
    for name in used:
        assert re.fullmatch(r"[\w-]+(/[\w-]+)+@[0-9a-f]{40}", name), name


def test_inputs_reach_scripts_through_the_environment_only() -> None:
    scripts = [step for step in STEPS if "run" in step]
    assert scripts
    for step in scripts:
        assert "${{" not in step["run"], step["name"]
        assert step["shell"] == "bash"
    asked = {name for step in STEPS for name in re.findall(r"inputs\.([\w-]+)", json.dumps(step))}
    assert asked == set(ACTION["inputs"])


@pytest.fixture
def runner(tmp_path: Path) -> Path:
    """A place as the runner has it: a repository, and shapecalc where the action installs it."""
    for name, text in {"nets/clean.net": CLEAN, "nets/drops.net": DROPS, "with space.net": CLEAN}.items():
        path = tmp_path / "repository" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "repository" / ".git").mkdir()
    program = tmp_path / "temp" / "shapecalc" / "bin" / "shapecalc"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m shapecalc "$@"\n', encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return tmp_path


def checked(runner: Path, **inputs: str) -> tuple[int, str, dict[str, str], str]:
    """Runs the step as the runner does: exit code, what is printed, outputs, and the summary."""
    (step,) = (step for step in STEPS if step.get("id") == "check")
    given = {name: inputs.get(name.replace("-", "_"), about["default"]) for name, about in ACTION["inputs"].items()}
    known = {f"inputs.{name}": text for name, text in given.items()} | {
        "github.server_url": "https://code.example",
        "github.action_repository": "owner/shapecalc",
        "github.action_ref": "v1",
    }
    environment = {name: EXPRESSION.sub(lambda m: known[m[1]], text) for name, text in step["env"].items()}
    files = {name: str(runner / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    for path in files.values():
        Path(path).write_text("", encoding="utf-8")
    script = runner / "step.sh"
    script.write_text(step["run"], encoding="utf-8")
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)],
        cwd=runner / "repository",
        env={**os.environ, **environment, **files, "RUNNER_TEMP": str(runner / "temp")},
        capture_output=True,
        text=True,
        check=False,
    )
    written = Path(files["GITHUB_OUTPUT"]).read_text(encoding="utf-8")
    outputs = dict(line.split("=", 1) for line in written.splitlines())
    return done.returncode, done.stdout + done.stderr, outputs, Path(files["GITHUB_STEP_SUMMARY"]).read_text("utf-8")


def test_the_action_annotates_writes_sarif_and_a_summary_and_fails(runner: Path) -> None:
    code, shown, outputs, summary = checked(runner)
    assert (code, outputs["exit-code"]) == (1, "1")
    assert shown.startswith("::error file=nets/drops.net,line=2,")
    assert "| drops |" in summary
    log = json.loads(Path(outputs["sarif"]).read_text(encoding="utf-8"))
    (rule,) = log["runs"][0]["tool"]["driver"]["rules"]
    assert rule["helpUri"] == (
        "https://code.example/owner/shapecalc/blob/v1/shapecalc/rules/README.md#shp201-drops-pixels-error"
    )


def test_the_action_passes_where_all_is_clean(runner: Path) -> None:
    code, shown, outputs, summary = checked(runner, paths="nets/clean.net\nwith space.net\n", options="--notes")
    assert (code, shown, outputs["exit-code"]) == (0, "", "0")
    assert "| with space |" in summary


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({"options": "--selct=ALL"}, "there is no option"),
        ({"changed_since": "--output=x"}, "git does not say what changed"),
        ({"fail_on": "always"}, "'always' is not one of"),
    ],
)
def test_what_is_wrong_with_an_input_fails_the_step_without_results(
    runner: Path, inputs: dict[str, str], reason: str
) -> None:
    code, shown, outputs, summary = checked(runner, **inputs)
    assert (code, outputs, summary) == (2, {"exit-code": "2"}, "")
    assert reason in shown


@pytest.mark.parametrize("name", ["paths", "options", "changed_since", "fail_on"])
def test_nothing_in_an_input_is_run_by_the_shell(name: str, runner: Path) -> None:
    code, _, outputs, _ = checked(runner, **{name: '$(touch hit); `touch hit`; "; touch hit; #\n; touch hit'})
    assert not (runner / "repository" / "hit").exists()
    assert (code, set(outputs)) in ((2, {"exit-code"}), (2, {"exit-code", "sarif"}))


def test_the_example_of_a_workflow_gives_the_action_inputs_that_it_has() -> None:
    (workflow,) = (yaml.safe_load(text) for text in examples() if "uses:" in text)
    (job,) = workflow["jobs"].values()
    (used,) = (step for step in job["steps"] if "shapecalc@" in step["uses"])
    assert set(used["with"]) <= set(ACTION["inputs"])
    assert job["permissions"]["security-events"] == "write"


def test_the_example_of_a_job_for_gitlab_writes_the_reports_that_it_names(runner: Path) -> None:
    (text,) = (text for text in examples() if "codequality" in text)
    (job,) = yaml.safe_load(text).values()
    (line,) = (line for line in job["script"] if line.startswith("shapecalc "))
    done = run(*line.split()[1:], cwd=runner / "repository")
    assert (done.returncode, "1 error" in done.stdout) == (1, True)
    for path in job["artifacts"]["reports"].values():
        assert (runner / "repository" / path).stat().st_size > 0


def test_an_address_of_pages_that_is_none_is_left_out(runner: Path) -> None:
    for address in ("javascript:alert(1)", "https://a.example/x y", "http://a.example/x", ""):
        done = run(
            "check", "--format", "sarif", "nets", cwd=runner / "repository", env={"SHAPECALC_RULE_PAGES": address}
        )
        (rule,) = json.loads(done.stdout)["runs"][0]["tool"]["driver"]["rules"]
        assert rule["helpUri"] == "urn:shapecalc:SHP201"
