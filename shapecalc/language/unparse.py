"""Syntax tree to text in its canonical form: one spelling, the fewest brackets, exact numbers."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from shapecalc.core.phrases import is_size, read_size, size_text, split_size
from shapecalc.core.record import replace
from shapecalc.language import syntax
from shapecalc.language.fragment import Fragment
from shapecalc.language.value_text import ATOM, KEYWORDS, argument_text, bound, in_brackets, show_expression
from shapecalc.registry import find_argument, resolve

Core = syntax.Call | syntax.Branch | syntax.Tap | syntax.Group | syntax.Comprehension
"""An item without what is written after it."""
BlockNames = Collection[str]
"""Names of the declared blocks in lower case."""

# --- names ------------------------------------------------------------------------------------


def layer_name(name: str, short: bool = False) -> str:
    """A layer's one name: CONV for Conv2D; what implies arguments (AVGPOOL, POOL2, CONV3-64) stays itself.

    A name that no layer has is left as it is.
    """
    found = resolve(name, short)
    return re.sub(r"(?<=\d)[X×](?=\d)", "x", found.shown) if found else name


def block_name(name: str) -> str:
    """A block's name as it is declared: lower case, unless that would be no name any more."""
    lower = name.lower()
    return lower if lower not in KEYWORDS and re.fullmatch(r"[^\W\d]\w*", lower) else name


def block_names(statements: Iterable[syntax.Statement]) -> frozenset[str]:
    """The names of the declared blocks in lower case."""
    return frozenset(s.name.lower() for s in statements if isinstance(s, syntax.Block))


# --- parts of a chain -------------------------------------------------------------------------


def show_call(call: syntax.Call, blocks: BlockNames = ()) -> str:
    """A layer or a block with its arguments; those of a layer that are named are in the signature's order."""
    as_written = [argument_text(a, a.name) for a in call.arguments]
    if call.refused:
        return call.name + in_brackets(as_written)
    if not call.short and call.name.lower() in blocks:
        return block_name(call.name) + in_brackets(as_written)
    found = resolve(call.name, call.short)
    if found is None:
        return call.name + in_brackets(as_written)
    if _counts_on_order(call.arguments):
        return layer_name(call.name, call.short) + in_brackets(as_written)
    letters = [a.letter for a in found.type.signature]
    known: list[tuple[int, str]] = []
    for argument in call.arguments:
        letter, place = argument.name, -1
        if letter is not None:
            meant = find_argument(found.type, letter)
            letter = meant.letter if meant else letter
            place = letters.index(letter) if meant else len(letters)
        known.append((place, argument_text(argument, letter)))
    return layer_name(call.name, call.short) + in_brackets(text for _, text in sorted(known, key=lambda a: a[0]))


def _counts_on_order(arguments: Sequence[syntax.Argument]) -> bool:
    """Whether an argument is known by its place after one that has a name: moving either changes what it means."""
    named = [argument.name is not None for argument in arguments]
    return named != sorted(named)


def show_claim(claim: syntax.Claim) -> str:
    """`55x55x96`, `params=61M`, `memory <= 93MB`."""
    if claim.key == "volume" and is_size(claim.text):
        return size_text(split_size(claim.text))
    text = re.sub(r"\s+", "", claim.text)
    text = re.sub(r"±|\+/?-", r" \g<0> ", text)
    relation = re.match(r"<=|>=|==|!=|<|>", text)
    if relation is None:
        return f"{claim.key}={text}"
    return f"{claim.key} {relation.group()} {text[relation.end() :]}"


def split_item(item: syntax.Item, blocks: BlockNames = ()) -> tuple[Core, str]:
    """What an item is at heart, and the text of all that is written after it (`*3`, `?`, ` as x`, `: …`).

    The volume claimed of a bare INPUT is its size, and becomes its argument.
    """
    wrappers: list[syntax.Wrapper] = []
    while isinstance(item, syntax.Wrapper):
        wrappers.append(item)
        item = item.item
    core: Core = item
    suffixes = []
    for wrapper in reversed(wrappers):
        if wrapper is wrappers[-1] and isinstance(wrapper, syntax.Claimed):
            core, wrapper = _sized_input(core, wrapper, blocks)
        suffixes.append(_suffix(wrapper))
    return core, "".join(suffixes)


def _sized_input(core: Core, claimed: syntax.Claimed, blocks: BlockNames) -> tuple[Core, syntax.Claimed]:
    """The first claim of a bare INPUT moved to its arguments; anything else as it is."""
    first = claimed.claims[0]
    sizes = read_size(first.text) if first.key == "volume" else None
    if not isinstance(core, syntax.Call) or core.arguments or sizes is None:
        return core, claimed
    found = resolve(core.name) if core.name.lower() not in blocks else None
    if found is None or not found.type.starts:
        return core, claimed
    value = syntax.SizeLiteral(sizes, first.span)
    core = replace(core, arguments=(syntax.Argument(None, value, first.span),))
    return core, replace(claimed, claims=claimed.claims[1:])


