"""Runs the command line as a shell would, in this process: what it prints, and its exit code."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from subprocess import CompletedProcess

from shapecalc.cli import main


def run(*arguments: str, cwd: Path, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> CompletedProcess[str]:
    """The command in a folder, its output as text. A traceback is never an answer."""
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2)]
    streams.insert(0, io.TextIOWrapper(io.BufferedReader(io.BytesIO(stdin)), encoding="utf-8"))  # type: ignore[arg-type]
    with contextlib.chdir(cwd), _environment({"COLUMNS": "", **(env or {})}), _streams(*streams):
        sys.argv[1:] = arguments
        code = main()
    out, err = (_written(stream) for stream in streams[1:])
    assert "Traceback" not in out + err
    return CompletedProcess(arguments, code, out, err)


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue().decode("utf-8")


@contextlib.contextmanager
def _streams(stdin: io.TextIOWrapper, stdout: io.TextIOWrapper, stderr: io.TextIOWrapper) -> Iterator[None]:
    kept = sys.stdin, sys.stdout, sys.stderr, sys.argv[:]
    sys.stdin, sys.stdout, sys.stderr = stdin, stdout, stderr
    try:
        yield
    finally:
        sys.stdin, sys.stdout, sys.stderr, sys.argv[:] = kept


@contextlib.contextmanager
def _environment(changed: Mapping[str, str]) -> Iterator[None]:
    kept = dict(os.environ)
    os.environ.update(changed)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)
