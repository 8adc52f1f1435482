"""Which fixes are written at once, and whether they helped, round after round until none is left that does."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate
from math import inf
from typing import NamedTuple

from shapecalc.cli.changed_text import difference, print_text, write_changed
from shapecalc.cli.refused import say
from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Diagnostic, Edit, Fix, Source, Span
from shapecalc.passes.report import CheckedNetwork
from shapecalc.pipeline import OF_SHAPES

MOST_ROUNDS = 200
"""Times that a text is changed."""
MOST_WORK, FEWEST_ROUNDS = 15_000, 2
"""Characters that are read while syntax errors are fixed, or layers that are checked and looked at for each error:
about a second. Some rounds there are in any case, of a text that takes more than that one."""
OF_CLAIMS = "SHP30"
"""How codes begin that are about a claim."""

Check = Callable[[Source], list[CheckedNetwork]]
"""A report for every network of a text."""
Reports = list[CheckedNetwork]


class Offered(NamedTuple):
    """A fix, what it is for, and the number of the network where that was found."""

    network: int
    diagnostic: Diagnostic
    fix: Fix

    @property
    def is_local(self) -> bool:
        """Whether it changes nothing that another one is for: no shape, or only the figure that is claimed of one."""
        if not self.diagnostic.code.startswith(OF_SHAPES):
            return True
        own = [edit.span for edit in self.fix.edits] == [self.diagnostic.span]
        return own and self.diagnostic.code.startswith(OF_CLAIMS)


def all_fixed(reports: Reports, check: Check, *, unsafe: bool) -> tuple[Reports, bool]:
    """The reports after all fixes that help, safe ones first, and whether all were tried.

    Where some of many do not help, those are tried in halves; one that does not help alone is refused until the text
    is another one.
    """
    refused: set[tuple[Edit, ...]] = set()
    waiting: set[tuple[Edit, ...]] = set()
    work = MOST_WORK
    fewest = FEWEST_ROUNDS if _work(reports) <= MOST_WORK else 1
    for done in range(MOST_ROUNDS):
        batch = _next_fixes(reports, refused | waiting, unsafe=unsafe)
        if not batch:
            return reports, True
        if done >= fewest and work <= 0:
            break
        source, edits = reports[0].source, tuple(edit for offered in batch for edit in offered.fix.edits)
        tried = check(replace(source, text=Fix("", edits).applied_to(source.text)))
        work -= _work(tried)
        useless = _useless(reports, tried, batch, moved(edits))
        if not useless:
            reports, refused, waiting = tried, set(), set()
        elif len(useless) == 1:
            refused.add(useless[0].fix.edits)
            waiting = set()
        else:
            waiting |= {offered.fix.edits for offered in useless[len(useless) // 2 :]}
    return reports, False


def _work(reports: Reports) -> int:
    """About how long a check took: a text that does not parse is read again after every error.

    For every error of one that does, fixes are looked for.
    """
    if not _parse(reports):
        return len(reports[0].source.text)
    return sum(len(r.rows) * (1 + sum(d.severity == "error" for d in r.diagnostics)) for r in reports)


def _next_fixes(reports: Reports, left_out: set[tuple[Edit, ...]], *, unsafe: bool) -> list[Offered]:
    """Safe fixes of all networks; else, where others may be written too, the first of every diagnostic."""
    for safe in (True, False) if unsafe else (True,):
        taken: set[int] = set()
        batch: list[Offered] = []
        for network, report in enumerate(reports):
            offered = []
            for diagnostic in report.diagnostics:
                fixes = [f for f in diagnostic.fixes if f.safety == "safe"] if safe else diagnostic.fixes[:1]
                offered += [Offered(network, diagnostic, fix) for fix in fixes if fix.edits not in left_out]
            batch += _apart(offered if report.graph is None else _alike(offered), taken)
        if batch:
            return batch
    return []


def _alike(offered: list[Offered]) -> list[Offered]:
    """The first fix, and with it others of its code, none of which it makes needless.

    A change of shapes is written alone, as it may fix more than what it is for.
    """
    first = offered[:1]
    if not (first and first[0].is_local):
        return first
    return [one for one in offered if one.is_local and one.diagnostic.code == first[0].diagnostic.code]


def _apart(offered: list[Offered], taken: set[int]) -> Iterator[Offered]:
    """The fixes that change other places than those which are taken, and than each other."""
    for one in offered:
        places = {place for edit in one.fix.edits for place in _places(edit.span)}
        if places.isdisjoint(taken):
            taken |= places
            yield one


def _places(span: Span) -> range:
    """What an edit takes: gaps between characters are even numbers, characters odd ones.

    >>> list(_places((1, 3))), list(_places((3, 3)))
    ([3, 4, 5], [6])
    """
    start, end = span
    return range(2 * start + 1, 2 * end) if start < end else range(2 * start, 2 * start + 1)


def _useless(before: Reports, after: Reports, batch: list[Offered], at: Callable[[int], int]) -> list[Offered]:
    """The fixes of the networks that are not better for them; all, where another is worse or they are not as many."""
    if len(before) != len(after):
        return [] if _helped(before, after, batch, at) else batch
    own: dict[int, list[Offered]] = {}
    for offered in batch:
        own.setdefault(offered.network, []).append(offered)
    pairs = [([old], [new]) for old, new in zip(before, after, strict=True)]
    if any(_badness(new) > _badness(old) for n, (old, new) in enumerate(pairs) if n not in own):
        return batch
    return [one for n, of_it in own.items() if not _helped(*pairs[n], of_it, at) for one in of_it]


def _helped(before: Reports, after: Reports, batch: list[Offered], at: Callable[[int], int]) -> bool:
    """Whether there are fewer problems; where several fixes are written, also whether each did what it is for.

    Of many syntax errors the first are reported alone: what comes after the last of them was not seen before.
    """
    from shapecalc.syntax_errors.recover import MOST

    if not _parse(before) and _parse(after):
        return True
    places = [d.span[0] for report in before for d in report.diagnostics]
    seen = at(max(places)) if not _parse(before) and len(places) >= MOST else inf
    if not _badness(after, seen) < _badness(before):
        return False
    if len(batch) == 1:
        return True
    found = Counter((d.code, d.span[0]) for report in after for d in report.diagnostics if d.span[0] <= seen)
    known = Counter((d.code, at(d.span[0])) for report in before for d in report.diagnostics)
    known -= Counter((one.diagnostic.code, at(one.diagnostic.span[0])) for one in batch)
    return found <= known


def _parse(reports: Reports) -> bool:
    return all(report.graph is not None for report in reports)


def _badness(reports: Reports, seen: float = inf) -> tuple[bool, int, int, int]:
    """How much is wrong up to a place: errors count first, then warnings, then notes.

    A text that reads beats one that does not, whatever is found in it then.
    """
    found = [d.severity for report in reports for d in report.diagnostics if d.span[0] <= seen]
    return not _parse(reports), found.count("error"), found.count("warning"), found.count("note")


def moved(edits: Iterable[Edit]) -> Callable[[int], int]:
    """Where a place of the text is once it is edited; what is inside of an edit is where that begins.

    >>> at = moved([Edit((2, 4), "abc"), Edit((6, 6), "=>")])
    >>> [at(0), at(3), at(4), at(6)]
    [0, 2, 5, 9]
    """
    ordered = sorted(edits, key=lambda edit: edit.span)
    ends = [edit.span[1] for edit in ordered]
    longer = [0, *accumulate(len(edit.content) - (edit.span[1] - edit.span[0]) for edit in ordered)]

    def at(place: int) -> int:
        passed = bisect_right(ends, place)
        start = ordered[passed].span[0] if passed < len(ordered) else place
        return min(place, start) + longer[passed]

    return at


# --- into files -------------------------------------------------------------------------------


def with_fixes(source: Source, check: Check, *, unsafe: bool, diff: bool) -> list[CheckedNetwork]:
    """The reports of the file as it is once it is fixed; the file is written, or with `diff` its difference printed.

    `check` tries no fixes: they are tried here. Raises Refused where the file cannot be written.
    """
    reports, is_all = all_fixed(check(source), check, unsafe=unsafe)
    if not is_all:
        say(f"note: {source.path} has more fixes: run it once more to write them")
    fixed = reports[0].source.text
    if diff:
        print_text(difference(source.path, source.text, fixed))
    elif fixed != source.text:
        write_changed(source, fixed)
    return reports
