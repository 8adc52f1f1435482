"""Finds arrows that are missing although the text parses: where one chain ends and a second begins by accident."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice

from shapecalc.diagnostics.diagnostic import Diagnostic, Edit, Fix, Span, report
from shapecalc.diagnostics.spelling import nearest
from shapecalc.language import syntax
from shapecalc.syntax_errors.lexemes import shown
from shapecalc.syntax_errors.loops import repeated, too_many_words
from shapecalc.syntax_errors.notations import no_arrow

MOST = 20
"""Diagnostics that are worth reading at once."""
INPUTS = ("INPUT", "DATA", "IMAGE")
_JOINTS = ("ADD", "CONCAT", "MUL")


def missing_arrows(statements: Sequence[syntax.Statement], text: str) -> tuple[Diagnostic, ...]:
    """The arrows that a text lacks although it parses: at most 20 diagnostics, in order.

    One for each chain that starts with an ordinary layer behind another chain, and for each layer that stands
    before square brackets as if it joined branches. The first chain of a file may start with anything: that
    its INPUT is missing is the expander's to say.
    """
    blocks = {s.name.lower(): s for s in statements if isinstance(s, syntax.Block)}
    chains = islice(_broken_chains(statements, blocks, text), MOST)
    branches = islice(_false_branches(statements, blocks, text), MOST)
    found = sorted([*chains, *branches], key=lambda d: d.span)
    # the words of one layer are side by side more than once
    told = [d for before, d in zip([None, *found], found, strict=False) if not _inside(d, before)]
    return tuple(told[:MOST])


def _inside(one: Diagnostic, other: Diagnostic | None) -> bool:
    """Whether a finding is about a part of what another one is about."""
    return other is not None and other.span[0] < one.span[0] and one.span[1] <= other.span[1]


# --- chains -------------------------------------------------------------------------------------


def _broken_chains(
    statements: Sequence[syntax.Statement], blocks: dict[str, syntax.Block], text: str
) -> Iterator[Diagnostic]:
    first = True
    before: syntax.Statement | None = None
    for statement in statements:
        if isinstance(statement, syntax.Chain):
            crowded = _crowded(before, statement, text)
            if crowded is not None:
                yield crowded
            behind_block = isinstance(before, syntax.Block) and not _apart(before.span, statement.span, text)
            if (not first or behind_block) and not _starts(statement, blocks):
                yield _joint(before, statement, text)
            first = False
        before = statement


def _crowded(before: syntax.Statement | None, chain: syntax.Chain, text: str) -> Diagnostic | None:
    """`CONV 64 3x3 => RELU`: the size was read as the input of another chain."""
    leaf = _leaf(chain.items[0]) if chain.items else None
    if not isinstance(before, syntax.Chain) or not isinstance(leaf, syntax.Call) or leaf.span != leaf.name_span:
        return None
    if not text[leaf.span[0] : leaf.span[0] + 1].isdigit() or _apart(before.span, leaf.span, text):
        return None
    found = no_arrow(text, before.items[-1].span)
    return found if found and found.span[1] >= leaf.span[1] else None


def _starts(chain: syntax.Chain, blocks: dict[str, syntax.Block]) -> bool:
    """Whether a chain begins at an INPUT, a size or a tap, as a chain of its own does."""
    waiting, seen = [chain], set()
    while waiting:
        chain = waiting.pop()
        leaf = _leaf(chain.items[0]) if chain.items else None
        if isinstance(leaf, syntax.Branch):
            waiting.extend(leaf.chains)
        elif isinstance(leaf, syntax.Call) and leaf.name.lower() in blocks:
            if leaf.name.lower() not in seen:
                seen.add(leaf.name.lower())
                waiting.append(blocks[leaf.name.lower()].body)
        elif not (isinstance(leaf, syntax.Tap) or (isinstance(leaf, syntax.Call) and _is_input(leaf))):
            return False
    return True


def _is_input(call: syntax.Call) -> bool:
    """Whether a layer is an INPUT; a bare size has become one."""
    return call.name.upper() in INPUTS


def _leaf(item: syntax.Item) -> syntax.Item:
    """The first layer, branch or tap of an item."""
    while not isinstance(item, syntax.Call | syntax.Branch | syntax.Tap):
        item = item.chain.items[0] if isinstance(item, syntax.Group | syntax.Comprehension) else item.item
    return item


def _apart(one: Span, other: Span, text: str) -> bool:
    return "\n" in text[one[1] : other[0]]


def _joint(before: syntax.Statement | None, chain: syntax.Chain, text: str) -> Diagnostic:
    """The missing arrow in front of a chain."""
    start = chain.items[0].span
    name = shown(text[slice(*_leaf(chain.items[0]).span)])
    if isinstance(before, syntax.Chain):
        last = before.items[-1].span
    elif isinstance(before, syntax.Block) and before.body.items:
        last = before.body.items[-1].span
    else:
        return report(
            "SHP002",
            f"the chain that starts with {name} is joined to nothing",
            start,
            label="expected INPUT, a size or a tap such as @name",
            help=("join it to the chain before with =>, or let it start at a tap",),
        )
    return arrow_missing(last, start, text, "=>" if "=>" in text or "->" not in text else "->")


def arrow_missing(last: Span, start: Span, text: str, arrow: str) -> Diagnostic:
    """The diagnostic for two items that stand side by side."""
    times = re.fullmatch(r"(?:\[\s*[xX]|[xX]|times|repeat)\s*(\d+)\s*\]?", text[slice(*start)])
    if times:
        return times_sign(start, text, times[1])
    star = text.rfind("*", *last)
    counted = too_many_words(text, star, start[1]) if star >= 0 else None
    said = (counted or repeated(text, last[0])) if not _apart(last, start, text) else None
    instead = said.report if said else no_arrow(text, last)
    if instead is not None and instead.span[1] >= start[0]:
        return instead
    one, other = shown(text[slice(*last)]), shown(text[slice(*start)])
    same_line = not _apart(last, start, text)
    near = same_line and start[1] - last[0] < 60 and "\n" not in text[last[0] : start[1]]
    return report(
        "SHP002",
        f"an arrow is missing between {one} and {other}",
        (last[0], start[1]) if near else start,
        label="expected an arrow between the two" if near else f"expected an arrow before {other}",
        help=(f"write {one} {arrow} {other}",),
        fixes=(_insert(last, start, text, arrow),),
    )


def times_sign(span: Span, text: str, count: str) -> Diagnostic:
    """The diagnostic for `x 3` behind an item."""
    return report(
        "SHP007",
        f"{shown(text[slice(*span)])} does not repeat anything",
        span,
        label="expected '*' and the count",
        help=(f"write *{count}",),
        fixes=(Fix(f"write *{count}", (Edit(span, f"*{count}"),), "safe"),),
    )


def _insert(last: Span, start: Span, text: str, arrow: str) -> Fix:
    """Puts an arrow between: at the head of the next line, or behind the item."""
    if _apart(last, start, text):
        edit = Edit((start[0], start[0]), f"{arrow} ")
    elif start[0] == last[1]:
        edit = Edit((last[1], last[1]), f" {arrow} ")
    else:
        edit = Edit((last[1], last[1]), f" {arrow}")
    return Fix("insert the arrow", (edit,), "safe")


# --- branches -----------------------------------------------------------------------------------


def _false_branches(
    statements: Sequence[syntax.Statement], blocks: dict[str, syntax.Block], text: str
) -> Iterator[Diagnostic]:
    """Layers that stand before square brackets and do not join branches."""
    waiting: deque[syntax.Item] = deque()
    for statement in statements:
        body = statement.body if isinstance(statement, syntax.Block) else statement
        if isinstance(body, syntax.Chain):
            waiting.extend(body.items)
    while waiting:
        item = waiting.popleft()
        if isinstance(item, syntax.Group | syntax.Comprehension):
            waiting.extend(item.chain.items)
        elif isinstance(item, syntax.Branch):
            for chain in item.chains:
                waiting.extend(chain.items)
            if item.name.upper() not in _JOINTS:
                yield from _false_branch(item, blocks, text)
        elif not isinstance(item, syntax.Call | syntax.Tap):
            waiting.append(item.item)


def _false_branch(branch: syntax.Branch, blocks: dict[str, syntax.Block], text: str) -> Iterator[Diagnostic]:
    from shapecalc.registry import layer_names

    names = layer_names()
    known = names.get(branch.name.upper())
    if known and known[0].merges:
        return
    brackets = (branch.span[0] + len(branch.name), branch.span[1])
    opener = text.find("[", *brackets)
    if (known or branch.name.lower() in blocks) and len(branch.chains) == 1 and branch.chains[0].items:
        yield arrow_missing(branch.name_span, (opener, branch.span[1]), text, "=>")
        return
    joints = [name for name, (layer, _) in names.items() if layer.merges]
    meant = None if known else nearest(branch.name.upper(), joints)
    yield report(
        "SHP101",
        f"{branch.name} does not join branches",
        branch.name_span,
        label="expected ADD, CONCAT or MUL before [",
        help=((f"did you mean {meant}?",) if meant else ())
        or (f"write ADD[ a | b ] or CONCAT[ a | b ], or {branch.name} => [ … ] for a group behind it",),
        fixes=(Fix(f"write {meant}", (Edit(branch.name_span, meant),)),) if meant else (),
    )
