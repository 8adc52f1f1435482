"""Writes a syntax tree as a careless person might: any arrow, any spacing, needless brackets, odd forms."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from random import Random

from shapecalc.language import syntax

ARROWS = ("=>", "->", "→", "⇒", " - ")


class Scribble:
    """Spells one tree; the same seed spells it the same way."""

    def __init__(self, seed: int, comments: bool = False) -> None:
        self.random = Random(seed)
        self.comments = comments
        self.notes = 0

    def diagram(self, statements: tuple[syntax.Statement, ...]) -> str:
        written = []
        for place, statement in enumerate(statements):
            words = list(self.statement(statement, first=place == 0))
            following = statements[place + 1] if place + 1 < len(statements) else None
            if isinstance(following, syntax.Chain) and _ends_bare(statement) and words[-1] != ")":
                words.append("()")
            written.append(self.join(words))
        return self.chance("\n", "  \n", "") + "\n".join(written) + self.chance("", "\n", "\n\n")

    def chance(self, *choices: str) -> str:
        return self.random.choice(choices)

    def join(self, words: list[str]) -> str:
        """The words with space between them; some is always needed between names, so there always is some."""
        text = ""
        for word in words:
            text += word + self.chance(" ", " ", " ", "  ", "\t", "\n", "\n   ")
            if self.comments and self.random.random() < 0.08:
                self.notes += 1
                text += f"# note {self.notes} => [(\n{self.chance('', ' ', chr(10))}"
        return text

    # --- statements ---------------------------------------------------------------------------

    def statement(self, statement: syntax.Statement, first: bool) -> Iterable[str]:
        match statement:
            case syntax.Let(name, value):
                yield from ("let", name, "=", *self.value(value))
            case syntax.Bound(name, low, high):
                yield f"{name}>={low}" if high is None else f"{low}<={name} <= {high}{self.chance('', ',')}"
            case syntax.Block():
                yield from ("block", statement.name, *self.parameters(statement.parameters), "=")
                yield from self.chain(statement.body)
            case syntax.Chain():
                yield from self.chain(statement, may_begin=first)

    def parameters(self, parameters: tuple[syntax.BlockParameter, ...]) -> Iterable[str]:
        if not parameters:
            return self.random.choice([[], ["(", ")"]])
        words = []
        for parameter in parameters:
            default = [] if parameter.default is None else ["=", *self.expression(parameter.default)]
            words.append([parameter.name, *default])
        return ["(", *_separated(words, ","), ")"]

    # --- chains -------------------------------------------------------------------------------

    def chain(self, chain: syntax.Chain, may_begin: bool = False) -> list[str]:
        words: list[str] = []
        for place, item in enumerate(chain.items):
            if place:
                words.append(self.chance(*ARROWS))
            if may_begin and place == 0 and len(chain.items) > 1 and self.is_volume(item):
                words += self.expression(item.arguments[0].value, plain=True)
            else:
                words += self.item(item)
        return words

    def is_volume(self, item: syntax.Item) -> bool:
        return isinstance(item, syntax.Call) and item.name == "INPUT" and _only_size(item)

    def item(self, item: syntax.Item) -> list[str]:
        match item:
            case syntax.Call():
                return self.call(item)
            case syntax.Tap(name):
                return ["@", name]
            case syntax.Group(chain):
                return ["[", *self.chain(chain, may_begin=True), "]"]
            case syntax.Branch(name, chains):
                return [name, "[", *_separated([self.chain(c) for c in chains], "|"), "]"]
            case syntax.Comprehension(chain, names, values):
                parts = _separated([self.value(v) for v in values], ",")
                return ["[", *self.chain(chain), "for", *_separated([[n] for n in names], ","), "in", *parts, "]"]
            case syntax.Repeat(inner, count):
                return [*self.item(inner), "*", *self.count(count)]
            case syntax.Optional(inner):
                return [*self.item(inner), "?"]
            case syntax.Named(inner, name):
                return [*self.item(inner), "as", name]
            case syntax.Claimed(inner, claims):
                return [*self.item(inner), ":", *_separated([self.claim(c) for c in claims], ",")]

    def call(self, call: syntax.Call) -> list[str]:
        if not call.arguments:
            return [call.name] if self.random.random() < 0.7 else [call.name, "(", ")"]
        if _only_size(call) and not call.short and self.random.random() < 0.5:
            size = self.expression(call.arguments[0].value, plain=True)
            # A size without brackets is in the line of its name.
            spellings = [[" ".join([call.name, *size])], [call.name, "[", *size, "]"]]
            return self.random.choice(spellings if _is_no_volume(call) else spellings[:1])
        words = [[*([a.name, "="] if a.name else []), *self.expression(a.value)] for a in call.arguments]
        return [call.name, "(", *_separated(words, ","), *self.random.choice([[], [","]]), ")"]

    def claim(self, claim: syntax.Claim) -> list[str]:
        if claim.key == "volume":
            size = claim.text.replace("x", self.chance("x", " x ", "×", "X"))
            return self.random.choice([[size], ["[", size, "]"]])
        for relation in ("<=", ">"):
            if claim.text.startswith(relation):
                return [claim.key, relation, claim.text.removeprefix(relation).strip()]
        return [claim.key, "=", claim.text]

    def count(self, count: syntax.Expression) -> list[str]:
        if isinstance(count, syntax.Number | syntax.Name):
            return self.expression(count)
        return ["(", *self.expression(count), ")"]

    # --- values -------------------------------------------------------------------------------

    def value(self, value: syntax.Expression) -> list[str]:
        if isinstance(value, syntax.Range):
            assert value.low is not None
            assert value.high is not None
            return [*self.expression(value.low), "..", *self.expression(value.high)]
        return self.expression(value)

    def expression(self, expression: syntax.Expression, plain: bool = False) -> list[str]:
        """With brackets around every operation, and at times around what needs none."""
        words = self.bare(expression)
        operation = isinstance(expression, syntax.Binary | syntax.Unary)
        if operation or (not plain and self.random.random() < 0.1):
            return ["(", *words, ")"]
        return words

    def bare(self, expression: syntax.Expression) -> list[str]:
        match expression:
            case syntax.Number(value):
                return [self.number(value)]
            case syntax.SizeLiteral(sizes):
                return [self.chance("x", "X", "×", " x ").join(map(str, sizes))]
            case syntax.Name(name):
                return [name]
            case syntax.Unary(operand):
                return ["-", *self.expression(operand)]
            case syntax.Binary(operator, left, right):
                return [*self.expression(left), operator, *self.expression(right)]
            case syntax.Tuple(items):
                return ["(", *_separated([self.expression(i) for i in items], ","), ")"]
        raise TypeError(expression)

    def number(self, value: int | Fraction) -> str:
        if isinstance(value, int):
            return self.chance(str(value), f"{value}.0", f"{value:_}")
        places = next(k for k in range(1, 30) if (value * 10**k).denominator == 1)
        return f"{value * 10**places}{self.chance('e', 'E')}-{places}"


def _separated(lists: list[list[str]], separator: str) -> list[str]:
    words: list[str] = []
    for place, inner in enumerate(lists):
        words += [separator] * (place > 0) + inner
    return words


def _only_size(call: syntax.Call) -> bool:
    """Whether all that a call has is one size without a name."""
    only = call.arguments[0] if len(call.arguments) == 1 else None
    return only is not None and only.name is None and isinstance(only.value, syntax.SizeLiteral)


def _ends_bare(statement: syntax.Statement) -> bool:
    """Whether a name is the last word of a statement, which a bracket after it would belong to."""
    chain = statement.body if isinstance(statement, syntax.Block) else statement
    last = chain.items[-1] if isinstance(chain, syntax.Chain) else None
    return isinstance(last, syntax.Call) and not last.short and not last.arguments


def _is_no_volume(call: syntax.Call) -> bool:
    """Whether its size can be in [ ]: three numbers after another layer than INPUT claim a volume there."""
    size = call.arguments[0].value
    return call.name.upper() == "INPUT" or (isinstance(size, syntax.SizeLiteral) and len(size.sizes) < 3)
