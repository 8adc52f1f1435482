"""What an earlier run has kept is said again where the same is asked about the same text, and nowhere else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from shapecalc.cli.result_store import DIGITS, ResultStore
from shapecalc.renderers import formats
from tests.command import run

PACKAGE = Path(__file__).parents[1] / "shapecalc"
CLEAN = "INPUT(32x32x3)\n=> CONV(16, F=3, P=1) => RELU\n=> POOL(2) => FC(10)\n"
BROKEN = "INPUT(224x224x3) => CONV(96, 11, S=4) => RELU => FC(10)\n"
PLANTED = [[["planted\n"]], 0]
"""A result that no check gives."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of networks: two that are clean, one that is not, one that cannot be read."""
    nets = tmp_path / "nets"
    nets.mkdir()
    for name, text in {"a.net": CLEAN, "b.net": BROKEN, "c.net": "# another\n" + CLEAN}.items():
        (nets / name).write_text(text, encoding="utf-8")
    (nets / "d.net").write_bytes(b"INPUT(8x8x3) => \xff")
    return nets


def cached(folder: Path, *arguments: str, kept: Path | None = None, **environment: str) -> tuple[int, str, str]:
    """What `check` says, with the cache on."""
    where = {"SHAPECALC_CACHE_DIR": str(kept or folder.parent / "kept"), "SHAPECALC_NO_CACHE": "", **environment}
    done = run("check", *arguments, cwd=folder, env=where)
    return done.returncode, done.stdout, done.stderr


def plain(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """What `check` says without the cache."""
    done = run("check", *arguments, "--no-cache", cwd=folder)
    return done.returncode, done.stdout, done.stderr


def results(kept: Path) -> list[Path]:
    return sorted(path for path in kept.rglob("*") if path.is_file())


def plant(kept: Path) -> None:
    """Puts something into every result, so that one that is used can be told from a check."""
    for path in results(kept):
        ResultStore(str(kept)).put(path.name, PLANTED)


OPTIONS = [*(["--format", name] for name in formats()), ["--stat"], ["--stat", "--format", "csv"], ["--notes", "-q"]]


@pytest.mark.parametrize("options", OPTIONS, ids=" ".join)
def test_every_format_says_the_same_from_the_cache(options: Sequence[str], folder: Path) -> None:
    for paths in (["."], ["a.net"]) if options[-1] in ("text", "json") else (["."],):
        expected = plain(folder, *paths, *options)
        assert [cached(folder, *paths, *options) for _ in range(2)] == [expected, expected]


def test_another_value_of_an_option_is_another_result(folder: Path) -> None:
    said = [cached(folder, "a.net", "--batch", batch, "--format", "json") for batch in ("2", "3")]
    assert said == [plain(folder, "a.net", "--batch", batch, "--format", "json") for batch in ("2", "3")]


def test_a_result_is_used_again(folder: Path) -> None:
    cached(folder, "a.net", "--format", "concise")
    plant(folder.parent / "kept")
    assert cached(folder, "a.net", "--format", "concise") == (0, "planted\n", "")
    assert plain(folder, "a.net", "--format", "concise") == (0, "", "")
    assert cached(folder, "a.net", "--format", "concise", SHAPECALC_NO_CACHE="1") == (0, "", "")


@pytest.mark.parametrize(
    "changed",
    [
        ["--strict"],
        ["--batch", "1"],
        ["--input", "64x64x3"],
        ["--select", "teaching"],
        ["--width", "90"],
        ["--color", "always"],
        ["--notes"],
        ["--fail-on", "note"],
        ["--max", "params=1"],
        ["--set", "N=3"],
        ["--no-config"],
    ],
    ids=" ".join,
)
def test_what_is_asked_otherwise_is_checked_anew(changed: list[str], folder: Path) -> None:
    """`--batch 1` too, though that is the default: it wins over a configuration."""
    cached(folder, "a.net", "--format", "concise")
    plant(folder.parent / "kept")
    options = ("a.net", "--format", "concise", *changed)
    assert cached(folder, *options) == plain(folder, *options)


def test_the_same_name_in_another_folder_is_another_result(folder: Path) -> None:
    """What lies beside a file may be a part of it, as weights do."""
    (folder / "other").mkdir()
    (folder / "other" / "a.net").write_text(CLEAN, encoding="utf-8")
    for number, place in enumerate((folder, folder / "other"), 1):
        cached(place, "a.net", kept=folder.parent / "kept")
        assert len(results(folder.parent / "kept")) == number


def test_a_text_that_changed_is_checked_anew(folder: Path) -> None:
    cached(folder, ".", "--format", "concise")
    plant(folder.parent / "kept")
    (folder / "a.net").write_text(BROKEN, encoding="utf-8")
    _, out, _ = cached(folder, ".", "--format", "concise")
    assert out.count("planted") == 3
    assert "a.net:1:21: error[SHP201]" in out


def spawned(folder: Path, *options: str) -> str:
    """What `check` says of all files in a process of its own, which has read no configuration before."""
    where = {"SHAPECALC_CACHE_DIR": str(folder.parent / "kept"), "SHAPECALC_NO_CACHE": ""}
    environment = {**os.environ, **where, "PYTHONPATH": str(PACKAGE.parent)}
    command = [sys.executable, "-m", "shapecalc", "check", "a.net", "b.net", "--format", "concise", *options]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False).stdout


