"""The directions of imports, and what a command may not load."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from shapecalc.cli import COMMANDS
from tests.packagefiles import PACKAGE, module_files, nodes_of, tree_of

ROOM = "INPUT(8x8x3) => CONV(4) => RELU => FC(10)\n"

FLOORS = (
    "numerics",
    "core",
    "diagnostics",
    "layers",
    "registry",
    "language",
    "dialects",
    "notations",
    "syntax_errors",
    "parse",
    "passes",
    "repairs",
    "expansion",
    "settings",
    "lowering",
    "published",
    "formats",
    "rules",
    "suppressions",
    "transforms",
    "configuration",
    "explained",
    "tried_fixes",
    "pipeline",
    "zoo",
    "explanation",
    "verification",
    "writers",
    "against",
    "display",
    "reference",
    "drawing",
    "renderers",
    "api",
    "cli",
    "__main__",
)
"""From the ground up: what is here imports only from what is before it."""
OF_LAYERS = {"core"}
"""What a layer type may be made of."""
FOLDERS = ("layers", "renderers", "formats", "cli")
"""Folders of siblings that do not know each other (what commands share is beside them in cli/)."""


@cache
def imports_of(path: Path) -> set[str]:
    """Names of our modules that a file imports anywhere, without the package's own name."""
    found = set()
    for node in nodes_of(path):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "shapecalc":
            base = node.module.removeprefix("shapecalc").strip(".")
            for name in (f"{base}.{a.name}".strip(".") for a in node.names):
                found |= {name} & module_files().keys() or {base} - {""}
        elif isinstance(node, ast.Import):
            found |= {a.name.removeprefix("shapecalc.") for a in node.names if a.name.startswith("shapecalc.")}
    return found


def test_every_room_has_its_floor_and_imports_only_from_below() -> None:
    rank = {room: floor for floor, room in enumerate(FLOORS)}
    upwards = [
        f"{name} imports {other}"
        for name, path in module_files().items()
        if name != "__init__"
        for other in imports_of(path)
        if rank[other.split(".")[0]] > rank[name.split(".")[0]]
    ]
    assert upwards == []


def test_no_two_files_import_each_other_in_a_circle() -> None:
    arrows = {name: imports_of(path) for name, path in module_files().items()}
    left = {name.removesuffix(".__init__") for name in arrows}
    by_name = {name.removesuffix(".__init__"): others for name, others in arrows.items()}
    while free := {name for name in left if not {o for o in by_name[name] if o != name} & left}:
        left -= free
    assert left == set()


def test_no_type_and_no_file_has_a_name_twice() -> None:
    types: dict[str, list[str]] = {}
    files: dict[str, list[str]] = {}
    for name, path in module_files().items():
        if path.name != "__init__.py" and name.removeprefix("cli.") not in COMMANDS:
            files.setdefault(path.name, []).append(name)
        for node in tree_of(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                types.setdefault(node.name, []).append(name)
    assert {name: where for name, where in (types | files).items() if len(where) > 1} == {}


def test_layers_import_only_what_a_layer_is_made_of() -> None:
    for path in (PACKAGE / "layers").glob("*.py"):
        assert {i.split(".")[0] for i in imports_of(path)} <= OF_LAYERS, path.name


def test_siblings_in_a_folder_do_not_know_each_other() -> None:
    from shapecalc.cli import COMMANDS
    from shapecalc.formats.known_formats import BESIDE

    for name, path in module_files().items():
        folder = name.split(".")[0]
        if folder not in FOLDERS or "." not in name:
            continue
        siblings = {i for i in imports_of(path) if i.startswith(f"{folder}.") and i.split(".")[1] != name.split(".")[1]}
        if folder == "cli":
            siblings &= {f"cli.{command}" for command in COMMANDS}
        siblings -= {
            f"formats.{name}" for name in BESIDE
        }  # the door, through which a format reads a text inside of its own
        assert not siblings, f"{name} imports {siblings}"


def test_nothing_but_the_command_line_imports_the_command_line() -> None:
    for name, path in module_files().items():
        if not name.startswith("cli") and name != "__main__":
            assert not {i for i in imports_of(path) if i.split(".")[0] == "cli"}, name


def test_only_the_command_line_prints_and_exits() -> None:
    for name, path in module_files().items():
        for node in nodes_of(path) if not name.startswith(("cli", "__main__")) else ():
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                assert ast.unparse(node.func) not in ("print", "sys.exit", "exit", "click.echo"), name


BY_NAME = {"getattr", "hasattr", "vars"}
NO_LAYERS = {"builder", "part", "thing", "error", "event", "token", "yaml", "os", "sys", "_here", "module", "program"}
"""What else is asked for an attribute by its name: parts of trees, modules, programs, other people's objects."""


def asked_by_name(nodes: list[ast.AST]) -> list[str]:
    """The calls that ask a thing for an attribute by name, and the thing may be a layer."""
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    asking = [c for c in calls if isinstance(c.func, ast.Name) and c.func.id in BY_NAME and c.args]
    dicts = [n for n in nodes if isinstance(n, ast.Attribute) and n.attr == "__dict__"]
    return [ast.unparse(c) for c in asking if ast.unparse(c.args[0]) not in NO_LAYERS] + [ast.unparse(d) for d in dicts]


def test_no_pass_asks_a_layer_for_an_attribute_by_name() -> None:
    """A layer that calls it otherwise, or has another use for the name, would be read wrongly without a word."""
    for name, path in module_files().items():
        if name != "language.syntax" and name.split(".")[0] not in ("core", "layers", "registry", "cli", "__init__"):
            assert asked_by_name(nodes_of(path)) == [], name


@pytest.mark.parametrize(
    "line",
    ["getattr(row.node.layer, 'mode', '')", "'ceil' in vars(layer)", "hasattr(e.layer, field)", "layer.__dict__['n']"],
)
def test_an_attribute_asked_for_by_name_is_found(line: str) -> None:
    assert len(asked_by_name([*ast.walk(ast.parse(line))])) == 1


def test_no_module_uses_a_private_name_of_another() -> None:
    used = [
        f"{name} takes {alias.name} of {node.module}"
        for name, path in module_files().items()
        for node in nodes_of(path)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("shapecalc")
        for alias in node.names
        if alias.name.startswith("_") and not alias.name.startswith("__")
    ]
    assert used == []


def test_passes_know_nouns_of_the_language_and_no_step_of_reading_it() -> None:
    nouns = {"language", "language.syntax", "language.figures"}
    for name, path in module_files().items():
        if name.startswith("passes."):
            assert {i for i in imports_of(path) if i.split(".")[0] == "language"} <= nouns, name


def test_options_by_name_stop_at_the_command_line() -> None:
    """What a command was given is a dictionary there alone; below it is a record."""
    for name, path in module_files().items():
        for node in nodes_of(path) if not name.startswith(("cli", "__main__")) else ():
            if isinstance(node, ast.arg) and node.annotation is not None:
                by_name = "dict[str, Any]" in ast.unparse(node.annotation)
                assert not (by_name and node.arg in ("chosen", "options")), f"{name}: {node.arg}"


OTHER_WORDS = {
    "mistake": "syntax error", "mend": "fix", "complaint": "diagnostic", "finding": "diagnostic",
    "settle": "resolve", "wild": "lexeme", "turn": "iteration", "footprint": "memory estimate", "bucket": "category",
    "tally": "counter", "told": "reported", "forgiven": "pending", "poison": "nan probe", "sight": "windows",
    "paint": "ansi", "wording": "formatting", "behind": "after", "heap": "accumulator",
}  # fmt: skip
"""Words that the field has another one for: one thing has one name, in files, types and functions."""


def words_of(name: str) -> list[str]:
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z]+", name)]


