"""What is wrong with a network, each with its fixes, and what only follows from another left out.

Loaded only where something is wrong: a clean check tries no change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Diagnostic, Source, Span
from shapecalc.passes.graph import Graph
from shapecalc.passes.memory import totals
from shapecalc.passes.report import Row, Totals
from shapecalc.repairs.causes import CLAIMS, TILING, Cause, Judge, find_causes
from shapecalc.repairs.choose import MOST_OFFERED
from shapecalc.repairs.trial import Problem
from shapecalc.rules.catalogue import EffectiveRules, load
from shapecalc.rules.preconditions import applies, found_by
from shapecalc.rules.rule import Context
from shapecalc.rules.tiling_text import consequences

OfLayer = Mapping[tuple[str, int | None], Cause]
"""Causes by code and layer."""


def explained(
    context: Context,
    rules: EffectiveRules,
    shapes: Sequence[Diagnostic],
    by_rule: Mapping[str, Sequence[Diagnostic]],
    claims: Sequence[Diagnostic],
) -> list[Diagnostic]:
    """All that is reported of layers, claims and rules; `shapes` are the layers that do not fit their inputs.

    Fixes are judged for one image: `context.conventions` may have another batch.
    """
    one = replace(context, conventions=replace(context.conventions, batch=1))
    judged = [code for code in by_rule if code not in BY_ROW]
    whole = {Problem(d.code, d.layer) for code in judged for d in by_rule[code] if d.severity != "note"}
    judge = _judge(one, judged)
    sums = totals(context.rows, one.conventions, with_peak=False)
    whole |= set(judge.of_expectations(context.rows, sums))
    causes = [
        cause
        for cause in find_causes(context.graph, list(context.rows), judge, frozenset(whole))
        if not _is_off(cause.code, cause.row.node.span, context.source, rules)
    ]
    reported = (*shapes, *(d for found in by_rule.values() for d in found), *claims)
    severities = dict(rules.severities)
    errors = {(d.code, d.layer) for d in reported if severities.get(d.code, d.severity) == "error"}
    said = [c for c in causes if c.consequences and (c.code, c.row.node.index) in errors]
    of_layer: OfLayer = {(c.code, c.row.node.index): c for c in causes}
    claims = _without_consequences(claims, said, context.graph)
    shapes = [d for d in shapes if not _follows(d, said)]
    seen = replace(context, causes=causes)
    of_rules = (d for code in by_rule for d in _of_rule(code, by_rule[code], seen, of_layer))
    found = [*(_with_cause(d, of_layer) for d in shapes), *of_rules, *(_with_cause(d, of_layer) for d in claims)]
    besides = (*by_rule.get("SHP215", ()), *claims)
    told = {(d.code, d.layer) for d in besides if not _is_off(d.code, d.span, context.source, rules)}
    return _one_for_a_slip([d for d in found if not any((code, d.layer) in told for code in SAID_BY.get(d.code, ()))])


def _one_for_a_slip(found: list[Diagnostic]) -> list[Diagnostic]:
    """A slip of writing and the error that it makes as one: swapped arguments, channels that come first."""
    slips = {d.layer: d for d in found if d.code in FAILS_BY and d.severity != "error"}
    errors = (d for d in found if d.severity == "error" and d.layer in slips)
    failed = {d.layer: d for d in errors if d.code in FAILS_BY[slips[d.layer].code]}
    told = any(d.severity == "error" and any(CHANNELS in text for text in d.help) for d in found)
    kept = []
    for diagnostic in found:
        error = failed.get(diagnostic.layer)
        if diagnostic is slips.get(diagnostic.layer) and error is not None:
            diagnostic = replace(diagnostic, severity="error", notes=(*diagnostic.notes, error.message))
        elif diagnostic is error or (diagnostic.code == "SHP505" and told):
            continue
        kept.append(diagnostic)
    return kept


FAILS_BY = {**dict.fromkeys(("SHP123", "SHP125"), ("SHP201", "SHP205", "SHP211")), "SHP126": ("SHP306",)}
"""Slips, and the errors that they make of the layer."""
CHANNELS = "is the number of channels"
"""In the help of an error that has channels first as its cause."""


def _of_rule(code: str, found: Sequence[Diagnostic], seen: Context, causes: OfLayer) -> Iterable[Diagnostic]:
    """What a rule reports where causes are known."""
    if code in WITH_CAUSES:
        return found_by(code, seen)
    return [_with_cause(d, causes) for d in found] if code in BY_ROW else found


SAID_BY = {
    "SHP207": ("SHP306",),
    **dict.fromkeys(("SHP201", "SHP202", "SHP203", "SHP205", "SHP209", "SHP211"), ("SHP215",)),
}
"""Codes that are left out where a layer has one of these: other channels, or other axes, than its call is for."""


WITH_CAUSES = TILING | {"SHP203"}
"""Rules that say what follows from a cause."""
BY_ROW = WITH_CAUSES | {"SHP205", "SHP212"}
"""Rules whose problems are judged row by row."""


def _judge(context: Context, codes: Sequence[str]) -> Judge:
    def of_rules(tried: Sequence[Row], sums: Totals) -> Iterator[Problem]:
        """What rules that look at whole networks would report, but for mere notes."""
        seen = replace(context, rows=tried, totals=sums)
        for code in codes:
            if applies(code, seen) and load(code).severity != "note":
                yield from (Problem(d.code, d.layer) for d in load(code).check(seen) if d.severity != "note")

    return Judge(context.graph, context.conventions, strict=context.strict, rules=of_rules)


def _is_off(code: str, span: Span, source: Source, rules: EffectiveRules) -> bool:
    """Whether a code is not reported here."""
    if code in rules.dropped:
        return True
    if "shapecalc:" not in source.text or source.open_bytes is not None:
        return False
    from shapecalc.suppressions.suppress import ignores

    return ignores(source, code, span)


def _without_consequences(claims: Iterable[Diagnostic], causes: list[Cause], graph: Graph) -> list[Diagnostic]:
    """The claims that fail for a reason of their own; the others become notes of the errors that make them fail."""
    kept = []
    for claim in claims:
        problem = Problem(claim.code, claim.layer, str(claim.span))
        cause = next((c for c in causes if problem in c.consequences), None)
        if cause is None:
            kept.append(claim)
        else:
            where = graph.nodes[claim.layer].name if claim.layer is not None else "expect"
            cause.claims.append(f"{where} ({claim.label.removeprefix('computed: ')})")
    return kept


def _follows(failed: Diagnostic, causes: list[Cause]) -> bool:
    """Whether a layer does not fit only because of another error, of which it then is a note."""
    problem = Problem(failed.code, failed.layer)
    cause = next((c for c in causes if problem in c.consequences and c.row.node.index != failed.layer), None)
    if cause is not None:
        cause.failing.append(failed.message)
    return cause is not None


def _with_cause(diagnostic: Diagnostic, causes: OfLayer) -> Diagnostic:
    """A diagnostic with the fixes that were tried for it, and with what follows from it."""
    cause = causes.get((diagnostic.code, diagnostic.layer))
    if cause is None:
        return diagnostic
    notes = (*diagnostic.notes, *consequences(cause))
    if diagnostic.fixes:  # what is reported has a fix of its own, such as the number that arrives
        others = tuple(f"or {advice.removeprefix('or ')}" for advice in cause.advice)
        fixes = (*diagnostic.fixes, *cause.fixes)[:MOST_OFFERED]
        return replace(diagnostic, notes=notes, help=(*diagnostic.help, *others), fixes=fixes)
    helps = cause.advice or diagnostic.help or (_reason(diagnostic, cause),)
    return replace(diagnostic, notes=notes, help=helps, fixes=cause.fixes or diagnostic.fixes)


def _reason(diagnostic: Diagnostic, cause: Cause) -> str:
    """Why nothing is offered; a claim may be what is wrong."""
    computed = diagnostic.label.removeprefix("computed: ") if diagnostic.code in CLAIMS else ""
    return f"{cause.reason}; if the network is right, claim {computed}" if computed else cause.reason