def test_configurations_and_baselines_count(folder: Path) -> None:
    run("check", "b.net", "--write-baseline", "known.json", cwd=folder)
    configuration, known = folder / "shapecalc.toml", folder / "known.json"
    said = []
    for text, baseline in (
        ("", known.read_text()),
        ("[budgets]\n'*.net' = {params = 100}\n", known.read_text()),
        ('baseline = "known.json"\n', known.read_text()),
        ('baseline = "known.json"\n', known.read_text().replace("SHP201", "SHP202")),
    ):
        configuration.write_text(text, encoding="utf-8")
        known.write_text(baseline, encoding="utf-8")
        said.append(spawned(folder))
        assert spawned(folder, "--no-cache") == said[-1]
    assert len(set(said)) == 3, "without, with a budget, with a baseline; the last baseline knows nothing"


@pytest.mark.parametrize("damage", [b"", b"{", b"\0" * 200, bytes(range(256)) * 9, b"[]" * 2**20, None])
def test_a_result_that_is_not_whole_is_made_anew(damage: bytes | None, folder: Path) -> None:
    expected = cached(folder, ".", "--format", "json")
    kept = results(folder.parent / "kept")
    assert kept
    for path in kept:
        whole = path.read_bytes()
        path.write_bytes(whole[:-3] + b"..." if damage is None else damage)
        assert cached(folder, ".", "--format", "json") == expected
        assert path.read_bytes() == whole


def test_runs_at_the_same_time_say_the_same(folder: Path) -> None:
    for number in range(20):
        (folder / f"more{number}.net").write_text(f"# {number}\n{BROKEN}", encoding="utf-8")
    environment = {**os.environ, "SHAPECALC_CACHE_DIR": str(folder.parent / "kept"), "SHAPECALC_NO_CACHE": ""}
    environment["PYTHONPATH"] = str(PACKAGE.parent)
    command = [sys.executable, "-m", "shapecalc", "check", ".", "--format", "concise"]
    pipe = subprocess.PIPE
    running = [subprocess.Popen(command, cwd=folder, env=environment, stdout=pipe, text=True) for _ in range(3)]
    said = {process.communicate()[0] for process in running}
    assert said == {plain(folder, ".", "--format", "concise")[1]}
    assert all(len(path.name) == 64 for path in results(folder.parent / "kept"))


