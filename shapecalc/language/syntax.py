"""The syntax tree of a diagram: what was written, with the place of every part, and nothing computed."""

from __future__ import annotations

from typing import Literal

from shapecalc.core.exact import Exact
from shapecalc.core.record import NamedTuple, Record, replace
from shapecalc.diagnostics.diagnostic import Span


class TreePart(Record):
    """A part of the tree."""


# --- values -----------------------------------------------------------------------------------


class Number(TreePart):
    """`3`, `0.5`, `1e-5`: always exact."""

    value: Exact
    span: Span


class SizeLiteral(TreePart):
    """`3x5`: width x height."""

    sizes: tuple[int, ...]
    span: Span


class Name(TreePart):
    """A variable, or a word such as `same` where an argument takes words."""

    name: str
    span: Span


class Text(TreePart):
    """`'same'`: a word in quotes, whatever names there are."""

    text: str
    span: Span


class Hole(TreePart):
    """`?`, or a size with it such as `?x?x3`: a value that `solve` is to find, as it is written."""

    text: str
    span: Span


class Tap(TreePart):
    """`@c3`: a branch or a chain starts at a named point; as an argument it is the point's width and height."""

    name: str
    span: Span


class Made(TreePart):
    """`round(1.5*c)`; or `regularizers.l2(0.01)`, a value that a framework makes, which no figure hangs on."""

    name: str
    arguments: tuple[Argument, ...]
    span: Span


class Unary(TreePart):
    """`-x`."""

    operand: Expression
    span: Span


class Binary(TreePart):
    """Arithmetic (`+ - * / // % ^`) and comparisons (`< <= > >= == !=`)."""

    operator: str
    left: Expression
    right: Expression
    span: Span


class Tuple(TreePart):
    """`(1, 2, 1, 2)`."""

    items: tuple[Expression, ...]
    span: Span
    as_size: bool = False
    """A framework's size whose numbers are not written out; no text of ours can write it."""


class Range(TreePart):
    """`0..3`, both ends included; an open end is None."""

    low: Expression | None
    high: Expression | None
    span: Span


Expression = Number | SizeLiteral | Name | Text | Hole | Tap | Made | Unary | Binary | Tuple | Range

# --- parts of a chain -------------------------------------------------------------------------


class Argument(TreePart):
    """One argument as written; `name` is None for a positional one."""

    name: str | None
    value: Expression
    span: Span


class Call(TreePart):
    """A layer or a block with its arguments; `short` marks the papers' form `CONV3-64`."""

    name: str
    arguments: tuple[Argument, ...]
    span: Span
    name_span: Span
    short: bool = False
    written: str = ""
    """The name that a framework's call has, where this is one in our words."""
    framework: str = ""
    axes: int = 0
    """How many spatial axes a framework's call says that there are; 0 where it says nothing."""
    refused: bool = False
    """What it means is not known, which has been reported."""

    @property
    def named_axes(self) -> int:
        """How many spatial axes its name or its arguments say: 2 for CONV2D, 0 where they say nothing."""
        digit, letter = self.name[-2:-1], self.name[-1:]
        return int(digit) if not self.axes and letter in "dD" and digit in ("1", "2", "3") else self.axes


class Branch(TreePart):
    """`ADD[ a | b ]`, `ATTENTION(8)[ q | k | v ]`; an empty chain is the identity."""

    name: str
    chains: tuple[Chain, ...]
    span: Span
    name_span: Span
    arguments: tuple[Argument, ...] = ()


class Group(TreePart):
    """`[ … ]`."""

    chain: Chain
    span: Span


class Repeat(TreePart):
    """`item*N`."""

    item: Item
    count: Expression
    span: Span


class Comprehension(TreePart):
    """`[ … for c, n in (64, 3), (128, 4)]`."""

    chain: Chain
    names: tuple[str, ...]
    values: tuple[Expression, ...]
    span: Span


class Optional(TreePart):
    """`POOL?`."""

    item: Item
    span: Span


class Named(TreePart):
    """`item as name`."""

    item: Item
    name: str
    span: Span
    name_span: Span


class Shared(TreePart):
    """`item share name`: layer by layer with the weights of what has that name."""

    item: Item
    name: str
    span: Span
    name_span: Span


WORKED = "worked arithmetic"
"""The key of a claim that a listing's spelled-out arithmetic is wrong; no text can write it."""


class Claim(TreePart):
    """`55x55x96` (key `volume`), or a figure such as `params=34944` kept as it was written."""

    key: str
    text: str
    span: Span
    cause: str = ""
    """Why it is wrong, where the reader of a format knows."""
    layers: int = 1
    """How many layers the part has that it is written after; it is bound to the last of them."""


