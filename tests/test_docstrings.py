"""What a newcomer and a caller touch says what its name cannot: every public name has a docstring, with its errors."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.packagefiles import PACKAGE, tree_of

SURFACES = (
    "api", "core", "numerics", "diagnostics", "lowering", "registry.py", "layers", "rules/rule.py",
    "rules/neighbours.py", "renderers/__init__.py", "formats/known_formats.py", "formats/read.py",
    "passes/graph.py", "passes/report.py", "display/style.py",
)  # fmt: skip
"""`import shapecalc`, and what whoever adds a layer, a rule, an output or a format may use."""
FILES = sorted(
    file
    for surface in SURFACES
    for file in ((PACKAGE / surface).rglob("*.py") if "." not in surface else [PACKAGE / surface])
)
LAYER_TYPES = (
    "Layer", "Elementwise", "Convolution", "GroupedConvolution", "Normalisation", "Recurrent", "ElementwiseJoin", "Add",
    "Dropping", "Resampling",
)  # fmt: skip
"""Classes of which members that they document need no docstring in a class that gives them another body."""
Definition = ast.FunctionDef | ast.ClassDef


def public(body: list[ast.stmt], owner: str = "") -> Iterator[tuple[str, Definition, bool]]:
    """Functions and classes by their dotted name, and whether a base class of ours may have the docstring."""
    for node in body:
        if isinstance(node, Definition) and not node.name.startswith("_"):
            yield f"{owner}{node.name}", node, False
            if isinstance(node, ast.ClassDef):
                inherits = any(ast.unparse(base) in LAYER_TYPES for base in node.bases)
                yield from ((name, inner, inherits) for name, inner, _ in public(node.body, f"{owner}{node.name}."))


def raised_by(node: ast.FunctionDef) -> set[str]:
    """The errors that a function itself makes."""
    made = [n.exc for n in ast.walk(node) if isinstance(n, ast.Raise) and isinstance(n.exc, ast.Call)]
    return {name for call in made if (name := ast.unparse(call.func).rpartition(".")[2])[:1].isupper()}


def test_every_public_name_is_documented_with_the_errors_that_it_raises() -> None:
    for file in FILES:
        for name, node, inherits in public(tree_of(file).body):
            text = ast.get_docstring(node)
            overload = any(ast.unparse(decorator) == "overload" for decorator in node.decorator_list)
            assert text or inherits or overload, f"{file}: {name} has no docstring"
            if isinstance(node, ast.FunctionDef) and not inherits:
                assert {error for error in raised_by(node) if error not in (text or "")} == set(), f"{file}: {name}"


@pytest.mark.parametrize("name", ["core/layer.py:Layer", "rules/rule.py:Rule", "core/parameters.py:Parameter"])
def test_every_fact_that_a_newcomer_states_is_explained_where_it_is_declared(name: str) -> None:
    """A string after an attribute is its documentation, as the ones before them explain the plainest."""
    path, _, owner = name.partition(":")
    tree = tree_of(PACKAGE / path)
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == owner)
    about = ast.get_docstring(next(n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == owner)) or ""
    for node, after in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            told = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            assert told or node.target.id in about, f"{owner}.{node.target.id} is not explained"
