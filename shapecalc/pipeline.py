"""Text to report: the ordered pipeline that everything else calls."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal

from shapecalc.core.phrases import counted, listed
from shapecalc.core.record import Record, replace
from shapecalc.diagnostics.diagnostic import Diagnosed, Diagnostic, Source, report
from shapecalc.expansion.options import Options
from shapecalc.formats.read import read_graph
from shapecalc.language.syntax import Diagram, Frozen
from shapecalc.passes.budgets import Budget
from shapecalc.passes.claims import claim_diagnostics, with_claimed_volumes
from shapecalc.passes.components import separate
from shapecalc.passes.graph import Graph
from shapecalc.passes.memory import mark_in_place, totals, with_training
from shapecalc.passes.receptive_field import add_receptive_fields
from shapecalc.passes.report import Conventions, Report, Row
from shapecalc.passes.shapes import propagate, shape_diagnostic
from shapecalc.rules.catalogue import LEVELS, Selection, effective_rules, is_locked
from shapecalc.rules.preconditions import found_by
from shapecalc.rules.rule import Context


class CheckOptions(Record):
    """How a network is checked."""

    expand: Options = Options()
    conventions: Conventions = Conventions()
    strict: bool = False
    """Trimmed padding and assumed values are errors."""
    rounding: Literal["floor", "ceil", "exact"] | None = None
    """What a quotient that is not whole means, whatever the text says."""
    freeze: tuple[Frozen, ...] = ()
    """Layers whose weights are not trained, besides those that the text names."""
    rules: Selection = Selection()
    """Which rules run besides those of the ruleset, or not, and with which severity."""
    budgets: tuple[Budget, ...] = ()
    """Limits for the network as a whole."""
    fixes: bool = True
    """Whether changes are tried; without, what only follows from another error is reported by itself."""


def check(source: Source, options: CheckOptions | None = None) -> Report:
    """The report of a text: its rows, totals and all that is wrong with it. Raises nothing for a bad text.

    Networks in it that share no layer are taken as one, and SHP408 says so.
    """
    options = options or CheckOptions()
    found = _checked(source, options, _as_one)
    return (_with_tried_fixes(found, options, _as_one) if options.fixes else found)[0]


def _as_one(graph: Graph) -> list[Graph]:
    return [graph]


def check_networks(source: Source, options: CheckOptions | None = None, *, tried: bool = True) -> list[Report]:
    """A report for every network in a text, at least one: members of a family, and networks that share no layer.

    Fixes of rules of thumb are as the rules give them where they are not `tried`.
    """
    options = options or CheckOptions()
    first = _checked(source, options, separate)
    if tried:
        first = _with_tried_fixes(first, options, separate)
    return [*first, *_other_members(source, first, options)]


def tried_later(reports: list[Report], options: CheckOptions) -> list[Report]:
    """Reports whose fixes were not tried, as `check_networks` gives them where they are."""
    if reports[0].graph and reports[0].graph.settings.members:
        return check_networks(reports[0].source, options)
    return _with_tried_fixes(reports, options, separate)


def _other_members(source: Source, first: list[Report], options: CheckOptions) -> Iterator[Report]:
    """The reports of a family's other members, where none was chosen: as many as their layers together allow."""
    settings = first[0].graph.settings if first[0].graph else None
    if settings is None or options.expand.member or settings.member:
        return
    names, reports, done = [name for name, _ in settings.members[1:]], first, 0
    most = options.expand.limited(first[0].source.size).limit
    for at, name in enumerate(names):
        last = sum(len(report.rows) for report in reports)
        done += last
        if done + last > most:
            yield _left_out(first[0], names[at:], done, most, options)
            return
        reports = _checked(source, _with_member(options, name), separate)
        yield from reports


def _left_out(first: Report, names: list[str], done: int, most: int, options: CheckOptions) -> Report:
    """What is said in the place of members that are not checked, as those before them have very many layers."""
    left = counted(len(names), "member is", "members are")
    message = f"{left} not checked: those before have {done:,} layers, and --max-layers allows {most:,} in all"
    found = report("SHP109", message, help=("choose one with --member, or allow more with --max-layers",))
    return Report(first.source, names[0], (), None, (found,), None, options.conventions)


def _with_member(options: CheckOptions, name: str) -> CheckOptions:
    return replace(options, expand=replace(options.expand, member=name))