class Claimed(TreePart):
    """`item: 55x55x96, params=34944`."""

    item: Item
    claims: tuple[Claim, ...]
    span: Span


Wrapper = Repeat | Optional | Named | Shared | Claimed
"""What is written after an item."""
Item = Call | Branch | Tap | Group | Comprehension | Wrapper


class Chain(TreePart):
    """Items joined by arrows; empty only as an identity branch."""

    items: tuple[Item, ...]
    span: Span


# --- statements -------------------------------------------------------------------------------


class Let(TreePart):
    """`let N = 3`, or `let N = 0..3` for a family."""

    name: str
    value: Expression
    span: Span
    name_span: Span


class Bound(TreePart):
    """`0<=N<=3`: the range of an open name, as papers write it after a diagram."""

    name: str
    low: int | None
    high: int | None
    span: Span


class BlockParameter(TreePart):
    """A parameter of a block, perhaps with a default."""

    name: str
    default: Expression | None
    span: Span


class Block(TreePart):
    """`block fire(s, e) = …`."""

    name: str
    parameters: tuple[BlockParameter, ...]
    body: Chain
    span: Span
    name_span: Span


Statement = Let | Bound | Block | Chain


class Frozen(NamedTuple):
    """Layers whose weights are not trained: the name of a layer or a block, or a range such as conv1..conv3."""

    text: str
    span: Span


class Erratum(TreePart):
    """A figure that a source prints and that is wrong, the right one, and how that is known."""

    printed: str
    right: str
    evidence: tuple[str, ...]
    provenance: str
    """`seen` in a copy of the source, `peer`: from other software."""
    span: Span
    where: str = ""
    """Place in the source: a table, a section."""
    of: str = ""
    """The figure that is computed here, and that `right` must be and `printed` must not: `macs`, `conv1.output`."""
    finding: str = ""
    """The code that `check` reports because of it."""

    def to_dict(self) -> dict[str, str]:
        """As it stands in JSON."""
        said = {"printed": self.printed, "right": self.right, "evidence": "; ".join(self.evidence)}
        return said | {"provenance": self.provenance, "where": self.where}


class Settings(TreePart):
    """What the front matter or a YAML config says beside the diagram; None or empty where it is silent."""

    name: str | None = None
    source: str | None = None
    input: SizeLiteral | None = None
    classes: Expression | None = None
    defaults: tuple[tuple[str, Span, tuple[Argument, ...]], ...] = ()
    """Layer name, its place, and the arguments that a layer of this kind has unless it says otherwise."""
    lets: tuple[Let, ...] = ()
    expect: tuple[Claim, ...] = ()
    rounding: Literal["floor", "ceil", "exact"] | None = None
    optional: Literal["keep", "drop"] | None = None
    freeze: tuple[Frozen, ...] = ()
    """Layers whose weights are not trained."""
    lost: frozenset[str] = frozenset()
    """Keys that are there and could not be read, or only in part: what hangs on them is not known."""
    errata: tuple[Erratum, ...] = ()
    """Figures that the source prints and that are wrong."""
    member: str | None = None
    """Which of the members the text means; None where it does not say."""
    members: tuple[tuple[str, Settings], ...] = ()
    """The networks of a family, by name: what each says beside what all of them say."""

    def over(self, below: Settings) -> Settings:
        """These settings, and what another part of the file says where they are silent; both expect their claims."""
        return Settings(
            self.name or below.name,
            self.source or below.source,
            self.input or below.input,
            self.classes or below.classes,
            (*below.defaults, *self.defaults),
            (*self.lets, *below.lets),
            (*self.expect, *below.expect),
            self.rounding or below.rounding,
            self.optional or below.optional,
            (*self.freeze, *below.freeze),
            self.lost | below.lost,
            (*self.errata, *below.errata),
            self.member or below.member,
            self.members or below.members,
        )

    def of_member(self, name: str) -> Settings:
        """The settings of one member: its own, and those of the family where it is silent.

        Its `let` and `expect` take the place of the family's, name by name. Raises KeyError for no member.
        """
        own = dict(self.members)[name]
        lets, figures = {let.name for let in own.lets}, {claim.key for claim in own.expect}
        family = replace(
            self,
            lets=tuple(let for let in self.lets if let.name not in lets),
            expect=tuple(claim for claim in self.expect if claim.key not in figures),
        )
        return replace(own, name=own.name or name).over(family)


class Diagram(TreePart):
    """A whole file: its settings and its statements in order."""

    statements: tuple[Statement, ...]
    settings: Settings = Settings()
