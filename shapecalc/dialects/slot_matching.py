"""Which argument of a framework's call each value is given for, as the framework would take it."""

from __future__ import annotations

from shapecalc.core.phrases import counted
from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Related, report
from shapecalc.diagnostics.spelling import nearest
from shapecalc.dialects.call_pieces import Misfit
from shapecalc.dialects.forms import CallForm, Slot
from shapecalc.dialects.framework_of import LETTERS
from shapecalc.language import syntax
from shapecalc.language.unparse import show_call
from shapecalc.registry import by_name, find_argument

FUNCTIONS = ("F.", "functional.", "tf.nn.", "tf.layers.", "torch.")
"""Modules whose functions take what they work on as their first argument."""


def assigned(call: syntax.Call, form: CallForm) -> list[tuple[Slot, syntax.Argument]]:
    """Each argument with what it is of the framework's call. Raises Misfit as the framework would refuse it."""
    positional = [a for a in call.arguments if a.name is None]
    if positional and call.name.startswith(FUNCTIONS) and isinstance(positional[0].value, syntax.Name):
        positional = positional[1:]
    slots = _slots_in_order(call, form, positional)
    if len(positional) > len(slots):
        takes = counted(len(slots), "argument") if slots else "no arguments"
        message = f"{form.framework}'s {form.name} takes {takes}, and {len(positional)} are given"
        raise Misfit(report("SHP106", message, positional[len(slots)].span, notes=(form.shown,)))
    given = list(zip(slots, positional, strict=False))
    for argument in call.arguments:
        if argument.name is not None:
            given.append((_named_slot(form, argument), argument))
    return _each_once(given, form)


def _each_once(given: list[tuple[Slot, syntax.Argument]], form: CallForm) -> list[tuple[Slot, syntax.Argument]]:
    first: dict[str, syntax.Argument] = {}
    for slot, argument in given:
        if slot.name in first:
            related = (Related(first[slot.name].span, "first given here"),)
            raise Misfit(report("SHP104", f"{form.name} is given {slot.name} twice", argument.span, related=related))
        first[slot.name] = argument
    return given


def _slots_in_order(call: syntax.Call, form: CallForm, positional: list[syntax.Argument]) -> tuple[Slot, ...]:
    """What positional arguments are; `Conv2d(64)` and `Linear(10)` leave out what arrives, as a sketch does.

    Raises Misfit SHP122 for `Conv2d(32, 3)`, which PyTorch would refuse and which may be ours, and for
    `Input((32, 48), 3)`.
    """
    slots = form.slots
    match [a.value for a in positional]:
        case [syntax.Tuple((syntax.Number(height), syntax.Number(width))), syntax.Number(last)] if form.ours == "INPUT":
            raise Misfit(
                report(
                    "SHP122",
                    f"{show_call(replace(call, refused=True))} can be read in two ways",
                    call.span,
                    label="a depth after a size, or a batch after one axis?",
                    help=(
                        f"write INPUT({width}x{height}x{last}) for {last} channels",
                        f"write {form.name}(({height}, {width}), batch_size={last}) for a batch of {last}",
                    ),
                )
            )
    if form.framework != "PyTorch" or len(slots) < 2 or (slots[0].ours, slots[1].ours) != ("in", "K"):
        return slots
    names = {a.name for a in call.arguments}
    if len(positional) == 1 and slots[1].name not in names and slots[0].name not in names:
        return slots[1:]
    if len(positional) != 2 or slots[2].ours != "F" or slots[2].name in names or "F" in names:
        return slots
    if isinstance(positional[1].value, syntax.SizeLiteral | syntax.Tuple):
        return slots[1:]
    for argument in call.arguments:
        if argument.name is not None:
            _named_slot(form, argument)  # a misspelt kernel_size leaves nothing to choose between
    ours = replace(call, name=form.ours, arguments=(*positional, *(a for a in call.arguments if a.name is not None)))
    first, second = (show_call(syntax.Call("x", (a,), a.span, a.span))[2:-1] for a in positional)
    raise Misfit(
        report(
            "SHP122",
            f"{show_call(replace(call, refused=True))} can be read in two ways",
            call.span,
            label=f"{form.name} takes {', '.join(slot.name for slot in slots[:3])}",
            notes=(
                f"read by PyTorch: {first} channels arrive, {second} filters, and the kernel size is missing",
                f"read by this language as {form.ours}: {first} filters of {second}x{second}",
            ),
            help=(
                f"write {form.name}({first}, {second}, KERNEL) with a kernel size",
                f"write {show_call(ours)}",
            ),
        )
    )


def _named_slot(form: CallForm, argument: syntax.Argument) -> Slot:
    assert argument.name is not None
    found = form.slot(argument.name)
    if found is not None:
        return found
    named = by_name(form.ours)
    if argument.name in LETTERS and named and any(a.letter == argument.name for a in named.type.signature):
        return Slot(argument.name, argument.name)
    guess = nearest(argument.name, [slot.name for slot in form.slots])
    raise Misfit(
        report(
            "SHP102",
            f"{form.framework}'s {form.name} has no argument called {argument.name}",
            argument.span,
            label=f"did you mean {guess}?" if guess else "not an argument of this layer",
            notes=(form.shown,),
            help=() if guess else _instead(form, argument),
        )
    )


def _instead(form: CallForm, argument: syntax.Argument) -> tuple[str, ...]:
    """Help where the arrows say it, or our layer has what the framework's has not."""
    if argument.name in ("input", "inputs", "x"):
        return (f"remove {argument.name}: what arrives is what is before the arrow",)
    named = by_name(form.ours)
    return (f"write {form.ours}, which has it",) if named and find_argument(named.type, argument.name or "") else ()
