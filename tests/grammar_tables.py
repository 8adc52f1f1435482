"""Has Lark read the grammar of diagrams, and gives what tables.py is made of, as plain values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from re import _compiler, _parser  # type: ignore[attr-defined]
from typing import Any

from shapecalc.language.lalr import END, Production, Tables


def compiled(grammar: str) -> Tables:
    """The tables of a grammar in Lark's language, with the rules `start` and `value`: takes a second."""
    from lark import Lark
    from lark.lexer import ContextualLexer

    lark: Any = Lark(
        grammar, start=["start", "value"], parser="lalr", lexer="contextual", maybe_placeholders=False,
        keep_all_tokens=True,
    )  # fmt: skip
    table, lexer = lark.parser.parser._parse_table, lark.parser.lexer
    assert isinstance(lexer, ContextualLexer)
    rules = {rule: number for number, rule in enumerate(lark.rules)}
    order = _in_order(table)
    number = {state: place for place, state in enumerate(order)}
    lexers: list[tuple[tuple[str, ...], dict[str, dict[str, str]]]] = []
    states = []
    for state in order:
        found = _lexer(lexer.lexers[state])
        if found not in lexers:
            lexers.append(found)
        actions = {name: number[argument] if str(action) == "Shift" else -1 - rules[argument]
                   for name, (action, argument) in table.states[state].items()}  # fmt: skip
        states.append((lexers.index(found), dict(sorted(actions.items()))))
    used = {name for names, _ in lexers for name in names}
    patterns = {t.name: t.pattern.to_regexp() for t in sorted(lark.terminals, key=_first) if t.name in used}
    terminals = {name: [(way, begins(way)) for way in alternatives(pattern)] for name, pattern in patterns.items()}
    for end in table.end_states.values():
        states[number[end]][1][END] = number[end]
    starts = {start: number[state] for start, state in sorted(table.start_states.items())}
    made = [_rule(rule) for rule in lark.rules]
    states, starts = without_unit_reductions(states, made, starts)
    return Tables(terminals, lexers, states, made, starts, frozenset(lark.ignore_tokens))


def _in_order(table: Any) -> list[int]:
    """The states as a walk from the starts meets them: Lark numbers them otherwise in every run."""
    order = [state for _, state in sorted(table.start_states.items())]
    for state in order:
        after = (argument for _, (action, argument) in sorted(table.states[state].items()) if str(action) == "Shift")
        order += [other for other in dict.fromkeys(after) if other not in order]
    return order


def _first(terminal: Any) -> tuple[int, int, int, str]:
    """Lark's order of terminals."""
    pattern = terminal.pattern
    return -terminal.priority, -pattern.max_width, -len(pattern.value), terminal.name


def alternatives(pattern: str) -> list[str]:
    """The parts of a regular expression between its outermost `|`.

    >>> alternatives(r"a|(b|c)[|]|\\|")
    ['a', '(b|c)[|]', '\\\\|']
    """
    found, depth = [""], 0
    for part in re.findall(r"\\.|\[\^?\]?(?:\\.|[^]\\])*\]|.", pattern, re.DOTALL):
        depth += (part == "(") - (part == ")")
        if part == "|" and not depth:
            found.append("")
        else:
            found[-1] += part
    return found


def begins(pattern: str) -> str:
    """The ASCII characters that a match of a regular expression may begin with.

    >>> begins("(?<=x)a?(b|[cd])+e"), begins(r"\\s*=")
    ('abcd', '\\t\\n\\x0b\\x0c\\r\\x1c\\x1d\\x1e\\x1f =')
    """
    return "".join(sorted(_first_of_all(_parser.parse(pattern))[0]))


def _first_of_all(items: Any) -> tuple[set[str], bool]:
    """The first characters of a sequence, and whether it may be empty."""
    found: set[str] = set()
    for item in items:
        more, empty = _first_of_one(item, items.state)
        found |= more
        if not empty:
            return found, False
    return found, True


