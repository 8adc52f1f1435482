"""Turns what the grammar recognises into the syntax tree, while it is being parsed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, TypeVar

from shapecalc.core.phrases import shortened, size_text, split_size
from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Diagnosed, Diagnostic, Span, report
from shapecalc.language import syntax
from shapecalc.language.lalr import Token

DEEPEST = 100
"""How deep expressions and suffixes may nest."""
LONGEST_NUMBER = 30
"""Digits that a number may have."""
MOST_SIZES = 6
"""Numbers that a size may have; no layer takes more than four."""
_COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!="})

N = TypeVar("N", bound=Any)
Parts = Sequence[Any]
"""What the parts of a rule became: nodes, and the tokens between them."""


def size_literal(written: str, span: Span) -> syntax.SizeLiteral:
    """`3x3`. Raises Diagnosed for more numbers than a size has, and for what `number` refuses."""
    texts = split_size(written)
    if len(texts) > MOST_SIZES:
        message = f"the size {size_text(texts[:3])}x… has {len(texts):,} numbers, and {MOST_SIZES} are the most"
        raise Diagnosed(report("SHP016", message, span, label="a size is width x height x depth"))
    return syntax.SizeLiteral(tuple(int(number(text, span).value) for text in texts), span)


def number(text: str, span: Span) -> syntax.Number:
    """An exact number. Raises Diagnosed SHP016 where it is absurdly long."""
    if text.isdecimal() and len(text) <= LONGEST_NUMBER:
        return syntax.Number(int(text), span)
    digits = text.replace("_", "")
    mantissa, _, exponent = digits.lower().partition("e")
    if len(mantissa) > LONGEST_NUMBER or len(exponent) > 4 or abs(int(exponent or 0)) > LONGEST_NUMBER:
        raise Diagnosed(
            report("SHP016", f"the number {shortened(text, 13)} is too long", span, label="no size is this large")
        )
    from fractions import Fraction

    value = Fraction(digits)
    return syntax.Number(int(value) if value.denominator == 1 else value, span)


def _span(parts: Parts) -> Span:
    """From the start of the first part to the end of the last."""
    first, last = parts[0], parts[-1]
    start = first.start_pos if isinstance(first, Token) else first.span[0]
    end = last.end_pos if isinstance(last, Token) else last.span[1]
    return start or 0, end or 0


def _nodes(parts: Parts) -> tuple[Any, ...]:
    """The parts that are not tokens."""
    return tuple(part for part in parts if not isinstance(part, Token))


def _compares(expression: syntax.Expression) -> bool:
    """Whether an expression is a comparison that is in no brackets."""
    return (
        isinstance(expression, syntax.Binary)
        and expression.operator in _COMPARISONS
        and expression.span[0] == expression.left.span[0]
    )


def _chained(left: syntax.Binary, operator: str, span: Span) -> Diagnostic:
    """`3 > 2 > 1`, which would compare the 1 or 0 of the first comparison."""
    return report(
        "SHP116",
        "comparisons cannot be chained: every comparison gives 1 or 0",
        span,
        label="expected two values, found three",
        help=(f"if both must be true, write (a {left.operator} b) * (b {operator} c)",),
    )


class List:
    """Things in brackets, with the place of the brackets."""

    def __init__(self, parts: Parts) -> None:
        self.items = _nodes(parts)
        self.span = _span(parts)


class SizeInBrackets(List):
    """`[32x32x3]` after a name, with its text."""

    def __init__(self, parts: Parts, text: str) -> None:
        super().__init__(parts)
        self.text = text


def first_letter(name: str) -> str:
    """The letter of a layer's first argument; none for what is no layer, or takes nothing."""
    from shapecalc.registry import layer_named

    known = layer_named(name.upper())
    return known[0].signature[0].letter if known and known[0].signature else ""


def claims_volume(name: str, size: SizeInBrackets) -> bool:
    """Whether a size in square brackets says what a layer gives: that of an INPUT, or of a window, is an argument."""
    (argument,) = size.items
    return len(argument.value.sizes) > 2 and first_letter(name) != "W"


