"""Reads arrays of Keras in a process of its own: in a damaged file HDF5's library may crash, or come to no end."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from shapecalc.core.phrases import reason
from shapecalc.diagnostics.diagnostic import Diagnosed, Source, report
from shapecalc.passes.graph import ArrayKey

if TYPE_CHECKING:
    from shapecalc.formats.keras.hdf5_arrays import KerasArrays

SECONDS, BYTES_A_SECOND = 1, 20_000_000
"""Processor time that reading may take, and bytes of the file for which it may take a second more: HDF5's library reads
fifty times as many."""
DIED = "the weights are damaged: the library of HDF5 crashes in them, or does not come to an end"
_PROGRAM = (
    "import sys; sys.path[:] = sys.argv[1:]; from shapecalc.formats.keras import hdf5_process; hdf5_process.serve()"
)


@contextmanager
def open_keras_weights(source: Source) -> Iterator[ServedArrays]:
    """The arrays of a file. Raises Diagnosed SHP010."""
    if source.open_bytes is None:
        raise Diagnosed(report("SHP010", "a model in JSON has no weights: .keras and .h5 have them"))
    with source.open_bytes() as file:
        path = os.path.abspath(file.name) if isinstance(file, io.BufferedReader) else ""
        data = b"" if path else file.read()
    command, pipe = [sys.executable, "-c", _PROGRAM, *sys.path], subprocess.PIPE
    try:
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
    except OSError as problem:
        raise Diagnosed(report("SHP010", f"no process can be started to read the weights: {reason(problem)}")) from None
    served = ServedArrays(process)
    try:
        served.write([path, len(data)], data)
        yield served
    finally:
        process.kill()
        with suppress(BrokenPipeError):  # of what it has not read
            served.questions.close()
        served.answers.close()
        process.wait()


class ServedArrays:
    """The arrays of a file that another process reads: its `KerasArrays`."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.questions, self.answers = process.stdin, process.stdout

    def __call__(self, key: ArrayKey) -> Any:
        """An array by its place. Raises Diagnosed."""
        import numpy as np

        answer = self.ask(list(key))
        data = self.answers.read(answer["bytes"])
        if len(data) < answer["bytes"]:
            raise Diagnosed(report("SHP010", DIED))
        return np.frombuffer(data, answer["dtype"]).reshape(answer["shape"])

    def sizes(self, saved: str, path: str) -> list[tuple[str, int]]:
        """The name and the number of values of each array of a layer. Raises Diagnosed."""
        return [(name, size) for name, size in self.ask([saved, path])["sizes"]]

    def write(self, question: list[Any], data: bytes = b"") -> None:
        """A line of JSON, and what comes after it."""
        with suppress(BrokenPipeError):  # where it has ended there will be no answer
            self.questions.write(json.dumps(question).encode() + b"\n" + data)
            self.questions.flush()

    def ask(self, question: list[Any]) -> dict[str, Any]:
        """The answer to a question. Raises Diagnosed."""
        self.write(question)
        line = self.answers.readline()
        answer: dict[str, Any] = json.loads(line) if line.endswith(b"\n") else {"problem": DIED}
        if "problem" in answer:
            raise Diagnosed(report("SHP010", answer["problem"]))
        return answer


def serve() -> None:
    """Is the other process: answers what comes on standard input, and what it takes is limited where systems can."""
    from shapecalc.formats.keras.hdf5_arrays import opened_arrays

    with suppress(ImportError):  # which is reported where a file is opened
        import h5py  # noqa: F401 (on a slow machine this alone takes a second, and is not the file's)
    path, size = json.loads(sys.stdin.buffer.readline())
    with open(path, "rb") if path else io.BytesIO(sys.stdin.buffer.read(size)) as file:
        if sys.platform != "win32":
            import signal

            signal.setitimer(signal.ITIMER_PROF, SECONDS + file.seek(0, os.SEEK_END) / BYTES_A_SECOND)
            file.seek(0)
        try:
            with opened_arrays(file) as arrays:
                for line in sys.stdin.buffer:
                    _say(*_answer(arrays, json.loads(line)))
        except Diagnosed as problem:
            for _ in sys.stdin.buffer:
                _say({"problem": problem.diagnostics[0].message})


def _say(answer: dict[str, Any], data: bytes = b"") -> None:
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + data)
    sys.stdout.buffer.flush()


def _answer(arrays: KerasArrays, question: list[Any]) -> tuple[dict[str, Any], bytes]:
    """What is said about a layer, by its two names, or an array, by its key."""
    try:
        if len(question) == 2:
            return {"sizes": arrays.sizes(*question)}, b""
        array = arrays(tuple(question))
        return {"shape": array.shape, "dtype": array.dtype.str, "bytes": array.nbytes}, array.tobytes()
    except Diagnosed as problem:
        return {"problem": problem.diagnostics[0].message}, b""