def _first_of_one(item: Any, state: Any) -> tuple[set[str], bool]:
    operation, argument = item
    match str(operation):
        case "MAX_REPEAT" | "MIN_REPEAT":
            found, empty = _first_of_all(argument[2])
            return found, empty or argument[0] == 0
        case "SUBPATTERN":
            return _first_of_all(argument[-1])
        case "BRANCH":
            ways = [_first_of_all(way) for way in argument[1]]
            return {character for found, _ in ways for character in found}, any(empty for _, empty in ways)
        case "ASSERT" | "ASSERT_NOT" | "AT":
            return set(), True
    alone = _compiler.compile(_parser.SubPattern(state, [item]))
    return {character for character in map(chr, range(128)) if alone.match(character)}, False


def _lexer(lexer: Any) -> tuple[tuple[str, ...], dict[str, dict[str, str]]]:
    names = tuple(terminal.name for terminal in lexer.scanner.terminals)
    words = {
        name: dict(sorted((terminal.pattern.value, terminal.name) for terminal in callback.scanner.terminals))
        for name, callback in sorted(lexer.callback.items())
    }
    return names, words


def _rule(rule: Any) -> Production:
    origin = str(rule.origin.name)
    inlined = tuple(
        place for place, symbol in enumerate(rule.expansion) if not symbol.is_term and symbol.name.startswith("_")
    )
    single = bool(rule.options.expand1 and not rule.alias)
    stays = origin.startswith("_") or (single and len(rule.expansion) == 1 and not inlined)
    return Production(origin, len(rule.expansion), "" if stays else str(rule.alias or origin), inlined, single)


# --- unit reductions --------------------------------------------------------------------------

Row = Mapping[str, int]
Reached = tuple[int, int]
"""A state, after the one from which it is reached."""
Actions = dict[str, "int | Reached"]


def without_unit_reductions(
    states: Sequence[tuple[int, Row]], rules: Sequence[Production], starts: Mapping[str, int]
) -> tuple[list[tuple[int, dict[str, int]]], dict[str, int]]:
    """The states and starts of an automaton for the same texts that does at once what follows such reductions.

    What follows depends on the state before, so each state is an old one with that before it.
    """
    rows = [row for _, row in states]
    units = {
        -1 - n: rule.origin for n, rule in enumerate(rules) if rule.single and rule.length == 1 and not rule.method
    }
    reached = [(start, start) for start in starts.values()]
    found: dict[Reached, Actions] = {}
    for one in reached:
        if one not in found:
            found[one] = _actions(*one, rows, units)
            reached += [action for action in found[one].values() if isinstance(action, tuple)]
    same = _equal(found, [lexer for lexer, _ in states])
    number = {one: place for place, one in enumerate(dict.fromkeys(same.values()))}
    made = []
    for one in number:
        row = {name: a if isinstance(a, int) else number[same[a]] for name, a in sorted(found[one].items())}
        made.append((states[one[1]][0], row))
    return made, {name: number[same[start, start]] for name, start in starts.items()}


def _actions(before: int, state: int, rows: Sequence[Row], units: Mapping[int, str]) -> Actions:
    """What a state does at each symbol once its unit reductions are done, which lead through others."""
    actions: Actions = {}
    passed = {state: None}
    for symbol, action in rows[state].items():
        here: int = state
        after: int | None = action
        while after is not None and after in units:
            here = rows[before][units[after]]
            passed[here] = None
            after = rows[here].get(symbol)
        if after is not None:
            actions[symbol] = (here, after) if after >= 0 else after
    for here in passed:  # where their rules go on
        for symbol, after in rows[here].items():
            if symbol.islower():
                assert actions.setdefault(symbol, (here, after)) == (here, after), "two rules go on with the same"
    return actions


def _equal(found: Mapping[Reached, Actions], lexers: Sequence[int]) -> dict[Reached, Reached]:
    """For each state the first that does the same."""
    same = {one: one for one in found}
    while True:
        first: dict[object, Reached] = {}
        before = same
        same = {
            one: first.setdefault(
                (lexers[one[1]], *((s, a if isinstance(a, int) else before[a]) for s, a in actions.items())), one
            )
            for one, actions in found.items()
        }
        if same == before:
            return same
