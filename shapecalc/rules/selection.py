"""Which rules are in force: a ruleset, what is selected and ignored besides, and with which severity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import Literal, get_args

from shapecalc.core.named_tuple import NamedTuple
from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Diagnostic, Severity
from shapecalc.diagnostics.spelling import did_you_mean
from shapecalc.rules.catalogue import all_rules, code_of, codes, load
from shapecalc.rules.rule import Group
from shapecalc.rules.rulesets import NEWEST, RULESETS

Level = Literal["error", "warning", "note", "off"]

GROUPS: tuple[str, ...] = get_args(Group)
LEVELS: tuple[str, ...] = get_args(Level)
ALL = "ALL"
ITSELF, OVER = 100, 1000
"""How exactly a code is named by itself, and how much more what a command line says counts."""
UNREADABLE = ("SHP0", "SHP1")
"""Errors of these are never ignored: without them a text that was not understood would pass as clean."""


class UnknownRule(ValueError):
    """A word that is no code, name, prefix, group, ruleset or severity, with what there is instead."""


class Selection(NamedTuple):
    """What was asked for, word by word: codes, names, prefixes such as SHP2, groups, and ALL."""

    select: tuple[str, ...] = ()
    """Besides the ruleset."""
    ignore: tuple[str, ...] = ()
    preview: bool = False
    ruleset: str = NEWEST
    severity: tuple[tuple[str, Level], ...] = ()
    """A rule each, and how severe it is, or `off`."""
    over: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    """What a command line selects and ignores, over all that a configuration says."""


class EffectiveRules(NamedTuple):
    """The rules that run, the codes that are not reported, and the severities that are not those of the pages."""

    run: tuple[str, ...]
    dropped: frozenset[str] = frozenset()
    severities: tuple[tuple[str, Severity], ...] = ()

    def applied(self, found: Iterable[Diagnostic]) -> list[Diagnostic]:
        """The diagnostics that are reported, each with its severity."""
        severities = dict(self.severities)
        return [
            replace(d, severity=severities[d.code]) if d.code in severities and not is_locked(d) else d
            for d in found
            if d.code not in self.dropped or is_locked(d)
        ]


def is_locked(diagnostic: Diagnostic) -> bool:
    """Whether it is always reported."""
    return diagnostic.severity == "error" and diagnostic.code.startswith(UNREADABLE)


@cache
def effective_rules(selection: Selection) -> EffectiveRules:
    """What a selection stands for. The more exact of two words wins, and of two alike the one that ignores.

    Raises UnknownRule.
    """
    if selection.ruleset not in RULESETS:
        raise UnknownRule(f"there is no ruleset '{selection.ruleset}'; there is {', '.join(RULESETS)}")
    levels = {_one(word): level for word, level in selection.severity}
    off = tuple(code for code, level in levels.items() if level == "off")
    if not selection.select and not selection.ignore and not off and not any(selection.over):
        run = RULESETS[selection.ruleset]
        return EffectiveRules(run, frozenset(), _severities(levels))
    selected = _exactness(selection.select) | _over(selection.over[0])
    ignored = _exactness((*selection.ignore, *off)) | _over(selection.over[1])
    usual = set(RULESETS[selection.ruleset])
    dropped = {code for code, how in ignored.items() if how >= selected.get(code, 0)}
    run = tuple(
        code
        for code in codes()
        if (code in usual or code in selected) and code not in dropped and _runs(code, preview=selection.preview)
    )
    return EffectiveRules(run, frozenset(dropped), _severities(levels))


def _runs(code: str, *, preview: bool) -> bool:
    """Whether a rule has a check, and is out of preview or asked for with --preview."""
    rule = load(code)
    return rule.checks() and (preview or not rule.preview)


def _severities(levels: dict[str, Level]) -> tuple[tuple[str, Severity], ...]:
    return tuple((code, level) for code, level in levels.items() if level != "off")


def _exactness(words: Iterable[str]) -> dict[str, int]:
    """For every code that is meant how exactly: 1 by ALL, 2 by a group, more by a longer prefix, most by itself."""
    found: dict[str, int] = {}
    for word in words:
        for code, how in meant_by(word).items():
            found[code] = max(how, found.get(code, 0))
    return found


def _over(words: Iterable[str]) -> dict[str, int]:
    """The same for words that win over all others."""
    return {code: how + OVER for code, how in _exactness(words).items()}


@lru_cache(maxsize=1024)
def codes_of(word: str) -> Mapping[str, int]:
    """The codes that a word stands for, and how exactly it names them; none where it is no such word."""
    one = code_of(word)
    if one:
        return {one: ITSELF}
    if word.upper() == ALL:
        return dict.fromkeys(codes(), 1)
    if word.lower() in GROUPS:
        return {rule.code: 2 for rule in all_rules() if word.lower() in rule.groups}
    return {code: 2 + len(word) for code in codes() if len(word) > 2 and code.startswith(word.upper())}


def meant_by(word: str) -> Mapping[str, int]:
    """The codes that a word stands for, and how exactly it names them. Raises UnknownRule where it is none."""
    found = codes_of(word)
    if not found:
        raise UnknownRule(_unknown(word))
    return found


def _one(word: str) -> str:
    """The code of a rule. Raises UnknownRule."""
    code = code_of(word)
    if code is None:
        raise UnknownRule(_unknown(word))
    return code


def _unknown(word: str) -> str:
    known = [*codes(), *codes().values(), *GROUPS, ALL]
    hint = did_you_mean(word, known, "`shapecalc explain` lists all rules")
    return f"there is no rule or group '{word}'; {hint}"
