"""Arguments of layers: values as the language has them, and how each kind is read and normalised."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeAlias, TypeVar, overload

from shapecalc.core.exact import Exact as Exact
from shapecalc.core.exact import is_exact
from shapecalc.core.phrases import counted, shortened, size_text
from shapecalc.core.record import Record
from shapecalc.core.window import ShapeError, decimal

LARGEST_EXTENT = 100_000
"""No extent, stride or dilation is larger; more is a slip."""


LARGEST_SIZE = 10**9
"""No axis, depth or number of filters is larger."""


LARGEST_FIGURE = 10**30
"""No number of parameters or of multiplications is larger that is written, and no axis and no depth that follows."""


class Word(str):
    """A bare word as a value: `same`, `avg`, `true`."""


class Sizes(tuple[int, ...]):
    """A literal `3x5` as a value, or a size normalised: one number stands for every axis."""

    def over(self, rank: int) -> tuple[int, ...]:
        """One number per axis. Raises ShapeError SHP209 when there are neither one nor `rank`."""
        if len(self) == 1:
            return tuple(self) * rank
        if len(self) != rank:
            raise ShapeError(
                "SHP209",
                f"the size {self} is for {counted(len(self), 'axis', 'axes')}, "
                f"and the input has {counted(rank, 'spatial axis', 'spatial axes')}",
                label=f"expected {counted(rank, 'size')} or one for all, found {len(self)}",
            )
        return tuple(self)

    def __str__(self) -> str:
        return size_text(self)


Value: TypeAlias = "Exact | Word | Sizes | tuple[Any, ...]"


class ArgumentError(ValueError):
    """A value that an argument cannot take; `code` is the diagnostic's."""

    def __init__(self, message: str, code: str = "SHP103", help: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.help = code, message, help


def show(value: Any) -> str:
    """A value as the language writes it."""
    if type(value) is int:
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if is_exact(value):
        return decimal(value)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, Sizes):
        return str(value)
    if isinstance(value, tuple):
        return "(" + ",".join(show(v) for v in value) + ")"
    return str(value)


def integer(value: Value, low: int, high: int, what: str) -> int:
    """A whole number from low to high. Raises ArgumentError, which says that `what` was expected, or SHP108."""
    if type(value) is int and low <= value <= high:  # nearly all
        return value
    if is_exact(value) and value.denominator != 1:
        raise ArgumentError(f"must be {what}, and this is {show(value)}", "SHP108", "// divides and rounds down")
    if isinstance(value, bool) or not is_exact(value):
        raise ArgumentError(f"must be {what}, not '{show(value)}'")
    number = int(value)
    if number < low:
        raise ArgumentError(f"must be {what}, at least {low}, and this is {number}")
    if number > high:
        raise ArgumentError(f"must be at most {high:,}, and this is {number:,}")
    return number


def count(value: Value) -> int:
    """A whole number of at least 1. Raises ArgumentError."""
    return integer(value, 1, LARGEST_SIZE, "a whole number")


def natural(value: Value) -> int:
    """A whole number of at least 0. Raises ArgumentError."""
    return integer(value, 0, LARGEST_SIZE, "a whole number")


def figure(value: Value) -> int:
    """A whole number of parameters or of work. Raises ArgumentError."""
    return integer(value, 0, LARGEST_FIGURE, "a whole number")


def sizes(value: Value) -> Sizes:
    """`3` for every axis, or `3x5` (width x height). Raises ArgumentError."""
    parts = value if isinstance(value, Sizes) else (value,)
    if isinstance(value, tuple) and not isinstance(value, Sizes):
        parts = one_of_equals(value)
    return Sizes([integer(part, 1, LARGEST_EXTENT, "a whole number or a size such as 3x5") for part in parts])


