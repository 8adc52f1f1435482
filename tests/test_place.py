from __future__ import annotations

import fcntl
import os
import resource
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from shapecalc.formats.discover import find_networks
from tests import command

COMMANDS = {
    "convert": ["convert", "--fc-to-conv", "-o", "kept.net", "large.net"],
    "expand": ["expand", "-o", "kept.net", "large.net"],
    "fmt": ["fmt", "kept.net"],
}
CHAIN = "INPUT(8x8x3) -> CONV(4, 3, P=1) -> RELU" + " -> RELU" * 1000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "large.net").write_text(CHAIN)
    (tmp_path / "kept.net").write_text(CHAIN)
    (tmp_path / "small.net").write_text("INPUT(7x7x8) => FC(4)\n")
    return tmp_path


FLAT = "INPUT(7x7x8) => CONV(4, F=7) as fc1\n"


def run(folder: Path, *words: str, limit: int | None = None) -> subprocess.CompletedProcess[str]:
    """The command; no file that it writes may be larger than the limit, in bytes."""

    def held() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.run(
        [sys.executable, "-B", "-m", "shapecalc", *words], cwd=folder, capture_output=True, text=True, check=False,
        preexec_fn=held, timeout=60, env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )  # fmt: skip


def converted(folder: Path, output: str) -> subprocess.CompletedProcess[str]:
    return run(folder, "convert", "--fc-to-conv", "small.net", "-o", output)


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS.keys())
def test_a_file_that_cannot_be_written_whole_stays_as_it_was(words: list[str], folder: Path) -> None:
    there = sorted(os.listdir(folder))
    done = run(folder, *words, limit=4096)
    assert (done.returncode, "kept.net cannot be written: file too large" in done.stderr) == (2, True)
    assert (folder / "kept.net").read_text() == CHAIN
    assert sorted(os.listdir(folder)) == there


def test_a_new_file_that_cannot_be_written_whole_is_not_left(folder: Path) -> None:
    there = sorted(os.listdir(folder))
    assert run(folder, "expand", "-o", "new.net", "large.net", limit=4096).returncode == 2
    assert sorted(os.listdir(folder)) == there


def test_a_new_file_has_the_permissions_of_any_other(folder: Path) -> None:
    (folder / "other").write_text("")
    assert converted(folder, "new.net").returncode == 0
    assert (folder / "new.net").read_text() == FLAT
    assert (folder / "new.net").stat().st_mode == (folder / "other").stat().st_mode


def test_links_stay_links_and_the_file_behind_them_keeps_its_permissions(folder: Path) -> None:
    (folder / "kept.net").chmod(0o640)
    (folder / "link.net").symlink_to("kept.net")
    (folder / "nowhere.net").symlink_to("made.net")
    assert converted(folder, "link.net").returncode == converted(folder, "nowhere.net").returncode == 0
    assert (folder / "link.net").is_symlink()
    assert (folder / "nowhere.net").is_symlink()
    assert (folder / "kept.net").read_text() == (folder / "made.net").read_text() == FLAT
    assert stat.S_IMODE((folder / "kept.net").stat().st_mode) == 0o640


def test_a_pipe_with_a_name_is_written_to(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append((folder / "pipe").read_text()), daemon=True)
    reader.start()
    assert converted(folder, "pipe").returncode == 0
    reader.join(10)
    assert read == [FLAT]
    assert stat.S_ISFIFO((folder / "pipe").stat().st_mode)


def test_devices_are_written_to(folder: Path) -> None:
    assert converted(folder, "/dev/null").returncode == 0
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    assert converted(folder, "/dev/stdout").stdout == FLAT


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/dev/fd/3"])
def test_what_a_stream_has_written_stays(name: str, folder: Path) -> None:
    command = f"{sys.executable} -m shapecalc convert --fc-to-conv small.net -o {name} 3>&1 >> kept.net 3>> kept.net"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    subprocess.run(["bash", "-c", command], cwd=folder, check=True, env=environment)
    assert (folder / "kept.net").read_text() == CHAIN + FLAT


REFUSED = {
    "a folder": (".", "is a directory"),
    "a name that only a folder has": ("new/", "is a directory"),
    "a folder that is not there": ("none/new.net", "no such file or directory"),
    "a link to itself": ("loop.net", "too many levels of symbolic links"),
}


