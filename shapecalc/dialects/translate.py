"""One call of a framework in our words, or what its framework would say of it."""

from __future__ import annotations

from collections.abc import Iterable

from shapecalc.core.record import Record, replace
from shapecalc.diagnostics.diagnostic import Diagnostic, report
from shapecalc.dialects.attention_calls import projected
from shapecalc.dialects.call_pieces import Misfit, Pieces, check_together, resized, word_of
from shapecalc.dialects.forms import CallForm, forms
from shapecalc.dialects.framework_of import LETTERS, Manner, numbers_of, readings
from shapecalc.dialects.readers import read
from shapecalc.dialects.slot_matching import assigned
from shapecalc.dialects.stated_shapes import stated_shape
from shapecalc.dialects.wrappers import inside, is_wrapper, unwrapped
from shapecalc.language import syntax
from shapecalc.language.unparse import show_call
from shapecalc.registry import by_name

STAND_INS = {
    "border": "{name} pads with values of the input, and zeros are used here",
    "as": "{name} is read as {ours}",
}
"""What our layer leaves out of a framework's."""
LARGE_KERNEL = 11
"""No published kernel of a Keras call in three numbers is larger."""


class Translation(Record):
    """The layers of a call in our words, in order, and what is to be said of it."""

    calls: tuple[syntax.Call, ...]
    main: int = 0
    """Which of them the call itself is."""
    diagnostics: tuple[Diagnostic, ...] = ()


def translate(call: syntax.Call, how: Manner) -> Translation:
    """A call in our words: as it is where it is one already."""
    try:
        if (stated := stated_shape(by_name(call.name), call)) is not None:
            raise Misfit(stated)
        if is_wrapper(call.name) and call.arguments:
            return _around(call, how)
        forms = readings(call, how)
        if not forms:
            return Translation((own_call(call, turned=how.turned),))
        return _read(call, forms, how)
    except Misfit as misfit:
        return Translation((replace(call, refused=True),), 0, (misfit.diagnostic,))


def _around(call: syntax.Call, how: Manner) -> Translation:
    """A call around another, which is Keras'. Raises Misfit."""
    read = translate(inside(call), replace(how, frameworks=frozenset({"Keras"})))
    if any(one.refused for one in read.calls):
        return Translation((replace(call, refused=True),), 0, read.diagnostics)
    return replace(read, calls=unwrapped(call, read.calls, read.main))


def _read(call: syntax.Call, forms: tuple[CallForm, ...], how: Manner) -> Translation:
    """The first reading that its framework would take. Raises Misfit of the first where none would."""
    problems: list[Misfit] = []
    found: list[Translation] = []
    for form in forms:
        try:
            found.append(_in_our_words(call, form, how))
        except Misfit as misfit:
            problems.append(misfit)
    if not found:
        raise problems[0]
    if len(found) > 1 and _differ(found):
        raise Misfit(_two_readings(call, [(f.framework, t.calls[t.main]) for f, t in zip(forms, found, strict=False)]))
    return found[0]


def _differ(found: list[Translation]) -> bool:
    """Whether readings have other figures: a slope or an epsilon has none."""
    plain = [
        (t.calls[t.main].name, *((a.name, _text(a)) for a in t.calls[t.main].arguments if a.name not in _VALUES))
        for t in found
    ]
    return len(set(plain)) > 1


_VALUES = frozenset({"slope", "eps", "p", "alpha"})


def _text(argument: syntax.Argument) -> str:
    return show_call(syntax.Call("x", (argument,), argument.span, argument.span))


def _two_readings(call: syntax.Call, ways: Iterable[tuple[str, syntax.Call]]) -> Diagnostic:
    """The error for a call that means two things."""
    named = [(framework, show_call(ours)) for framework, ours in ways]
    return report(
        "SHP122",
        f"{show_call(replace(call, refused=True))} can be read in two ways",
        call.span,
        label="which of the two is meant?",
        notes=tuple(f"read by {framework}: {text}" for framework, text in named),
        help=tuple(f"write {text}" for _, text in named),
    )


# --- a framework's ----------------------------------------------------------------------------


