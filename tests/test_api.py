"""`import shapecalc`: the same figures as the command line, plain errors, and an import that costs nothing."""

from __future__ import annotations

import copy
import doctest
import json
import pickle
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import shapecalc
from shapecalc.cli import cli
from shapecalc.verification.estimates import needed

ROOT = Path(__file__).parents[1]
SAMPLES = sorted((ROOT / "samples").glob("*.net*"))
LENET = ROOT / "samples" / "lenet5.net"
FAMILY = "INPUT(16x16x3) => [CONV(8) => RELU]*N => FC\n"


def printed(*arguments: str, stdin: str | None = None) -> str:
    return CliRunner(env={"COLUMNS": ""}).invoke(cli, arguments, input=stdin).stdout


def without_path(network: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in network.items() if key != "path"}


@pytest.mark.parametrize("every", [pytest.param(1, marks=pytest.mark.slow), 12])
def test_a_report_holds_what_the_command_prints_of_every_sample(every: int) -> None:
    samples = SAMPLES[::every]
    first = {}
    for network in json.loads(printed("check", "--format", "json", *map(str, samples)))["networks"]:
        first.setdefault(network["path"], network)  # of a family, the member that `check` takes
    assert [*first] == [*map(str, samples)]
    for path, network in zip(samples, first.values(), strict=True):
        report = shapecalc.check(path)
        assert without_path(report.to_dict()) == without_path(network), path.name


def test_rules_and_budgets_are_chosen_as_on_the_command_line() -> None:
    text = "INPUT(33x33x3) => CONV(60, F=4, P=1) => BN => RELU => POOL(4) => FC(10)\n"
    for options, arguments in (
        ({}, ()),
        ({"select": "deploy", "ignore": ["SHP440"]}, ("--select", "deploy", "--ignore", "SHP440")),
        ({"select": ["ALL"], "preview": True}, ("--select", "ALL", "--preview")),
        ({"max": {"params": "5K", "macs": 100}}, ("--max", "params=5K", "--max", "macs=100")),
    ):
        shown = printed("check", "--format", "json", *arguments, "-", stdin=text)
        (network,) = json.loads(shown)["networks"]
        assert shapecalc.check(text, **options).to_dict()["diagnostics"] == network["diagnostics"], arguments
    for limits in ({"macs": 1920, "memory": 808}, {"macs": 1919}, {"memory": 807}):  # of one image
        found = shapecalc.check("INPUT(8x8x3) => FC(10)", batch=8, max=limits).diagnostics
        assert [d.code for d in found] == ["SHP305"] * (len(limits) == 1), limits
    assert [d.severity for d in shapecalc.check(text, severity={"SHP401": "error"}).diagnostics] == ["error"]


def test_a_text_is_checked_as_the_file_that_holds_it() -> None:
    text, file = shapecalc.check(LENET.read_text(encoding="utf-8")), shapecalc.check(LENET)
    assert json.loads(text.to_json()) == json.loads(file.to_json()) | {"path": "<text>"}


@pytest.mark.parametrize(
    ("options", "arguments"),
    [
        ({"set": {"N": 3}}, ["--set", "N=3"]),
        ({"set": {"N": 1.0}, "input": "20x24x1"}, ["--set", "N=1", "--input", "20x24x1"]),
        ({"set": {"N": "2"}, "input": (8, 8, 3), "classes": 7}, ["--set", "N=2", "--input", "8x8x3", "--classes", "7"]),
        (
            {"set": {"N": 2}, "batch": 8, "dtype": "float16", "optimizer": "adam"},
            ["--set", "N=2", "--batch", "8", "--dtype", "float16", "--optimizer", "adam"],
        ),
        ({"set": {"N": 2}, "strict": True}, ["--set", "N=2", "--strict"]),
        ({"set": {"N": 2}, "rounding": "exact"}, ["--set", "N=2", "--rounding", "exact"]),
        ({"set": {"N": 9}, "max_layers": 5}, ["--set", "N=9", "--max-layers", "5"]),
        ({}, []),
    ],
)
def test_options_mean_what_they_mean_on_the_command_line(options: dict[str, Any], arguments: list[str]) -> None:
    (network,) = json.loads(printed("check", "--format", "json", *arguments, "-", stdin=FAMILY))["networks"]
    found = shapecalc.check(FAMILY, **options).to_dict()
    assert without_path(found) | {"name": ""} == without_path(network) | {"name": ""}


