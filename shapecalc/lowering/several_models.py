"""Models that are printed one after the other in a text, as one graph of several networks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import islice

from shapecalc.core.phrases import common_ends
from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Diagnosed, report
from shapecalc.expansion.options import Options
from shapecalc.passes.graph import Graph

_PROMPT = re.compile(r"^Out ?\[\d+\]:", re.MULTILINE)
_NUMBER = re.compile(r"[ \t]*(\d{1,6})[:.|]?(?=\s|$)")
"""That of a line, as editors and `cat -n` print it."""
MOST = 20
"""Models that are read of one text: each is looked for in the whole of it."""


def together(models: Iterable[Callable[[Options], Graph]], options: Options) -> Graph:
    """The graphs of all models side by side. `--input` is of the first, and of those that leave a size open.

    Raises Diagnosed as each does, and SHP109 for more than `MOST`.
    """
    first, *others = islice(models, MOST + 1)
    if len(others) == MOST:
        help = ("give each a file of its own",)
        raise Diagnosed(report("SHP109", f"the text has more than {MOST} models", help=help))
    whole = first(options)
    for model in others:
        graph = model(replace(options, input=None))
        if options.input and any(found.code == "SHP114" for found in graph.diagnostics):
            graph = model(options)
        whole = _beside(whole, graph)
    return whole


def without_prefixes(text: str) -> str:
    """A text whose lines all begin alike, digits apart, as quotations and logs do, with spaces in place of that.

    >>> without_prefixes("12:01 INFO: A(\\n12:02 INFO:   (b): B()\\n12:03 INFO: )")
    '            A(\\n              (b): B()\\n            )'
    """
    text = _PROMPT.sub(lambda prompt: " " * len(prompt.group()), text)
    lines = text.split("\n")
    numbers = [int(found[1]) if (found := _NUMBER.match(line)) else 0 for line in lines if line.strip()]
    if numbers and numbers == [*range(max(numbers[0], 1), numbers[0] + len(numbers))]:
        lines = [re.sub(r"^[ \t]*\d+[:.|]?", lambda number: " " * len(number.group()), line) for line in lines]
    alike = [re.sub(r"\d", "0", line) for line in lines if line.strip("># \t")]
    first = min(alike, default="")
    common = first[: common_ends(first, max(alike, default=""))[0]].rstrip(" \t|│┃+")  # a bar is the edge of a table
    length = len(common)
    if common.endswith('"'):  # lines of a notebook, as its file has them
        lines = [re.sub(r'(?:\\n)?",?[ \t]*$', lambda end: " " * len(end.group()), line) for line in lines]
    return "\n".join(" " * len(line[:length]) + line[length:] for line in lines)


def _beside(one: Graph, other: Graph) -> Graph:
    start = len(one.nodes)
    moved = other.renumbered({node.index: start + node.index for node in other.nodes})
    found = (d if d.layer is None else replace(d, layer=start + d.layer) for d in other.diagnostics)
    nodes, claims = (*one.nodes, *moved.nodes), (*one.claims, *moved.claims)
    return replace(one, nodes=nodes, claims=claims, diagnostics=(*one.diagnostics, *found))
