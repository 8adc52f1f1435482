"""Finds the networks in folders, and tells paths from texts."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence

from shapecalc.core.patterns import lazy_pattern

Wants = Callable[[str, bool], bool]

_HEAD = 4096
"""Bytes of a file that are looked at."""
_ARROW = rb"(?:=>|->|\xe2\x86\x92|\xe2\x87\x92)"
_DIAGRAM = lazy_pattern(rb"^[ \t]*+(?:\[[ \t]*+)?input\b(?:[^\n]*?|[^\n]*+\s*+)" + _ARROW, re.IGNORECASE | re.MULTILINE)
_CONFIG = lazy_pattern(rb"\b(?:layers|diagram)[\"']?[ \t]*:")
_FRAMEWORK = lazy_pattern(r"\b(?:(?:torch|tensorflow|keras|Sequential)\b|(?:nn|layers)\.\w)")
OTHER_KINDS = (
    ".py", ".ipynb", ".onnx", ".keras", ".h5", ".pt2", ".json", ".prototxt", ".cfg", ".yaml", ".yml",
)  # fmt: skip
"""How files of other tools end, which are networks in folders where the settings include them."""
_LONGEST_HEAD = 65_536
"""Bytes of a file by which its format is known."""
_LONGEST_PATH = 4096
"""Characters of a path that are looked for."""
_ARROWS = lazy_pattern(r"=>|->|[→⇒]")
"""What a diagram has, and a path has not."""
_BEGINS = lazy_pattern(
    r"\s*+(?:\[\s*+)?(?:input(?:\s*[(\[:]\s*\d|\(|\s+\d)|\d+c\d+-\d*[a-z]|\d+x\d+(?:x\d+)?-\(?(?:\d+x)?\d+c\d)",
    re.IGNORECASE,
)
"""How a diagram begins, and how `28x28-32C5-MP2-10` does."""
_LIKE_PATH = lazy_pattern(r"[./~].*|\w:\\.*|.*[\w)\]]/(?:[A-Za-z.].*)?|.*\.\w{1,9}|[\w ]+ [(\[]\d{1,2}[)\]]")
"""A line with folders, a suffix, or the number of a copy."""
_LIKE_TEXT = lazy_pattern(r"\s*[\w\[(|].*?(?:[\[\](),|\n]|\s-\s|:\s)", re.DOTALL)
"""What a text has more often than a path."""
_SIZES = lazy_pattern(r"\w\(\d|\d\s*[xX×=]\s*\d|=")


def is_text(path: str) -> bool:
    """Whether what was given as a path is the text of a network itself."""
    if os.path.lexists(path[:_LONGEST_PATH]):
        return False
    if _ARROWS.search(path):
        return True
    if "\n" not in path and _LIKE_PATH.fullmatch(path):
        return False
    return _BEGINS.match(path) is not None or (_LIKE_TEXT.match(path) is not None and names_layers(path))


def names_layers(text: str) -> bool:
    """Whether most of its words are layers, the first one too, or it has one and a size."""
    kinds = _kinds(text)
    mostly = 2 * sum(map(bool, kinds)) > len(kinds) and kinds[0]
    return any(kinds) and bool(mostly or _SIZES.search(text))


def _kinds(text: str) -> list[str]:
    """The layer that each word of a text is, empty for any other word."""
    from shapecalc.registry import by_name  # what files that are there do not load

    words = re.findall(r"[A-Za-z]+", text[:_LONGEST_PATH])
    return [named.type.kind if (named := by_name(word)) else "" for word in words]


def find_networks(paths: Sequence[str], wants: Wants = lambda path, usual: usual) -> Iterator[str]:
    """Files as they are named; for a folder every network below it, in order. Hidden folders are left out.

    A `.txt` file is one where it holds a diagram. Pipes and devices in a folder are left out. A folder that cannot be
    listed is given itself, so that whoever reads it says why. `wants` says of a file in a folder, given whether it is
    usually one, whether it is; one that is not usual is left out where it is plainly something else (package.json).
    """
    for named in paths:
        if named == "-" or not os.path.isdir(named):
            yield named
            continue
        from shapecalc.formats.known_formats import suffixes

        closed: list[OSError] = []
        for folder, folders, files in os.walk(named, onerror=closed.append):
            folders[:] = sorted(f for f in folders if not f.startswith("."))
            known = os.access(folder, os.X_OK)  # without that, files have names only, and their readers say why
            for file in sorted(files):
                path = os.path.join(folder, file)
                if file.startswith(".") or (known and not os.path.isfile(path)):
                    continue
                usual = file.endswith(suffixes()) or _holds_diagram(path)
                if wants(path, usual) and (usual or may_be_network(path)):
                    yield path
        yield from (str(problem.filename) for problem in closed)


def _holds_diagram(path: str) -> bool:
    """Whether a `.txt` file begins as a diagram: an INPUT is the first thing of a line, an arrow and a layer follow.

    `Input data -> output` is a sentence of a README.txt.
    """
    if not path.endswith(".txt"):
        return False
    try:
        with open(path, "rb") as file:
            found = _DIAGRAM.search(head := file.read(_HEAD))
            kinds = _kinds(head[found.start() :].decode("utf-8", "replace")) if found else []
            return any(kind not in ("", "INPUT") for kind in kinds)
    except OSError:
        return False  # it was not named, and what it holds cannot be known


def may_be_network(path: str) -> bool:
    """Whether a file begins as one of any format does; so does one that cannot be read, whose reader says why.

    Text that only its name makes a format's is none, nor is YAML without layers or a diagram, nor Python that names no
    framework (setup.py), nor what is of no format and names no layer.
    """
    from shapecalc.formats.known_formats import format_of

    try:
        with open(path, "rb") as file:
            data = file.read(_LONGEST_HEAD)
    except OSError:
        return True
    text = "" if b"\0" in data else data.decode("utf-8", "replace").lstrip()
    name = format_of(path, data) or (text and format_of(path, text))
    if path.endswith((".py", ".ipynb")):
        return _FRAMEWORK.search(text) is not None
    if name == "diagram":
        return any(_kinds(text))
    return name not in ("", "misnamed") and (name != "yaml" or _CONFIG.search(data) is not None)
