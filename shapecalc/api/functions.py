"""The public functions: what the commands do, for programs. Nothing heavy is imported until one is called."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, Unpack

from shapecalc.api.choices import NetworkOptions, ReportOptions, check_options, expand_options, refuse_unknown
from shapecalc.api.network_report import Report, without_search
from shapecalc.core.patterns import lazy_pattern
from shapecalc.diagnostics.diagnostic import Diagnosed, Source

if TYPE_CHECKING:
    import numpy as np

    from shapecalc.passes.graph import Graph
    from shapecalc.verification.verify import Verification

Text: TypeAlias = str | os.PathLike[str]
"""A str is the text of a network itself, or `zoo:NAME`; a path object names a file."""


@without_search()
def check(source: Text, **options: Unpack[ReportOptions]) -> Report:
    """The report of one network; what is wrong with the text is among its diagnostics and raises nothing.

    Networks in one text that share no layer are taken as one, with a warning; `check_files` reports each.

    Options are those of the command line (`ReportOptions`). Raises OSError for a file that cannot be opened,
    ValueError for one that is no text and for an option with a wrong value, TypeError for an unknown option.
    """
    from shapecalc import pipeline

    refuse_unknown(check, options, ReportOptions.__annotations__)
    chosen = check_options(options)
    return Report.of(pipeline.check(_source(source), chosen))


@without_search()
def check_files(paths: Text | Iterable[Text], **options: Unpack[ReportOptions]) -> list[Report]:
    """A report for every network in files and folders, in order. Here a str is a path as well.

    A file in a folder that is no text gets a report that says so, and the others are checked. Raises FileNotFoundError
    for a path that does not exist, and what `check` raises for options.
    """
    from shapecalc import pipeline
    from shapecalc.formats.discover import find_networks
    from shapecalc.formats.sources import read_source
    from shapecalc.passes.report import CheckedNetwork
    from shapecalc.published import PREFIX

    refuse_unknown(check_files, options, ReportOptions.__annotations__)
    chosen = check_options(options)
    named = _paths(paths)
    for path in named:
        if not path.startswith(PREFIX):
            os.stat(path)
    reports: list[Report] = []
    for path in find_networks(named):
        try:
            networks = pipeline.check_networks(read_source(path), chosen)
        except Diagnosed as problem:
            unread = (Source(path, ""), path, (), None, problem.diagnostics)
            networks = [CheckedNetwork(*unread, conventions=chosen.conventions)]
        reports.extend(map(Report.of, networks))
    return reports


class VerifyOptions(NetworkOptions, total=False):
    """How a network is run."""

    seed: int
    """Where random numbers begin."""
    image: np.ndarray[Any, np.dtype[Any]] | os.PathLike[str]
    """An array of width x height x channels, or several with their number in front; or the .npy file of one."""
    zeros: bool
    """Run on zeros instead of a random image."""
    batch: int
    """Images at once."""
    memory_limit: int
    """Bytes that the run may take; most of what is free by default."""


def verify(source: Text, **options: Unpack[VerifyOptions]) -> Verification:
    """Runs a network in NumPy and compares every figure of its report with what happened.

    `ok` says whether all figures hold; `proved` how many, `wrong` which layers differ, `layers` has every proof.
    Raises Diagnosed (a ValueError) where the text has errors, ValueError where a volume is unknown or the image does
    not fit, MemoryError before more memory is taken than there is, and what `check` raises.
    """
    from shapecalc.api.run import verified

    refuse_unknown(verify, options, VerifyOptions.__annotations__)
    report = check(source, **_of(ReportOptions, options))
    return verified(report, options)


@without_search()
def expand(source: Text, *, level: Literal["flat", "block"] = "flat", **options: Unpack[NetworkOptions]) -> str:
    """The closed network as a diagram: every layer written out, or (`level="block"`) with blocks and repeats kept.

    Raises Diagnosed (a ValueError) with all errors of the text, ValueError for a layer of another tool that has no
    word, and what `check` raises.
    """
    from shapecalc.formats.read import read_graph

    refuse_unknown(expand, options, ("level", *NetworkOptions.__annotations__))
    if level not in ("flat", "block"):
        raise ValueError(f"level is flat or block, not {level!r}")
    chosen = expand_options(options)
    diagram, graph = read_graph(_source(source), chosen)
    _refuse_errors(graph)
    if level == "block" and diagram.statements:
        from shapecalc.writers.diagram.partial_evaluation import block_diagram

        return block_diagram(diagram, chosen)
    from shapecalc.writers.diagram.flat import closed_settings, flat_diagram

    return flat_diagram(graph, closed_settings(diagram, chosen))


@without_search()
def format(source: Text) -> str:
    """The text of a diagram in its canonical form; listings and YAML configs come back as they are.

    Raises Diagnosed (a ValueError) with every syntax error, and what `check` raises for files.
    """
    from shapecalc.writers.diagram.format import format_text

    return format_text(_source(source))


def _source(given: Text) -> Source:
    """A text, or what is in a file. Raises OSError, ValueError, TypeError."""
    from shapecalc.formats.sources import plain, read_source
    from shapecalc.published import PREFIX

    if isinstance(given, str) and given.startswith(PREFIX):
        return read_source(given)
    if isinstance(given, str):
        if "=>" not in given and (os.path.isfile(given) or _NAME_OF_FILE.fullmatch(given)):
            raise ValueError(f"{given!r} is read as the text of a network; for the file write pathlib.Path({given!r})")
        return Source("<text>", plain(given))
    if not isinstance(given, os.PathLike):
        raise TypeError(f"a network is a text (str) or a path object, not {type(given).__name__}")
    with open(given, "rb"):  # in Python's own words, if it cannot be opened
        return read_source(os.fsdecode(given))


_NAME_OF_FILE = lazy_pattern(r"[^\s()\[\]]+\.(?:net|txt|ya?ml|json|cfg|prototxt|onnx|pt2|keras|h5|py)", re.IGNORECASE)
"""What is no text of a network, even where there is no such file."""


def _paths(given: Text | Iterable[Text]) -> list[str]:
    """Paths as texts. Raises TypeError."""
    several = [given] if isinstance(given, str | os.PathLike) else given
    if isinstance(several, Iterable) and not isinstance(several, bytes | bytearray | Mapping):
        several = list(several)
        if all(isinstance(path, str | os.PathLike) for path in several):
            return [os.fsdecode(path) for path in several]
    raise TypeError(f"paths are one path, a text (str) or a path object, or several, not {given!r:.60}")


def _refuse_errors(graph: Graph) -> None:
    if errors := [d for d in graph.diagnostics if d.severity == "error"]:
        raise Diagnosed(*errors)


def _of(kind: type, options: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the options that another function takes as well."""
    return {name: value for name, value in options.items() if name in kind.__annotations__}
