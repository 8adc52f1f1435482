"""Parts of a layer side by side: each is done once, results are in order, an error in any thread is raised."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from shapecalc.numerics.threads import workers

PROGRAM = """
import threading, time
from shapecalc.numerics.threads import keep_blas_single, side_by_side, workers
keep_blas_single()
assert workers() == 3

def squared(number):
    time.sleep(0.05 if number == 0 else 0)  # the first is done last
    return number * number

assert side_by_side(squared, range(50)) == [number * number for number in range(50)]
nested = side_by_side(lambda number: side_by_side(lambda other: number + other, range(3)), range(9))
assert nested == [[number + other for other in range(3)] for number in range(9)]

def fails(wanted):
    def part(number):
        time.sleep(0.01)
        if (threading.current_thread() is threading.main_thread()) == wanted:
            raise ValueError(number)
    return part

for wanted in (True, False):
    try:
        side_by_side(fails(wanted), range(20))
    except ValueError:
        print("raised")
assert side_by_side(abs, [-1, -2, -3]) == [1, 2, 3]

from shapecalc.numerics.threads import _pool
free = threading.Event()
busy = [_pool().submit(free.wait) for _ in range(2)]
assert side_by_side(abs, [-1, -2, -3]) == [1, 2, 3]  # threads that are busy elsewhere are not waited for
free.set()
"""


@pytest.mark.parametrize(
    ("wanted", "number"), [("3", 3), ("1", 1), ("²", None), ("0", None), ("9" * 5000, None), ("", None)]
)
def test_as_many_threads_as_the_environment_says_where_it_is_a_number(
    wanted: str, number: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    monkeypatch.delenv("SHAPECALC_THREADS")
    usual = workers.__wrapped__()
    assert 1 <= usual <= (os.cpu_count() or 1)
    monkeypatch.setenv("SHAPECALC_THREADS", wanted)
    assert workers.__wrapped__() == (number or usual)


def test_parts_are_done_once_each_and_an_error_in_any_thread_is_raised() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env={**os.environ, "SHAPECALC_THREADS": "3"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("raised\nraised\n", "")
