"""Notebooks of Jupyter: the program in their cells of code, with every place in the file."""

from __future__ import annotations

from shapecalc.diagnostics.diagnostic import Diagnosed, Diagnostic, Source, report
from shapecalc.formats.read import Head, Network, Options, read_inside

RANK = 30
"""JSON whose first key says it."""
_FIRST_KEYS = ('"cells"', '"metadata"', '"nbformat"', '"worksheets"')
_PYTHON_CELLS = ("%%time", "%%timeit", "%%capture", "%%prun")
"""First words of cells that are Python all the same; others are of another language, or write a file."""

_INSTEAD = "give the file of the model, or paste what print(model) prints"


def accepts(path: str, head: Head) -> bool:
    """Whether a text begins as a notebook does."""
    return isinstance(head, str) and head[:1] == "{" and head[1:].lstrip().startswith(_FIRST_KEYS) and '"cell' in head


def read(source: Source, problems: list[Diagnostic], options: Options) -> Network:
    """The network that the code of a notebook makes, without fixes: the file is JSON, and is never written.

    Raises Diagnosed SHP010 where the file is not whole, SHP020 where there is no Python in it, a cell of it is none, or
    it makes no model, and what the program raises.
    """
    from shapecalc.core.record import replace
    from shapecalc.passes.graph import Graph

    try:
        network = read_inside(source, *_code_of(source.text), problems, options)
    except Diagnosed as problem:
        raise Diagnosed(*(replace(one, fixes=()) for one in problem.diagnostics)) from None
    if isinstance(network, Graph) and network.words:
        return network
    raise Diagnosed(report("SHP020", "the code of this notebook makes no model that is read", help=(_INSTEAD,)))


def _code_of(text: str) -> tuple[str, list[int]]:
    """The code of all cells, and where each character of it is in the file. Raises Diagnosed SHP010, SHP020."""
    import re

    from shapecalc.lowering.json_values import PlacedString, characters_of, list_in, parse_json, value_at

    whole = parse_json(text, placed=True)
    sheets = [whole, *list_in(whole, "worksheets")]  # of which files had some before 2015
    code, places = list[str](), list[int]()
    for cell in (cell for sheet in sheets for cell in list_in(sheet, "cells")):
        if value_at(cell, "cell_type") != "code":
            continue
        written = value_at(cell, "source") or value_at(cell, "input")
        written = written if isinstance(written, list) else [written]
        lines = [line for line in written if isinstance(line, PlacedString)]
        first = re.match(r"\s*(%%\w*)", "".join(lines))
        if not lines or (first and first[1] not in _PYTHON_CELLS):
            continue
        for line in lines:
            code.append(line)
            places += characters_of(text, line.span)
        code.append("\n")
        places.append(lines[-1].span[1])
    if not places:
        raise Diagnosed(report("SHP020", "this notebook has no cell of Python", help=(_INSTEAD,)))
    return re.sub(r"[\0\r\xa0\ud800-\udfff]", " ", "".join(code)), places
