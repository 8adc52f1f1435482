"""A whole diagram in our words: every call of a framework is replaced by what it means here."""

from __future__ import annotations

from functools import partial

from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Diagnostic
from shapecalc.dialects.framework_of import Manner, manner
from shapecalc.dialects.plain_calls import block_names, calls_of_layers
from shapecalc.dialects.translate import Translation, translate
from shapecalc.language import syntax


def in_our_words(diagram: syntax.Diagram, problems: list[Diagnostic]) -> syntax.Diagram:
    """The diagram with its calls in our words; what a framework would refuse is marked and added to `problems`."""
    blocks = block_names(diagram)
    reader = _Reader(manner(calls_of_layers(diagram, blocks)), blocks, problems)
    return replace(diagram, statements=tuple(map(reader.statement, diagram.statements)))


class _Reader:
    def __init__(self, how: Manner, blocks: frozenset[str], problems: list[Diagnostic]) -> None:
        self.how, self.blocks, self.problems = how, blocks, problems

    def statement(self, statement: syntax.Statement) -> syntax.Statement:
        if isinstance(statement, syntax.Block):
            return replace(statement, body=self.chain(statement.body))
        return self.chain(statement) if isinstance(statement, syntax.Chain) else statement

    def chain(self, chain: syntax.Chain) -> syntax.Chain:
        items = tuple(new for item in chain.items for new in self.items(item))
        same = len(items) == len(chain.items) and all(a is b for a, b in zip(items, chain.items, strict=True))
        return chain if same else replace(chain, items=items)

    def items(self, item: syntax.Item) -> tuple[syntax.Item, ...]:
        """What stands for an item: several where a call says more than one layer."""
        match item:
            case syntax.Call():
                return self.call(item).calls
            case syntax.Group(chain) | syntax.Comprehension(chain):
                inner = self.chain(chain)
                return (item if inner is chain else replace(item, chain=inner),)
            case syntax.Branch(_, chains):
                inner_chains = tuple(map(self.chain, chains))
                same = all(a is b for a, b in zip(inner_chains, chains, strict=True))
                return (item if same else replace(item, chains=inner_chains),)
            case syntax.Claimed(syntax.Call() as call, claims):
                return self.claimed(item, self.call(call), claims)
            case syntax.Repeat() | syntax.Optional() | syntax.Named() | syntax.Shared() | syntax.Claimed():
                inside = item.item
                new = self.items(inside)
                if len(new) == 1:
                    return (item if new[0] is inside else replace(item, item=new[0]),)
                return (replace(item, item=syntax.Group(syntax.Chain(new, inside.span), inside.span)),)
        return (item,)

    def claimed(
        self, item: syntax.Claimed, read: Translation, claims: tuple[syntax.Claim, ...]
    ) -> tuple[syntax.Item, ...]:
        """What is claimed of a call is claimed of its layer, not of the activation after it."""
        if len(read.calls) == 1:
            return (item if read.calls[0] is item.item else replace(item, item=read.calls[0]),)
        wrap = partial(syntax.Claimed, claims=claims, span=item.span)
        return tuple(wrap(call) if place == read.main else call for place, call in enumerate(read.calls))

    def call(self, call: syntax.Call) -> Translation:
        if call.short or call.name.lower() in self.blocks:
            return Translation((call,))
        found = translate(call, self.how)
        self.problems.extend(found.diagnostics)
        return found