def test_another_state_of_the_program_is_another_result(folder: Path) -> None:
    """A copy of the package, one file of which changes by a line."""
    shutil.copytree(PACKAGE, folder.parent / "shapecalc", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(PACKAGE.parent / "grammars", folder.parent / "shapecalc" / "grammars")
    file = folder.parent / "shapecalc" / "core" / "phrases.py"
    environment = {**os.environ, "SHAPECALC_CACHE_DIR": str(folder.parent / "kept"), "SHAPECALC_NO_CACHE": ""}
    environment["PYTHONPATH"] = str(folder.parent)
    command = [sys.executable, "-m", "shapecalc", "check", "a.net", "--format", "concise"]
    texts = file.read_text(encoding="utf-8") + "\n" * 2, file.read_text(encoding="utf-8") + "#\n"
    for number, text in enumerate((texts[0][:-1], *texts), 1):
        file.write_text(text, encoding="utf-8")
        os.utime(file, (1, 1))  # as archives have it where builds are to be the same; the last two are as long
        subprocess.run(command, cwd=folder, env=environment, check=True)
        assert len(results(folder.parent / "kept")) == number


def test_a_package_that_was_missing_is_another_result(folder: Path) -> None:
    """Who installs what a result has asked for is not told to install it again."""
    lacking = folder.parent / "lacking"
    lacking.mkdir()
    (lacking / "onnx.py").write_text("raise ImportError\n", encoding="utf-8")
    (folder / "m.onnx").write_bytes(b"\x08\x07\x12\x07pytorch:\x00")
    environment = {**os.environ, "SHAPECALC_CACHE_DIR": str(folder.parent / "kept"), "SHAPECALC_NO_CACHE": ""}
    command = [sys.executable, "-m", "shapecalc", "check", "m.onnx", "--format", "concise"]
    for number, paths in enumerate(([lacking], []), 1):
        environment["PYTHONPATH"] = os.pathsep.join(map(str, [*paths, PACKAGE.parent]))
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert ("needs the package onnx" in done.stdout) or not paths
        assert len(results(folder.parent / "kept")) == number


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps a user's folders from others")
@pytest.mark.parametrize("kind", ["link", "writable by all", "file"])
def test_a_folder_that_is_not_ours_alone_is_not_used(kind: str, folder: Path) -> None:
    kept, other = folder.parent / "kept", folder.parent / "other"
    other.mkdir()
    if kind == "link":
        kept.symlink_to(other)
    elif kind == "file":
        kept.write_text("mine", encoding="utf-8")
    else:
        kept.mkdir()
        kept.chmod(0o777)
    assert cached(folder, ".", "--format", "concise") == plain(folder, ".", "--format", "concise")
    assert results(other) == []
    shown = run("cache", cwd=folder, env={"SHAPECALC_CACHE_DIR": str(kept)})
    assert (shown.returncode, shown.stdout) == (2, "")
    assert f"error: {kept} is not used: " in shown.stderr


@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="links are not told from files there")
def test_a_link_in_the_place_of_a_result_is_not_followed(folder: Path) -> None:
    cached(folder, "a.net", "--format", "concise")
    (path,) = results(folder.parent / "kept")
    plant(folder.parent / "kept")
    planted = path.rename(folder.parent / "elsewhere")
    path.symlink_to(planted)
    assert cached(folder, "a.net", "--format", "concise") == (0, "", "")
    assert not path.is_symlink()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes have no names there")
def test_a_pipe_in_the_place_of_a_result_is_not_waited_for(folder: Path) -> None:
    cached(folder, "a.net", "--format", "concise")
    (path,) = results(folder.parent / "kept")
    path.unlink()
    os.mkfifo(path)
    assert cached(folder, "a.net", "--format", "concise") == plain(folder, "a.net", "--format", "concise")


def test_only_the_user_can_read_what_is_kept(folder: Path) -> None:
    cached(folder, ".")
    kept = folder.parent / "kept"
    assert {path.stat().st_mode & 0o077 for path in (kept, *kept.rglob("*"))} == {0}


def test_a_folder_that_cannot_be_written_to_is_no_error(folder: Path) -> None:
    kept = folder / "a.net" / "below a file"
    assert cached(folder, "b.net", kept=kept) == plain(folder, "b.net")


def test_the_oldest_results_make_room(tmp_path: Path) -> None:
    store = ResultStore(str(tmp_path))
    for number in range(12):
        store.put(f"ab{number:062}", Random(number).randbytes(200_000).hex())
        os.utime(tmp_path / "ab" / f"ab{number:062}", (number, number))
    left = [path.name for path in results(tmp_path)]
    assert left == [f"ab{number:062}" for number in range(12 - len(left), 12)]
    assert 2 <= len(left) <= 5
    store.put("ab", Random(0).randbytes(2_000_000).hex())
    assert [path.name for path in results(tmp_path)] == left


