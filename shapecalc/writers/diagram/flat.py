"""Prints a graph as a flat diagram, branches where branches were, with the settings of its text closed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from fractions import Fraction
from typing import Any

from shapecalc.core.parameters import Sizes, Value
from shapecalc.core.phrases import untaken
from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Span
from shapecalc.expansion.evaluate import Open, OpenName, evaluate, whole
from shapecalc.expansion.naming import counted_names
from shapecalc.expansion.options import Options
from shapecalc.expansion.scope import Names
from shapecalc.language import syntax
from shapecalc.language.fragment import Fragment
from shapecalc.language.unparse import show_claim
from shapecalc.language.value_text import show_expression
from shapecalc.passes.freeze import as_ranges
from shapecalc.passes.graph import Graph
from shapecalc.writers.diagram.chains import ChainPart, all_parts, chains_of
from shapecalc.writers.diagram.pieces import lines_of


class Unwordable(ValueError):
    """A network that no diagram can stand for; the message says which layer and why."""


NOWHERE: Span = (0, 0)
"""The place of a part that no text has."""

_PLAIN = re.compile(r"[A-Za-z][\w.()+/-]*(?:,? [\w.()+/-]+)*")
_YAML_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})


def global_values(diagram: syntax.Diagram, options: Options) -> dict[str, Any]:
    """What the names of a closed diagram stand for outside of blocks: its lets, and the options over them."""
    scope = Names(diagram, options.bindings, []).scope
    return {name: value for name, value in scope.items() if not isinstance(value, Open)}


def literal(value: Value) -> syntax.Expression:
    """A value as the expression that says nothing else."""
    if isinstance(value, Sizes):
        return syntax.SizeLiteral(tuple(value), NOWHERE)
    if isinstance(value, tuple):
        return syntax.Tuple(tuple(literal(item) for item in value), NOWHERE)
    if isinstance(value, int | Fraction):
        return syntax.Number(value, NOWHERE)
    return syntax.Name(str(value), NOWHERE)


def closed_settings(diagram: syntax.Diagram, options: Options) -> syntax.Settings:
    """The settings with values for names: no lets, nothing optional, and the classes that the options give."""
    settings = diagram.settings
    values = global_values(diagram, options)
    classes = options.classes
    if classes is None and settings.classes is not None:
        classes = whole(settings.classes, values)
    size = options.input or (Sizes(settings.input.sizes) if settings.input else None)
    return replace(
        settings,
        input=syntax.SizeLiteral(tuple(size), NOWHERE) if size else None,
        classes=syntax.Number(classes, NOWHERE) if classes is not None else None,
        lets=(),
        optional=None,
        defaults=tuple(
            (name, span, tuple(replace(a, value=_value(a.value, values)) for a in given))
            for name, span, given in settings.defaults
        ),
    )


def _value(expression: syntax.Expression, values: dict[str, Any]) -> syntax.Expression:
    try:
        return literal(evaluate(expression, values))
    except OpenName:
        return expression


def claim_of_diagram(claim: syntax.Claim) -> tuple[syntax.Claim, ...]:
    """A claim as a diagram can make it, of a listing or a YAML config.

    Figures lose the signs and words that only those know. Spelled-out arithmetic is a listing's own: no claim.
    """
    if claim.key in (syntax.WORKED, "volume"):
        return (claim,) if claim.key == "volume" else ()
    text = re.sub(r"\s?[Bb]ytes?", "B", re.sub(r"(?<=\d),(?=\d)", "", claim.text))
    text = text.replace("≈", "~").replace("≤", "<=").replace("≥", ">=").replace("+/-", "±")
    return (replace(claim, text=text.removeprefix("=").strip()),)


# --- as text ------------------------------------------------------------------------------------


def front_matter(settings: syntax.Settings) -> str:
    """The settings between two lines of `---`; empty when there are none."""
    lines = [*_lines(settings)]
    return "\n".join(("---", *lines, "---", "")) if lines else ""


def _lines(settings: syntax.Settings) -> Iterator[str]:
    for key, text in (("name", settings.name), ("source", settings.source)):
        if text:
            yield f"{key}: {_scalar(text)}"
    for key, value in (("input", settings.input), ("classes", settings.classes)):
        if value is not None:
            yield f"{key}: {show_expression(value)}"
    if settings.rounding:
        yield f"rounding: {settings.rounding}"
    if settings.freeze:
        yield f"freeze: [{', '.join(_scalar(part.text) for part in settings.freeze)}]"
    if settings.defaults:
        yield "defaults:"
        for kind, _, arguments in settings.defaults:
            yield f"  {_scalar(kind)}:"
            yield from (f"    {one.name}: {show_expression(one.value, tight=True)}" for one in arguments)
    if settings.errata:
        yield "erratum:"
        for erratum in settings.errata:
            yield from _erratum(erratum)
    if settings.expect:
        yield "expect:"
        yield from _expected(settings.expect)


def _erratum(erratum: syntax.Erratum) -> Iterator[str]:
    texts = {name: value for name, value in asdict(erratum).items() if name not in ("span", "evidence") and value}
    lines = [f"{name}: {_scalar(text)}" for name, text in texts.items()]
    lines.append(f"evidence: {json.dumps(erratum.evidence, ensure_ascii=False)}")
    yield from (f"  {'-' if number == 0 else ' '} {line}" for number, line in enumerate(lines))


def _expected(claims: tuple[syntax.Claim, ...]) -> Iterator[str]:
    """A figure that is claimed twice, as listings do, becomes a list."""
    texts: dict[str, list[str]] = {}
    for claim in claims:
        texts.setdefault(claim.key, []).append(_scalar(claim.text))
    for key, found in texts.items():
        key = "output" if key == "volume" else key
        yield f"  {key}: {found[0]}" if len(found) == 1 else f"  {key}: [{', '.join(found)}]"


def _scalar(text: str) -> str:
    """A text as YAML reads it back, in quotes where it could be taken for something else."""
    plain = re.fullmatch(r"\d+(x\d+)*|\d+[KMGT]", text) or _PLAIN.fullmatch(text)
    if plain and text.lower() not in _YAML_WORDS:
        return text
    # a character that turns what follows it around is seen in an editor only as an escape
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in json.dumps(text, ensure_ascii=False))


def flat_diagram(graph: Graph, settings: syntax.Settings) -> str:
    """The text of a diagram that expands to the same nodes in the same order under the same names.

    `settings` are the graph's, closed (`closed_settings`). Time is linear in the number of nodes. Raises Unwordable for
    a layer of another tool that has no word.
    """
    for node in graph.nodes:
        if node.layer.opaque and node.kind != "OPAQUE":
            raise Unwordable(
                f"{node.name} is opaque, and a diagram has no word for {node.kind}; "
                "`convert --to net` writes OPAQUE in its place"
            )
    graph = with_words_for_names(graph)
    chains = chains_of(graph)
    tapped = {part.node for chain in chains for part in all_parts(chain) if part.tap}
    tapped |= {node.shares for node in graph.nodes if node.shares is not None}
    writer = _Writer(graph, _written_names(graph, tapped))
    lines = [line for chain in chains for line in lines_of(writer.pieces(chain))]
    # An INPUT has its own size once it is in a graph.
    head = front_matter(replace(settings, input=None, freeze=as_ranges(graph, settings.freeze)))
    return head + "\n".join(lines) + "\n"


# --- names --------------------------------------------------------------------------------------


def with_words_for_names(graph: Graph) -> Graph:
    """The graph with names that a diagram can write: a file of another tool has others, such as `/layer1/conv`."""
    if all(node.name.isidentifier() for node in graph.nodes):
        return graph
    taken = {node.name for node in graph.nodes if node.name.isidentifier()}
    nodes = []
    for node in graph.nodes:
        name = node.name
        if not name.isidentifier():
            name = re.sub(r"\W+", "_", name).strip("_") or node.kind.lower()
            name = untaken(name if name[0].isalpha() else f"n{name}", taken, "_")
            taken.add(name)
        nodes.append(replace(node, name=name))
    return replace(graph, nodes=tuple(nodes))


def _written_names(graph: Graph, tapped: set[int]) -> dict[int, str]:
    """The names that must be written: those of taps, and those that counting would not give."""
    written = {node.index: node.name for node in graph.nodes if node.index in tapped or node.is_named}
    for _ in range(4):
        counted = counted_names(graph.nodes, set(written.values()), written)
        missing = {node.index: node.name for node, name in counted if node.name != name}
        if not missing:
            return written
        written |= missing
    return {node.index: node.name for node in graph.nodes}


# --- from chains to text ------------------------------------------------------------------------


class _Writer:
    """The pieces of chains, with names and claims after them."""

    def __init__(self, graph: Graph, names: dict[int, str]) -> None:
        self.graph, self.names = graph, names
        self.claims: dict[int, list[str]] = {}
        for index, claim in graph.claims:
            if claim.layers > 1:  # a figure of layers that stand by themselves here
                continue
            known = self.claims.setdefault(index, [])
            known += [text for text in map(show_claim, claim_of_diagram(claim)) if text not in known]

    def pieces(self, chain: Sequence[ChainPart]) -> list[Fragment]:
        """A chain; a bare INPUT would take a claimed volume for its size, and stands in brackets."""
        return [self.piece(part) for part in chain]

    def piece(self, part: ChainPart) -> Fragment:
        node = self.graph.nodes[part.node]
        if part.tap:
            return Fragment(f"@{node.name}")
        suffix = "" if node.shares is None else f" share {self.names[node.shares]}"
        suffix += f" as {self.names[part.node]}" if part.node in self.names else ""
        claims = self.claims.get(part.node, [])
        text = f"[{node.text}]" if claims and not node.inputs and "(" not in node.text else node.text
        suffix += f": {', '.join(claims)}" if claims else ""
        return Fragment(text, tuple(self.pieces(branch) for branch in part.branches), suffix)
