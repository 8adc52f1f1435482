"""`shapecalc zoo`, `zoo:NAME` in every command, families with their members, and errata."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

import shapecalc
from shapecalc.cli import cli
from shapecalc.published import folder, published
from shapecalc.zoo.entry import INDEX, ZooEntry, digest_of, entries, entry_of, indexed
from tests.generated_files import zoo_index

ROOT = Path(__file__).parents[1]
FAMILY = """---
source: 'Somebody 2020, "A family"'
let: {n: 1}
expect: {output: 1x1x10}
members:
  small: {expect: {params: 1514}}
  large-2: {name: Large, let: {n: 2}, expect: {params: 2098}, input: 4x4x3}
---
INPUT(4x4x3) => [CONV(8) => RELU]*n => FC(10) => RELU
"""


def run(*arguments: str, text: str | None = None) -> Result:
    return CliRunner().invoke(cli, [*arguments], input=text)


def listed(*arguments: str) -> list[dict[str, Any]]:
    found = json.loads(run("zoo", "--format", "json", *arguments).stdout)
    assert found["version"] == 1
    networks: list[dict[str, Any]] = found["networks"]
    return networks


# --- the list ---------------------------------------------------------------------------------


def test_the_index_is_that_of_the_networks_as_they_are(refresh: bool) -> None:
    """The figures of all are computed in the slow tests; the samples state them, and are checked one by one."""
    if refresh:
        INDEX.write_text(zoo_index(), encoding="utf-8")
    known = {entry["name"]: entry["digest"] for entry in json.loads(INDEX.read_text("utf-8"))}
    assert known == {network.name: digest_of(network) for network in published().values()}
    some = [published()[name] for name in ("resnet-50", "lenet-5", "densenet-161")]
    assert [entry_of(network) for network in some] == list(map(indexed, some))


@pytest.mark.slow
def test_the_index_is_what_all_networks_compute_to() -> None:
    assert INDEX.read_text(encoding="utf-8") == zoo_index()


def test_names_are_lower_case_with_hyphens_and_stand_once() -> None:
    names = [network["name"] for network in listed()]
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) for name in names)
    assert names == sorted(set(names))
    assert {"resnet-50", "vgg-16", "alexnet-224", "alexnet-227", "inception-v3", "lenet-5"} <= set(names)


def test_every_file_is_there_and_every_member_of_a_family() -> None:
    files: dict[str, list[str]] = {}
    for network in published().values():
        files.setdefault(network.file.name, []).append(network.name)
    assert sorted(files) == sorted(file.name for file in folder().glob("*.net"))
    for file, names in files.items():
        text = (folder() / file).read_text("utf-8")
        head = yaml.safe_load(text.split("---\n")[1]) if text.startswith("---") else {}
        members = list(head.get("members", {}))
        assert sorted(members) == sorted(names) if members else len(names) == 1


def test_a_network_is_listed_with_its_figures() -> None:
    (found,) = (network for network in listed() if network["name"] == "resnet-50")
    assert (found["year"], found["input"]) == (2015, [224, 224, 3])
    assert (found["params"], found["macs"]) == (25557032, 4089184256)


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("vgg-16", 212),  # Araujo, Norris and Sim 2019 have these of convolutions and pools,
        ("alexnet-227", 195),
        ("resnet-50-v1", 483),
        ("se-resnet-50", 224),  # and a layer scaled by what a GAP sees, sees all of the input.
        ("dcgan-generator", 1),
    ],
)
def test_the_field_is_one_figure_wherever_it_stands(name: str, field: int) -> None:
    zoo = f"zoo:{name}"
    (row,) = csv.DictReader(run("check", "--stat", "--format", "csv", zoo).stdout.splitlines())
    totals = json.loads(run("compare", zoo, zoo, "--format", "json").stdout)["totals"]
    listed_field = next(network["field"] for network in listed() if network["name"] == name)
    assert (int(row["field"].split("x")[0]), totals["field"]["a"], listed_field) == (field, field, field)
    assert "over-budget" not in run("check", zoo, "--max", f"field={field}").stdout
    assert f"{field} positions" in run("check", zoo, "--max", f"field={field - 1}").stdout


def test_every_network_has_a_source_with_its_year() -> None:
    assert [n["name"] for n in listed() if not n["source"] or not n["year"]] == []


def test_filters_and_an_order() -> None:
    found = listed("--filter", "params<5M", "--filter", "year>=2017", "--sort", "-macs")
    assert found
    assert all(n["params"] < 5_000_000 and n["year"] >= 2017 for n in found)
    assert [n["macs"] for n in found] == sorted((n["macs"] for n in found), reverse=True)
    assert {n["name"] for n in listed("--filter", "vgg")} >= {"vgg-16", "vgg-19"}


@pytest.mark.parametrize(
    ("sign", "years"),
    [("<", {2013}), ("<=", {2013, 2014}), ("=", {2014}), (">=", {2014, 2015}), (">", {2015})],
)
def test_a_filter_has_its_bound_or_not_as_its_sign_says(sign: str, years: set[int]) -> None:
    found = {n["year"] for n in listed("--filter", f"year{sign}2014")}
    assert found & {2013, 2014, 2015} == years


def test_a_filter_by_name_is_told_to_be_a_word() -> None:
    assert "write vgg-16 in place of name=vgg-16" in run("zoo", "--filter", "name=vgg-16").output


def test_the_beginning_of_a_name_is_answered_with_the_names_that_begin_so() -> None:
    assert "write one of zoo:vgg-11, zoo:vgg-13, zoo:vgg-13-bn" in run("zoo", "VGG").output
    assert "write zoo:squeezenet-1-1" in run("zoo", "squeeznet-1-1").output


@pytest.mark.parametrize(
    "arguments",
    [
        ("--sort", "parms"),
        ("--filter", "weight<3"),
        ("--filter", "params<"),
        ("--filter", "nosuch"),
        ("--filter", "params<1", "--format", "json"),
        ("--scatter", "--filter", "nosuch"),
        ("--errata", "--scatter"),
        ("--scatter", "--format", "json"),
        ("--scatter", "--format", "markdown"),
        ("--format", "svg"),
    ],
)
def test_what_means_nothing_is_refused(arguments: tuple[str, ...]) -> None:
    assert run("zoo", *arguments).exit_code == 2


def test_an_entry_is_computed_where_the_text_is_another_one_than_the_index_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shapecalc.zoo import entry

    known = json.loads(INDEX.read_text("utf-8"))
    for network in known:
        if network["name"] == "resnet-50":
            network.update(params=1, digest="of another text")
    (tmp_path / "index.json").write_text(json.dumps(known), encoding="utf-8")
    monkeypatch.setattr(entry, "INDEX", tmp_path / "index.json")
    entry._index.cache_clear()
    (found,) = (e for e in entries() if e.name == "resnet-50")
    entry._index.cache_clear()
    assert found.params == 25557032


def test_the_scatter_has_every_network() -> None:
    picture = run("zoo", "--scatter", "--format", "svg").stdout
    assert picture.count("<circle") == len(listed())
    assert "resnet-50: 25,557,032 parameters" in picture
    assert run("zoo", "--scatter").stdout.count("●") > 20


# --- zoo:NAME -----------------------------------------------------------------------------------


def test_the_file_of_a_network_is_printed_and_checks_to_the_same() -> None:
    text = run("zoo", "resnet-50").stdout
    assert text == (folder() / "resnet50.net").read_text("utf-8")
    figure = run("check", "--get", "totals.params", "-", text=text).stdout
    assert figure == run("check", "--get", "totals.params", "zoo:resnet-50").stdout == "25557032\n"


@pytest.mark.parametrize("name", ["zoo:resnet-50", "zoo:ResNet50", "zoo:resnet50"])
def test_a_name_is_found_however_it_is_spelled(name: str) -> None:
    assert shapecalc.check(name).totals.params == 25557032


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "zoo:lenet-5"),
        ("expand", "zoo:lenet-5"),
        ("fmt", "zoo:lenet-5"),
        ("verify", "zoo:lenet-5"),
        ("config", "zoo:lenet-5"),
        ("solve", "zoo:lenet-5", "--up-to", "64"),
        ("reconcile", "zoo:lenet-5", "--claimed", "params=60000"),
        ("convert", "zoo:lenet-5", "--fc-to-conv"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_every_command_takes_a_name_in_place_of_a_file(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.exit_code == 0, done.output


def test_a_name_that_nothing_has_is_refused_with_the_nearest() -> None:
    done = run("check", "zoo:resnt-50")
    assert done.exit_code == 2
    assert "write zoo:resnet-50" in done.output
    assert run("zoo", "resnt-50").exit_code == 2


# --- families -----------------------------------------------------------------------------------


def test_every_member_of_a_family_is_checked(tmp_path: Path) -> None:
    (tmp_path / "f.net").write_text(FAMILY, encoding="utf-8")
    small, large = shapecalc.check_files(tmp_path)
    assert (small.ok, large.ok) == (True, True)
    assert (small.name, large.name) == ("small", "Large")
    assert [len(r.layers) for r in (small, large)] == [5, 7]


def test_one_member_is_chosen_by_the_text_or_by_an_option() -> None:
    assert shapecalc.check(FAMILY).name == "small"
    assert shapecalc.check(FAMILY, member="large-2").totals.params == 2098
    chosen = FAMILY.replace("---\n", "---\nmember: large-2\n", 1)
    assert shapecalc.check(chosen).name == "Large"
    assert run("check", "-", text=chosen).stdout.count("clean") == 1
    assert "CONV(8) => RELU => CONV(8)" in run("expand", "--member", "large-2", "-", text=FAMILY).stdout
    assert "--member needs a name" in run("check", "--member", "", "-", text=FAMILY).stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("expand", "-"),
        ("solve", "-"),
        ("verify", "-q", "-"),
        ("explain", "-", "fc1"),
        ("reconcile", "-", "--claimed", "params=1514"),
        ("convert", "-", "--fc-to-conv"),
        ("compare", "-", "zoo:lenet-5"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_command_for_one_network_says_which_of_a_family_it_took(arguments: tuple[str, ...]) -> None:
    note = "note: - has 2 networks, and this is small; --member takes another: large-2\n"
    assert note in run(*arguments, text=FAMILY).stderr
    chosen = FAMILY.replace("---\n", "---\nmember: small\n", 1)
    assert "has 2 networks" not in run(*arguments, text=chosen).stderr
    if arguments[0] != "compare":
        assert "has 2 networks" not in run(*arguments, "--member", "small", text=FAMILY).stderr


def test_a_member_that_is_not_there_is_refused() -> None:
    done = run("check", "--member", "large", "-", text=FAMILY)
    assert done.exit_code == 1
    assert "write large-2" in done.stdout


# --- errata -------------------------------------------------------------------------------------

ERRATUM = """---
erratum:
  - {where: table 1, printed: 300, right: 310, of: params, evidence: [3·10·10 + 10], provenance: seen}