def test_a_thing_has_the_name_that_its_field_has_for_it() -> None:
    named = {(name, word) for name in module_files() for word in words_of(name)}
    for name, path in module_files().items():
        defined = [n for n in nodes_of(path) if isinstance(n, ast.ClassDef | ast.FunctionDef)]
        named |= {(f"{name}.{node.name}", word) for node in defined for word in words_of(node.name)}
    found = {word: OTHER_WORDS[one] for word, of in named for one in {of, of.removesuffix("s")} & OTHER_WORDS.keys()}
    assert found == {}


LONGEST_FILE = 400
"""Lines: a file of more than 250 is asking to be two, and none is asking for more than this."""
LONGEST_FUNCTION = 60


def test_files_and_functions_are_short() -> None:
    for name, path in module_files().items():
        assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE, name
        for node in nodes_of(path):
            if isinstance(node, ast.FunctionDef):
                assert (node.end_lineno or 0) - node.lineno < LONGEST_FUNCTION, f"{name}.{node.name}"


def loaded_by(*arguments: str, tmp_path: Path) -> set[str]:
    """Top-level modules that a command imports, read from -X importtime."""
    (tmp_path / "net.net").write_text(ROOM, encoding="utf-8")
    command = [sys.executable, "-X", "importtime", "-m", "shapecalc", *arguments]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    lines = (line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if "import time:" in line)
    return {line.split(".")[0] for line in lines}


CLEAN = {"yaml", "rich", "numpy", "onnx", "lark", "dataclasses", "fractions"}
"""What a check of a text without mistakes has no use for."""


@pytest.mark.parametrize(
    ("arguments", "forbidden"),
    [
        (("--version",), {"lark", "yaml", "rich", "numpy", "dataclasses", "tomllib", "json"}),
        (("--help",), {"lark", "yaml", "rich", "numpy"}),
        (("check", "--format", "json", "net.net"), CLEAN),
        (("check", "--format", "concise", "net.net"), CLEAN),
        (("check", "net.net"), {"yaml", "numpy", "onnx"}),
    ],
)
def test_a_command_loads_only_what_it_needs(arguments: tuple[str, ...], forbidden: set[str], tmp_path: Path) -> None:
    assert not loaded_by(*arguments, tmp_path=tmp_path) & forbidden


def test_every_schema_is_json() -> None:
    for path in (PACKAGE / "schemas").glob("*.json"):
        assert json.loads(path.read_text(encoding="utf-8"))["$schema"].startswith(
            ("https://json-schema.org/", "http://json-schema.org/draft-07/")
        )