def test_lines_end_as_they_like_and_a_text_with_arrows_is_no_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "INPUT(8x8x3)  # an image\n=> FC(2)"
    for end in ("\r", "\r\n"):
        assert shapecalc.check(text.replace("\n", end)).to_dict() == shapecalc.check(text).to_dict()
    monkeypatch.chdir(tmp_path)
    Path("INPUT => FC(2)").touch()
    assert shapecalc.check("INPUT => FC(2)").ok


def test_an_image_of_ones_own_counts_as_memory_of_the_run() -> None:
    text = "INPUT(4x4x3) => FC(2)"
    limit = needed(shapecalc.check(text), 1)
    assert shapecalc.verify(text, memory_limit=limit).ok
    with pytest.raises(MemoryError):
        shapecalc.verify(text, image=np.ones((4, 4, 3)), memory_limit=limit)


def test_a_report_as_text_is_what_the_command_prints() -> None:
    assert str(shapecalc.check(LENET)) == printed("check", str(LENET)).rstrip("\n")


def test_a_report_at_a_prompt_is_one_line() -> None:
    assert repr(shapecalc.check(LENET)).startswith("<Report LeNet-5: ")
    assert repr(shapecalc.check("INPUT => CNV")) == "<Report <text>: 2 layers, unknown params, 1 error>"


def test_folders_are_checked_file_by_file(tmp_path: Path) -> None:
    (tmp_path / "a.net").write_text("INPUT(8x8x3) => FC(10)", encoding="utf-8")
    (tmp_path / "b.net").write_bytes(b"\xff\xfe\0")
    good, bad = shapecalc.check_files(str(tmp_path))
    assert (good.ok, good.name) == (True, "a")
    assert [d.code for d in bad.diagnostics] == ["SHP010"]
    assert shapecalc.check_files([tmp_path / "a.net"])[0].to_dict() == good.to_dict()


def test_verify_expand_and_format_do_what_the_commands_do() -> None:
    done = shapecalc.verify(LENET, seed=3)
    assert f": {done.proved} figures agree" in printed("verify", "-q", str(LENET))
    assert repr(done) == f"<Verification LeNet-5: {done.proved} figures of 51 layers agree>"
    assert shapecalc.expand(LENET) == printed("expand", str(LENET))
    assert shapecalc.expand(FAMILY, level="block", set={"N": 4}) == printed(
        "expand", "--level", "block", "--set", "N=4", "-", stdin=FAMILY
    )
    assert shapecalc.format("input(3x3x1)=>conv2d(8)") == "INPUT(3x3x1) => CONV(8)\n"


def test_verify_runs_on_images_of_ones_own(tmp_path: Path) -> None:
    text = "INPUT(6x5x2) => CONV(3, 3) => FC(4)"
    image = np.ones((3, 6, 5, 2))
    np.save(tmp_path / "image.npy", image)
    for given in (image, tmp_path / "image.npy"):
        done = shapecalc.verify(text, image=given)
        assert (done.ok, done.batch) == (True, 3)
    assert shapecalc.verify(text, zeros=True).ok