---
INPUT(3x10x1) => FC(10)
"""


def test_a_known_erratum_is_a_note_and_stands_in_json() -> None:
    report = shapecalc.check(ERRATUM)
    assert [(d.code, d.severity) for d in report.diagnostics] == [("SHP307", "note")]
    assert "table 1: 300 is printed, 310 is right" in report.diagnostics[0].message
    assert report.to_dict()["errata"][0]["printed"] == "300"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("right: 310", "right: 320", "the erratum says that 320 is right, and params is 310"),
        ("printed: 300", "printed: 310", "the erratum says that 310 is wrong, and params is 310"),
        ("of: params", "of: fc2.params", "there is no such figure"),
    ],
)
def test_an_erratum_that_is_wrong_itself_is_an_error(old: str, new: str, message: str) -> None:
    (found,) = shapecalc.check(ERRATUM.replace(old, new)).diagnostics
    assert (found.code, found.severity) == ("SHP307", "error")
    assert message in found.message


def test_an_erratum_about_the_output_of_a_layer_is_computed() -> None:
    text = ERRATUM.replace("of: params", "of: fc1.output").replace("300", "1x1x9").replace("310", "1x1x10")
    assert shapecalc.check(text).ok


def test_a_finding_that_an_erratum_explains_says_so() -> None:
    (found,) = shapecalc.check("zoo:alexnet-224").diagnostics[:1]
    assert found.code == "SHP201"
    assert any("known erratum" in note and "227x227x3 is right" in note for note in found.notes)


def test_an_erratum_without_its_right_figure_is_refused() -> None:
    (found,) = shapecalc.check(ERRATUM.replace("right: 310, ", "")).diagnostics
    assert found.code == "SHP118"
    assert "does not say right" in found.message


def test_all_errata_are_listed_with_evidence_and_none_is_from_memory() -> None:
    networks = listed("--errata")
    found = [one for network in networks for one in network["errata"]]
    assert all(one["printed"] and one["right"] and one["evidence"] for one in found)
    assert {one["provenance"] for one in found} <= {"seen", "peer"}
    text = run("zoo", "--errata").stdout
    assert all(network["name"] in text for network in networks)


# --- the page -----------------------------------------------------------------------------------


def test_the_table_beside_the_samples_is_that_of_the_zoo(refresh: bool) -> None:
    page = ROOT / "samples" / "README.md"
    before, _, rest = page.read_text("utf-8").partition("<!-- zoo -->\n")
    _, _, after = rest.partition("<!-- /zoo -->")
    table = run("zoo", "--format", "markdown").stdout
    whole = f"{before}<!-- zoo -->\n{table}<!-- /zoo -->{after}"
    if refresh:
        page.write_text(whole, encoding="utf-8")
    assert page.read_text("utf-8") == whole


def test_entries_are_plain_values() -> None:
    assert all(isinstance(entry, ZooEntry) for entry in entries())
