"""What is missing in a text that parses: a second chain begins by accident, a group follows what does not join."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence

from shapecalc.diagnostics.diagnostic import Diagnostic, Edit, Fix, report
from shapecalc.diagnostics.spelling import nearest
from shapecalc.language import syntax

INPUTS = ("INPUT", "DATA", "IMAGE")
"""Names of the layer that a chain begins with."""
STEP = r"(?:c\d+s\d+-\d+|[dRu]\d+)(?:\s*[xX×*]\s*\d+)?"
GENERATOR = rf"(?=[^\n]*c\d+s\d+-\d)(?:{STEP}\s*[-,;]?\s*)*{STEP}(?!\w)"
"""`c7s1-64` is 7x7 with stride 1, `d128` halves the size, `R256` is a residual block, `u128` doubles the size."""
_MERGES = ("ADD", "CONCAT", "MUL")


def breaks(statements: Sequence[syntax.Statement], text: str) -> set[int]:
    """The offsets at which a text lacks an arrow although it parses.

    That is where a chain starts with an ordinary layer after another chain, or a group is after a layer as
    if that joined branches. The first chain of a file may start with anything: that its INPUT is missing is the
    expander's to say. A generator as CycleGAN writes it parses by accident too.
    """
    blocks = {s.name.lower(): s for s in statements if isinstance(s, syntax.Block)}
    generators = {match.start() for match in re.finditer(GENERATOR, text)} if re.search(r"c\d+s\d+-\d", text) else set()
    return {*generators, *_false_starts(statements, blocks, text), *_groups_of_layers(statements, blocks, text)}


def _false_starts(statements: Sequence[syntax.Statement], blocks: dict[str, syntax.Block], text: str) -> Iterator[int]:
    first = True
    before: syntax.Statement | None = None
    for statement in statements:
        if isinstance(statement, syntax.Chain):
            start = statement.items[0].span[0]
            same_line = before is not None and "\n" not in text[before.span[1] : start]
            size = isinstance(before, syntax.Chain) and same_line and text[start].isdigit()
            size = size or (same_line and _is_bare_input(before))
            after_block = isinstance(before, syntax.Block) and same_line
            if size or ((not first or after_block) and not _starts(statement, blocks)):
                yield start
            first = False
        before = statement


def _is_bare_input(statement: syntax.Statement | None) -> bool:
    """`Input Image (28x28x1)`: an INPUT without a size, in front of another one."""
    if not isinstance(statement, syntax.Chain) or len(statement.items) != 1:
        return False
    item = statement.items[0]
    return isinstance(item, syntax.Call) and item.name.upper() in INPUTS and item.span == item.name_span


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
        elif not (isinstance(leaf, syntax.Tap) or (isinstance(leaf, syntax.Call) and leaf.name.upper() in INPUTS)):
            return False
    return True


def _leaf(item: syntax.Item) -> syntax.Item:
    """The first layer, branch or tap of an item."""
    while not isinstance(item, syntax.Call | syntax.Branch | syntax.Tap):
        item = item.chain.items[0] if isinstance(item, syntax.Group | syntax.Comprehension) else item.item
    return item


# --- branches -----------------------------------------------------------------------------------


def _branches(statements: Sequence[syntax.Statement]) -> Iterator[syntax.Branch]:
    """The branches whose name is not one of the three that join them."""
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
            if item.name.upper() not in _MERGES:
                yield item
        elif not isinstance(item, syntax.Call | syntax.Tap):
            waiting.append(item.item)


def _groups_of_layers(
    statements: Sequence[syntax.Statement], blocks: dict[str, syntax.Block], text: str
) -> Iterator[int]:
    """Where a group is after a layer without an arrow."""
    from shapecalc.registry import layer_names

    for branch in _branches(statements):
        known = layer_names().get(branch.name.upper())
        one = len(branch.chains) == 1 and branch.chains[0].items
        if one and (branch.name.lower() in blocks or (known and not (known[0].merges or known[0].may_join))):
            yield text.find("[", branch.span[0] + len(branch.name))


def false_branches(statements: Sequence[syntax.Statement]) -> Iterator[Diagnostic]:
    """One diagnostic for each name that is before several branches and does not join them."""
    from shapecalc.registry import layer_names

    names = layer_names()
    blocks = {s.name.lower() for s in statements if isinstance(s, syntax.Block)}
    for branch in _branches(statements):
        known = names.get(branch.name.upper())
        several = len(branch.chains) > 1 or not branch.chains[0].items
        if (known and (known[0].merges or known[0].may_join)) or not (
            several or not (known or branch.name.lower() in blocks)
        ):
            continue
        meant = None if known else nearest(branch.name.upper(), [n for n, (layer, _) in names.items() if layer.merges])
        instead = f"write ADD[ a | b ] or CONCAT[ a | b ], or {branch.name} => [ … ] for a group after it"
        yield report(
            "SHP101",
            f"{branch.name} does not join branches",
            branch.name_span,
            label="expected ADD, CONCAT or MUL before [",
            help=(f"did you mean {meant}?" if meant else instead,),
            fixes=(Fix(f"write {meant}", (Edit(branch.name_span, meant),)),) if meant else (),
        )