def one_of_equals(value: tuple[Any, ...]) -> Sizes:
    """The one number of `(3, 3)`. Raises ArgumentError for `(3, 5)`, which frameworks read as height x width."""
    if len(set(value)) == 1:
        return Sizes(value[:1])
    if value[0] == value[-1] == 1 and len(value) == len("NHWC"):
        inner = show(value[1]) if value[1] == value[2] else f"{show(value[2])}x{show(value[1])}"
        raise ArgumentError(
            f"{show(value)} has a number for the batch and one for the channels, as in TensorFlow",
            help=f"write {inner}, for the spatial axes alone",
        )
    written = size_text(show(v) for v in value)
    turned = size_text(show(v) for v in reversed(value))
    raise ArgumentError(
        f"{show(value)} can be width x height or, as frameworks write it, height x width",
        help=f"write {written} (width x height), or {turned} if the height comes first",
    )


def offsets(value: Value) -> Sizes:
    """`1` for every axis, or `1x2`; 0 is allowed. Raises ArgumentError."""
    parts = value if isinstance(value, Sizes) else (value,)
    return Sizes(integer(part, 0, LARGEST_EXTENT, "a whole number or a size such as 1x2") for part in parts)


class Ends(tuple[int, ...]):
    """So many before and so many after, normalised."""

    def __str__(self) -> str:
        return f"({','.join(map(str, self))})"


def ends(value: Value) -> Ends:
    """`16` after the others, or `(8,8)` before and after them. Raises ArgumentError."""
    pair = value if isinstance(value, tuple) and not isinstance(value, Sizes) else (0, value)
    if len(pair) != 2:
        raise ArgumentError(f"must be a whole number or (before,after), not '{show(value)}'")
    return Ends(integer(n, 0, LARGEST_SIZE, "a whole number or (before,after)") for n in pair)


def table(value: Value) -> tuple[int, ...]:
    """`(2,0,1)`: numbers of channels from 0. Raises ArgumentError."""
    if not isinstance(value, tuple) or isinstance(value, Sizes):
        raise ArgumentError(f"must be a list of channels such as (2,0,1), not '{show(value)}'")
    return tuple(integer(n, 0, LARGEST_SIZE, "a list of channels such as (2,0,1)") for n in value)


def flag(value: Value) -> bool:
    """`true` or `false` (also yes/no, 1/0, and a comparison). Raises ArgumentError."""
    word = str(value).lower()
    if word in ("true", "yes", "on", "1"):
        return True
    if word in ("false", "no", "off", "0"):
        return False
    raise ArgumentError(f"must be true or false, not '{show(value)}'")


flag.words = ("true", "yes", "on", "false", "no", "off")  # type: ignore[attr-defined]


def real(value: Value) -> float:
    """Any number that the language has. Raises ArgumentError."""
    if not is_exact(value):
        raise ArgumentError(f"must be a number, not '{show(value)}'")
    if not is_writable(value):
        raise ArgumentError(f"must be 0 or from 10^-30 to 10^30 without its sign, not '{shortened(show(value), 13)}'")
    return float(value)


def is_writable(number: Exact | float) -> bool:
    """Whether a diagram can have a number.

    >>> is_writable(0), is_writable(-1e-30), is_writable(1e300)
    (True, True, False)
    """
    return not number or (-LARGEST_FIGURE <= number <= LARGEST_FIGURE and not -1 < number * LARGEST_FIGURE < 1)


def probability(value: Value) -> float:
    """A number from 0 to 1. Raises ArgumentError."""
    number = real(value)
    if not 0 <= number <= 1:
        raise ArgumentError(f"must lie between 0 and 1, and this is {show(value)}")
    return number


def choice(*words: str) -> Callable[[Value], str]:
    """What takes one of these words, in any case, and raises ArgumentError for another."""

    def convert(value: Value) -> str:
        if str(value).lower() not in words:
            raise ArgumentError(f"must be one of {', '.join(words)}, not '{show(value)}'")
        return str(value).lower()

    convert.words = words  # type: ignore[attr-defined]
    return convert


along_axis = choice("depth", "length", "width", "height", "slices")
"""An axis by its name; the one axis of a sequence is its length."""

rounding = choice("floor", "exact")
"""What becomes of a stride that does not fit: rounded down, or an error."""


def words_of(convert: Callable[[Any], Any]) -> tuple[str, ...]:
    """The words that what makes an argument takes as values."""
    return getattr(convert, "words", ())


