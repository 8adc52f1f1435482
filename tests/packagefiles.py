"""The files of the package as they are written: every test that reads them has them parsed once."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "shapecalc"
GENERATED = "language/tables"
"""Numbers that a test writes, which have no names and import nothing."""


@cache
def module_files() -> dict[str, Path]:
    """Files that people write by the name that they are imported by, without the package's own."""
    files = {str(p.relative_to(PACKAGE)).removesuffix(".py"): p for p in sorted(PACKAGE.rglob("*.py"))}
    return {name.replace("/", "."): path for name, path in files.items() if name != GENERATED}


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def nodes_of(path: Path) -> list[ast.AST]:
    """All parts of a file, in the order of `ast.walk`: many tests look through them."""
    return [*ast.walk(tree_of(path))]
