"""Rules of the house that hold in every file: three of a kind are a table, thresholds have names, units are stated."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.packagefiles import PACKAGE, module_files, nodes_of


def written_files() -> dict[str, Path]:
    """The files of the package by their paths in it."""
    return {str(path.relative_to(PACKAGE)): path for path in module_files().values()}


# --- three of a kind --------------------------------------------------------------------------


def word_of(node: ast.AST) -> tuple[str, object]:
    """What a node is, and its name; of a text or a number nothing but its type."""
    if isinstance(node, ast.Constant):
        return "Constant", type(node.value)
    return type(node).__name__, next(
        (getattr(node, key) for key in ("id", "attr", "arg", "name") if hasattr(node, key)), ""
    )


def bodies(nodes: Iterable[ast.AST]) -> list[list[str]]:
    """Names of functions that do the same with the same arguments, texts and numbers left out."""
    found: dict[object, list[str]] = defaultdict(list)
    for node in nodes:
        if isinstance(node, ast.FunctionDef) and (body := node.body[ast.get_docstring(node) is not None :]):
            found[tuple(word_of(one) for part in (node.args, *body) for one in ast.walk(part))].append(node.name)
    return list(found.values())


FACTS = {"core/layer.py": "a fact of layers each, in words of its own"}
"""Files with functions that are alike, and why they are no table."""


def test_three_functions_that_differ_in_texts_and_numbers_alone_are_a_table() -> None:
    found = {
        name: [n for n in bodies(nodes_of(path)) if len(n) > 2]
        for name, path in written_files().items()
        if name not in FACTS
    }
    assert {name: alike for name, alike in found.items() if alike} == {}


def test_functions_of_a_kind_are_found() -> None:
    text = "\n".join(f"def {name}(x):\n    '''{name}.'''\n    return x.give('{name}', {len(name)})" for name in "abc")
    other = "def d(x):\n    return x.take('d', 1)"
    assert [names for names in bodies(ast.walk(ast.parse(f"{text}\n{other}"))) if len(names) > 2] == [["a", "b", "c"]]


# --- numbers ----------------------------------------------------------------------------------

SMALL = {0, 1, 2}
RANKS = {3, 4}
"""A volume has up to three axes and a depth: what is compared with `len` or `ndim` may be one of these."""
EQUALS = (ast.Eq, ast.NotEq)
ORDERS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, *EQUALS)
REASONS = {
    ("dialects/readers.py", 6): "ReLU6",
    ("display/style.py", 127): "the control character DEL",
    ("lowering/keras/elementwise.py", 6): "ReLU6",
    ("formats/onnx_model/fusions.py", 0.5): "half, which every float says exactly",
    ("formats/onnx_model/operators.py", 0.5): "half, which every float says exactly",
    ("display/style.py", 32): "the first character that is none of control",
    ("explanation/costs.py", 1000): "from here on bytes have a unit",
    ("display/memory_refusal.py", 100): "tenths of 10, from which on they are left out",
    ("display/summary.py", 100): "percent, and tenths of 10 %",
    ("drawing/page_layout.py", 0.1): "two places are one, but for rounding",
    ("drawing/page_layout.py", 26): "letters of the alphabet",
    ("formats/onnx_model/wire.py", 0x7F): "the bits of a byte that count in a varint",
    ("formats/onnx_model/wire.py", 0x80): "the bit that says that more bytes follow",
    ("repairs/joins.py", 3): "the order of repairs by padding, which is the last of those that lose nothing",
    ("settings/yaml_values.py", 30): "characters of a number that are worth converting",
    ("syntax_errors/recover.py", 3): "tries of recovery, after which guesses are allowed",
    ("syntax_errors/recover.py", 5): "lines that are named",
    ("syntax_errors/recover.py", 8): "tries without a step forward, after which the rest of a text is left",
    ("syntax_errors/replacements.py", 10): "digits of a number that is worked out",
    ("language/value_text.py", 16): "digits of a double",
    ("language/value_text.py", 5): "zeros behind the point, as Python prints them",
}
"""Numbers that say themselves what they are where they stand, each with what that is."""


def thresholds(nodes: Iterable[ast.AST]) -> Iterator[tuple[int, float]]:
    """The line and the value of every number without a name that something is compared with."""
    for node in nodes:
        if not isinstance(node, ast.Compare) or not any(isinstance(sign, ORDERS) for sign in node.ops):
            continue
        for side in (node.left, *node.comparators):
            bare = side.operand if isinstance(side, ast.UnaryOp) else side
            if not isinstance(bare, ast.Constant) or type(bare.value) not in (int, float) or bare.value in SMALL:
                continue
            text = ast.unparse(node)
            counts = re.search(r"\blen\(|\bndim\b|\brank\b", text)
            if "opset" not in text and not (counts and bare.value in RANKS):
                yield node.lineno, bare.value


def test_a_number_that_something_is_compared_with_has_a_name_or_a_reason() -> None:
    found = [
        (name, line, value) for name, path in written_files().items() for line, value in thresholds(nodes_of(path))
    ]
    assert [one for one in found if (one[0], one[2]) not in REASONS] == []
    assert set(REASONS) <= {(name, value) for name, _, value in found}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a > 50", [50]),
        ("-5 < a < MOST", [5]),
        ("a == 50", [50]),
        ("a != 0.5", [0.5]),
        ("a > 2", []),
        ("len(a) == 3", []),
        ("3 < len(a) <= 9", [9]),
    ],
)
def test_a_number_without_a_name_is_found(text: str, found: list[float]) -> None:
    assert [value for _, value in thresholds(ast.walk(ast.parse(text)))] == found


INEXACT = {
    "formats/printed_table/window_guesses.py": "a root that is rounded, and whose power is compared as a whole number",
}
"""Files with equalities of floats that are computed, and why they hold."""


def inexact(nodes: Iterable[ast.AST]) -> list[int]:
    """The lines with an equality in which a division or `float` makes a number that need not be exact."""
    return [
        node.lineno
        for node in nodes
        if isinstance(node, ast.Compare) and any(isinstance(sign, EQUALS) for sign in node.ops)
        for part in ast.walk(node)
        if (isinstance(part, ast.BinOp) and isinstance(part.op, ast.Div))
        or (isinstance(part, ast.Name) and part.id == "float")
    ]


def test_no_figure_is_compared_as_a_float() -> None:
    assert {name for name, path in written_files().items() if inexact(nodes_of(path))} == INEXACT.keys()
    assert inexact(ast.walk(ast.parse("a / b == c\nfloat(a) != b\na // b == c\na == b"))) == [1, 2]


# --- units ------------------------------------------------------------------------------------

UNITS = {"bytes": r"(?i)bytes?\b", "memory": r"(?i)bytes?\b|memory", "seconds": r"(?i)seconds?\b"}
"""What a docstring has to say where a name, or one of what it takes, has this word in it."""


def unsaid(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Public functions that speak of bytes or seconds, and do not say so to the reader."""
    for node in nodes:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and (text := ast.get_docstring(node)):
            names = [node.name, *(a.arg for a in (*node.args.args, *node.args.kwonlyargs))]
            words = {word for name in names for word in name.split("_")}
            if any(word in words and not re.search(unit, text) for word, unit in UNITS.items()):
                yield node.name


def test_a_function_that_speaks_of_bytes_or_seconds_says_so() -> None:
    assert {name: silent for name, path in written_files().items() if (silent := list(unsaid(nodes_of(path))))} == {}