class Parameter(Record):
    """One argument of a layer: its letter, its long names, how a value is read, and its default."""

    letter: str
    """How reports write it: `K`, `dilation`."""
    convert: Callable[[Any], Any]
    """Makes the value of what is written. Raises ArgumentError."""
    default: Any = None
    """The value where nothing is written, as it is: `convert` never sees it."""
    names: tuple[str, ...] = ()
    """Its other spellings, in any case."""
    assumed: bool = False
    """Reported as assumed when it is not written."""
    required: bool = False
    """Has no default: a call without it is an error."""
    classes: bool = False
    """In the last layer that has such an argument, the number of classes when it is not written."""
    one_channel: Any = None
    """The value with which a layer works on a single channel; None where any value does."""
    field: str = ""
    """The attribute of the layer that has the value: the name in the class body that it is declared under."""

    @property
    def words(self) -> tuple[str, ...]:
        """The words that it takes as values."""
        return words_of(self.convert)

    @property
    def takes_words(self) -> bool:
        """Whether a bare word is a value rather than an open name."""
        return bool(self.words) or self.convert is word


T = TypeVar("T")


@overload
def argument(
    letter: str,
    convert: Callable[[Any], T],
    *,
    names: tuple[str, ...] = (),
    required: Literal[True],
    one_channel: T | None = None,
) -> T: ...
@overload
def argument(letter: str, convert: Callable[[Any], T], default: None, names: tuple[str, ...] = ()) -> T | None: ...
@overload
def argument(
    letter: str,
    convert: Callable[[Any], T],
    default: T,
    names: tuple[str, ...] = (),
    *,
    assumed: bool = False,
    classes: bool = False,
    one_channel: T | None = None,
) -> T: ...
def argument(letter: str, convert: Callable[[Any], Any], default: Any = None, *names: Any, **facts: Any) -> Any:
    """Declares what a layer takes, in the body of its class.

    `letter` is how reports write it, `names` are its other spellings, in any case; `convert` gives the value of what is
    written, and raises ArgumentError for what it cannot take. `default` holds where nothing is written and is not
    converted; with None the layer knows itself what follows. An argument that is `required` has none: a call without it
    is an error. A default that is `assumed` is reported as such. `classes`: the last layer of a network with such an
    argument has as default the number of classes. `one_channel` is the value with which the layer works on a single
    channel; without it any does.

    For the type checker `filters: int = argument("K", count, 64)` is what `convert` gives, which is what an instance
    has under this name. What is returned is a Parameter, and `Layer` gathers those into the signature, in order.
    """
    return Parameter(letter, convert, default, *names, **facts)


def word(value: Value) -> str:
    """A name. Raises ArgumentError."""
    if not isinstance(value, Word):
        raise ArgumentError(f"must be a name, not '{show(value)}'")
    return str(value)


def one_number(value: int) -> str:
    """What to write for one number where a size is expected."""
    if value < 0:
        return "write all of its numbers; FLATTEN gives all values in one row"
    return f"write {value}x1 for one axis of {value}, or 1x1x{value} for {value} values"


def whole_volume(value: Value) -> Sizes:
    """`WxHxD`, `WxD` in one axis, `WxHxZxD` in three. Raises ArgumentError."""
    if not isinstance(value, Sizes):
        if isinstance(value, int):
            said = f"must be a width, a height and a depth, and {value} is one number"
            raise ArgumentError(said, help=one_number(value))
        raise ArgumentError(f"must be a size such as 224x224x3, not '{show(value)}'")
    if not 2 <= len(value) <= 4:
        raise ArgumentError(f"has {len(value)} sizes; write width x height x depth, such as 224x224x3")
    return Sizes(integer(part, 1, LARGEST_SIZE, "a whole number") for part in value)


def as_one_size(positional: list[Any]) -> list[Any]:
    """`W, H, D` and `WxH, D` as the one value `WxHxD`."""
    first, *others = positional or [None]
    numbers = [*first, *others] if type(first) is Sizes and len(first) == 2 and len(others) == 1 else positional
    return [Sizes(numbers)] if others and all(map(is_exact, numbers)) else positional