def test_what_a_killed_run_left_goes_and_what_is_the_users_stays(tmp_path: Path) -> None:
    shelf = tmp_path / "ab"
    shelf.mkdir()
    for name in (".0123456789abcdef", "notes", ".hidden", "ab.net"):
        (shelf / name).write_text("INPUT(8x8x3)")
        os.utime(shelf / name, (0, 0))
    (tmp_path / "my").mkdir()
    (tmp_path / "my" / ("ab" * 32)).write_text("mine")
    store = ResultStore(str(tmp_path))
    store.put("ab" * 32, ["a result"])
    mine = {".hidden", "ab.net", "notes"}
    assert {path.name for path in shelf.iterdir()} == {*mine, "ab" * 32}
    assert len(store.clear()) == 1
    assert {path.name for path in shelf.iterdir()} == mine
    assert (tmp_path / "my" / ("ab" * 32)).exists()


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of a file's size")
def test_nothing_is_left_of_a_result_that_finds_no_room(tmp_path: Path) -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        ResultStore(str(tmp_path)).put("ab", ["a result of more bytes than that"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert results(tmp_path) == []


def test_who_has_no_home_has_no_cache_in_the_working_folder(folder: Path) -> None:
    """As `~` stays `~` where the system does not know the user."""
    nowhere = {"SHAPECALC_CACHE_DIR": "", "HOME": "home", "XDG_CACHE_HOME": "", "LOCALAPPDATA": "home"}
    before = sorted(folder.rglob("*"))
    assert cached(folder, ".", **nowhere) == plain(folder, ".")
    assert sorted(folder.rglob("*")) == before
    shown = run("cache", cwd=folder, env=nowhere)
    assert (shown.returncode, shown.stdout) == (2, "")
    assert "is not used: HOME is not set, or is not an absolute path" in shown.stderr


def test_what_cannot_be_removed_is_named(folder: Path) -> None:
    kept = folder.parent / "kept"
    cached(folder, "a.net")
    stuck = results(kept)[0].parent / ("0" * DIGITS)
    stuck.mkdir()
    shown = run("cache", "clear", cwd=folder, env={"SHAPECALC_CACHE_DIR": str(kept)})
    assert (shown.returncode, shown.stdout) == (2, "")
    assert shown.stderr.startswith(f"error: {stuck} cannot be removed: ")
    assert "bug" not in shown.stderr


def test_a_large_report_is_kept(folder: Path) -> None:
    """A layer of JSON takes some 700 bytes."""
    (folder / "large.net").write_text("INPUT(8x8x3) => [CONV(8, F=3, P=1) => RELU]*1000\n", encoding="utf-8")
    expected = cached(folder, "large.net", "--format", "json")
    assert len(expected[1]) > 1_000_000
    assert len(results(folder.parent / "kept")) == 1
    assert cached(folder, "large.net", "--format", "json") == expected


def test_the_command_says_where_results_are_and_removes_them(folder: Path) -> None:
    kept = folder.parent / "kept"
    cached(folder, ".")
    shown = run("cache", cwd=folder, env={"SHAPECALC_CACHE_DIR": str(kept)}).stdout
    assert shown.startswith(f"4 results in {kept} (")
    cleared = run("cache", "clear", cwd=folder, env={"SHAPECALC_CACHE_DIR": str(kept)}).stdout
    assert cleared.startswith(f"4 results removed from {kept} (")
    assert results(kept) == []


def test_streams_texts_and_the_zoo_are_not_kept(folder: Path) -> None:
    kept = folder.parent / "kept"
    for file in ("zoo:lenet-5", CLEAN.replace("\n", " ")):
        cached(folder, file)
    cached(folder, "a.net", "--get", "totals.params")
    cached(folder, "a.net", "--diff")
    assert results(kept) == []


@pytest.mark.parametrize("name", ["text", "json", "concise"])
def test_a_known_result_loads_nothing_of_what_checks(name: str, folder: Path) -> None:
    where = {"SHAPECALC_CACHE_DIR": str(folder.parent / "kept"), "SHAPECALC_NO_CACHE": ""}
    environment = {**os.environ, **where, "PYTHONPATH": str(PACKAGE.parent)}
    command = [sys.executable, "-X", "importtime", "-m", "shapecalc", "check", "a.net", "--format", name]
    for _ in range(2):
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    checking = ("passes.report", "pipeline", "rules", "dialects", "notations", "syntax_errors")
    rooms = ("language", "layers", "registry", *checking)
    assert "shapecalc.cli.result_store" in loaded
    assert not {one for one in loaded if one.startswith(tuple(f"shapecalc.{room}" for room in rooms))}
    assert not loaded & {"numpy", "lark", "yaml", "rich", "fractions"}
