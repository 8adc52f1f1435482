"""A whole diagram in our words: every call of a framework is replaced by what it means here."""

from __future__ import annotations

from typing import Any

from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Diagnostic
from shapecalc.dialects.framework_of import Manner, manner
from shapecalc.dialects.plain_calls import block_names, calls_of_layers
from shapecalc.dialects.translate import Translation, translate
from shapecalc.language import syntax
from shapecalc.language.walk import rebuilt


def in_our_words(
    diagram: syntax.Diagram, problems: list[Diagnostic], *, channels_first: bool | None = None
) -> syntax.Diagram:
    """The diagram with its calls in our words; what a framework would refuse is marked and added to `problems`.

    Shapes have their channels in front where `channels_first` says so, or a call of the text; the INPUT has them in
    front where nothing is said and the layer of PyTorch that reads it expects so many.
    """
    blocks = block_names(diagram)
    how = manner(calls_of_layers(diagram, blocks))
    how = replace(
        how, channels_first=channels_first or how.channels_first, turned=how.turned and channels_first is None
    )
    reader = _Reader(how, blocks, problems)
    return replace(diagram, statements=tuple(map(reader.part, diagram.statements)))


class _Reader:
    def __init__(self, how: Manner, blocks: frozenset[str], problems: list[Diagnostic]) -> None:
        self.how, self.blocks, self.problems = how, blocks, problems

    def part(self, part: Any) -> Any:
        """A part of the tree in our words; several layers in the place of one are a group."""
        if isinstance(part, syntax.Chain):
            return replace(part, items=tuple(new for item in part.items for new in self.items(item)))
        if isinstance(part, syntax.Item):
            new = self.items(part)
            return new[0] if len(new) == 1 else syntax.Group(syntax.Chain(new, part.span), part.span)
        return rebuilt(part, self.part) if isinstance(part, syntax.Block) else part

    def items(self, item: syntax.Item) -> tuple[syntax.Item, ...]:
        """What stands for an item: several where a call says more than one layer.

        What is claimed of a call is claimed of its layer, not of the activation after it.
        """
        match item:
            case syntax.Call():
                return self.call(item).calls
            case syntax.Claimed(syntax.Call() as call, claims):
                read = self.call(call)
                claimed = syntax.Claimed(read.calls[read.main], claims, item.span)
                return (*read.calls[: read.main], claimed, *read.calls[read.main + 1 :])
        return (rebuilt(item, self.part),)

    def call(self, call: syntax.Call) -> Translation:
        if call.short or call.name.lower() in self.blocks:
            return Translation((call,))
        found = translate(call, self.how)
        self.problems.extend(found.diagnostics)
        return found
