"""Every rule there is, by the files in this folder, whose names give code and name, and which of them are in force."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from typing import Literal, get_args

from shapecalc.core.record import NamedTuple, replace
from shapecalc.diagnostics.diagnostic import Diagnostic, Severity
from shapecalc.diagnostics.registration import RegistrationError, file_of, load_file
from shapecalc.diagnostics.spelling import did_you_mean
from shapecalc.rules.rule import Group, Rule

_CODE_LENGTH = len("SHP201")
_FREE = "write a code and a name that no other file in the folder has, such as shp441_its_name.py"


@cache
def codes() -> dict[str, str]:
    """Every code and its name, in the order of the codes. Raises RegistrationError where two files have one."""
    found: dict[str, str] = {}
    names: set[str] = set()
    for file in sorted(os.listdir(os.path.dirname(__file__))):
        if file.startswith("shp") and file.endswith(".py"):
            code, _, name = file[:-3].partition("_")
            code, name = code.upper(), name.replace("_", "-")
            if len(code) != _CODE_LENGTH or not code[-3:].isdecimal() or not name:
                raise RegistrationError(f"shapecalc/rules/{file}", "its name is not a code and a name", _FREE)
            if code in found or name in names:
                taken = code if code in found else name
                raise RegistrationError(f"shapecalc/rules/{file}", f"another rule is {taken} too", _FREE)
            found[code] = name
            names.add(name)
    return found


def rule_name(code: str) -> str:
    """The kebab-case name of a code. Raises KeyError where there is none."""
    return codes()[code]


def code_of(word: str) -> str | None:
    """The code that a code or a name stands for, in any case."""
    code, name = word.upper(), word.lower()
    return code if code in codes() else next((c for c, n in codes().items() if n == name), None)


@cache
def load(code: str) -> Rule:
    """The rule of a code. Raises KeyError where there is none, RegistrationError where its file lacks something."""
    module = load_file("shapecalc.rules", f"{code.lower()}_{codes()[code].replace('-', '_')}")
    types = [v for v in vars(module).values() if isinstance(v, type) and v.__module__ == module.__name__]
    rules = [t for t in types if issubclass(t, Rule)]
    if len(rules) != 1:
        help = "write one class of Rule, with a docstring, bad and good examples, and check(self, context)"
        raise RegistrationError(file_of(module.__name__), f"there are {len(rules)} rules in it, not one", help)
    for wrong, help in _faults(rules[0]):
        raise RegistrationError(file_of(module.__name__), f"{rules[0].__name__} {wrong}", help)
    return rules[0]()


def _faults(rule: type[Rule]) -> Iterator[tuple[str, str]]:
    """What a rule lacks, each with what to write."""
    for examples, texts in (("bad", rule.bad), ("good", rule.good)):
        if not texts:
            yield f"has no {examples} examples", f'write {examples} = ("INPUT(8x8x3) => …",), which become its tests'
    if rule.severity not in get_args(Severity):
        yield f"has the severity {rule.severity!r}", f"write one of {', '.join(get_args(Severity))}"
    if other := sorted(set(rule.groups) - set(get_args(Group))):
        yield f"is in the group {other[0]!r}", f"write groups of {', '.join(get_args(Group))}"


def all_rules() -> list[Rule]:
    """Every rule, in the order of the codes."""
    return [load(code) for code in codes()]


RULESETS: dict[str, tuple[str, ...]] = {
    "2026.11": (
        *("SHP201", "SHP202", "SHP203", "SHP204", "SHP205", "SHP212", "SHP215", "SHP305", "SHP307"),
        *("SHP122", "SHP123", "SHP125", "SHP126", "SHP127"),
        *("SHP401", "SHP402", "SHP403", "SHP404", "SHP405", "SHP406", "SHP407", "SHP408", "SHP445"),
        *("SHP501", "SHP502", "SHP505", "SHP508", "SHP510", "SHP514"),
    )
}
"""In the order in which they run."""

NEWEST = "2026.11"


# --- which are in force ---------------------------------------------------------------------------

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
