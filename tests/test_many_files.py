"""Folders of networks: several processes, one table of all, what changed since a commit, checking again on changes."""

from __future__ import annotations

import csv
import gc
import io
import json
import os
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest

from shapecalc.cli.parallel import ENOUGH, in_order
from shapecalc.display.stat import sorted_rows, stat_row
from shapecalc.display.style import SORTS
from shapecalc.renderers import formats
from tests.command import run
from tests.networks import checked_sample

NETS = (
    "INPUT(10x10x3) => CONV(4, F=3, S=2, P=0) => FC(10)\n",
    "INPUT(8x8x3) => CONV(4, 3) => RELU => FC(10)\n",
    "INPUT(8x8x3) => CONV(8, F=3) => BN => RELU\nINPUT(8x8x3) => FC(2)\n",
    "INPUT(8x8x3) => => CNV(\n",
)
"""An error, nothing, a warning in one of two networks, a text that does not parse."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(ENOUGH + 12):
        (tmp_path / f"{number:03}.net").write_text(NETS[number % len(NETS)], encoding="utf-8")
    return tmp_path


def test_several_processes_write_the_same_as_one_in_every_format(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    said, written = [], []
    for jobs in ("1", "2"):
        into = tmp_path_factory.mktemp(jobs)
        asked = [word for name in formats() for word in ("--format", name, "--output", str(into / name))]
        done = run("check", *asked, "-j", jobs, ".", cwd=folder)
        said.append((done.stdout, done.stderr, done.returncode))
        written.append({path.name: path.read_text(encoding="utf-8") for path in into.iterdir()})
    assert said[0] == said[1] == ("", "", 1)
    assert set(written[0]) == set(formats())
    assert "" not in written[0].values()
    assert written[0] == written[1]


@pytest.mark.parametrize("format_", ["text", "json"])
def test_several_processes_print_the_same_as_one(format_: str, folder: Path) -> None:
    one, two = (run("check", "--format", format_, "-j", jobs, ".", cwd=folder) for jobs in ("1", "2"))
    assert one.stdout
    assert (one.stdout, one.stderr, one.returncode) == (two.stdout, two.stderr, two.returncode)
    assert one.returncode == 1


def test_a_file_that_cannot_be_read_does_not_end_the_others(folder: Path) -> None:
    (folder / "000.net").write_bytes(b"\xff\xfe\0")
    one, two = (run("check", "--format", "concise", "-j", jobs, ".", cwd=folder) for jobs in ("1", "2"))
    assert one.stdout == two.stdout
    assert "000.net: error[SHP010]" in two.stdout
    assert (one.returncode, two.returncode) == (2, 2)


def test_a_handful_of_files_is_checked_without_processes(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}.net").write_text(NETS[1], encoding="utf-8")
    words = [sys.executable, "-X", "importtime", "-m", "shapecalc", "check", "-q", "-j", "4", "."]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "shapecalc.pipeline" in done.stderr
    assert "multiprocessing" not in done.stderr


def test_what_a_file_leaves_is_freed_before_the_next() -> None:
    """A cycle keeps a whole report, and nobody looks for cycles during a run: 1,000 files took 490 MB."""

    class Kept:
        def __init__(self) -> None:
            self.itself = self

    def checked(number: int) -> int:
        made.append(weakref.ref(Kept()))
        return number

    made: list[weakref.ref[Kept]] = []
    gc.disable()
    try:
        for number in in_order(checked, range(3), 1):
            assert [kept() is None for kept in made] == [True] * number + [False]
    finally:
        gc.enable()


def test_json_is_a_line_a_network_and_the_same_with_indents(folder: Path) -> None:
    compact = run("check", "--format", "json", "-j", "1", ".", cwd=folder).stdout
    spread = run("check", "--format", "json", "-j", "1", "--indent", ".", cwd=folder).stdout
    assert json.loads(compact) == json.loads(spread)
    assert len(compact.splitlines()) == len(json.loads(compact)["networks"]) + 2
    assert len(spread) > len(compact) * 1.2
    assert json.loads(run("check", "--format", "json", "--indent", "000.net", cwd=folder).stdout)["networks"][0]


# --- one table ----------------------------------------------------------------------------------


def test_stat_is_one_table_of_all_networks(folder: Path) -> None:
    done = run("check", "--stat", "000.net", "001.net", "002.net", "003.net", cwd=folder)
    header, _, *rows, _, sums = done.stdout.splitlines()
    assert header.split() == ["name", "result", "input", "params", "macs", "memory", "field", "path"]
    assert [row.split()[0] for row in rows] == ["000", "001", "002", "002", "003"]
    assert rows[1].split() == ["001", "clean", "8x8x3", "1,562", "5,328", "1.35", "KiB", "3x3", "001.net"]
    assert "error" in rows[0]
    assert rows[4].split()[3:6] == ["?", "?", "?"]
    assert sums == run("check", "000.net", "001.net", "002.net", "003.net", cwd=folder).stdout.splitlines()[-1]
    assert sums.startswith("5 networks, 2 clean: 3 errors, 1 warning")
    assert done.returncode == 1


def test_stat_as_csv_has_the_same_rows(folder: Path) -> None:
    shown = run("check", "--stat", "--format", "csv", "000.net", "001.net", "003.net", cwd=folder).stdout
    rows = list(csv.DictReader(io.StringIO(shown)))
    assert [row["ok"] for row in rows] == ["false", "true", "false"]
    assert rows[1] == {
        "name": "001", "ok": "true", "input": "8x8x3", "params": "1562", "macs": "5328", "memory": "1384",
        "field": "3x3", "path": "001.net",
    }  # fmt: skip
    assert rows[2]["params"] == ""


@pytest.mark.parametrize("by", SORTS)
def test_stat_is_sorted_by_name_or_by_a_figure(by: str) -> None:
    rows = [stat_row(checked_sample(name)) for name in ("vgg16", "lenet5", "resnet18", "nin")]
    broken = rows[0]._replace(name="broken", params=None, macs=None, memory=None, field=None)
    expected = {
        "name": ["LeNet-5", "Network in Network", "ResNet-18", "VGG-16", "broken"],
        "params": ["LeNet-5", "Network in Network", "ResNet-18", "VGG-16", "broken"],
        "macs": ["LeNet-5", "Network in Network", "ResNet-18", "VGG-16", "broken"],
    }.get(by)
    found = [row.name for row in sorted_rows([*rows, broken], by)]
    assert found[-1] == "broken"
    assert expected is None or [name.split(" (")[0] for name in found] == expected


def test_of_a_field_that_is_not_square_the_longer_side_counts() -> None:
    square = stat_row(checked_sample("lenet5"))
    rows = [square._replace(name=field, field=field) for field in ("3x40", "20x20", "50x2", "9x9")]
    assert [row.name for row in sorted_rows(rows, "field")] == ["9x9", "20x20", "3x40", "50x2"]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--stat", "--format", "json"], "--stat is printed as text or csv, not as json"),
        (["--sort", "params"], "--sort orders the rows of --stat: give --stat too"),
    ],
)
def test_options_of_the_table_that_have_no_table_are_refused(words: list[str], reason: str, folder: Path) -> None:
    done = run("check", *words, "000.net", cwd=folder)
    assert (done.returncode, reason in done.stderr) == (2, True)


# --- what changed -------------------------------------------------------------------------------


def git(folder: Path, *words: str) -> str:
    settings = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    return subprocess.run(["git", *settings, *words], cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for name in ("a", "b", "sub/c", "gone", "with space ü"):
        path = tmp_path / f"{name}.net"
        path.parent.mkdir(exist_ok=True)
        path.write_text(NETS[1], encoding="utf-8")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    return tmp_path


def paths(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [network["path"] for network in json.loads(done.stdout)["networks"]]


def test_only_what_git_names_as_changed_is_checked(repository: Path) -> None:
    words = ("check", "--format", "json", "--changed-since", "main")
    assert paths(run(*words, cwd=repository)) == []
    for name in ("b", "sub/c", "with space ü"):
        (repository / f"{name}.net").write_text(NETS[0], encoding="utf-8")
    (repository / "gone.net").unlink()
    (repository / "untracked.net").write_text(NETS[0], encoding="utf-8")
    done = run(*words, cwd=repository)
    named = git(repository, "diff", "--name-only", "-z", "main").rstrip("\0").split("\0")
    assert sorted(paths(done)) == [f"./{name}" for name in sorted(named) if name != "gone.net"]
    assert done.returncode == 1
    assert paths(run(*words, ".", cwd=repository / "sub")) == ["./c.net"]
    assert paths(run(*words, "a.net", "b.net", cwd=repository)) == ["b.net"]
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "second")
    assert paths(run(*words[:-1], "HEAD~1", "a.net", "untracked.net", cwd=repository)) == ["untracked.net"]


@pytest.mark.parametrize("format_", formats())
def test_where_nothing_changed_every_format_is_still_whole(format_: str, repository: Path) -> None:
    done = run("check", "--format", format_, "--changed-since", "main", cwd=repository)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("ref", ["nothing", "--output=x", "-p", "$(touch x)", "main\n"])
def test_a_reference_that_git_does_not_know_is_refused(ref: str, repository: Path) -> None:
    before = sorted(os.listdir(repository))
    done = run("check", f"--changed-since={ref}", cwd=repository)
    assert done.returncode == 2
    assert "git does not say what changed since" in done.stderr
    assert "fatal" not in done.stderr
    assert sorted(os.listdir(repository)) == before


@pytest.mark.parametrize("given", ["-", NETS[0].strip()])
def test_what_is_no_file_has_not_changed_since_anything_and_is_refused(given: str, repository: Path) -> None:
    done = run("check", "--changed-since", "HEAD", given, cwd=repository, stdin=NETS[0].encode())
    assert (done.returncode, "--changed-since asks git about files" in done.stderr) == (2, True)


def test_outside_of_a_repository_nothing_can_be_said(tmp_path: Path) -> None:
    (tmp_path / "a.net").write_text(NETS[1], encoding="utf-8")
    done = run("check", "--changed-since", "main", cwd=tmp_path, env={"GIT_CEILING_DIRECTORIES": str(tmp_path.parent)})
    assert (done.returncode, "not a git repository" in done.stderr) == (2, True)


# --- again and again ----------------------------------------------------------------------------


def until(said: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not said():
        assert time.monotonic() < end, "it was not said"
        time.sleep(0.05)


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="processes have no groups there")
def test_the_processes_of_a_run_that_is_killed_end(folder: Path) -> None:
    for path in folder.iterdir():
        path.write_text("INPUT(9x9x3) => POOL(2) => [CONV(4, 3, P=1)]*2000\n", encoding="utf-8")
    words = [sys.executable, "-m", "shapecalc", "check", "--no-cache", "--format", "concise", "-j", "2", "."]
    started = subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, start_new_session=True)
    assert started.stdout
    assert started.stdout.readline()
    started.kill()
    started.wait()
    until(lambda: not _group_is_there(started.pid))


def _group_is_there(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_watching_checks_again_what_changes(tmp_path: Path) -> None:
    net, log = tmp_path / "a.net", tmp_path / "log"
    net.write_text(NETS[1], encoding="utf-8")
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "shapecalc", "check", "-q", "--watch", "."], cwd=tmp_path, stdout=file, stderr=file
        )
        try:
            until(lambda: log.read_text(encoding="utf-8").count("clean") == 1)
            net.write_text(NETS[0], encoding="utf-8")
            until(lambda: "1 error" in log.read_text(encoding="utf-8"))
            (tmp_path / "shapecalc.toml").write_text("ignore = ['SHP2", encoding="utf-8")
            until(lambda: "is not TOML" in log.read_text(encoding="utf-8"))
            (tmp_path / "shapecalc.toml").write_text("ignore = ['SHP2']", encoding="utf-8")
            until(lambda: log.read_text(encoding="utf-8").count("clean") == 2)
            (tmp_path / "shapecalc.toml").write_text("ignore = ['SHP4']", encoding="utf-8")
            until(lambda: log.read_text(encoding="utf-8").count("1 error") == 2)
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 130


def test_standard_input_cannot_be_watched(tmp_path: Path) -> None:
    done = run("check", "--watch", "-", cwd=tmp_path, stdin=b"INPUT => FC")
    assert (done.returncode, "--watch needs files or folders" in done.stderr) == (2, True)
