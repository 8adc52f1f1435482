"""The door of formats/: finds the reader that takes a file, and holds texts to bounds before they are read.

Every other file or folder here is a format. It is found by listing the folder, and states these things:

    RANK                              a whole number: readers with a lower one are asked first
    SUFFIXES                          endings by which its files are found in folders, such as (".net",), if any
    accepts(path, head)               whether it takes a file, by its beginning first and its name second
    read(source, problems, options)   the network

`head` is a str for a text (its first LONGEST_HEAD characters, from the first line that is not blank, to the end of a
line) and bytes for a binary file. A network is a syntax tree (`syntax.Diagram`), where the format says as much as a
diagram does, or a `Graph`, whose spans point into the text; for a binary file they point into `Graph.outline`.
`read` adds to `problems` what is wrong and leaves a network all the same, and raises Diagnosed for the rest: with
SHP010, which means exit code 2, where the file is not whole or not what it seems to be. Ranks: below 50, what a first
line or a magic number shows; 50 to 89, what many lines show; 90 to 99, what only a name shows; 100, a diagram.

Every reader is imported to be asked: at the top of its file, or of its folder's `__init__.py`, stands nothing that
takes time (no regular expression, no json, yaml, zipfile, no parser). Formats never import each other. What they share
is in rooms below (settings/, lowering/), and text inside of a text is read through `read_part`.

A format whose files hold weights has a function more: `open_weights(source)`, a context manager around a function that
gives each array that the reader has taken down in `Graph.stored`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Any, Literal, TypeAlias, cast

from shapecalc.core.patterns import lazy_pattern
from shapecalc.core.phrases import shortened
from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Diagnosed, Diagnostic, Source, Span, report, unreadable
from shapecalc.diagnostics.spelling import nearest
from shapecalc.dialects.plain_calls import has_other_calls
from shapecalc.expansion.options import Options as Options
from shapecalc.expansion.options import not_a_row
from shapecalc.formats.known_formats import Head as Head
from shapecalc.formats.known_formats import Network as Network
from shapecalc.formats.known_formats import format_of, readers
from shapecalc.language import syntax
from shapecalc.passes.graph import ArrayKey, Graph

MOST_CHARACTERS = 8_000_000
"""How long a text may be."""
PRINTED = frozenset({"darknet_log", "printed_modules", "printed_table"})
"""Formats that a program prints: each number in them is read as it stands."""
_LONG_NUMBER = lazy_pattern(r"(?<!\d)\d{4301,}")
"""What Python does not read as a number."""
LONGEST_HEAD = 65_536
"""Characters or bytes of a file that readers are shown before one takes it."""

LoadArray: TypeAlias = Callable[[ArrayKey], Any]
"""An array of a file as the file has it. Raises Diagnosed SHP010 where it cannot be read."""


def read(source: Source, problems: list[Diagnostic] | None = None, options: Options | None = None) -> Network:
    """The network in a file of any format.

    Spans count code points of `source.text`. What is wrong with the settings is added to `problems`, if that is
    given, and the rest is read all the same. Raises Diagnosed with all that is wrong with the file where the network
    itself cannot be read, or there is nowhere to add problems to.
    """
    found: list[Diagnostic] = []
    options = (options or Options()).limited(source.size)
    try:
        network = _one_of_family(read_part(source, found, options), options)
    except Diagnosed as fatal:
        raise Diagnosed(*in_order((*found, *fatal.diagnostics)), files=fatal.files) from None
    if problems is None and any(d.severity != "note" for d in found):
        raise Diagnosed(*in_order(found))
    if problems is not None:
        problems.extend(found)
    return network


def _one_of_family(network: Network, options: Options) -> Network:
    """The network with the settings of the member that is meant. Raises Diagnosed SHP118 where there is no such one."""
    settings = network.settings
    names = [name for name, _ in settings.members]
    wanted = options.member if options.member is not None else settings.member or next(iter(names), None)
    if wanted is None:
        return network
    if wanted not in names:
        guess = nearest(wanted, names)
        known = f"write {guess}" if guess else f"the members are {', '.join(names)}" if names else "it has no members"
        raise Diagnosed(report("SHP118", f"there is no member '{shortened(wanted, 40)}' here", help=(known,)))
    return replace(network, settings=settings.of_member(wanted))


def read_graph(
    source: Source,
    options: Options,
    problems: list[Diagnostic] | None = None,
    rounding: Literal["floor", "ceil", "exact"] | None = None,
) -> tuple[syntax.Diagram, Graph]:
    """The graph of a file of any format, and its tree, without statements where the format gives none.

    `rounding` takes the place of what the file says. Raises Diagnosed as `read` and `expand` do.
    """
    options = options.limited(source.size)
    network = read(source, problems, options)
    if rounding:
        network = replace(network, settings=replace(network.settings, rounding=rounding))
    if isinstance(network, Graph):
        return syntax.Diagram((), network.settings), network
    from shapecalc.expansion.expander import expand

    return network, expand(network, options)


def parse(source: Source, problems: list[Diagnostic] | None = None) -> syntax.Diagram:
    """The syntax tree of a file of which `read` gives one. Raises Diagnosed as `read` does, and SHP020."""
    network = read(source, problems)
    if isinstance(network, syntax.Diagram):
        return network
    raise Diagnosed(report("SHP020", f"{source.path} is not a diagram: it is a graph of layers"))


def read_part(source: Source, problems: list[Diagnostic], options: Options) -> Network:
    """The network in a text that is in another one, everything else of which is blank.

    Raises Diagnosed with what is wrong with the network alone.
    """
    if len(source.text) > MOST_CHARACTERS:
        message = f"the file has {len(source.text):,} characters, and {MOST_CHARACTERS:,} is the most that is read"
        raise Diagnosed(report("SHP011", message))
    name = format_of(source.path, head_of(source))
    if name is None:
        raise unreadable(f"{source.path} is not text, and no binary format that is read")
    if name in PRINTED and (long := _LONG_NUMBER.search(source.text)):
        raise unreadable("a number has more than 4,300 digits", long.span(), label="here")
    network = readers()[name].read(source, problems, options)
    if options.input is not None and len(options.input) == 1 and not isinstance(network, Graph):
        raise not_a_row(options.input[0])
    if isinstance(network, Graph) or not has_other_calls(network):
        return network
    from shapecalc.dialects.tree import in_our_words

    return in_our_words(network, problems)


def read_inside(source: Source, code: str, places: list[int], problems: list[Diagnostic], options: Options) -> Network:
    """The network in a text that is spelled in another one, each of whose characters has its place there.

    Raises Diagnosed with what is wrong with the network alone.
    """
    from shapecalc.language.relocate import placed

    places = [*places, places[-1] + 1]  # what is missing is missing at the end

    def place(span: Span) -> Span:
        start, end = span
        return places[start], max(places[start], places[end - 1] + 1 if end else 0)

    found: list[Diagnostic] = []
    try:
        network = placed(read_part(replace(source, text=code, has_folder=False), found, options), place)
    except Diagnosed as problem:
        raise Diagnosed(*(placed(one, place) for one in problem.diagnostics)) from None
    problems.extend(placed(one, place) for one in found)
    return network


def open_weights(source: Source) -> AbstractContextManager[LoadArray]:
    """A function that gives the arrays of a file, by the keys in `Graph.stored`. Raises Diagnosed SHP010."""
    module = readers().get(format_of(source.path, head_of(source)) or "")
    opens = getattr(module, "open_weights", None)
    if opens is None:
        raise unreadable(f"{source.path} has no weights")
    return cast("AbstractContextManager[LoadArray]", opens(source))


def head_of(source: Source) -> Head:
    """The beginning of a file, from the first line that is not blank, to the end of a line."""
    if source.open_bytes is not None:
        with source.open_bytes() as file:
            return file.read(LONGEST_HEAD)
    text = source.text
    start = text.rfind("\n", 0, len(text) - len(text.lstrip())) + 1
    if len(text) - start <= LONGEST_HEAD:
        return text[start:]
    end = text.rfind("\n", start, start + LONGEST_HEAD)
    return text[start : end if end > start else start + LONGEST_HEAD]


def in_order(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Diagnostics in the order of the file, each once."""
    return sorted(dict.fromkeys(found), key=lambda d: d.span)
