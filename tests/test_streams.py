"""Pipes and streams that are closed, standard input that cannot be read, encodings and colours of the terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import run

CLEAN = "INPUT(8x8x3) => CONV(4, 3) => RELU => FC(10)\n"
DROPS = "INPUT(10x10x3) => CONV(4, F=3, S=2, P=0) => FC(10)\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "clean.net").write_text(CLEAN, encoding="utf-8")
    (tmp_path / "drops.net").write_text(DROPS, encoding="utf-8")
    return tmp_path


def test_a_closed_pipe_is_not_an_error(folder: Path) -> None:
    command = f"{sys.executable} -m shapecalc check --expand big.net | head -1; echo ${{PIPESTATUS[0]}}"
    (folder / "big.net").write_text("INPUT(8x8x3) => [CONV(3, 3, P=1)]*4000\n", encoding="utf-8")
    done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "0"
    assert done.stderr == ""


def test_a_closed_pipe_is_no_fault_of_the_files_that_are_formatted(folder: Path) -> None:
    (folder / "loose.net").write_text("INPUT(8x8x3)=>FC(10)\n", encoding="utf-8")
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "shapecalc", "fmt", "--diff", "loose.net"]
    done = subprocess.run(command, cwd=folder, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


QUIET = [
    (">&-", 1, "shapecalc check drops.net"),
    (">&- 2>&-", 1, "shapecalc check -q drops.net"),
    (">&- 2>&-", 1, "shapecalc check --format json drops.net"),
    ("2>&-", 1, "shapecalc check --get totals.params drops.net"),
    (">&- 2>&-", 0, "shapecalc verify clean.net"),
    (">&-", 0, "shapecalc expand clean.net"),
    ("2>&-", 0, "shapecalc fmt --diff clean.net"),
    (">&- 2>&-", 0, "shapecalc convert --fc-to-conv clean.net"),
    ("2>&-", 2, "shapecalc nothing"),
    (">&-", 0, "shapecalc --help"),
]


@pytest.mark.parametrize(("closed", "code", "line"), QUIET)
def test_closed_streams_are_no_bug_and_change_no_exit_code(code: int, line: str, closed: str, folder: Path) -> None:
    words = line.replace("shapecalc", f"{sys.executable} -m shapecalc", 1)
    done = subprocess.run(
        ["bash", "-c", f"{words} {closed}"], cwd=folder, capture_output=True, check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )  # fmt: skip
    assert done.returncode == code
    assert b"bug" not in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_file_is_written_whole_where_standard_output_is_closed(folder: Path) -> None:
    command = f"{sys.executable} -m shapecalc expand clean.net -o flat.net >&- 2>&-"
    subprocess.run(["bash", "-c", command], cwd=folder, check=True)
    assert (folder / "flat.net").read_text().startswith("INPUT(8x8x3) => CONV(4, 3)")


def test_an_interrupt_while_the_program_is_loaded_prints_nothing(tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text("raise KeyboardInterrupt", encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{Path(__file__).parents[1]}"}
    done = subprocess.run(
        [sys.executable, "-m", "shapecalc", "--version"], capture_output=True, check=False, env=environment
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


def test_a_standard_input_that_is_closed_cannot_be_read(folder: Path) -> None:
    command = f"{sys.executable} -m shapecalc check -q - <&-"
    done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, "<stdin> cannot be read: it is closed" in done.stdout) == (2, True)


UNREADABLE = {
    "NUL bytes": (b"\x7fELF\n\0\0\0", "net.net is not text: it has NUL bytes, the first one at byte 6"),
    "UTF-16": ("INPUT => FC(3)".encode("utf-16"), "net.net is UTF-16, and only UTF-8 is read"),
    "too many characters": (b"#" + b"-" * 8_000_000, "net.net has 8,000,001 characters, and 8,000,000 is the most"),
    "too many bytes": (b" " * 32_000_001, "net.net is larger than the 32,000,000 bytes that are read"),
}


@pytest.mark.parametrize(("content", "message"), UNREADABLE.values(), ids=UNREADABLE.keys())
@pytest.mark.parametrize("command", ["check -q", "verify", "expand", "fmt", "convert --fc-to-conv"])
def test_what_cannot_be_read_is_told_alike_by_every_command(
    command: str, content: bytes, message: str, tmp_path: Path
) -> None:
    (tmp_path / "net.net").write_bytes(content)
    done = run(*command.split(), "net.net", cwd=tmp_path)
    assert done.returncode == 2
    assert message in done.stdout + done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_any_encoding_of_the_terminal_is_enough(encoding: str, folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "shapecalc", "check", "drops.net"],
        cwd=folder,
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
    )
    assert done.returncode == 1, done.stderr
    assert b"SHP201" in done.stdout


def test_colours_follow_the_usual_variables(folder: Path) -> None:
    def coloured(*arguments: str, **env: str) -> bool:
        return "\x1b[" in run("check", "drops.net", *arguments, cwd=folder, env=env).stdout

    assert not coloured()
    assert coloured("--color", "always", NO_COLOR="1")
    assert coloured(FORCE_COLOR="1")
    assert not coloured(FORCE_COLOR="1", NO_COLOR="1")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("words", ["check --bad", "check none.net", "verify none.net", "--version"])
def test_what_cannot_be_said_on_a_full_disk_ends_with_2(words: str, folder: Path) -> None:
    command = f"{sys.executable} -m shapecalc {words} >/dev/full 2>&1; echo $?"
    done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=False)
    assert done.stdout == "2\n"


@pytest.mark.skipif(sys.platform == "win32", reason="a folder in use stays there")
@pytest.mark.parametrize("words", ["check a.net", "config a.net", "check 'INPUT => FC'"])
def test_a_folder_that_is_gone_is_said(words: str, tmp_path: Path) -> None:
    command = f"mkdir gone; cd gone; rmdir ../gone; {sys.executable} -m shapecalc {words}"
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, "bug" in done.stderr) == (2, False)
    assert "no such file or directory" in (done.stdout + done.stderr).lower()
