"""The project's configuration: which file holds, what its keys do, what is refused."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from shapecalc.cli import cli
from shapecalc.configuration.configuration import matches
from shapecalc.configuration.configuration_file import DEFAULTS, KEYS
from shapecalc.passes.budgets import MEASURES
from tests.projects import BIASED, Project, found, run

SCHEMA = Path(__file__).parents[1] / "shapecalc" / "schemas" / "project.schema.json"


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


def test_a_folder_of_other_kinds_says_how_to_name_them(project: Project) -> None:
    program = "import torch.nn as nn\nnet = nn.Sequential(nn.Conv2d(3, 8, 3))\n"
    files = {"one__a.py": program, "one__README.md": "# nets\n", "one__old__b.py": program, "two__a.py": program}
    project(one__shapecalc_toml='exclude = ["old"]\n', two__shapecalc_toml='include = ["*.py"]\n', **files)
    said = 'of other kinds there is one/a.py: name it; check also takes what include = ["*.py"] in shapecalc.toml names'
    assert said in run("check", "one").stderr
    assert {Path(path).name for path in found("two")} == {"a.py"}


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
    shown = run("check", "-q", "a.net", "--max", "params<=3K", "--max", "macs=1K", "--ignore", "SHP401").stdout
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
        ("# a\n" + "a." * 20_000 + "b = 1", "shapecalc.toml is not TOML: a key has more than 99 parts (at line 2)"),
        ("select = " + "[" * 5_000, "shapecalc.toml cannot be read: its brackets nest too deeply"),
    ],
)
def test_a_configuration_that_is_wrong_is_refused(project: Project, text: str, message: str) -> None:
    project(shapecalc_toml=text, a_net=BIASED)
    done = run("check", "a.net")
    assert done.exit_code == 2
    assert message in done.stderr


@pytest.mark.parametrize(
    ("glob", "name", "named"),
    [
        ("*a" * 60 + "b.net", "a" * 200 + ".net", False),
        ("*a" * 60 + "*.net", "a" * 200 + ".net", True),
        ("**/*a*/" * 30 + "b.net", "aa/" * 200 + "a.net", False),
        ("**/*a*/" * 30 + "*.net", "aa/" * 200 + "a.net", True),
        ("a/**/b*c*/**/*d", "a/x/bc/b-c-/cd", True),
        ("a/**/b*c*/**/*d", "a/x/bd/e-c-/cd", False),
    ],
)
def test_a_glob_of_many_stars_is_matched_at_once(glob: str, name: str, named: bool) -> None:
    assert matches(glob, name) is named


def test_a_project_is_not_read_from_a_device_without_end(project: Project) -> None:
    project(shapecalc_toml='baseline = "/dev/zero"', a_net=BIASED)
    done = run("check", "a.net")
    assert (done.exit_code, "the baseline /dev/zero cannot be read: file too large" in done.stderr) == (2, True)


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
