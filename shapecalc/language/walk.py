"""The one walk over the syntax tree: what a part of it is made of, and every part inside of that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from shapecalc.core.record import replace
from shapecalc.language import syntax

INSIDE: dict[type, tuple[str, ...]] = {
    syntax.Number: (), syntax.SizeLiteral: (), syntax.Name: (), syntax.Text: (), syntax.Hole: (),
    syntax.Made: ("arguments",), syntax.Unary: ("operand",), syntax.Binary: ("left", "right"),
    syntax.Tuple: ("items",), syntax.Range: ("low", "high"), syntax.Argument: ("value",), syntax.Claim: (),
    syntax.Call: ("arguments",), syntax.Branch: ("arguments", "chains"), syntax.Tap: (), syntax.Group: ("chain",),
    syntax.Repeat: ("item", "count"), syntax.Comprehension: ("chain", "values"), syntax.Optional: ("item",),
    syntax.Named: ("item",), syntax.Shared: ("item",), syntax.Claimed: ("item", "claims"), syntax.Chain: ("items",),
    syntax.Let: ("value",), syntax.Bound: (), syntax.BlockParameter: ("default",),
    syntax.Block: ("parameters", "body"), syntax.Erratum: (),
    syntax.Settings: ("input", "classes", "defaults", "lets", "expect", "errata"),
    syntax.Diagram: ("settings", "statements"),
}  # fmt: skip
"""The fields of every kind of part that hold other parts, in the order of the text."""

P = TypeVar("P", bound=Any)


def walk(part: object, *closed: type) -> Iterator[Any]:
    """A part and every part inside of it, in the order of the text; those of the `closed` types are not opened.

    A tuple stands for the parts in it, and for itself nothing: what is no part (names, places) is passed over.
    """
    stack = [part]
    while stack:
        thing = stack.pop()
        fields = INSIDE.get(type(thing))
        if fields is not None:
            yield thing
            if not fields or type(thing) in closed:
                continue
        stack.extend([*inside(thing)][::-1])


def inside(part: object) -> Iterator[Any]:
    """The parts directly inside of a part or a tuple."""
    things = part if isinstance(part, tuple) else [getattr(part, field) for field in INSIDE.get(type(part), ())]
    for thing in things:
        if type(thing) in INSIDE:
            yield thing
        elif isinstance(thing, tuple):
            yield from inside(thing)


def inner_items(part: syntax.Chain | syntax.Item) -> Iterator[syntax.Item]:
    """The items directly inside of an item or a chain, those of all its chains one after the other."""
    for thing in inside(part):
        if isinstance(thing, syntax.Chain):
            yield from thing.items
        elif isinstance(thing, syntax.Item):
            yield thing


def items(part: object) -> Iterator[syntax.Item]:
    """Every item in a part of the tree, those inside of other items too."""
    return (thing for thing in walk(part, syntax.Call) if isinstance(thing, syntax.Item))


def rebuilt(part: P, change: Callable[[Any], Any]) -> P:
    """The part with every part directly inside of it replaced by what `change` makes of it."""
    fields = INSIDE[type(part)]
    return replace(part, **{field: _changed(getattr(part, field), change) for field in fields}) if fields else part


def _changed(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, tuple):
        return tuple(_changed(thing, change) for thing in value)
    return change(value) if type(value) in INSIDE else value
