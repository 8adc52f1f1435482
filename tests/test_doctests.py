"""The worked examples in docstrings run and give what they say."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "shapecalc"
WITH_EXAMPLES = sorted(
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    for path in PACKAGE.rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)


def test_examples_in_docstrings_hold() -> None:
    for module in WITH_EXAMPLES:
        tried = doctest.testmod(importlib.import_module(module))
        assert tried.attempted > 0
        assert tried.failed == 0