def _in_our_words(call: syntax.Call, form: CallForm, how: Manner) -> Translation:
    """A call as one framework has it. Raises Misfit."""
    given = assigned(call, form)
    if form.ours == "UPSAMPLE" and any(slot.ours == "size" for slot, _ in given):
        form = replace(form, ours="RESIZE")
    pieces = Pieces(form, call.name.rpartition(".")[2], how.channels_first, {})
    for slot, argument in given:
        if slot.ours in LETTERS and slot.name == slot.ours:
            pieces.arguments[slot.ours] = replace(argument, name=slot.ours)
        else:
            read(pieces, slot, argument)
    pieces.arguments |= dict(resized(pieces))
    projected(pieces)
    check_together(pieces)
    _check_one_meaning(call, form, pieces, how)
    before = (pieces.before,) if pieces.before else ()
    after = (pieces.after,) if pieces.after else ()
    if form.ours == "-":
        alone = (*before, *(after or (replace(call, name="IDENTITY", arguments=()),)))
        return Translation(alone, len(before), tuple(_stand_ins(call, form, pieces)))
    main = replace(
        call,
        name=form.ours,
        arguments=_in_order(form, pieces),
        written=pieces.name,
        framework=form.framework,
        axes=form.axes or pieces.axes,
    )
    if before or after:
        # An edit of the whole call would lose what is beside it: its place is its name alone.
        main = replace(main, span=call.name_span)
    stack = _stacked(main, pieces)
    calls = (*before, *stack, *after)
    return Translation(calls, len(before) + len(stack) - 1, tuple(_stand_ins(call, form, pieces)))


def _stacked(main: syntax.Call, pieces: Pieces) -> tuple[syntax.Call, ...]:
    """The layer as often as a call says: what arrives is said of the first, and what stands between is a dropout."""
    if pieces.layers == 1:
        return (main,)
    main = replace(main, span=main.name_span)
    later = replace(main, arguments=tuple(a for a in main.arguments if a.name != "in"))
    between = (pieces.between,) if pieces.between else ()
    return (main, *(one for _ in range(pieces.layers - 1) for one in (*between, later)))


def _stand_ins(call: syntax.Call, form: CallForm, pieces: Pieces) -> Iterable[Diagnostic]:
    whole = STAND_INS[form.stands_in].format(name=form.name, ours=form.ours) if form.stands_in else ""
    for message in filter(None, (whole, pieces.stand_in)):
        yield report("SHP507", f"{message}: sizes and counts are the same, values are not", call.span, severity="note")


def _check_one_meaning(call: syntax.Call, form: CallForm, pieces: Pieces, how: Manner) -> None:
    """Raises Misfit SHP122 for `Conv2D(32, 3, 3)`: Keras 1 has rows and columns where Keras has the stride."""
    old = forms("Keras 1").get(form.name)
    positional = [a for a in call.arguments if a.name is None]
    if form.framework != "Keras" or form.ours != "CONV" or form.axes != 2 or len(positional) < 3:
        return
    named = {a.name for a in call.arguments if a.name is not None}
    padded = len(positional) > 3 and word_of(positional[3].value) in ("same", "valid")
    if padded or any(old is not None and old.slot(name) is None for name in named):
        return  # Keras 1 has no such argument, and an initialisation where the padding is
    kernel, stride = (a.value for a in positional[1:3])
    if not isinstance(kernel, syntax.Number) or not isinstance(stride, syntax.Number) or old is None:
        return
    ours = syntax.Call(form.ours, _in_order(form, pieces), call.span, call.span)
    if kernel.value > LARGE_KERNEL:
        other = [replace(a, name=name) for a, name in zip(positional, ("in", "K", "F"), strict=False)]
        turned = replace(ours, arguments=(*other[1:], other[0]))
        raise Misfit(_two_readings(call, (("Keras", ours), ("PyTorch", turned))))
    old_name = form.name.startswith("Convolution")
    if old_name or (kernel.value == stride.value != 1 and "Keras 2" not in how.frameworks):
        value = syntax.SizeLiteral((int(stride.value), int(kernel.value)), kernel.span)
        extent: syntax.Expression = kernel if kernel.value == stride.value else value
        rest = [a for a in ours.arguments if a.name not in ("S", None)]
        older = (replace(positional[0], name=None), syntax.Argument(None, extent, kernel.span), *rest)
        raise Misfit(_two_readings(call, (("Keras 2 and 3", ours), ("Keras 1", replace(ours, arguments=older)))))


