"""The project's configuration: which file holds, what its keys do, what is refused; the baseline; comments written."""

from __future__ import annotations

import json
import os
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from shapecalc.cli import cli
from shapecalc.configuration.configuration_file import DEFAULTS, KEYS
from shapecalc.passes.budgets import MEASURES

SCHEMA = Path(__file__).parents[1] / "shapecalc" / "schemas" / "project.schema.json"
ALEX = "INPUT(224x224x3) => CONV(96, F=11, S=4) => FC(10)\n"
BIASED = "INPUT(32x32x3) => CONV(8, F=3) => BN => RELU => POOL(5) => FC(10)\n"
"""A bias before BN (a default warning), a large pool (by --select); 8*27 + 8 + 16 + 2,890 = 3,130 parameters."""

Project = Callable[..., Path]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Makes files in an empty repository, and goes there."""

    def make(**files: str) -> Path:
        (tmp_path / ".git").mkdir(exist_ok=True)
        for name, text in files.items():
            path = tmp_path / name.replace("__", "/").replace("_toml", ".toml").replace("_net", ".net")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        monkeypatch.chdir(tmp_path)
        return tmp_path

    return make


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


def found(*arguments: str) -> dict[str, dict[str, str]]:
    """For every file the names of what is reported, and their severities."""
    done = run("check", "--format", "json", *arguments)
    assert done.exit_code in (0, 1), done.stderr
    networks: list[dict[str, Any]] = json.loads(done.stdout)["networks"]
    by_path: dict[str, dict[str, str]] = {n["path"]: {} for n in networks}
    for network in networks:
        by_path[network["path"]].update({d["name"]: d["severity"] for d in network["diagnostics"]})
    return by_path


@pytest.mark.parametrize(
    ("configuration", "options", "expected"),
    [
        ("", "", {"bias-before-normalisation": "warning"}),
        ('select = ["SHP422"]', "", {"bias-before-normalisation": "warning", "pool-too-large": "note"}),
        ('ignore = ["bias-before-normalisation"]', "", {}),
        ('ignore = ["SHP401"]', "--select SHP401", {"bias-before-normalisation": "warning"}),
        ('select = ["SHP422"]', "--ignore SHP4", {}),
        ('[severity]\nSHP401 = "error"', "", {"bias-before-normalisation": "error"}),
        ('severity = {bias-before-normalisation = "off"}', "", {}),
        ('per-file-ignores = {"*.net" = ["SHP401"]}', "", {}),
        ('per-file-ignores = {"other/*.net" = ["SHP401"]}', "", {"bias-before-normalisation": "warning"}),
        ('ignore = ["SHP401"]\n[budgets]\n"*.net" = {params = "3K"}', "", {"over-budget": "error"}),
        ('ignore = ["SHP401"]\n[budgets]\n"*.net" = {params = "4K", field = 50}', "", {}),
        ('ignore = ["SHP401"]\n[budgets]\n"*.net" = {params = 3000}', "--max params=4K", {}),
        ('ignore = ["SHP401"]', "--max macs=1K --max params=5M", {"over-budget": "error"}),
        ('ignore = ["SHP401"]', "--max training=1KiB", {"over-budget": "error"}),
        ('ignore = ["SHP401"]', "--max memory=1MB --max field=6", {"over-budget": "error"}),
        ('ignore = ["SHP401"]', "--max memory=1MB --max field=7", {}),
        ('ignore = ["SHP401"]', "--no-config", {"bias-before-normalisation": "warning"}),
    ],
)
def test_what_a_configuration_says_holds_unless_an_option_says_otherwise(
    project: Project, configuration: str, options: str, expected: dict[str, str]
) -> None:
    project(shapecalc_toml=configuration, a_net=BIASED)
    assert found("a.net", *options.split())["a.net"] == expected


def test_the_nearest_file_holds_alone_up_to_the_root_of_the_repository(project: Project) -> None:
    root = project(
        shapecalc_toml='ignore = ["SHP401"]',
        a_net=BIASED,
        sub__shapecalc_toml='select = ["SHP422"]',
        sub__a_net=BIASED,
        sub__deep__a_net=BIASED,
        pyproject__pyproject_toml='[tool.shapecalc]\nignore = ["SHP401"]\nselect = ["pool-too-large"]\n',
        pyproject__a_net=BIASED,
        silent__pyproject_toml="[tool.other]\nx = 1\n",
        silent__a_net=BIASED,
    )
    both = {"bias-before-normalisation": "warning", "pool-too-large": "note"}
    assert found(".") == {
        "./a.net": {},
        "./pyproject/a.net": {"pool-too-large": "note"},
        "./silent/a.net": {},
        "./sub/a.net": both,
        "./sub/deep/a.net": both,
    }
    (root / "repository" / ".git").mkdir(parents=True)
    (root / "repository" / "a.net").write_text(BIASED)
    assert found("repository")["repository/a.net"] == {"bias-before-normalisation": "warning"}


def test_of_several_files_in_a_folder_the_first_of_their_order_holds(project: Project) -> None:
    table = {name: f"select = ['{code}']\n" for name, code in (("a", "SHP422"), ("b", "SHP440"))}
    project(
        one__a_net=BIASED,
        one__pyproject_toml=f"[tool.shapecalc]\n{table['b']}",
        one__shapecalc_toml=table["a"],
        two__a_net=BIASED,
        two__shapecalc_toml=table["b"],
        **{"two__.shapecalc_toml": table["a"]},
    )
    assert all("pool-too-large" in names for names in found(".").values())


def test_files_in_folders_are_included_and_excluded(project: Project) -> None:
    project(
        shapecalc_toml='include = ["*.txt"]\nexclude = ["old", "draft-?.net"]\n',
        a_net=BIASED,
        **{"b.txt": BIASED, "draft-1_net": "no network", "old__c_net": "no network", "sub__d.txt": BIASED},
    )
    assert set(found(".")) == {"./a.net", "./b.txt", "./sub/d.txt"}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ('[tool]\nshapecalc = {ignore = ["SHP401"]}', True),
        ('["tool"."shapecalc"]\nignore = ["SHP401"]', True),
        ('[ tool . shapecalc ]\nignore = ["SHP401"]', True),
        ("[tool.shapecalculator]\nx = 1", False),
        ('about = """\n[tool.shapecalc]\n"""', False),
        ('[project]\ndependencies = ["shapecalc"]', False),
    ],
)
def test_a_pyproject_speaks_of_shapecalc_where_toml_says_so(project: Project, text: str, holds: bool) -> None:
    project(a_net=BIASED, pyproject_toml=text)
    done = run("check", "--format", "concise", "a.net")
    assert (done.exit_code, "SHP401" in done.stdout) == (0, not holds)


def test_defaults_of_options_come_from_the_project(project: Project) -> None:
    project(
        shapecalc_toml='[defaults]\ninput = "16x16x1"\nbatch = 4\ndtype = "float16"\n', a_net="CONV(8, F=3) => FC(10)\n"
    )
    network = json.loads(run("check", "--format", "json", "a.net", "--dtype", "int8").stdout)["networks"][0]
    assert network["layers"][0]["output"] == [16, 16, 1]
    assert (network["conventions"]["batch"], network["conventions"]["dtype"]) == (4, "int8")


def test_warnings_fail_where_the_project_says_so(project: Project) -> None:
    project(shapecalc_toml='defaults = {fail-on = "warning"}\n', a_net=BIASED)
    assert run("check", "a.net").exit_code == 1
    assert run("check", "a.net", "--fail-on", "error").exit_code == 0


def test_every_budget_that_is_broken_is_reported(project: Project) -> None:
    project(a_net=BIASED)
    shown = run("check", "-q", "a.net", "--max", "params=3K", "--max", "macs=1K", "--ignore", "SHP401").stdout
    assert shown.count("error[SHP305]") == 2
    assert "the network has 3,130 parameters, and its budget is 3K" in shown
    assert "limited by --max" in shown


def test_budgets_of_work_and_of_a_pass_are_of_one_image_and_one_of_training_is_of_the_batch(project: Project) -> None:
    project(a_net=BIASED)
    totals = json.loads(run("check", "a.net", "--format", "json").stdout)["networks"][0]["totals"]
    for key, most in (("macs", totals["macs"]), ("memory", totals["memory"]["forward"])):
        for figure, code in ((most, 0), (most - 1, 1)):
            assert run("check", "a.net", "--batch", "4", "--max", f"{key}={figure}").exit_code == code, (key, figure)
    assert run("check", "a.net", "--batch", "4", "--max", f"training={totals['memory']['training']}").exit_code == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('selct = ["SHP4"]', "shapecalc.toml has the unknown key 'selct'; did you mean 'select'?"),
        ('select = ["pool-to-large"]', "there is no rule or group 'pool-to-large'; did you mean 'pool-too-large'?"),
        ('select = "SHP4"', "select is a list of texts"),
        ('per-file-ignores = {"*.net" = ["SHP999"]}', "there is no rule or group 'SHP999'"),
        (
            'severity = {SHP401 = "fatal"}',
            "gives SHP401 the severity 'fatal'; error, warning, note, off are severities",
        ),
        ('severity = {SHP4 = "note"}', "there is no rule or group 'SHP4'"),
        ('budgets = {"*" = {parms = "5M"}}', "budgets has the unknown key 'parms'; did you mean 'params'?"),
        ('budgets = {"*" = {params = "lots"}}', "lots"),
        ("defaults = {batchs = 3}", "defaults has the unknown key 'batchs'; did you mean 'batch'?"),
        ('defaults = {batch = "many"}', "the default of batch"),
        ('ruleset = "2020.01"', "ruleset is one of 2026.11"),
        ("preview = 1", "preview is true or false"),
        ('budgets = {"*" = {params = "5MiB"}}', "params is a count, and 5MiB is bytes"),
        ('exclude = ["[z-a].net"]', "exclude has the glob '[z-a].net', and no character is in its [ ]"),
        ('per-file-ignores = {"[!].net" = ["SHP401"]}', "per-file-ignores has the glob '[!].net'"),
        ("select = [", "shapecalc.toml is not TOML"),
    ],
)
def test_a_configuration_that_is_wrong_is_refused(project: Project, text: str, message: str) -> None:
    project(shapecalc_toml=text, a_net=BIASED)
    done = run("check", "a.net")
    assert done.exit_code == 2
    assert message in done.stderr


def test_config_shows_what_holds_for_a_file_and_why(project: Project) -> None:
    project(
        shapecalc_toml='ignore = ["SHP203"]\nselect = ["deploy"]\nbaseline = "known.json"\n'
        '[per-file-ignores]\n"old/*.net" = ["SHP401"]\n[budgets]\n"*.net" = {params = "5M"}\n'
        '[severity]\nSHP402 = "error"\n',
        old__a_net=BIASED,
        b_net=BIASED,
    )
    shown = run("config", "old/a.net").stdout
    assert shown.startswith("old/a.net: shapecalc.toml\n")
    for line in (
        "ignore = SHP203  in shapecalc.toml",
        "select = deploy  in shapecalc.toml",
        "ruleset = 2026.11  (default)",
        "per-file-ignores: old/*.net ignores SHP401  in shapecalc.toml",
        "budget: params at most 5M  *.net in shapecalc.toml",
        "SHP402 identity-layer (error)",
        "SHP431 channels-not-a-multiple-of-8 (warning)",
    ):
        assert line in shown
    assert "SHP401" not in shown.partition("rules that run")[2]
    assert "SHP401 bias" in run("config", "b.net").stdout
    assert run("config", "/nowhere/a.net").stdout.startswith("/nowhere/a.net: no configuration")


def test_config_of_a_folder_shows_what_holds_in_it(project: Project) -> None:
    project(sub__shapecalc_toml='ignore = ["SHP203"]', shapecalc_toml='ignore = ["SHP202"]')
    assert "ignore = SHP203  in sub/shapecalc.toml" in run("config", "sub").stdout
    assert "ignore = SHP202  in shapecalc.toml" in run("config").stdout


def test_a_network_on_standard_input_has_the_configuration_of_its_name(project: Project) -> None:
    project(sub__shapecalc_toml='ignore = ["SHP401"]')
    for name, codes in (("sub/x.net", set()), ("x.net", {"bias-before-normalisation"})):
        done = CliRunner().invoke(cli, ["check", "--format", "json", "-", "--stdin-filename", name], input=BIASED)
        (network,) = json.loads(done.stdout)["networks"]
        assert {d["name"] for d in network["diagnostics"]} == codes


def test_what_training_takes_hangs_on_the_project_too(project: Project) -> None:
    wanted = {"device": "cuda", "foreach": False, "weight-decay": True, "amp": True}
    project(
        shapecalc_toml='[defaults]\ndevice = "cuda"\nforeach = false\nweight-decay = true\namp = true\n'
        'freeze = "conv1"\ncheckpoint = "every=2"\n',
        a_net="INPUT(16x16x3) => CONV(8) => RELU => CONV(8) => FC(10)\n",
    )
    network = json.loads(run("check", "--format", "json", "a.net").stdout)["networks"][0]
    assert {key: network["conventions"][key.replace("-", "_")] for key in wanted} == wanted
    assert network["layers"][1]["frozen"]
    assert network["totals"]["memory"]["checkpointed"]["every"] == 2
    other = json.loads(run("check", "--format", "json", "a.net", "--device", "cpu").stdout)["networks"][0]
    assert other["conventions"]["device"] == "cpu"


def test_the_schema_knows_every_key() -> None:
    from jsonschema import Draft7Validator

    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft7Validator.check_schema(schema)
    assert set(schema["properties"]) == set(KEYS)
    assert set(schema["properties"]["defaults"]["properties"]) == set(DEFAULTS)
    assert set(schema["properties"]["budgets"]["additionalProperties"]["properties"]) == set(MEASURES)
    good = tomllib.loads(
        'select = ["SHP4"]\n[severity]\nSHP401 = "off"\n[budgets]\n"*.net" = {params = "5M", field = 3}\n'
    )
    Draft7Validator(schema).validate(good)
    for bad in ('selct = ["x"]', 'severity = {SHP401 = "fatal"}', "preview = 1", 'budgets = {"*" = {parms = 1}}'):
        assert not Draft7Validator(schema).is_valid(tomllib.loads(bad)), bad


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no names that are no UTF-8")
def test_a_baseline_knows_files_whose_names_are_no_utf_8(project: Project) -> None:
    name = os.fsdecode(b"a\xff.net")
    (project() / name).write_text(ALEX)
    assert run("check", name, "--write-baseline", "names.json").exit_code == 0
    assert run("check", name, "--baseline", "names.json").exit_code == 0


def test_a_baseline_leaves_what_is_new_and_survives_edits_elsewhere(project: Project) -> None:
    root = project(a_net=ALEX, sub__b_net=BIASED)
    done = run("check", ".", "--write-baseline", "known.json")
    assert (done.exit_code, done.stderr) == (0, "2 diagnostics written to known.json\n")
    assert found(".", "--baseline", "known.json") == {"./a.net": {}, "./sub/b.net": {}}

    again = f"# a comment\nlet n = 3\n\n{ALEX}"
    (root / "a.net").write_text(again)
    assert found("a.net", "--baseline", "known.json") == {"a.net": {}}
    (root / "a.net").write_text(again.replace("=>", "  =>  ").rstrip() + "  # as in the paper\n")
    assert found("a.net", "--baseline", "known.json") == {"a.net": {}}
    (root / "a.net").write_text(f"{again}INPUT(226x226x3) => CONV(96, F=11, S=4)\n")
    assert found("a.net", "--baseline", "known.json") == {"a.net": {"drops-pixels": "error"}}
    os.chdir(root / "sub")
    assert found("b.net", "--baseline", "../known.json") == {"b.net": {}}


def test_a_baseline_counts_how_often_a_thing_is_known(project: Project) -> None:
    root = project(a_net="INPUT(8x8x3) => DO(0) => FC(10)\n")
    run("check", ".", "--write-baseline", "known.json")
    (root / "a.net").write_text("INPUT(8x8x3) => DO(0) => FC(10)\n" * 2)
    assert found("a.net", "--baseline", "known.json") == {"a.net": {"identity-layer": "warning"}}


def test_the_project_names_its_baseline(project: Project) -> None:
    project(shapecalc_toml='baseline = "ci/known.json"\n', a_net=ALEX, ci__x="")
    assert run("check", "a.net", "--no-config", "--write-baseline", "ci/known.json").exit_code == 0
    assert run("check", "a.net").exit_code == 0


def test_a_text_that_was_not_understood_is_never_taken_up(project: Project) -> None:
    project(a_net="INPUT(8x8x3) => CONVV(4)\n")
    done = run("check", "a.net", "--write-baseline", "known.json")
    assert (done.exit_code, "0 diagnostics written" in done.stderr) == (1, True)
    assert run("check", "a.net", "--baseline", "known.json").exit_code == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"known": [{"path": 3}]}',
        '{"known": [{"path": "a.net", "rule": "SHP201", "fingerprint": "0", "count": Infinity}]}',
        "[" * 100_000,
    ],
    ids=["nothing", "a list", "no fingerprint", "no count", "deep"],
)
def test_what_is_no_baseline_is_refused(project: Project, text: str) -> None:
    project(a_net=ALEX, known=text)
    done = run("check", "a.net", "--baseline", "known")
    assert done.exit_code == 2
    assert "the baseline known cannot be read: it is not a baseline" in done.stderr
    assert run("check", "a.net", "--baseline", "nothing").exit_code == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ALEX, ALEX.replace("\n", "  # shapecalc: ignore[drops-pixels]\n")),
        (
            "INPUT(224x224x3)  # shapecalc: ignore[unread-input] x\n=> CONV(96, F=11, S=4)  # big\n",
            "INPUT(224x224x3)  # shapecalc: ignore[unread-input] x\n"
            "=> CONV(96, F=11, S=4)  # big  # shapecalc: ignore[drops-pixels]\n",
        ),
        (
            "INPUT(224x224x3) => CONV(96, F=11, S=4) => BN  # shapecalc: ignore[SHP401] x\n",
            "INPUT(224x224x3) => CONV(96, F=11, S=4) => BN  # shapecalc: ignore[SHP401, drops-pixels] x\n",
        ),
        ("INPUT(8x8x3) => FC(10)\n", "INPUT(8x8x3) => FC(10)\n"),
    ],
)
def test_comments_that_ignore_are_written_where_something_is_reported(
    project: Project, text: str, expected: str
) -> None:
    root = project(a_net=text)
    assert run("check", "a.net", "--add-ignores").exit_code == 0
    assert (root / "a.net").read_text() == expected
    assert set(found("a.net")["a.net"].values()) <= {"warning"}


def test_comments_can_be_written_into_a_config(project: Project) -> None:
    root = project(**{"a.net.yaml": "layers:\n- INPUT: 224x224x3\n- CONV: {K: 96, F: 11, S: 4}\n"})
    assert run("check", "a.net.yaml", "--add-ignores").exit_code == 0
    assert "- CONV: {K: 96, F: 11, S: 4}  # shapecalc: ignore[drops-pixels]\n" in (root / "a.net.yaml").read_text()
    assert run("check", "a.net.yaml").exit_code == 0


def test_what_follows_from_a_diagnostic_is_ignored_with_it(project: Project) -> None:
    """AlexNet as printed: with its first layer ignored, the pools after it and the claims are reported themselves."""
    root = project(a_net=(Path(__file__).parents[1] / "samples" / "alexnet-224.net").read_text(encoding="utf-8"))
    text = (root / "a.net").read_text(encoding="utf-8")
    (root / "b.net").write_text(text.replace(" # 290,400 neurons", "  # shapecalc: ignore[SHP201]"), encoding="utf-8")
    assert {"drops-pixels", "volume-claim", "expectation"} <= set(found("b.net")["b.net"])
    assert run("check", "a.net", "--add-ignores").exit_code == 0
    assert found("a.net")["a.net"] == {}
    assert (root / "a.net").read_text(encoding="utf-8").count("# shapecalc: ignore[") > 3


def test_comments_keep_the_line_ends_of_a_file_and_are_not_written_where_they_break_it(project: Project) -> None:
    root = project(a_net="")
    (root / "a.net").write_bytes(b"\xef\xbb\xbf" + ALEX.replace("\n", "\r\n").encode())
    assert run("check", "a.net", "--add-ignores").exit_code == 0
    assert (root / "a.net").read_bytes().count(b"\r\n") == 1
    assert (root / "a.net").read_bytes().startswith(b"\xef\xbb\xbf")
    done = CliRunner().invoke(cli, ["check", "-", "--add-ignores"], input=ALEX)
    assert (done.exit_code, "is not a file" in done.stderr) == (2, True)


def test_comments_are_written_once_for_a_file_of_several_networks(project: Project) -> None:
    root = project(a_net=ALEX + ALEX)
    assert run("check", "a.net", "--add-ignores").exit_code == 0
    assert (root / "a.net").read_text() == ALEX.replace("\n", "  # shapecalc: ignore[drops-pixels]\n") * 2
