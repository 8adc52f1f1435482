"""Closes a diagram without writing it out: names, iterations and options become numbers, blocks and repeats stay."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from itertools import chain as joined

from shapecalc.core.parameters import Sizes
from shapecalc.core.phrases import untaken
from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Diagnosed, Source
from shapecalc.expansion.declarations import names_in
from shapecalc.expansion.evaluate import OpenName, evaluate
from shapecalc.expansion.options import Options
from shapecalc.language import syntax
from shapecalc.language.unparse import block_names, show_statements
from shapecalc.language.walk import items, rebuilt, walk
from shapecalc.registry import resolve
from shapecalc.writers.diagram import flat
from shapecalc.writers.diagram.format import format_text

Meaning = Mapping[str, syntax.Expression]
"""What names stand for: values, or within a block what its parameters make of them."""


def block_diagram(diagram: syntax.Diagram, options: Options) -> str:
    """The text of a closed diagram that still has its blocks and its repeats, with numbers for their counts.

    A `for` becomes its iterations one after the other, unless its values hang on a block's parameters or its layers
    have names. The diagram must have been expanded with these options before: what is wrong is reported there.
    """
    statements = _Closer(diagram, options).statements()
    text = flat.front_matter(flat.closed_settings(diagram, options)) + show_statements(statements)
    return format_text(Source("", text))


class _Closer:
    def __init__(self, diagram: syntax.Diagram, options: Options) -> None:
        self.diagram = diagram
        self.values = {name: flat.literal(value) for name, value in flat.global_values(diagram, options).items()}
        self.input = options.input
        self.blocks = block_names(diagram.statements)
        self.empty: set[str] = set()
        """Blocks of which nothing is left."""
        self.keep = (options.optional or diagram.settings.optional or "keep") == "keep"

    def statements(self) -> list[syntax.Statement]:
        """The closed statements, without the blocks that nothing uses. What is only a block without layers goes too."""
        while True:
            chains = [self.chain(s, self.values) for s in self.diagram.statements if isinstance(s, syntax.Chain)]
            blocks = self.used_blocks(chains)
            empty = {name for name, block in blocks.items() if not block.body.items}
            if empty <= self.empty:
                break
            self.empty |= empty
        closed = iter(chains)
        found: list[syntax.Statement] = []
        for statement in self.diagram.statements:
            if isinstance(statement, syntax.Chain):
                found += [chain for chain in (next(closed),) if chain.items]
            elif isinstance(statement, syntax.Block) and statement.name.lower() in blocks:
                found.append(blocks[statement.name.lower()])
        return found

    def used_blocks(self, chains: list[syntax.Chain]) -> dict[str, syntax.Block]:
        """The blocks that chains use, themselves or through other blocks, closed."""
        blocks = {s.name.lower(): s for s in self.diagram.statements if isinstance(s, syntax.Block)}
        used: dict[str, syntax.Block] = {}
        waiting = list(chains)
        while waiting:
            for item in items(waiting.pop()):
                name = item.name.lower() if isinstance(item, syntax.Call) and not item.short else ""
                if name in blocks and name not in used:
                    used[name] = self.block(blocks[name])
                    waiting.append(used[name].body)
        return used

    def block(self, block: syntax.Block) -> syntax.Block:
        """A default sees the parameters before its own; the names after it still are the diagram's."""
        meaning, parameters = dict(self.values), []
        for parameter in block.parameters:
            default = parameter.default and self.expression(parameter.default, meaning)
            parameters.append(replace(parameter, default=default))
            meaning.pop(parameter.name, None)
        return replace(block, parameters=tuple(parameters), body=self.chain(block.body, meaning))

    def chain(self, chain: syntax.Chain, meaning: Meaning) -> syntax.Chain:
        return replace(chain, items=self.items(chain, meaning))

    def items(self, chain: syntax.Chain, meaning: Meaning) -> tuple[syntax.Item, ...]:
        found: list[syntax.Item] = []
        for part in joined.from_iterable(self.item(item, meaning) for item in chain.items):
            if found and isinstance(part, syntax.Named) and _is_nothing(part.item):
                found[-1] = replace(part, item=found[-1])
            else:
                found.append(part)
        return tuple(found)

    def item(self, item: syntax.Item, meaning: Meaning) -> tuple[syntax.Item, ...]:
        """What an item becomes: nothing where it is repeated 0 times, several where it is taken apart."""
        match item:
            case syntax.Call():
                gone = not item.short and item.name.lower() in self.empty
                return () if gone else (self.call(item, meaning),)
            case syntax.Branch():
                chains = tuple(self.chain(c, meaning) for c in item.chains)
                arguments = tuple(self.argument(a, meaning) for a in item.arguments)
                return (replace(item, chains=chains, arguments=arguments),)
            case syntax.Tap():
                return (item,)
            case syntax.Group():
                inner = self.items(item.chain, meaning)
                return (_one(inner),) if inner else ()
            case syntax.Optional():
                return self.item(item.item, meaning) if self.keep else ()
            case syntax.Repeat():
                return self.repeat(item, meaning)
            case syntax.Comprehension():
                return self.iterations(item, meaning)
            case syntax.Claimed(claims=claims):
                claims = tuple(found for claim in claims for found in flat.claim_of_diagram(claim))
                inner = self.item(item.item, meaning)
                return (replace(item, item=_one(inner), claims=claims),) if inner and claims else inner
            case syntax.Shared():
                inner = self.item(item.item, meaning)
                return (replace(item, item=_one(inner)),) if inner else ()
            case syntax.Named():
                # Where nothing is left, the name is that of the point before it.
                inner = self.item(item.item, meaning)
                return (replace(item, item=_one(inner) if inner else self.nothing(item)),)

    def nothing(self, item: syntax.Item) -> syntax.Item:
        """An item repeated 0 times: what a name needs where no layer is left to bear it."""
        calls = (part for part in items((self.diagram.statements, item)) if isinstance(part, syntax.Call))
        layer = next(call for call in calls if call.short or call.name.lower() not in self.blocks)
        return syntax.Repeat(replace(layer, arguments=()), syntax.Number(0, flat.NOWHERE), flat.NOWHERE)

    def call(self, call: syntax.Call, meaning: Meaning) -> syntax.Call:
        closed = rebuilt(call, lambda argument: self.argument(argument, meaning))
        named = resolve(call.name, call.short) if call.name.lower() not in self.blocks else None
        if self.input and named and named.type.starts:
            return replace(call, arguments=(syntax.Argument(None, flat.literal(Sizes(self.input)), flat.NOWHERE),))
        return closed

    def argument(self, argument: syntax.Argument, meaning: Meaning) -> syntax.Argument:
        return rebuilt(argument, lambda value: self.expression(value, meaning))

    def repeat(self, item: syntax.Repeat, meaning: Meaning) -> tuple[syntax.Item, ...]:
        inner, count = self.item(item.item, meaning), self.expression(item.count, meaning)
        if isinstance(count, syntax.Number) and count.value < 2:
            return inner if count.value == 1 else ()
        return (replace(item, item=_one(inner), count=count),) if inner else ()

    def iterations(self, item: syntax.Comprehension, meaning: Meaning) -> tuple[syntax.Item, ...]:
        values = tuple(self.value(value, meaning) for value in item.values)
        once = None
        if not set(item.names) & set(names_in(item.chain)):
            once = self.items(item.chain, meaning)  # what every iteration makes, however many there are
            if not once:
                return ()
        iterations = self.written_out(item, values)
        if iterations is None:
            return self.kept(item, values, meaning, once)
        if once is not None:
            return once * len(iterations)
        bound = ({**meaning, **dict(zip(item.names, iteration, strict=True))} for iteration in iterations)
        return tuple(joined.from_iterable(self.items(item.chain, inner) for inner in bound))

    def value(self, value: syntax.Expression, meaning: Meaning) -> syntax.Expression:
        """A value of a `for`; a range keeps its ends."""
        if isinstance(value, syntax.Range):
            return rebuilt(value, lambda end: self.expression(end, meaning))
        return self.expression(value, meaning)

    def written_out(
        self, item: syntax.Comprehension, values: tuple[syntax.Expression, ...]
    ) -> list[tuple[syntax.Expression, ...]] | None:
        """What the names stand for, iteration by iteration; None where the `for` has to stay.

        It stays where it names points, and where its values hang on parameters, of which one may stand for several.
        """
        if any(isinstance(part, syntax.Named | syntax.Shared | syntax.Tap) for part in items(item.chain)):
            return None
        iterations: list[tuple[syntax.Expression, ...]] = []
        for value in values:
            match value:
                case syntax.Range(syntax.Number(int(low)), syntax.Number(int(high))):
                    iterations.extend((syntax.Number(number, value.span),) for number in range(low, high + 1))
                case syntax.Tuple(parts):
                    iterations.append(parts)
                case _:
                    iterations.append((value,))
        fits = all(
            len(iteration) == len(item.names) and not isinstance(iteration[0], syntax.Range) for iteration in iterations
        )
        return iterations if fits else None

    def kept(
        self,
        item: syntax.Comprehension,
        values: tuple[syntax.Expression, ...],
        meaning: Meaning,
        once: tuple[syntax.Item, ...] | None,
    ) -> tuple[syntax.Item, ...]:
        """The `for` with its inside closed; where a name of its own would capture another, it gets a new one.

        `once` is the inside where no name of the `for` is in it.
        """
        inner = {name: value for name, value in meaning.items() if name not in item.names}
        used = [inner[name] for name in names_in(item.chain) if name in inner]
        captured = frozenset[str]().union(*map(names_in, used)) & frozenset(item.names)
        new = {name: self.new_name(name) for name in sorted(captured)}
        inner |= {name: syntax.Name(other, flat.NOWHERE) for name, other in new.items()}
        names = tuple(new.get(name, name) for name in item.names)
        chain = self.chain(item.chain, inner) if once is None else replace(item.chain, items=once)
        return (replace(item, chain=chain, names=names, values=values),) if chain.items else ()

    def new_name(self, name: str) -> str:
        """A name that the diagram has not."""
        new = untaken(name, self.taken)
        self.taken.add(new)
        return new

    @cached_property
    def taken(self) -> set[str]:
        """Every name of a value, and every word, in the diagram."""
        parts = [*walk((self.diagram, tuple(self.values.values())))]
        named = (syntax.Name, syntax.Let, syntax.Bound, syntax.BlockParameter)
        iterated = {name for part in parts if isinstance(part, syntax.Comprehension) for name in part.names}
        return iterated | {part.name for part in parts if isinstance(part, named)}

    def expression(self, expression: syntax.Expression, meaning: Meaning) -> syntax.Expression:
        """An expression with what its names mean, as one value where it has one."""
        found = _substituted(expression, meaning)
        if names_in(found) and not isinstance(found, syntax.Tuple):
            return found
        try:
            return flat.literal(evaluate(found, {}))
        except (OpenName, Diagnosed):
            # Only a block that nothing calls may hold what has no value.
            return found


def _substituted(expression: syntax.Expression, meaning: Meaning) -> syntax.Expression:
    if isinstance(expression, syntax.Name):
        return meaning.get(expression.name, expression)
    return rebuilt(expression, lambda inner: _substituted(inner, meaning))


def _is_nothing(item: syntax.Item) -> bool:
    return isinstance(item, syntax.Repeat) and isinstance(item.count, syntax.Number) and item.count.value == 0


def _one(items: tuple[syntax.Item, ...]) -> syntax.Item:
    """Several items as one."""
    return items[0] if len(items) == 1 else syntax.Group(syntax.Chain(items, flat.NOWHERE), flat.NOWHERE)