def _in_order(form: CallForm, pieces: Pieces) -> tuple[syntax.Argument, ...]:
    """Our arguments in our order: the first ones without their names, as people write them."""
    arguments = pieces.arguments
    volume = [arguments.pop(f"size{place}") for place in range(4) if f"size{place}" in arguments]
    if volume:
        return tuple(volume)
    where = next((a.span for a in arguments.values()), (0, 0))
    for letter, text in form.given:
        if letter not in arguments:
            arguments[letter] = syntax.Argument(letter, _literal(text, where), where)
    named = by_name(form.ours)
    letters = [a.letter for a in named.type.signature] if named else []
    ordered = sorted(arguments.items(), key=lambda one: letters.index(one[0]) if one[0] in letters else len(letters))
    leading = 2 if letters[:2] == ["K", "F"] else int(letters[:1] not in (["shared"], ["eps"], ["mode"]))
    return tuple(
        replace(argument, name=None if place < leading and letters[place : place + 1] == [letter] else letter)
        for place, (letter, argument) in enumerate(ordered)
    )


def _literal(text: str, span: tuple[int, int]) -> syntax.Expression:
    from fractions import Fraction

    if text[0].isdigit():
        value = Fraction(text)
        return syntax.Number(int(value) if value.denominator == 1 else value, span)
    return syntax.Name(text, span)


# --- ours already, with what those who know a framework write in them -------------------------------

NORMS = {"BN": 0, "IN": 0, "LN": 0, "GN": 1}
"""Our normalisations, and where a number of channels is written by those who know a framework's."""


def own_call(call: syntax.Call, *, turned: bool = False) -> syntax.Call:
    """Our own call; `BN(64)`, where no epsilon is meant, says how many channels arrive.

    `UPSAMPLE(size=20)` says a size, as PyTorch has it: only Keras has a factor under that name.
    """
    named = by_name(call.name) if call.arguments and not call.short else None
    if named and named.type.starts and turned and len(sizes := numbers_of(call)) > 2:
        size = syntax.SizeLiteral(tuple(sizes[::-1]), call.arguments[0].span)
        return replace(call, arguments=(syntax.Argument(None, size, size.span),))
    if named and named.type.kind in ("UPSAMPLE", "RESIZE"):
        return _resized(call, named.type.kind)
    if named and named.type.kind == "SHUFFLE" and isinstance(call.arguments[0].value, syntax.Tuple):
        first, *rest = call.arguments
        return replace(call, arguments=(replace(first, name=first.name or "order"), *rest))
    place = NORMS.get(named.type.kind) if named else None
    if place is None or len(call.arguments) <= place:
        return call
    argument = call.arguments[place]
    if argument.name is None and isinstance(argument.value, syntax.Number) and argument.value.value >= 1:
        arguments = (*call.arguments[:place], *call.arguments[place + 1 :], replace(argument, name="in"))
        return replace(call, arguments=arguments)
    return call


FACTORS = frozenset({"factor", "scale", "scale_factor"})


def _resized(call: syntax.Call, kind: str) -> syntax.Call:
    """UPSAMPLE with a factor and RESIZE with a size, whichever was written: a point has a size, `1.5` is a factor."""
    first = call.arguments[0]
    names = {a.name for a in call.arguments}
    if kind == "UPSAMPLE" and "size" in names:
        return replace(call, name="RESIZE", written=call.name)
    if kind == "UPSAMPLE" and isinstance(first.value, syntax.Tap):
        return replace(call, name="RESIZE", arguments=(replace(first, name="size"), *call.arguments[1:]))
    if kind == "RESIZE" and (names & FACTORS or (first.name is None and _is_fraction(first.value))):
        return replace(call, name="UPSAMPLE")
    return call


def _is_fraction(value: syntax.Expression) -> bool:
    """Whether a number is written that is not whole: `1.5` or `3/2`."""
    match value:
        case syntax.Number(number):
            return number != int(number)
        case syntax.Binary("/", syntax.Number(above), syntax.Number(below)):
            return bool(below) and above % below != 0
    return False
