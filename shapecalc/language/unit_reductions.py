"""Takes reductions that change nothing, as `term: factor`, out of an automaton: they are most steps of a parse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shapecalc.language.lalr import Production

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
