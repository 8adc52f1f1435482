"""What the arguments of a framework's call make, and how their values are told apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shapecalc.core.record import Record
from shapecalc.diagnostics.diagnostic import Diagnostic, Span, report
from shapecalc.dialects.forms import CallForm
from shapecalc.language import syntax
from shapecalc.language.value_text import show_expression


class Misfit(Exception):
    """A call that its framework would refuse, or that can be read in two ways."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class Pieces(Record, frozen=False):
    """What the arguments of a call make: arguments of ours, and layers before and after it."""

    form: CallForm
    name: str
    """As it was written."""
    channels_first: bool
    """Whether the text says that channels come first."""
    arguments: dict[str, syntax.Argument]
    """By our letter."""
    stand_in: str = ""
    """The activation that another one, which is this name, is read as."""
    axes: int = 0
    """How many spatial axes the arguments say that there are; 0 where they say nothing."""
    before: syntax.Call | None = None
    after: syntax.Call | None = None
    layers: int = 1
    """So many of them, one after the other."""
    between: syntax.Call | None = None


def give(pieces: Pieces, letter: str, argument: syntax.Argument, value: syntax.Expression) -> None:
    """An argument of ours, at the place of theirs."""
    pieces.arguments[letter] = syntax.Argument(letter, value, argument.span)


def word_of(value: syntax.Expression) -> str:
    """The word that a value is, in lower case and without its modules; empty for a number."""
    match value:
        case syntax.Name(name) | syntax.Made(name):
            return name.rpartition(".")[2].lower()
        case syntax.Text(text):
            return text.lower()
    return ""


def as_written(value: syntax.Expression) -> str:
    """A value as the text has it."""
    return show_expression(value, tight=True)


def whole_number(value: syntax.Expression) -> int | None:
    """The number that is written, with its sign."""
    match value:
        case syntax.Number(int(number)):
            return number
        case syntax.Unary(syntax.Number(int(number))):
            return -number
    return None


def sized(items: Sequence[syntax.Expression], span: Span) -> syntax.Expression:
    """A size of so many numbers, in our order."""
    if len({as_written(item) for item in items}) == 1:
        return items[0]
    numbers = [whole_number(item) for item in items]
    known = [number for number in numbers if number is not None and number >= 0]
    if len(known) == len(items):
        return syntax.SizeLiteral(tuple(known), span)
    return syntax.Tuple(tuple(items), span, as_size=True)


def misfit(pieces: Pieces, message: str, span: Span, *, code: str = "SHP103", help: tuple[str, ...] = ()) -> Misfit:
    """An error that says which framework would refuse the call."""
    return Misfit(report(code, f"{pieces.form.framework}: {message}", span, help=help))


def unfit(pieces: Pieces, argument: syntax.Argument, wanted: str, *help: str) -> Misfit:
    """The same for a value that is not what is wanted, which is said first: `padding is a number`."""
    return misfit(pieces, f"{wanted}, and this is {as_written(argument.value)}", argument.span, help=help)


# --- what depends on each other ---------------------------------------------------------------------

SLIDING = frozenset({"CONV", "DWCONV", "SEPCONV", "UPCONV"})
"""Layers of ours whose windows have a stride and a dilation."""


def resized(pieces: Pieces) -> Iterator[tuple[str, syntax.Argument]]:
    """A height and a width that were given one by one as a size. Raises Misfit for one without the other."""
    height, width = pieces.arguments.pop("height", None), pieces.arguments.get("size")
    one = height or (width if pieces.form.slot("height") else None)
    if one is not None and (height is None or width is None):
        number = as_written(one.value)
        help = (f"write {pieces.name}({number}, {number}) for a square",)
        raise misfit(pieces, f"{pieces.name} has a height and a width, and this is one of them", one.span, help=help)
    if height is not None and width is not None:
        span = (min(height.span[0], width.span[0]), max(height.span[1], width.span[1]))
        yield "size", syntax.Argument("size", sized((width.value, height.value), span), span)


def check_together(pieces: Pieces) -> None:
    """Raises Misfit where the framework would refuse arguments that are right by themselves."""
    stride = pieces.arguments.get("S")
    if pieces.form.ours not in SLIDING or stride is None or not _above_one(stride.value):
        return
    padding, dilation = pieces.arguments.get("P"), pieces.arguments.get("dilation")
    if pieces.form.framework == "PyTorch" and padding is not None and word_of(padding.value) == "same":
        message = f"padding='same' of {pieces.name} needs a stride of 1, and this is {as_written(stride.value)}"
        number = "write padding as a number, such as padding=1 for a kernel of 3"
        raise misfit(pieces, message, stride.span, help=(number, "or write CONV, whose P=same rounds up"))
    if pieces.form.framework.startswith("Keras") and dilation is not None and _above_one(dilation.value):
        message = f"{pieces.name} has strides or a dilation, and not both"
        raise misfit(pieces, message, dilation.span, help=(f"write {pieces.form.ours}, which takes both",))


def _above_one(value: syntax.Expression) -> bool:
    """Whether a number, or one of a size, is known to be more than 1."""
    if isinstance(value, syntax.SizeLiteral):
        return any(size > 1 for size in value.sizes)
    if isinstance(value, syntax.Tuple):
        return any(map(_above_one, value.items))
    return (whole_number(value) or 1) > 1