def _suffix(wrapper: syntax.Wrapper) -> str:
    match wrapper:
        case syntax.Repeat(_, count):
            text, binding = bound(count, False)
            atom = binding == ATOM and isinstance(count, syntax.Number | syntax.Name)
            return f"*{text}" if atom else f"*({text})"
        case syntax.Optional():
            return "?"
        case syntax.Named(_, name):
            return f" as {name}"
        case syntax.Shared(_, name):
            return f" share {name}"
        case syntax.Claimed(_, claims):
            return f": {', '.join(map(show_claim, claims))}" if claims else ""


def inner_chains(core: Core) -> tuple[syntax.Chain, ...]:
    """The chains between the brackets of a group, a branch or a comprehension."""
    match core:
        case syntax.Branch(_, chains):
            return chains
        case syntax.Group(chain) | syntax.Comprehension(chain):
            return (chain,)
        case _:
            return ()


def fragment(core: Core, suffix: str, chains: Sequence[Sequence[Fragment]], blocks: BlockNames = ()) -> Fragment:
    """An item of which the inner chains are known, to be laid out."""
    match core:
        case syntax.Call():
            return Fragment(show_call(core, blocks), suffix=suffix)
        case syntax.Tap(name):
            return Fragment(f"@{name}", suffix=suffix)
        case syntax.Comprehension(_, names, values):
            return Fragment("", chains, suffix, ", ".join(names), tuple(map(show_expression, values)))
        case syntax.Branch(name, arguments=arguments):
            call = syntax.Call(name, arguments, core.span, core.name_span)
            return Fragment(show_call(call) if arguments else layer_name(name), chains, suffix)
        case syntax.Group():
            return Fragment("", chains, suffix)


def _fragment(item: syntax.Item, blocks: BlockNames) -> Fragment:
    core, suffix = split_item(item, blocks)
    chains = [[_fragment(inner, blocks) for inner in chain.items] for chain in inner_chains(core)]
    return fragment(core, suffix, chains, blocks)


def show_item(item: syntax.Item, blocks: BlockNames = ()) -> str:
    """An item on one line, with all that is written after it."""
    return _fragment(item, blocks).line


def show_chain(chain: syntax.Chain, blocks: BlockNames = ()) -> str:
    """Items joined by `=>`; empty for the identity."""
    return " => ".join(show_item(item, blocks) for item in chain.items)


# --- statements -------------------------------------------------------------------------------


def block_head(block: syntax.Block) -> str:
    """`block fire(s, e=4*s) = `: what is before the body."""
    parameters = in_brackets(
        p.name if p.default is None else f"{p.name}={show_expression(p.default, tight=True)}" for p in block.parameters
    )
    return f"block {block_name(block.name)}{parameters} = "


def show_statement(statement: syntax.Statement, blocks: BlockNames = ()) -> str:
    """A statement on one line."""
    match statement:
        case syntax.Let(name, value):
            return f"let {name} = {show_expression(value)}"
        case syntax.Bound():
            return _show_bound(statement)
        case syntax.Block():
            return block_head(statement) + show_chain(statement.body, blocks)
        case syntax.Chain():
            return show_chain(statement, blocks)


def _show_bound(bound: syntax.Bound) -> str:
    """`0 <= N <= 3`, `N >= 2`; no number below 0 can be written, so `N < 0` stays."""
    if bound.high is None:
        return f"{bound.name} >= {bound.low or 0}"
    high = f"{bound.name} <= {bound.high}" if bound.high >= 0 else f"{bound.name} < {bound.high + 1}"
    return high if bound.low is None else f"{bound.low} <= {high}"


def needs_brackets(statement: syntax.Statement, following: syntax.Statement | None) -> bool:
    """Whether a name at the end would join the next statement: `A()` before `[B]` is not `A[B]`."""
    chain = statement.body if isinstance(statement, syntax.Block) else statement
    if not isinstance(chain, syntax.Chain) or not isinstance(following, syntax.Chain):
        return False
    if not chain.items:
        return False
    last, first = chain.items[-1], split_item(following.items[0])[0]
    bare = isinstance(last, syntax.Call) and not last.short and not last.arguments
    return bare and isinstance(first, syntax.Group | syntax.Comprehension)


def show_statements(statements: Sequence[syntax.Statement]) -> str:
    """A whole diagram, a statement a line."""
    blocks = block_names(statements)
    followers = (*statements[1:], None)
    return "".join(
        show_statement(statement, blocks) + ("()" if needs_brackets(statement, following) else "") + "\n"
        for statement, following in zip(statements, followers, strict=True)
    )