REFUSED_CALLS = [
    (lambda: shapecalc.check("INPUT", clases=3), TypeError, "check() has no option 'clases'; did you mean 'clas"),
    (lambda: shapecalc.expand("INPUT", batch=3), TypeError, "expand() has no option 'batch'; there are level, set"),
    (lambda: shapecalc.verify("INPUT", strict=True), TypeError, "verify() has no option 'strict'"),
    (lambda: shapecalc.check(b"INPUT"), TypeError, "a text (str) or a path object, not bytes"),
    (lambda: shapecalc.check("INPUT", batch="3"), TypeError, "batch is a whole number, not '3'"),
    (lambda: shapecalc.check("INPUT", batch=0), ValueError, "batch is at least 1, not 0"),
    (lambda: shapecalc.check("INPUT", dtype="float"), ValueError, "dtype is one of float32, "),
    (lambda: shapecalc.check("INPUT", strict=1), TypeError, "strict is True or False, not 1"),
    (lambda: shapecalc.check("INPUT", input="8x"), ValueError, "input: '8x' is not width x height x depth"),
    (lambda: shapecalc.check("INPUT", input=8), TypeError, "input is a size, such as"),
    (lambda: shapecalc.check("INPUT", input=(-8, 8, 3)), ValueError, "'-8x8x3' is not width"),
    (lambda: shapecalc.check("INPUT", set={"N": "a b"}), ValueError, "the value of N: 'a b' is not a number"),
    (lambda: shapecalc.check("INPUT", set={"N": float("nan")}), ValueError, "N the value nan, which is not"),
    (
        lambda: shapecalc.check("INPUT", select=["SHP4O1"]),
        ValueError,
        "there is no rule or group 'SHP4O1'",
    ),
    (lambda: shapecalc.check("INPUT", ruleset="2020"), ValueError, "there is no ruleset '2020'; there is 2026.11"),
    (lambda: shapecalc.check("INPUT", severity={"SHP401": "bad"}), TypeError, "severity is a dictionary of rules"),
    (lambda: shapecalc.check("INPUT", max={"parms": 3}), ValueError, "'parms' cannot have a budget; params, macs"),
    (lambda: shapecalc.check("INPUT", max={"params": ">=3"}), ValueError, "the most that is allowed, such as 5M"),
    (lambda: shapecalc.check("INPUT", set=["N=3"]), TypeError, "set is a dictionary"),
    (lambda: shapecalc.check("INPUT", set={5: 1}), TypeError, "set is a dictionary of names"),
    (lambda: shapecalc.check("INPUT", select=5), TypeError, "select is a list of rules, such as ['SHP401']"),
    (lambda: shapecalc.verify("INPUT(4x4x3) => FC(2)", memory_limit="1GiB"), TypeError, "a number of bytes"),
    (lambda: shapecalc.expand("INPUT", level="deep"), ValueError, "level is flat or block, not 'deep'"),
    (lambda: shapecalc.check("INPUT", input=b"8x8x3"), TypeError, "input is a size, such as"),
    (lambda: shapecalc.check("INPUT", severity={5: "off"}), TypeError, "severity is a dictionary of rules"),
    (lambda: shapecalc.check("INPUT", max={"params": "x"}), ValueError, "max: 'x' is not a figure"),
    (lambda: shapecalc.check("INPUT", checkpoint=0), ValueError, "checkpoint: '0' is neither"),
    (lambda: shapecalc.verify("INPUT(4x4x3) => FC(2)", zeros="no"), TypeError, "zeros is True or False, not 'no'"),
    (lambda: shapecalc.check("nets/nosuch.net"), ValueError, "for the file write pathlib.Path("),
    (lambda: shapecalc.check_files(None), TypeError, "paths are one path, a text (str) or a path object, or several"),
    (lambda: shapecalc.check_files(b"net.net"), TypeError, "paths are one path"),
    (lambda: shapecalc.check_files([LENET, 3]), TypeError, "paths are one path"),
    (lambda: shapecalc.check(str(LENET)), ValueError, "for the file write pathlib.Path("),
    (lambda: shapecalc.check(Path("no such file.net")), FileNotFoundError, "no such file.net"),
    (lambda: shapecalc.check(ROOT), IsADirectoryError, ""),
    (lambda: shapecalc.check_files(["no such folder"]), FileNotFoundError, "no such folder"),
    (lambda: shapecalc.expand("INPUT(8x8x3) => CNV"), shapecalc.Diagnosed, "no layer or block called CNV"),
    (lambda: shapecalc.format("INPUT(8x8x3) =>"), ValueError, ""),
    (lambda: shapecalc.verify("INPUT(8x8x3) => CNV"), ValueError, "no layer or block called CNV"),
    (lambda: shapecalc.verify("INPUT(4x4x3) => CONV(8, 9)"), ValueError, "the volume of conv1 is unknown"),
    (lambda: shapecalc.verify("INPUT(4x4x3) => FC(2)", image=np.ones(3)), ValueError, "the image is 3, and"),
    (lambda: shapecalc.verify("INPUT(4x4x3) => FC(2)", image="cat.npy"), TypeError, "path object of a .npy"),
    (lambda: shapecalc.verify("INPUT(4x4x3) => FC(2)", seed=-1), ValueError, "seed is a whole number"),
    (lambda: shapecalc.verify("INPUT(4x4x3) => FC(2)", memory_limit=9), MemoryError, "memory_limit allows 9"),
    (lambda: shapecalc.no_such_name, AttributeError, "module 'shapecalc' has no attribute 'no_such_name'"),
]
"""A call, what it raises, and some words of what it says."""


