"""Closes a diagram without writing it out: names, turns and options become numbers, blocks and repeats stay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain as joined

from shapecalc import syntax
from shapecalc.arguments import Sizes
from shapecalc.bind import resolve
from shapecalc.diagnostics import Findings, Source
from shapecalc.evaluate import OpenName, evaluate
from shapecalc.expand import Options
from shapecalc.fmt import format_text
from shapecalc.names import names_in
from shapecalc.pretty import block_names, show_statements
from shapecalc.settle import NOWHERE, claim_of_diagram, closed_settings, front_matter, global_values, literal

Meaning = Mapping[str, syntax.Expression]
"""What names stand for: values, or within a block what its parameters make of them."""


def block_diagram(diagram: syntax.Diagram, options: Options) -> str:
    """The text of a closed diagram that still has its blocks and its repeats, with numbers for their counts.

    A `for` becomes its turns one behind the other, unless its values hang on a block's parameters or its layers
    have names. The diagram must have been expanded with these options before: what is wrong is said there.
    """
    closer = _Closer(diagram, options)
    statements = [s for statement in diagram.statements for s in closer.statement(statement)]
    text = front_matter(closed_settings(diagram, options)) + show_statements(statements)
    return format_text(Source("", text))


class _Closer:
    def __init__(self, diagram: syntax.Diagram, options: Options) -> None:
        self.values = {name: literal(value) for name, value in global_values(diagram, options).items()}
        self.input = options.input
        self.blocks = block_names(diagram.statements)
        self.keep = (options.optional or diagram.settings.optional or "keep") == "keep"

    def statement(self, statement: syntax.Statement) -> Iterator[syntax.Statement]:
        if isinstance(statement, syntax.Chain):
            items = self.items(statement, self.values)
            if items:
                yield replace(statement, items=items)
        elif isinstance(statement, syntax.Block):
            own = {parameter.name for parameter in statement.parameters}
            meaning = {name: value for name, value in self.values.items() if name not in own}
            parameters = tuple(
                replace(p, default=p.default and self.expression(p.default, meaning)) for p in statement.parameters
            )
            yield replace(statement, parameters=parameters, body=self.chain(statement.body, meaning))

    def chain(self, chain: syntax.Chain, meaning: Meaning) -> syntax.Chain:
        return replace(chain, items=self.items(chain, meaning))

    def items(self, chain: syntax.Chain, meaning: Meaning) -> tuple[syntax.Item, ...]:
        return tuple(joined.from_iterable(self.item(item, meaning) for item in chain.items))

    def item(self, item: syntax.Item, meaning: Meaning) -> tuple[syntax.Item, ...]:
        """What an item becomes: nothing where it stands no times, several where it is taken apart."""
        match item:
            case syntax.Call():
                return (self.call(item, meaning),)
            case syntax.Branch():
                return (replace(item, chains=tuple(self.chain(c, meaning) for c in item.chains)),)
            case syntax.Tap():
                return (item,)
            case syntax.Group():
                return _grouped(self.items(item.chain, meaning))
            case syntax.Optional():
                return self.item(item.item, meaning) if self.keep else ()
            case syntax.Repeat():
                return self.repeat(item, meaning)
            case syntax.Comprehension():
                return self.turns(item, meaning)
            case syntax.Claimed(claims=claims):
                claims = tuple(found for claim in claims for found in claim_of_diagram(claim))
                inner = self.item(item.item, meaning)
                return (replace(item, item=_one(inner), claims=claims),) if inner and claims else inner
            case syntax.Named():
                # A name is the last layer's; where there is none, there is nothing to name.
                inner = self.item(item.item, meaning)
                return (replace(item, item=_one(inner)),) if inner else ()

    def call(self, call: syntax.Call, meaning: Meaning) -> syntax.Call:
        arguments = tuple(replace(a, value=self.expression(a.value, meaning)) for a in call.arguments)
        named = resolve(call.name, call.short) if call.name.lower() not in self.blocks else None
        if self.input and named and named.type.starts:
            arguments = (syntax.Argument(None, literal(Sizes(self.input)), NOWHERE),)
        return replace(call, arguments=arguments)

    def repeat(self, item: syntax.Repeat, meaning: Meaning) -> tuple[syntax.Item, ...]:
        inner, count = self.item(item.item, meaning), self.expression(item.count, meaning)
        if isinstance(count, syntax.Number) and count.value < 2:
            return inner if count.value == 1 else ()
        return (replace(item, item=_one(inner), count=count),) if inner else ()

    def turns(self, item: syntax.Comprehension, meaning: Meaning) -> tuple[syntax.Item, ...]:
        turns = [turn for value in item.values for turn in self.values_of(value, meaning)]
        named = any(isinstance(part, syntax.Named | syntax.Tap) for part in _parts(item.chain))
        if named or any(isinstance(turn, syntax.Range) for turn in turns):
            inner = {name: value for name, value in meaning.items() if name not in item.names}
            kept = replace(item, chain=self.chain(item.chain, inner), values=tuple(turns))
            return (kept,) if kept.chain.items else ()
        found: list[syntax.Item] = []
        for turn in turns:
            parts = turn.items if isinstance(turn, syntax.Tuple) else (turn,)
            bound = {**meaning, **dict(zip(item.names, parts, strict=True))}
            found.extend(self.items(item.chain, bound))
        return tuple(found)

    def values_of(self, value: syntax.Expression, meaning: Meaning) -> list[syntax.Expression]:
        """The values of a turn, one by one; a range stays one where its ends hang on parameters."""
        if not isinstance(value, syntax.Range):
            return [self.expression(value, meaning)]
        low, high = (end and self.expression(end, meaning) for end in (value.low, value.high))
        if isinstance(low, syntax.Number) and isinstance(high, syntax.Number):
            return [syntax.Number(n, value.span) for n in range(int(low.value), int(high.value) + 1)]
        return [replace(value, low=low, high=high)]

    def expression(self, expression: syntax.Expression, meaning: Meaning) -> syntax.Expression:
        """An expression with what its names mean, as one value where it has one."""
        found = _substituted(expression, meaning)
        if names_in(found) and not isinstance(found, syntax.Tuple):
            return found
        try:
            return literal(evaluate(found, {}))
        except (OpenName, Findings):
            # Only a block that nothing calls may hold what has no value.
            return found


def _substituted(expression: syntax.Expression, meaning: Meaning) -> syntax.Expression:
    match expression:
        case syntax.Name(name):
            return meaning.get(name, expression)
        case syntax.Unary(operand):
            return replace(expression, operand=_substituted(operand, meaning))
        case syntax.Binary(_, left, right):
            return replace(expression, left=_substituted(left, meaning), right=_substituted(right, meaning))
        case syntax.Tuple(items):
            return replace(expression, items=tuple(_substituted(item, meaning) for item in items))
    return expression


def _one(items: tuple[syntax.Item, ...]) -> syntax.Item:
    """Several items as one."""
    return items[0] if len(items) == 1 else syntax.Group(syntax.Chain(items, NOWHERE), NOWHERE)


def _grouped(items: tuple[syntax.Item, ...]) -> tuple[syntax.Item, ...]:
    return (_one(items),) if items else ()


def _parts(thing: object) -> Iterator[object]:
    """Every part of a tree."""
    stack = [thing]
    while stack:
        part = stack.pop()
        yield part
        if isinstance(part, tuple):
            stack.extend(part)
        elif hasattr(part, "__slots__"):
            stack.extend(getattr(part, slot) for slot in part.__slots__)
