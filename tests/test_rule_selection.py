"""Which rules run: rulesets, --select, --ignore, --preview, and what cannot be left out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from shapecalc.cli import cli

THUMB = "INPUT(33x33x3) => CONV(60, F=4, P=1) => BN => RELU => POOL(4) => FC(10)\n"
"""A bias before BN (by default), an even filter and a large pool (teaching), 60 channels (deploy)."""


def checked(text: str, *options: str, tmp_path: Path) -> Result:
    path = tmp_path / "net.net"
    path.write_text(text, encoding="utf-8")
    return CliRunner().invoke(cli, ["check", "--format", "json", str(path), *options])


def names(done: Result) -> dict[str, str]:
    """Names and severities of what is reported."""
    (network,) = json.loads(done.stdout)["networks"]
    return {d["name"]: d["severity"] for d in network["diagnostics"]}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", "bias-before-normalisation"),
        ("--select pool-too-large", "bias-before-normalisation pool-too-large"),
        ("--select SHP422", "bias-before-normalisation pool-too-large"),
        ("--select shp419,pool-too-large", "bias-before-normalisation even-filter pool-too-large"),
        ("--select SHP419 --select SHP422", "bias-before-normalisation even-filter pool-too-large"),
        ("--select SHP42 --ignore SHP420", "bias-before-normalisation pool-too-large pool-discards-most"),
        ("--select deploy", "bias-before-normalisation channels-not-a-multiple-of-8 activation-before-max-pool"),
        ("--select deploy --ignore SHP440", "bias-before-normalisation channels-not-a-multiple-of-8"),
        ("--ignore SHP401", ""),
        ("--ignore SHP4", ""),
        ("--ignore ALL --select SHP422", "pool-too-large"),
        ("--ignore SHP4 --select even-filter", "even-filter"),
        ("--ignore even-filter --select SHP419", "bias-before-normalisation"),
        ("--ruleset 2026.11", "bias-before-normalisation"),
    ],
)
def test_rules_are_chosen_by_code_name_prefix_and_group(options: str, expected: str, tmp_path: Path) -> None:
    done = checked(THUMB, *options.split(), tmp_path=tmp_path)
    assert set(names(done)) == set(expected.split())
    assert done.exit_code == 0


def test_all_rules_run_with_all(tmp_path: Path) -> None:
    found = names(checked(THUMB, "--select", "ALL", "--preview", tmp_path=tmp_path))
    assert {"even-filter", "pool-too-large", "pool-discards-most", "channels-not-a-multiple-of-8"} <= set(found)


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ("--select pool-to-large", "there is no rule or group 'pool-to-large'; did you mean 'pool-too-large'?"),
        ("--ignore SHP999", "there is no rule or group 'SHP999'"),
        ("--ignore SH", "there is no rule or group 'SH'"),
        ("--select teachin", "did you mean 'teaching'?"),
        ("--ruleset 2020.01", "there is no ruleset '2020.01'; there is 2026.11"),
    ],
)
def test_a_word_that_is_no_rule_is_refused(options: str, hint: str, tmp_path: Path) -> None:
    done = checked(THUMB, *options.split(), tmp_path=tmp_path)
    assert done.exit_code == 2
    assert hint in done.stderr


def test_a_text_that_was_not_understood_is_never_clean(tmp_path: Path) -> None:
    done = checked("INPUT(8x8x3) => CONVV(4)\n", "--ignore", "ALL,SHP101,unknown-layer", tmp_path=tmp_path)
    assert (done.exit_code, names(done)) == (1, {"unknown-layer": "error"})
    done = checked("INPUT(8x8x3) => => CONV(4)\n", "--ignore", "SHP0", tmp_path=tmp_path)
    assert done.exit_code == 1


def test_what_does_not_fit_can_be_ignored_by_its_code(tmp_path: Path) -> None:
    text = "INPUT(224x224x3) => CONV(96, F=11, S=4)\n"
    assert checked(text, tmp_path=tmp_path).exit_code == 1
    assert checked(text, "--ignore", "drops-pixels", tmp_path=tmp_path).exit_code == 0


@pytest.mark.parametrize(("options", "code"), [("", 0), ("--fail-on warning", 1)])
def test_a_warning_fails_a_build_only_where_that_is_asked_for(options: str, code: int, tmp_path: Path) -> None:
    assert checked(THUMB, *options.split(), tmp_path=tmp_path).exit_code == code
