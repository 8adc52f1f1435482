"""What all tests share: the flag that writes expected outputs anew."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--refresh", action="store_true", help="write the expected outputs of the cases anew")


@pytest.fixture(scope="session")
def refresh(request: pytest.FixtureRequest) -> bool:
    """Whether cases are to be written anew instead of compared."""
    return bool(request.config.getoption("--refresh"))
