"""What programs hand to `import shapecalc` and take elsewhere: numbers of NumPy, paths, pickles, threads."""

from __future__ import annotations

import gc
import os
import pickle
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import shapecalc

ROOT = Path(__file__).parents[1]
LENET = ROOT / "samples" / "lenet5.net"
TEXT = "INPUT(8x8x3) => CONV(k, 3) => FC"


class Named(os.PathLike[Any]):
    """A path of another library: of bytes, as of os.scandir(b"."), and one that looks at the process."""

    def __init__(self, path: bytes) -> None:
        self.path, self.seen = path, [gc.isenabled()]

    def __fspath__(self) -> bytes:
        self.seen.append(gc.isenabled())
        return self.path


def test_numbers_of_numpy_are_numbers() -> None:
    report = shapecalc.check(TEXT, set={"k": np.int64(4)}, batch=np.int32(2), classes=np.uint8(5))
    assert report.to_dict() == shapecalc.check(TEXT, set={"k": 4}, batch=2, classes=5).to_dict()
    sizes = shapecalc.check(TEXT, set={"k": 4}, input=list(np.array([9, 7, 3]))).layers[0].output
    assert sizes is not None
    assert sizes.sizes == (9, 7, 3)


def test_paths_of_bytes_and_published_networks_are_files() -> None:
    found = shapecalc.check_files(["zoo:lenet-5", Named(os.fsencode(LENET))])
    assert [report.name for report in found] == ["LeNet-5", "LeNet-5"]
    assert shapecalc.check(Named(os.fsencode(LENET))).totals == found[1].totals


def test_what_is_raised_comes_through_from_another_process() -> None:
    with pytest.raises(shapecalc.Diagnosed) as raised:
        shapecalc.format("INPUT(8x8x3) => => FC(")
    again = pickle.loads(pickle.dumps(raised.value))
    assert (str(again), again.diagnostics) == (str(raised.value), raised.value.diagnostics)


@pytest.mark.parametrize("file", ["keras/decoder.h5", "torch_export/attention.pt2"])
def test_a_report_of_a_binary_file_survives_a_pickle(file: str) -> None:
    report = shapecalc.check(ROOT / "tests" / "foreign" / file)
    assert pickle.loads(pickle.dumps(report)).to_dict() == report.to_dict()


def test_the_search_for_cycles_is_left_out_and_as_it_was_afterwards() -> None:
    path = Named(os.fsencode(LENET))
    shapecalc.check(path)
    missing = Named(b"no such file")
    with pytest.raises(FileNotFoundError):
        shapecalc.check(missing)
    assert (path.seen[0], any(path.seen[1:]), any(missing.seen[1:]), gc.isenabled()) == (True, False, False, True)
    gc.disable()
    try:
        shapecalc.check(path)
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_other_threads_keep_their_search_for_cycles() -> None:
    path, done = Named(os.fsencode(LENET)), threading.Event()
    other = threading.Thread(target=done.wait)
    other.start()
    try:
        shapecalc.check(path)
    finally:
        done.set()
        other.join()
    assert all(path.seen)


def test_threads_get_what_one_gets() -> None:
    texts = ["INPUT(8x8x3) => CONV(4, 3) => FC(2)", "INPUT(28x28x1) => 32C5-MP2-10", "INPUT(8x8x3) => CNV(4 => FC"]
    expected = [shapecalc.check(text).to_dict() for text in texts]
    found: list[bool] = []
    threads = [
        threading.Thread(
            target=lambda: found.extend(shapecalc.check(t).to_dict() == e for t, e in zip(texts, expected, strict=True))
        )
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 8 * len(texts)