def _checked(source: Source, options: CheckOptions, parts: Callable[[Graph], list[Graph]]) -> list[Report]:
    problems: list[Diagnostic] = []
    try:
        diagram, graph = read_graph(source, options.expand, problems, options.rounding)
    except Diagnosed as fatal:
        found = effective_rules(options.rules).applied((*problems, *fatal.diagnostics))
        source = source.outlined("", fatal.files)
        return _heard([Report(source, file_name(source), (), None, _sorted(found), None, options.conventions)], options)
    if graph.settings.freeze or options.freeze:
        from shapecalc.passes.freeze import with_frozen_parts

        graph = with_frozen_parts(graph, (*graph.settings.freeze, *options.freeze))
    graph = replace(graph, diagnostics=(*problems, *graph.diagnostics))
    source = source.outlined(graph.outline, graph.files)
    graphs = parts(graph)
    reports = [check_graph(one, source, options, diagram) for one in graphs]
    if len(reports) > 1:
        reports = [replace(r, name=f"{r.name} ({n} of {len(reports)})") for n, r in enumerate(reports, 1)]
    return _heard(reports, options)


RULES_OF_THUMB = "SHP4"
"""How codes begin whose fixes are tried on the text; those of shapes are tried on the graph."""


def _with_tried_fixes(
    reports: list[Report], options: CheckOptions, parts: Callable[[Graph], list[Graph]]
) -> list[Report]:
    """The reports with those fixes of rules of thumb alone that help."""
    if not any(d.fixes and d.code.startswith(RULES_OF_THUMB) for report in reports for d in report.diagnostics):
        return reports
    from shapecalc.tried_fixes import with_tried_fixes

    return with_tried_fixes(reports, lambda source: _checked(source, options, parts), RULES_OF_THUMB)


def file_name(source: Source) -> str:
    """What a network is called that has no name: its file, without the folder and what comes after a dot."""
    return os.path.splitext(os.path.basename(source.path))[0]


BEHIND_FIGURES = frozenset({"input", "classes", "let", "defaults", "rounding", "optional"})
"""Settings that figures hang on: where one could not be read, claims are not compared with the figures."""


def check_graph(graph: Graph, source: Source, options: CheckOptions, diagram: Diagram | None = None) -> Report:
    """The report of a graph, and of the syntax tree that it was made of, if there is one."""
    graph = with_claimed_volumes(graph)
    rows, problems = propagate(graph)
    mark_in_place(rows)
    add_receptive_fields(rows)
    sums = with_training(rows, totals(rows, options.conventions), options.conventions)
    one_image = replace(options.conventions, batch=1)  # claims are about one image
    image = sums if one_image == options.conventions else totals(rows, one_image)
    compared = bool(rows) and graph.settings.lost.isdisjoint(BEHIND_FIGURES)
    claims = claim_diagnostics(graph, rows, image, options.conventions) if compared else []
    shapes = [shape_diagnostic(node, problem, rows) for node, problem in problems]
    rules = effective_rules(options.rules)
    context = Context(
        graph, rows, sums, options.conventions, source, options.strict, (), options.budgets, diagram, options.expand
    )
    by_rule = {code: list(found_by(code, context)) for code in rules.run}
    found = [*shapes, *(d for reported in by_rule.values() for d in reported), *claims]
    if options.fixes and any(d.severity != "note" and d.code.startswith(OF_SHAPES) for d in found):
        from shapecalc.explained import explained

        found = explained(context, rules, shapes, by_rule, claims)
    found = _once(rules.applied(_worded([*graph.diagnostics, *found], graph, source)), rows)
    if graph.settings.errata:
        from shapecalc.passes.errata import noted

        found = noted(found, graph.settings.errata)
    name = graph.settings.name or file_name(source)
    return Report(source, name, tuple(rows), sums, _sorted(found), graph, options.conventions)


def _worded(found: list[Diagnostic], graph: Graph, source: Source) -> list[Diagnostic]:
    """Advice as it can be followed in the file: in its own words, with the fixes that it can take."""
    if source.others:
        found = [replace(d, fixes=tuple(f for f in d.fixes if f.is_within(source.text))) for d in found]
    if any(d.fixes for d in found):
        from shapecalc.passes.editable import editable

        nodes = [node for node in graph.nodes if source.place(node.span[0])[0] is source]
        found = editable(found, nodes, source.text)
    if graph.words:
        from shapecalc.passes.foreign_words import in_words_of

        found = in_words_of(found, graph.nodes, dict(graph.words))
    return found


