"""Every rule by its own examples, and every code by its page."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from shapecalc.cli import cli
from shapecalc.diagnostics.diagnostic import Source
from shapecalc.pipeline import check_networks
from shapecalc.rules.catalogue import RULESETS, all_rules, codes, load
from shapecalc.rules.pages import page_of
from shapecalc.rules.preconditions import PRECONDITIONS
from shapecalc.rules.rule import Example, Rule
from tests.generated_files import rules_reference

PACKAGE = Path(__file__).parents[1] / "shapecalc"
RULES = all_rules()


def found_in(example: str | Example, rule: Rule, tmp_path: Path) -> list[dict[str, Any]]:
    """What the command line reports of an example under the code of a rule, which is selected."""
    shown = example if isinstance(example, Example) else Example(example)
    path = tmp_path / shown.file
    path.write_bytes(shown.text if isinstance(shown.text, bytes) else shown.text.encode())
    arguments = [shown.command, "--format", "json", "--select", rule.code, "--preview", str(path), *shown.arguments]
    done = CliRunner().invoke(cli, arguments)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    networks = json.loads(done.stdout)["networks"]
    return [d for network in networks for d in network["diagnostics"] if d["code"] == rule.code]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_is_reported_in_its_bad_examples_and_not_in_its_good_ones(rule: Rule, tmp_path: Path) -> None:
    assert rule.bad
    assert rule.good
    for example in rule.bad:
        reported = found_in(example, rule, tmp_path)
        assert reported, example
        assert {(d["severity"], d["name"]) for d in reported} == {(rule.severity, rule.name)}, example
    for example in rule.good:
        assert not found_in(example, rule, tmp_path), example


def test_hidden_names_are_reported_in_the_order_of_the_text(tmp_path: Path) -> None:
    names = ("e", "b", "d", "a", "c")
    lets = "".join(f"let {name} = 2\n" for name in names)
    loop = f"[CONV(e, F=b, S=d, P=a) => CONV(c) for {', '.join(names)} in (4, 3, 1, 1, 8)]"
    reported = found_in(f"{lets}INPUT(8x8x3) => {loop} => CONV(e)", load("SHP513"), tmp_path)
    assert [d["message"] for d in reported] == [f"{name} hides another {name}" for name in names]


def test_a_rule_has_a_page() -> None:
    for rule in RULES:
        page = page_of(rule)
        assert re.fullmatch(r"[^\n]+\.", page.summary)
        assert all(len(part) > 15 and not part.startswith((" ", "-")) for part in (page.why, page.instead))


def test_the_reference_is_made_from_the_rules(refresh: bool) -> None:
    path = PACKAGE / "rules" / "README.md"
    if refresh:
        path.write_text(rules_reference(RULES), encoding="utf-8")
    assert path.read_text(encoding="utf-8") == rules_reference(RULES)


def explained(*words: str) -> Result:
    return CliRunner().invoke(cli, ["explain", *words])


def test_explain_prints_a_page_by_code_and_by_name() -> None:
    done = explained("SHP201")
    assert done.exit_code == 0
    assert done.stdout == explained("drops-pixels").stdout == explained("shp201").stdout
    assert [line for line in done.stdout.splitlines() if line.startswith("#")] == [
        "# SHP201 drops-pixels (error)",
        "## Why",
        "## Example",
        "## Instead",
    ]
    assert explained("SHP201", "SHP202").stdout == f"{done.stdout}\n{explained('SHP202').stdout}"


def test_explain_alone_lists_every_code() -> None:
    listed = [line.split()[:3] for line in explained().stdout.splitlines()]
    assert [words for words in listed if words and words[0].startswith("SHP")] == [
        [rule.code, rule.name, rule.severity] for rule in RULES
    ]


@pytest.mark.parametrize(
    ("word", "hint"),
    [("SHP2O1", "did you mean 'SHP201'?"), ("drop-pixel", "did you mean 'drops-pixels'?"), ("x", "lists all")],
)
def test_explain_refuses_what_is_no_rule(word: str, hint: str) -> None:
    done = explained(word)
    assert done.exit_code == 2
    assert hint in done.stderr


def test_every_code_in_the_source_has_a_page() -> None:
    written = {
        code
        for path in PACKAGE.rglob("*.py")
        if path.parent.name != "rules"
        for code in re.findall(r'"(SHP\d{3})"', path.read_text(encoding="utf-8"))
    }
    assert written <= set(codes())
    pages_alone = {rule.code for rule in RULES if not rule.checks()}
    assert pages_alone <= written, "a page of a code that nothing reports"


def test_rulesets_name_rules_that_check() -> None:
    checking = {rule.code for rule in RULES if rule.checks()}
    for name, members in RULESETS.items():
        assert set(members) <= checking, name
        assert len(set(members)) == len(members), name


def test_preconditions_are_of_rules_that_run_by_default() -> None:
    assert set(PRECONDITIONS) <= {code for members in RULESETS.values() for code in members}


def test_preconditions_leave_out_no_rule_that_would_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """The examples of all rules, and layers of all sorts in a row, with the preconditions and without them."""
    sorts = ["CONV(3,8)", "RELU", "ACT(relu)", "SOFTMAX", "FC(1)", "BN", "POOL(1)", "CONV(8,1)", "CONV(8,3,P=3)"]
    chains = [f"INPUT(3x8x8) => {' => '.join(three)}" for three in zip(sorts, sorts[1:], sorts[2:], strict=False)]
    texts = [
        *chains,
        *(example if isinstance(example, str) else example.text for rule in RULES for example in rule.bad),
    ]
    sources = [Source("net.net", text) for text in texts if isinstance(text, str)]
    assert len(sources) > 100
    found = [[report.diagnostics for report in check_networks(source)] for source in sources]
    monkeypatch.setattr("shapecalc.rules.preconditions.PRECONDITIONS", {})
    assert [[report.diagnostics for report in check_networks(source)] for source in sources] == found


def test_rules_do_not_know_each_other() -> None:
    for path in (PACKAGE / "rules").glob("shp*.py"):
        assert not re.search(r"import .*shp\d{3}_|rules\.shp\d{3}_", path.read_text(encoding="utf-8")), path.name