class Build:
    """One method a rule of the grammar; each returns a node of the syntax tree."""

    def __init__(self) -> None:
        self.depths: dict[int, tuple[int, Any]] = {}
        """Depth by identity; the node is kept so that its identity is not used again."""

    def _deeper(self, node: N, *children: Any) -> N:
        """Holds expressions and suffixes to a depth that later walks can recurse into."""
        depth = 1 + max(self.depths.get(id(child), (0,))[0] for child in children)
        if depth > DEEPEST:
            raise Diagnosed(
                report(
                    "SHP012",
                    f"this nests more than {DEEPEST} levels deep",
                    node.span,
                    label="too deep to follow",
                )
            )
        self.depths[id(node)] = (depth, node)
        return node

    def start(self, parts: Parts) -> tuple[syntax.Statement, ...]:
        return tuple(parts)

    # statements

    def let(self, parts: Parts) -> syntax.Let:
        return syntax.Let(str(parts[1]), parts[3], _span(parts), _span(parts[1:2]))

    def bound(self, parts: Parts) -> syntax.Bound:
        text = str(parts[0]).rstrip(",")
        start = parts[0].start_pos
        for digits in re.finditer(r"\b\d+", text):
            number(digits.group(), (start + digits.start(), start + digits.end()))
        name = re.findall(r"[^\W\d]\w*", text)[0]
        low: int | None = None
        high: int | None = None
        for value, inclusive in re.findall(r"(\d+)\s*<(=?)\s*[^\W\d]", text):
            low = int(value) + (not inclusive)
        for sign, inclusive, value in re.findall(r"\w\s*([<>])(=?)\s*(\d+)$", text):
            if sign == "<":
                high = int(value) - (not inclusive)
            else:
                low = int(value) + (not inclusive)
        return syntax.Bound(name, low, high, (start, start + len(text)))

    def block(self, parts: Parts) -> syntax.Block:
        parameters = parts[2].items if isinstance(parts[2], List) else ()
        return syntax.Block(str(parts[1]), parameters, parts[-1], _span(parts), _span(parts[1:2]))

    def parameters(self, parts: Parts) -> List:
        return List(parts)

    def parameter(self, parts: Parts) -> syntax.BlockParameter:
        return syntax.BlockParameter(str(parts[0]), parts[2] if len(parts) > 1 else None, _span(parts))

    # chains

    def chain(self, parts: Parts) -> syntax.Chain:
        return syntax.Chain(_nodes(parts), _span(parts))

    def with_input(self, parts: Parts) -> syntax.Chain:
        return syntax.Chain((parts[0], *parts[2].items), _span(parts))

    def volume(self, parts: Parts) -> syntax.Call:
        token, text = parts[0], parts[0].lstrip()
        size = self.size((Token.of("SIZE", text, token.end_pos - len(text)),))
        return syntax.Call("INPUT", (syntax.Argument(None, size, size.span),), size.span, size.span)

    def repeat(self, parts: Parts) -> syntax.Repeat:
        return self._deeper(syntax.Repeat(parts[0], parts[2], _span(parts)), parts[0])

    def optional(self, parts: Parts) -> syntax.Optional:
        return self._deeper(syntax.Optional(parts[0], _span(parts)), parts[0])

    def named(self, parts: Parts) -> syntax.Named:
        node = syntax.Named(parts[0], str(parts[2]), _span(parts), _span(parts[2:]))
        return self._deeper(node, parts[0])

    def shared(self, parts: Parts) -> syntax.Shared:
        node = syntax.Shared(parts[0], str(parts[2]), _span(parts), _span(parts[2:]))
        return self._deeper(node, parts[0])

    def claimed(self, parts: Parts) -> syntax.Claimed:
        item, *claims = _nodes(parts)
        return self._deeper(syntax.Claimed(item, tuple(claims), _span(parts)), item)

    def call(self, parts: Parts) -> syntax.Call | syntax.Claimed:
        if len(parts) > 1 and isinstance(parts[1], SizeInBrackets) and claims_volume(str(parts[0]), parts[1]):
            return self._with_volume(parts)
        arguments = parts[1].items if len(parts) > 1 else ()
        return syntax.Call(str(parts[0]), arguments, _span(parts), _span(parts[:1]))

    def _with_volume(self, parts: Parts) -> syntax.Claimed:
        """`RELU [32x32x12]`, as in lectures: the volume is claimed, and its depth is how many filters there are."""
        name, size = parts
        (argument,) = size.items
        depth = syntax.Number(argument.value.sizes[-1], argument.span)
        filters = (syntax.Argument(None, depth, argument.span),) if first_letter(str(name)) == "K" else ()
        call = syntax.Call(str(name), filters, _span(parts), _span(parts[:1]))
        return self._deeper(
            syntax.Claimed(call, (syntax.Claim("volume", size.text, argument.span),), _span(parts)), call
        )

    def short(self, parts: Parts) -> syntax.Call:
        arguments = parts[1].items if len(parts) > 1 else ()
        call = syntax.Call(str(parts[0]), arguments, _span(parts), _span(parts[:1]), short=True)
        number(call.name.rpartition("-")[2], call.name_span)
        return call

    def around(self, parts: Parts) -> syntax.Call:
        """A layer around another, which is its first argument."""
        return syntax.Call(str(parts[0]), _nodes(parts), _span(parts), _span(parts[:1]))

    def inner(self, parts: Parts) -> syntax.Argument:
        arguments = parts[1].items if len(parts) > 1 else ()
        return syntax.Argument(None, syntax.Made(str(parts[0]), arguments, _span(parts)), _span(parts))

    def in_brackets(self, parts: Parts) -> List:
        return List(parts)

    def bare_argument(self, parts: Parts) -> List:
        return List((self.positional(parts),))

    def size_in_brackets(self, parts: Parts) -> SizeInBrackets:
        return SizeInBrackets((parts[0], self.positional((self.size(parts[1:2]),)), parts[2]), str(parts[1]))

    def keyword(self, parts: Parts) -> syntax.Argument:
        return syntax.Argument(str(parts[0]), parts[2], _span(parts))

    def positional(self, parts: Parts) -> syntax.Argument:
        return syntax.Argument(None, parts[0], _span(parts))

    def branch(self, parts: Parts) -> syntax.Branch:
        # An empty branch has no token of its own: its place is right after the bracket or the bar before it.
        chains = tuple(
            part if part.items else syntax.Chain((), (_span(parts[i - 1 : i])[1],) * 2)
            for i, part in enumerate(parts)
            if isinstance(part, syntax.Chain)
        )
        arguments = parts[1].items if isinstance(parts[1], List) else ()
        return syntax.Branch(str(parts[0]), chains, _span(parts), _span(parts[:1]), arguments)

    def alternative(self, parts: Parts) -> syntax.Chain:
        return parts[0] if parts else syntax.Chain((), (0, 0))

    def tap(self, parts: Parts) -> syntax.Tap:
        return syntax.Tap(str(parts[1]), _span(parts))

    def group(self, parts: Parts) -> syntax.Group:
        return syntax.Group(parts[1], _span(parts))

    def comprehension(self, parts: Parts) -> syntax.Comprehension:
        names = tuple(str(p) for p in parts if isinstance(p, Token) and p.type == "NAME")
        chain, *values = _nodes(parts)
        return syntax.Comprehension(chain, names, tuple(values), _span(parts))

    def volume_claim(self, parts: Parts) -> syntax.Claim:
        size = next(p for p in parts if p.type == "SIZE")
        self.size((size,))
        return syntax.Claim("volume", str(size), _span((size,)))

    def figure_claim(self, parts: Parts) -> syntax.Claim:
        key, _, figure = parts
        if figure.type == "SIZE":
            self.size((figure,))
        return syntax.Claim(str(key), figure.strip(), _span(parts))

    def bounded_claim(self, parts: Parts) -> syntax.Claim:
        key, relation, figure = parts
        return syntax.Claim(str(key), f"{relation} {figure.strip()}", _span(parts))

    # values

    def number(self, parts: Parts) -> syntax.Number:
        return number(str(parts[0]), _span(parts))

    def size(self, parts: Parts) -> syntax.SizeLiteral:
        return size_literal(str(parts[0]), _span(parts))

    def name(self, parts: Parts) -> syntax.Name:
        return syntax.Name(str(parts[0]), _span(parts))

    def parenthesised(self, parts: Parts) -> syntax.Expression:
        inner: syntax.Expression = replace(parts[1], span=_span(parts))
        return self._deeper(inner, parts[1])

    def negative(self, parts: Parts) -> syntax.Unary:
        return self._deeper(syntax.Unary(parts[1], _span(parts)), parts[1])

    def binary(self, parts: Parts) -> syntax.Binary:
        left, operator, right = parts
        if operator in _COMPARISONS and _compares(left):
            raise Diagnosed(_chained(left, str(operator), _span(parts)))
        return self._deeper(syntax.Binary(str(operator), left, right, _span(parts)), left, right)

    power = binary

    def text(self, parts: Parts) -> syntax.Text:
        return syntax.Text(str(parts[0])[1:-1], _span(parts))

    def hole(self, parts: Parts) -> syntax.Hole:
        return syntax.Hole(str(parts[0]), _span(parts))

    def made(self, parts: Parts) -> syntax.Made:
        return syntax.Made(str(parts[0]), parts[1].items, _span(parts))

    def tuple_value(self, parts: Parts) -> syntax.Tuple:
        items = _nodes(parts)
        return self._deeper(syntax.Tuple(items, _span(parts)), *items)

    def range_value(self, parts: Parts) -> syntax.Range:
        return syntax.Range(parts[0], parts[2], _span(parts))
