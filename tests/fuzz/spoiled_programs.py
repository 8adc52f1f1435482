"""Spoils programs by their syntax tree: what is left is Python, and mostly not what anybody meant.

Notebooks and Markdown are spoiled in their code, and around it.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Sequence
from copy import deepcopy
from random import Random

from tests.fuzz.binary import spoil_json
from tests.fuzz.mutate import mutate

WRAPPED = (
    "for x in range(3):\n  pass", "while True:\n  pass", "if x:\n  pass", "with a as b:\n  pass",
    "def f(self, x):\n  pass", "class A(nn.Module):\n  pass", "try:\n  pass\nfinally:\n  x",
    "for i, x in enumerate(self.layers):\n  pass",
    "for x in x:\n  pass", "@f\ndef f(*a, **k):\n  pass", "async def f():\n  pass", "match x:\n case [*x]:\n  pass",
)  # fmt: skip
"""Statements around a statement."""
PUT = (
    "0", "-1", "10**30", "2**63", "1.5", "float('inf')", "None", "True", "''", "'3x3'", "()", "[]", "[x] * 9**9", "{}",
    "{**x}", "self", "x", "x.shape", "x.size(0)", "x[None]", "x[..., ::2]", "lambda x: x", "lambda *a: f(*a)", "print",
    "range(10**12)", "range(9)", "[i for i in range(4) for j in range(i)]", "{i: i for i in range(5)}", "f'{x!r:>{x}}'",
    "(y := x)", "x if x else y", "x @ x", "not x", "*x", "super()", "type(x)", "nn", "self.forward", "Net", "Net()",
    "f()", "model", "model.layers[-1].output", "nn.Sequential()", "torch.cat([x, x], 1)", "x.view(-1)", "x + x",
    "layers.concatenate([x] * 60)", "getattr(self, 'x')", "next(iter(x))", "sum(x)", "math.prod([2] * 99)", "await x",
)  # fmt: skip
"""Expressions in the place of another."""


def spoil_program(text: str, others: Sequence[str], random: Random) -> str:
    """The program with some of its parts replaced, lost, doubled, moved or wrapped, or with its tokens spoiled."""
    try:
        tree, other = ast.parse(text), ast.parse(random.choice(others))
    except (SyntaxError, ValueError):
        return mutate(text, others, random)
    if random.random() < 0.3:
        return mutate(text, others, random)
    for _ in range(random.choice((1, 1, 1, 2, 3, 6))):
        places, foreign = [*_places(tree)], [*_places(other)]
        kinds = {isinstance(old, ast.stmt) for _, _, old in places}
        kind = random.choice([*kinds, False] if kinds else [False])
        mine = [place for place in places if isinstance(place[2], ast.stmt) == kind]
        if not mine:
            break
        theirs = [old for _, _, old in (*mine, *foreign) if isinstance(old, ast.stmt) == kind]
        _change(random.choice(mine), deepcopy(random.choice(theirs)), random)
    try:
        return ast.unparse(ast.fix_missing_locations(tree)) + "\n"
    except (RecursionError, ValueError, AttributeError, TypeError):  # a tree that stands for no text
        return text


def _places(tree: ast.AST) -> Iterator[tuple[list[ast.AST], int, ast.AST]]:
    """Every statement and expression in a list of a tree, with the list and where it is there."""
    for node in ast.walk(tree):
        for name, value in ast.iter_fields(node):
            if isinstance(value, ast.expr):
                holder = _Field(node, name)
                yield holder, 0, value
            for at, one in enumerate(value) if isinstance(value, list) else ():
                if isinstance(one, ast.stmt | ast.expr):
                    yield value, at, one


class _Field(list[ast.AST]):
    """A field of a node, as a list of one that is written back."""

    def __init__(self, node: ast.AST, name: str) -> None:
        super().__init__([getattr(node, name)])
        self.node, self.name = node, name

    def __setitem__(self, at: object, value: object) -> None:
        setattr(self.node, self.name, value)


def _change(place: tuple[list[ast.AST], int, ast.AST], other: ast.AST, random: Random) -> None:
    holder, at, old = place
    if isinstance(old, ast.stmt):
        wrap = ast.parse(random.choice(WRAPPED)).body[0]
        body = wrap.cases[0].body if isinstance(wrap, ast.Match) else wrap.body  # type: ignore[attr-defined]
        match random.randrange(5):
            case 0:
                holder[at : at + 1] = [ast.Pass()] if len(holder) == 1 else []
            case 1:
                holder[at:at] = [deepcopy(old) for _ in range(random.choice((1, 1, 3, 50)))]
            case 2:
                holder[at] = other
            case 3:
                body[:] = [old]
                holder[at] = wrap
            case _:
                random.shuffle(holder)
    elif isinstance(old, ast.Constant) and isinstance(old.value, int) and random.random() < 0.5:
        holder[at] = ast.Constant(random.choice((0, 1, 2, 3, 7, old.value + 1, -old.value, 10**9, 10**29)))
    elif random.random() < 0.5:
        holder[at] = other
    else:
        put = random.choice(PUT)
        holder[at] = ast.parse(f"f({put})", mode="eval").body.args[0]  # type: ignore[attr-defined]


def spoil_notebook(text: str, others: Sequence[str], random: Random) -> str:
    """A notebook with the program in its cells spoiled, or the JSON around it."""
    try:
        code = "".join(line for cell in json.loads(text)["cells"] for line in cell["source"])
    except (ValueError, TypeError, KeyError):
        return mutate(text, others, random)
    if random.random() < 0.3:
        return spoil_json(text, random) if random.random() < 0.5 else mutate(text, others, random)
    return notebook(spoil_program(code, [code], random), random.choice((1, 2, 5)))


def notebook(program: str, cells: int = 1) -> str:
    """A notebook of a program, in as many cells of about as many lines."""
    lines = program.splitlines(keepends=True)
    step = max(len(lines) // cells, 1)
    parts = [lines[at : at + step] for at in range(0, len(lines), step)]
    return json.dumps({"cells": [{"cell_type": "code", "source": part} for part in parts]}, indent=1)


def spoil_markdown(text: str, others: Sequence[str], random: Random) -> str:
    """Markdown with the program in its block spoiled, or what is around it."""
    head, fence, rest = text.partition("```python\n")
    code, end, tail = rest.partition("```")
    if not fence or random.random() < 0.3:
        return mutate(text, others, random)
    return head + fence + spoil_program(code, [code], random) + end + tail
