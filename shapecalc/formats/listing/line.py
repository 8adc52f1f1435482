"""One line of a listing: its layer with its volume, its figures, and whether their arithmetic holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from operator import add, mul, sub, truediv
from typing import Any

from lark import Lark, Token
from lark.exceptions import UnexpectedInput

from shapecalc.core.phrases import size_text
from shapecalc.core.record import Record
from shapecalc.diagnostics.diagnostic import Diagnosed, Diagnostic, Span, report
from shapecalc.language import syntax
from shapecalc.language.build import size_literal
from shapecalc.language.figures import Figure, parse_figure
from shapecalc.language.grammar import grammar
from shapecalc.language.relocate import parse_at
from shapecalc.parse import parse_statements
from shapecalc.registry import NamedType, resolve

LONGEST_LINE = 2_000
"""Characters that a line may have."""

_KEYS = {"mem": "memory", "parameters": "params", "param": "params", "weight": "weights"}
"""Other words for what is claimed."""


_OPERATORS = {"PLUS": add, "MINUS": sub, "TIMES": mul, "DIVIDED": truediv}


class ListingLine(Record):
    """A layer as written, `CONV3-64`, with its volume and its claims; the claims of a total have neither."""

    span: Span
    head: syntax.Name | None
    volume: syntax.SizeLiteral | None
    claims: tuple[syntax.Claim, ...]


class Quantity(Record):
    """One side of an equation: a figure, or a product whose value is None where a factor is rounded."""

    span: Span
    value: Fraction | None
    figure: Figure | None = None
    unit: str = ""

    def agrees(self, other: Quantity) -> bool:
        """Whether both sides can be the same number, as exactly as they are written."""
        if self.value is not None and other.figure is not None:
            return other.figure.holds(self.value)
        if self.figure is not None and other.value is not None:
            return self.figure.holds(other.value)
        if self.value is not None and other.value is not None:
            return self.value == other.value
        return True


class Equation(Record):
    """`(3*3*64)*128 = 73,728`: its sides, and the relations between them."""

    key: str
    sides: tuple[Quantity, ...]
    relations: tuple[str, ...]


def read_line(line: str) -> ListingLine:
    """What a line of a listing says.

    The exact side of an equation is its claim; where sides differ it claims WORKED instead, with the two
    as its text. Raises Diagnosed SHP001 where the line stops making sense.
    """
    if len(line) > LONGEST_LINE:
        raise Diagnosed(report("SHP001", f"a line of this listing has {len(line):,} characters", (0, len(line))))
    try:
        parts: Any = _parser().parse(line)
    except UnexpectedInput as error:
        token = getattr(error, "token", None)
        at = len(line) if token is not None and token.type == "$END" else error.pos_in_stream
        raise Diagnosed(_unreadable(line, min(at or 0, len(line)))) from None
    head, volume, equations = parts
    claims = tuple(claim for equation in equations for claim in _claims(line, equation))
    return ListingLine((0, len(line)), head, volume, claims)


def _claims(line: str, equation: Equation) -> list[syntax.Claim]:
    """What an equation claims: the sides that differ, or else one figure for all that are equal.

    Sides that agree are right or wrong together, and sides that differ are wrong before anything is computed:
    either way it is one mistake.
    """
    pairs = list(zip(equation.sides, equation.relations, equation.sides[1:], strict=False))
    differ = [(left, right) for left, relation, right in pairs if relation == "=" and not left.agrees(right)]
    if differ:
        return [_worked(line, left, right) for left, right in differ]
    groups: list[list[Quantity]] = [[equation.sides[0]]]
    for _, relation, right in pairs:
        if relation == "=":
            groups[-1].append(right)
        else:
            groups.append([right])
    return [claim for group in groups for claim in _group_claims(equation.key, group)]


def _worked(line: str, left: Quantity, right: Quantity) -> syntax.Claim:
    product, stated = line[slice(*left.span)], line[slice(*right.span)]
    whole = left.value is not None and left.value.denominator == 1 and not product.replace(",", "").isdigit()
    text = f"{product} is {int(left.value or 0):,}, not {stated}" if whole else f"{product} = {stated}"
    return syntax.Claim(syntax.WORKED, text, (left.span[0], right.span[1]))


def _group_claims(key: str, equal: Sequence[Quantity]) -> list[syntax.Claim]:
    """The claim of sides that are equal: of the last exact one, as that is the result; else of the last figure."""
    exact = [side for side in equal if side.value is not None and side.value.denominator == 1]
    sides = exact or [side for side in equal if side.figure]
    texts = ((side.figure.text if side.figure else f"{side.value}{side.unit}", side.span) for side in sides[-1:])
    return [syntax.Claim(key, text, span) for text, span in texts]


def _unreadable(line: str, at: int) -> Diagnostic:
    """The diagnostic for a line that is none of a listing."""
    written = re.match(r"\S{0,20}", line[at:])
    found = written.group() if written else ""
    return report(
        "SHP001",
        f"'{found}' is unexpected in a listing's line" if found else "a line of this listing ends early",
        (at, at + max(len(found), 1)),
        label="the line cannot be read from here" if found else "more is expected here",
        help=("write lines such as CONV3-64: [224x224x64] memory: 224*224*64=3.2M weights: 1,728",),
    )


@cache
def _parser() -> Lark:
    build: Any = _Build()
    return Lark(grammar("listing.lark"), parser="lalr", lexer="contextual", maybe_placeholders=False, transformer=build)


def _span(token: Token) -> Span:
    return token.start_pos or 0, token.end_pos or 0


class _Build:
    """One method a rule of the grammar."""

    def start(self, parts: Sequence[Any]) -> Any:
        return parts[0]

    def layer(self, parts: Sequence[Any]) -> tuple[syntax.Name, syntax.SizeLiteral, list[Equation]]:
        head, volume, *fields = parts
        equations = [field for field in fields if isinstance(field, Equation)]
        return syntax.Name(str(head), _span(head)), volume, equations

    def volume(self, parts: Sequence[Token]) -> syntax.SizeLiteral:
        return size_literal(str(parts[0]), _span(parts[0]))

    def field(self, parts: Sequence[Any]) -> Equation:
        word, (sides, relations) = parts
        return Equation(_key(word), sides, relations)

    def equation(self, parts: Sequence[Any]) -> tuple[tuple[Quantity, ...], tuple[str, ...]]:
        return tuple(parts[::2]), tuple(map(str, parts[1::2]))

    def total(self, parts: Sequence[Any]) -> tuple[None, None, list[Equation]]:
        """`TOTAL memory: 24M * 4 bytes ~= 93MB / image`: values on the left, bytes on the right."""
        key = _key(parts[1])
        first, *second = [self.figure((part,)) for part in parts if getattr(part, "type", "") == "FIGURE"]
        times = next((part for part in parts if getattr(part, "type", "") == "TIMES_BYTES"), None)
        equations = [Equation(key, (first,), ())]
        if second and "=" in parts and times is not None:
            each = int(re.sub(r"\D", "", times)[:12])
            value = None if first.value is None else first.value * each
            product = Quantity((first.span[0], _span(times)[1]), value, None, "B")
            equations.append(Equation(key, (product, *second), ("=",)))
        elif second:
            equations = [Equation(key, (first, *second), ("=" if "=" in parts else "~=",))]
        return None, None, equations

    def total_relation(self, parts: Sequence[Token]) -> str:
        return str(parts[0])

    def figure(self, parts: Sequence[Token]) -> Quantity:
        span = _span(parts[0])
        try:
            figure = parse_figure(str(parts[0]))
        except ValueError as error:
            raise Diagnosed(report("SHP016", str(error), span)) from None
        return Quantity(span, figure.value if figure.exact else None, figure, figure.unit)

    def parenthesised(self, parts: Sequence[Any]) -> Quantity:
        opener, inner, closer = parts
        span = (_span(opener)[0], _span(closer)[1])
        return Quantity(span, inner.value, inner.figure, inner.unit)

    def binary(self, parts: Sequence[Any]) -> Quantity:
        """Raises Diagnosed SHP116 for a division by zero."""
        left, sign, right = parts
        value: Fraction | None = None
        if left.value is not None and right.value is not None:
            if sign.type == "DIVIDED" and not right.value:
                raise Diagnosed(report("SHP116", "a line of this listing divides by 0", _span(sign)))
            value = _OPERATORS[sign.type](left.value, right.value)
        return Quantity((left.span[0], right.span[1]), value, None, left.unit or right.unit)


def _key(word: Token) -> str:
    key = str(word).lower()
    return _KEYS.get(key, key)


# --- the layer that a line stands for ---------------------------------------------------------------


def layer(text: str, line: ListingLine, head: syntax.Name, volume: syntax.SizeLiteral) -> syntax.Item:
    """The layer of a line with its claims. Raises Diagnosed."""
    named = resolve(re.split(r"[-( ]", head.name)[0])
    starts = named is not None and named.type.starts
    if "=" in head.name or "(" in head.name:
        call = _written_call(text, head)
    else:
        short = "-" in head.name
        arguments = () if short else _arguments(named, volume)
        call = syntax.Call(head.name, arguments, head.span, head.span, short)
    claim = syntax.Claim("volume", size_text(volume.sizes), volume.span)
    # the size of an INPUT is given by its line rather than claimed
    claims = line.claims if starts else (claim, *line.claims)
    return syntax.Claimed(call, claims, line.span) if claims else call


def _written_call(text: str, head: syntax.Name) -> syntax.Call:
    """`CONV(64, F=3)`, as a diagram has it, or `CONV7-64 S=2 P=3`. Raises Diagnosed."""
    bare = "(" not in head.name
    match parse_at(_bracketed if bare else parse_statements, text, head.span, after=")" if bare else ""):
        case (syntax.Chain(items=(syntax.Call() as call,)),):
            return call
    raise Diagnosed(report("SHP001", f"'{head.name}' is not one layer", head.span, label="expected a layer"))


def _bracketed(text: str) -> tuple[syntax.Statement, ...]:
    """`CONV7-64 S=2 P=3)` with the other bracket and commas, every character at its place. Raises Diagnosed."""
    return parse_statements(re.sub(r"(?<=[^,\s])[ \t](?=[ \t]*\w+=)", ",", text).replace(",", "(", 1))


def _arguments(named: NamedType | None, volume: syntax.SizeLiteral) -> tuple[syntax.Argument, ...]:
    """What a bare name leaves open and the volume says: an INPUT's size, a layer's filters or units."""
    if named is None:
        return ()
    if named.type.starts:
        return (syntax.Argument(None, volume, volume.span),)
    letters = [letter for letter, _ in named.leading]
    if not named.type.signature or named.type.signature[0].letter != "K" or "K" in letters:
        return ()
    depth = syntax.Number(volume.sizes[-1], volume.span)
    return (syntax.Argument("K" if letters else None, depth, volume.span),)