def _heard(reports: list[Report], options: CheckOptions) -> list[Report]:
    """The reports of a text once its comments are heard; what is wrong with these is in the first report."""
    source = reports[0].source
    if "shapecalc:" not in source.text or source.open_bytes is not None:
        return _reported_once(reports)
    from shapecalc.suppressions.suppress import suppressed

    rules = effective_rules(options.rules)
    found = [d for report in reports for d in report.diagnostics]
    understood = all(report.graph for report in reports) and not any(map(is_locked, found))
    heard = rules.applied(suppressed(found, source, rules, understood=understood))
    owner = {id(d): own for own, report in enumerate(reports) for d in report.diagnostics}
    own: list[list[Diagnostic]] = [[] for _ in reports]
    for diagnostic in heard:
        own[owner.get(id(diagnostic), 0)].append(diagnostic)
    return _reported_once([replace(r, diagnostics=_sorted(left)) for r, left in zip(reports, own, strict=True)])


SLIPS = ("SHP123", "SHP125")
REPORTED_BY = {
    **dict.fromkeys(("SHP202", "SHP203", "SHP418", "SHP419", "SHP420", "SHP422", "SHP424", "SHP434"), SLIPS),
    "SHP423": (*SLIPS, "SHP212"),
    "SHP425": ("SHP505",),
    "SHP437": ("SHP442",),
    "SHP508": ("SHP126",),
}
"""Codes whose cause a layer is reported already by one of these, if that is as severe."""


def _reported_once(reports: list[Report]) -> list[Report]:
    """The reports without what has the same cause as another diagnostic of the layer."""
    return [replace(r, diagnostics=_by_cause(r.diagnostics)) if len(r.diagnostics) > 1 else r for r in reports]


def _by_cause(found: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    told = {(d.code, d.layer): LEVELS.index(d.severity) for d in found}

    def is_news(said: Diagnostic) -> bool:
        others = (told.get((code, said.layer)) for code in REPORTED_BY.get(said.code, ()))
        return all(level is None or level > LEVELS.index(said.severity) for level in others)

    return tuple(filter(is_news, found))


OF_SHAPES = ("SHP2", "SHP3")
"""How codes begin of what is wrong with shapes, tilings and claims: it may follow from something before it, and its
fixes may change the shapes of other layers."""
MOST_NAMED = 5
"""How many other layers are named where one diagnostic stands for several."""


def _once(found: list[Diagnostic], rows: list[Row]) -> list[Diagnostic]:
    """One diagnostic for one cause: the same layer in every iteration of a repeat once, with the others named."""
    first: dict[tuple[str, tuple[int, int]], Diagnostic] = {}
    others: dict[tuple[str, tuple[int, int]], list[Diagnostic]] = {}
    for diagnostic in found:
        key = (diagnostic.code, diagnostic.span)
        if key not in first or diagnostic.layer is None:
            first.setdefault(key, diagnostic)
            if first[key] is not diagnostic:
                first[(f"{diagnostic.code}{diagnostic.message}", diagnostic.span)] = diagnostic
        else:
            others.setdefault(key, []).append(diagnostic)
    return [replace(d, notes=(*d.notes, *_elsewhere(d, others.get(key, []), rows))) for key, d in first.items()]


def _elsewhere(said: Diagnostic, others: list[Diagnostic], rows: list[Row]) -> Iterable[str]:
    """Notes on the other layers of a diagnostic: only their names where the message is the same, else what it says."""
    names: dict[str, list[str]] = {}
    for other in others:
        if other.layer is not None:
            names.setdefault(other.message, []).append(rows[other.layer].node.name)
    same = names.pop(said.message, [])
    if same:
        yield f"the same at {listed(same, MOST_NAMED)}"
    for message in list(names)[:MOST_NAMED]:
        yield f"at {listed(names[message], MOST_NAMED)}: {message}"
    if len(names) > MOST_NAMED:
        yield f"and {sum(map(len, list(names.values())[MOST_NAMED:]))} more"


def _sorted(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(sorted(dict.fromkeys(found), key=lambda d: (d.span, d.code)))
