"""What all tests share: the flag that writes expected outputs anew, and examples that are the same in every run."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from shapecalc.numerics.threads import keep_blas_single

keep_blas_single()  # threads of BLAS that wait for each other take more time than the products
os.environ["SHAPECALC_THREADS"] = "1"  # the tests run side by side, and what they take is the same on every machine
settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=20)
settings.register_profile("thorough", derandomize=True, deadline=None, max_examples=80)
settings.register_profile("fuzz", max_examples=2000, deadline=None)
settings.load_profile("repeatable")
os.environ["SHAPECALC_NO_CACHE"] = "1"  # what an earlier run has kept would hide a fault
os.environ.pop("COLUMNS", None)  # lines are as long as they are, whatever terminal the tests run in


TOGETHER = {
    **dict.fromkeys(("test_architecture", "test_house_rules", "test_docstrings"), "the package's text"),
    **dict.fromkeys(
        ("test_samples", "test_single_layers", "test_truth", "test_golden_figures"), "the samples' reports"
    ),
}
"""Files of tests that read or check the same, by what that is."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--refresh", action="store_true", help="write the expected outputs of the cases anew")


@pytest.fixture(scope="session")
def refresh(request: pytest.FixtureRequest) -> bool:
    """Whether cases are to be written anew instead of compared."""
    return bool(request.config.getoption("--refresh"))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
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


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A file is run by one process, and with it those that look at the same, so that what tests share is made once."""
    from xdist.scheduler import LoadFileScheduling

    class ByWhatIsShared(LoadFileScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0].rpartition("/")[2].removesuffix(".py")
            return TOGETHER.get(file, file)

    return ByWhatIsShared(config, log) if config.getoption("dist") == "load" else None


def pytest_collection_finish() -> None:
    """What is there for all tests is not looked through for what could be freed, test after test."""
    gc.freeze()