def test_what_is_wrong_is_said_in_plain_errors() -> None:
    for call, kind, words in REFUSED_CALLS:
        with pytest.raises(kind) as raised:
            call()
        assert words in str(raised.value)


def test_a_file_that_is_no_text_is_a_value_error(tmp_path: Path) -> None:
    (tmp_path / "image.net").write_bytes(b"\x89PNG\0\0")
    with pytest.raises(ValueError, match="is a picture"):
        shapecalc.check(tmp_path / "image.net")


class Tags(HTMLParser):
    """Collects what a browser would make of a text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        assert {name for name, _ in attributes} <= {"style"}
        self.tags.append(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


TAGS = {"div", "p", "br", "pre", "table", "thead", "tbody", "tfoot", "tr", "th", "td", "span"}


@pytest.mark.parametrize("layer", ["<script>alert(1)</script>", "</pre><img src=x onerror=alert(1)>", "]]>&amp;"])
def test_the_table_for_notebooks_escapes_whatever_the_text_holds(layer: str) -> None:
    named = f'---\nname: "{layer}"\n---\nINPUT(8x8x3) => CONV(4, F=3, S=2) => FC(10)\n'
    for text in (named, f"INPUT(8x8x3) => {layer}"):
        found = Tags(shapecalc.check(text)._repr_html_())
        assert set(found.tags) <= {
            "div",
            "p",
            "br",
            "pre",
            "table",
            "thead",
            "tbody",
            "tfoot",
            "tr",
            "th",
            "td",
            "span",
        }
        assert layer in found.text
        assert found.open == []


def test_the_table_for_notebooks_has_every_row_and_the_total() -> None:
    report = shapecalc.check(LENET)
    found = Tags(report._repr_html_())
    assert found.tags.count("tr") == len(report.layers) + 2
    assert f"{report.totals.params:,}" in found.text


def modules_of(code: str) -> set[str]:
    """Modules that a program has loaded."""
    count = "import sys; before = set(sys.modules)\n" + code + "\nprint(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", count], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stdout.split())


def loaded_by(code: str) -> set[str]:
    """Top-level modules that a program has loaded and the standard library has not."""
    return {name.split(".")[0] for name in modules_of(code)} - set(sys.stdlib_module_names)


def test_the_import_loads_nothing_else() -> None:
    assert modules_of("import shapecalc") == {"shapecalc"}
    assert loaded_by("from shapecalc import *") == {"shapecalc"}
    assert not loaded_by("import shapecalc; shapecalc.check('INPUT => FC(3)').to_json()") & {
        "click",
        "numpy",
        "rich",
        "yaml",
    }


def test_a_run_changes_no_setting_of_the_process() -> None:
    run = "shapecalc.verify('INPUT(4x4x1) => FC(2)')"
    program = f"import os, shapecalc; had = dict(os.environ); {run}; assert dict(os.environ) == had"
    assert "shapecalc.numerics.freed_memory" not in modules_of(program)


def test_a_report_and_its_copies_survive_a_pickle() -> None:
    report = shapecalc.check("INPUT(8x8x3) => CONV(4) => RELU => BN => POOL => FC(2) => GELU")
    for again in (pickle.loads(pickle.dumps(report)), copy.deepcopy(report), copy.copy(report)):
        assert again.to_json() == report.to_json()


def test_every_public_name_is_there_and_says_what_it_is() -> None:
    assert {"Report", "check", "check_files", "expand", "format", "verify"} <= set(shapecalc.__all__)
    for name in shapecalc.__all__:
        assert getattr(shapecalc, name).__doc__, name
        assert name in dir(shapecalc)
    assert (ROOT / "shapecalc" / "py.typed").exists()


def test_the_examples_in_the_package_and_in_readme_run_as_they_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    assert doctest.testmod(shapecalc).failed == 0
    monkeypatch.chdir(ROOT)
    example = doctest.DocTestParser().get_doctest((ROOT / "README.md").read_text(encoding="utf-8"), {}, "README", "", 0)
    assert len(example.examples) > 5
    assert doctest.DocTestRunner().run(example).failed == 0