@pytest.mark.parametrize(("name", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_file_is_refused(name: str, reason: str, folder: Path) -> None:
    (folder / "loop.net").symlink_to("loop.net")
    there = sorted(os.listdir(folder))
    done = converted(folder, name)
    assert (done.returncode, done.stderr) == (2, f"error: {name} cannot be written: {reason}\n")
    assert sorted(os.listdir(folder)) == there


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everything")
def test_a_file_that_may_not_be_written_is_not_replaced(folder: Path) -> None:
    (folder / "kept.net").chmod(0o444)
    assert converted(folder, "kept.net").returncode == 2
    assert (folder / "kept.net").read_text() == CHAIN


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everything")
def test_where_a_folder_takes_no_other_file_the_file_is_written_over(folder: Path) -> None:
    folder.chmod(0o555)
    assert converted(folder, "kept.net").returncode == 0
    assert (folder / "kept.net").read_text() == FLAT
    assert converted(folder, "new.net").returncode == 2
    folder.chmod(0o755)


def test_a_file_of_several_names_keeps_them_and_stays_as_it_was_where_there_is_no_room(folder: Path) -> None:
    os.link(folder / "kept.net", folder / "again.net")
    there = sorted(os.listdir(folder))
    assert run(folder, "fmt", "kept.net", limit=len(CHAIN)).returncode == 2
    assert (folder / "again.net").read_text() == CHAIN
    assert command.run("fmt", "kept.net", cwd=folder).returncode == 0
    assert (folder / "again.net").read_text() == (folder / "kept.net").read_text() != CHAIN
    (folder / "kept.net").write_text("INPUT(8x8x3)    ->    FC(2)\n")
    assert command.run("fmt", "kept.net", cwd=folder).returncode == 0
    assert (folder / "again.net").read_text() == "INPUT(8x8x3) => FC(2)\n"  # shorter than it was
    assert sorted(os.listdir(folder)) == there


def test_what_a_killed_run_left_is_removed_by_the_next_and_what_a_running_one_writes_is_not(folder: Path) -> None:
    (folder / ".shapecalc-0123456789abcdef").write_text(CHAIN)
    writing = folder / ".shapecalc-fedcba9876543210"
    with writing.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert command.run("fmt", "kept.net", cwd=folder).returncode == 0
    assert [p.name for p in folder.glob(".shapecalc-*")] == [writing.name]


def test_what_is_no_file_of_ours_is_neither_opened_nor_removed(folder: Path) -> None:
    os.mkfifo(folder / ".shapecalc-0123456789abcdef")
    (folder / ".shapecalc-notes").write_text("mine")
    (folder / ".shapecalc-0000000000000000").symlink_to("net.net")
    before = sorted(path.name for path in folder.iterdir())
    (folder / "net.net").write_text("INPUT(8x8x3)=>RELU")
    assert command.run("fmt", "net.net", cwd=folder).returncode == 0
    assert sorted({*before, "net.net"}) == sorted(path.name for path in folder.iterdir())


def test_pipes_in_a_folder_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "small.net").write_text("INPUT(7x7x8) => FC(4)\n")
    os.mkfifo(tmp_path / "pipe.net")
    assert command.run("check", "--get", "path", ".", cwd=tmp_path).stdout.split() == ["./small.net"]


def test_what_can_be_read_once_is_formatted_to_standard_output(folder: Path) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"INPUT(8x8x3)=>FC(2)\n")
    os.close(writing)
    done = command.run("fmt", f"/dev/fd/{reading}", cwd=folder)
    os.close(reading)
    assert (done.returncode, done.stdout) == (0, "INPUT(8x8x3) => FC(2)\n")


def test_a_name_that_is_not_utf_8_is_written_into_models_and_differences(folder: Path) -> None:
    name = os.fsdecode(b"n\xff.net")
    (folder / name).write_text("INPUT(8x8x3)=>FC(2)\n")
    assert command.run("fmt", "--diff", name, cwd=folder).stdout.startswith("--- n")
    done = command.run("convert", "--to", "onnx", "-o", "n.onnx", name, cwd=folder)
    assert (done.returncode, (folder / "n.onnx").exists()) in ((0, True), (2, False))  # 2 without onnx


def test_a_folder_that_cannot_be_listed_is_given_itself(folder: Path) -> None:
    (folder / "sub").mkdir()

    def wants(path: str, usual: bool) -> bool:
        if (folder / "sub").exists():
            (folder / "sub").rmdir()  # while its parent is read
        return usual

    assert [*find_networks([str(folder)], wants)][-1] == str(folder / "sub")
