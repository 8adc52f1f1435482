"""The syntax tree of a text in Python, which may be a part of a program, or of a notebook."""

from __future__ import annotations

import ast
import re
import warnings

_NO_PYTHON = re.compile(r"^(?:[ \t]*[!%][^\n]*)$|^[ \t]*(?:>{3}|\.{3}|In \[\d+\]:)(?: |$)", re.MULTILINE)
"""Commands of a notebook, and prompts."""


def parsed(text: str) -> list[ast.stmt] | SyntaxError:
    """The statements of a text, or what Python says is wrong with it."""
    text = plain(text)
    problems = list[SyntaxError]()
    for before, lines in (("", 0), ("if True:\n", 1)):  # a part of a class is further to the right
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(before + text)
        except SyntaxError as problem:
            problem.lineno = (problem.lineno or 1) - lines
            problems.append(problem)
            continue
        except (ValueError, RecursionError, MemoryError):
            return SyntaxError("it nests too deeply")
        body = tree.body[0].body if lines and isinstance(tree.body[0], ast.If) else tree.body
        for node in body if lines else ():
            ast.increment_lineno(node, -lines)
        return [*body]
    return max(problems, key=lambda problem: problem.lineno or 0)


def plain(text: str) -> str:
    """The text without what is of a notebook, each place where it was."""
    text = text.replace("\r\n", " \n").replace("\r", "\n").replace("\f", " ")
    return _NO_PYTHON.sub(lambda match: " " * len(match.group()), text)
