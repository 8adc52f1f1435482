"""Takes out the diagnostics that comments of the text ignore, and reports comments that ignore nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from shapecalc.core.phrases import plural
from shapecalc.diagnostics.diagnostic import Diagnostic, Edit, Fix, Source, Span, report
from shapecalc.diagnostics.spelling import nearest
from shapecalc.rules.catalogue import EffectiveRules, code_of, codes, codes_of, is_locked, load
from shapecalc.suppressions.directives import Directive, directives

VERBS = ("ignore", "ignore-file")
MOST_GUESSES = 20
"""Wrong comments of a text after which nobody needs to be told what a word may have meant."""


def suppressed(
    found: Sequence[Diagnostic], source: Source, rules: EffectiveRules, *, understood: bool
) -> list[Diagnostic]:
    """The diagnostics that are left, and warnings about comments that are wrong.

    What comments ignore for nothing is known only of a text that was understood, and of rules that ran.
    """
    kept, every = _ByLine(found, source), _ByLine(found, source)
    wrong: list[Diagnostic] = []
    for directive in directives(source):
        if directive.verb not in VERBS:
            wrong.append(_unknown_verb(directive))
        elif not directive.words:
            wrong.append(_bare(directive, source, every.of(directive).values()))
        else:
            hit, unused = _split(directive, kept.of(directive))
            for number in hit:
                del kept.left[number]
            wrong += _unknown_words(directive, len(wrong) < MOST_GUESSES)
            idle = [(word, span) for word, span in unused if understood and _ran(word, rules)]
            if idle:
                wrong.append(_unused(directive, idle, every.of(directive).values(), source))
    return [*kept.left.values(), *wrong]


class _ByLine:
    """Diagnostics by the lines in which they begin and end: those that a comment is about are found at once."""

    def __init__(self, found: Sequence[Diagnostic], source: Source) -> None:
        self.left = dict(enumerate(found))
        self._lines: dict[int, list[int]] = {}
        for number, diagnostic in self.left.items():
            here = [offset for offset in diagnostic.span if source.place(offset)[0] is source]
            for line in {source.position(offset)[0] for offset in here}:
                self._lines.setdefault(line, []).append(number)

    def of(self, directive: Directive) -> dict[int, Diagnostic]:
        """Those in the lines that a comment is about, by their number."""
        about = range(directive.first, directive.last + 1)
        lines = about if len(about) < len(self._lines) else [line for line in self._lines if line in about]
        numbers = {number for line in lines for number in self._lines.get(line, ())}
        return {number: self.left[number] for number in sorted(numbers & self.left.keys())}


def ignores(source: Source, code: str, span: Span) -> bool:
    """Whether a comment ignores a rule at a place."""
    there = report(code, "", span)
    return any(
        code in codes_of(word) and _covers(directive, there, source)
        for directive in directives(source)
        if directive.verb in VERBS
        for word, _ in directive.words
    )


def _split(directive: Directive, here: Mapping[int, Diagnostic]) -> tuple[set[int], list[tuple[str, Span]]]:
    """The numbers of what a comment ignores, and those of its words that ignore nothing."""
    open_ = {number: d.code for number, d in here.items() if not is_locked(d)}
    hit: set[int] = set()
    unused = []
    for word, span in directive.words:
        meant = codes_of(word)
        same = {number for number, code in open_.items() if code in meant}
        hit |= same
        if not same and meant:
            unused.append((word, span))
    return hit, unused


def _covers(directive: Directive, diagnostic: Diagnostic, source: Source) -> bool:
    """Whether a diagnostic begins or ends in the lines that a comment is about."""
    starts, (start, end) = source.starts, diagnostic.span
    if directive.first > len(starts):
        return False
    first = starts[directive.first - 1]
    after = starts[directive.last] if directive.last < len(starts) else len(source.text) + 1
    return first <= start < after or first <= end < after


def _ran(word: str, rules: EffectiveRules) -> bool:
    """Whether a rule was in force, so that it would have been reported."""
    return any(code not in rules.dropped and (code in rules.run or not load(code).checks()) for code in codes_of(word))


def _unknown_verb(directive: Directive) -> Diagnostic:
    guess = nearest(directive.verb, VERBS) or VERBS[0]
    return report(
        "SHP903",
        f"shapecalc knows no comment '{directive.verb}'",
        directive.span,
        severity="warning",
        label="expected ignore[…] or ignore-file[…]",
        help=(f"write # shapecalc: {guess}[SHP201] and the reason",),
    )


def _bare(directive: Directive, source: Source, found: Iterable[Diagnostic]) -> Diagnostic:
    here = sorted({d.code for d in found if not is_locked(d)})
    end = directive.span[0] + source.text[slice(*directive.span)].index(directive.verb) + len(directive.verb)
    rest = source.text[end : directive.span[1]].lstrip()
    stop = directive.span[1] - len(rest) + (rest.find("]") + 1 if rest.startswith("[") else 0)
    fix = Fix("name what is ignored", (Edit((end, stop), f"[{', '.join(here)}]{' ' if rest else ''}"),), "safe")
    return report(
        "SHP902",
        "this comment does not say what it ignores, so it ignores nothing",
        directive.span,
        severity="warning",
        label="expected codes or names in [ ]",
        help=(f"write # shapecalc: {directive.verb}[{', '.join(here) or 'SHP201'}] and the reason",),
        fixes=(fix,) if here else (),
    )


def _unknown_words(directive: Directive, guesses: bool) -> Iterator[Diagnostic]:
    for word, span in directive.words:
        if not codes_of(word):
            guess = _guess(word) if guesses else None
            yield report(
                "SHP903",
                f"there is no rule '{word}' to ignore",
                span,
                severity="warning",
                label=f"did you mean {guess}?" if guess else "not a rule",
                fixes=(Fix(f"write {guess}", (Edit(span, guess),)),) if guess else (),
            )


@lru_cache(maxsize=1024)  # the changes that are tried of a text have its comments
def _guess(word: str) -> str | None:
    return nearest(word, [*codes(), *codes().values()])


def _unused(
    directive: Directive, idle: list[tuple[str, Span]], found: Iterable[Diagnostic], source: Source
) -> Diagnostic:
    names = ", ".join(word for word, _ in idle)
    never = any(d.code == code_of(word) for d in found if is_locked(d) for word, _ in idle)
    kept = [word for word, span in directive.words if (word, span) not in idle]
    return report(
        "SHP904",
        f"{names} {plural(len(idle), 'is', 'are')} not reported here, so there is nothing to ignore"
        if not never
        else f"{names} cannot be ignored: the text is not understood without it",
        (idle[0][1][0], idle[-1][1][1]),
        severity="warning",
        label="ignores nothing",
        fixes=(_without(directive, kept, source),),
    )


def _without(directive: Directive, kept: list[str], source: Source) -> Fix:
    """The fix that takes words out of a comment, or the comment with them when none is left."""
    if kept:
        span = (directive.words[0][1][0], directive.words[-1][1][1])
        return Fix("remove what ignores nothing", (Edit(span, ", ".join(kept)),), "safe")
    start, end = directive.span
    text = source.text
    while start and text[start - 1] in " \t":
        start -= 1
    if (not start or text[start - 1] == "\n") and text[end : end + 1] == "\n":
        end += 1
    return Fix("remove the comment", (Edit((start, end), ""),), "safe")
