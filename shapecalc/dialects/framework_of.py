"""Which framework a call is written for: its modules, the case of its name, its arguments and its neighbours say it."""

from __future__ import annotations

from collections.abc import Iterable

from shapecalc.core.record import Record, replace
from shapecalc.diagnostics.diagnostic import report
from shapecalc.diagnostics.spelling import nearest
from shapecalc.dialects.call_pieces import Misfit, word_of
from shapecalc.dialects.foreign_layers import instead_of
from shapecalc.dialects.forms import ONLY, CallForm, by_spelling, forms, squashed
from shapecalc.dialects.wrappers import is_wrapper
from shapecalc.language import syntax
from shapecalc.registry import NamedType, by_name, find_argument

KERAS_MODULES = frozenset({"tf", "tensorflow", "keras", "layers", "activations"})
DEPTH_FIRST = frozenset({"channels_first", "th"})
"""Words that say that channels come first."""
LETTERS = frozenset({"K", "F", "S", "P"})
"""Our short names of arguments: no framework has one, so that they may be in its calls."""

ELSE = "write OPAQUE(WxHxD, params=…), with what it gives, or define it: block {name} = …"
"""Advice where nothing else is known of a framework's layer."""
OWN_SHAPE = frozenset({"shape", "size", *"WHZD"})
"""Arguments of our INPUT."""


class Manner(Record):
    """What all calls of a text say about how it is written."""

    frameworks: frozenset[str] = frozenset()
    """Those whose names, which no other has, are in it."""
    channels_first: bool = False
    turned: bool = False
    """Whether its INPUT begins with the channels, as PyTorch's first layer expects so many."""


PADS = {"Conv": ("Flax", "stax"), "conv2d": ("slim", "tf.layers")}
"""Calls that one framework pads and another, which writes them alike, does not."""
SPELLED_ALIKE = ("LSTM", "GRU", "RNN")
"""Names in capitals that all frameworks have, with other biases and other results."""


def manner(calls: Iterable[syntax.Call]) -> Manner:
    """How a text is written."""
    found: set[str] = set()
    calls = tuple(calls)
    first = False
    for call in calls:
        module, _, base = call.name.rpartition(".")
        names = {argument.name for argument in call.arguments}
        found.update(framework for framework, only in ONLY.items() if names & only and base in forms(framework))
        given = [name for name in names if name]
        if any(newer.slot(name) and not older.slot(name) for older, newer in _both_keras(base) for name in given):
            found.add("Keras 2")
        if base == "fully_connected":
            found.update(("slim", "tflearn"))
        if is_wrapper(call.name):
            found.add("Keras")
        elif module:
            found.add("Keras" if set(module.split(".")) & KERAS_MODULES else "PyTorch")
        elif base not in SPELLED_ALIKE and (base in forms("PyTorch")) != (base in forms("Keras")):
            found.add("PyTorch" if base in forms("PyTorch") else "Keras")
        first = first or any(word_of(a.value) in DEPTH_FIRST for a in call.arguments)
    return Manner(frozenset(found), first, _begins_with_channels(calls))


def _both_keras(base: str) -> Iterable[tuple[CallForm, CallForm]]:
    """The call of Keras 1 and the one of Keras 2 and 3 that are spelled alike, if there are both."""
    if base in forms("Keras 1") and base in forms("Keras"):
        yield forms("Keras 1")[base], forms("Keras")[base]


def _begins_with_channels(calls: tuple[syntax.Call, ...]) -> bool:
    """Whether the first layer of PyTorch expects as many channels as the size of the INPUT begins with: 3x32x32."""
    sizes = numbers_of(calls[0]) if calls and (named := by_name(calls[0].name)) and named.type.starts else []
    for call in calls[1:] if len(sizes) > 2 else ():
        base = call.name.rpartition(".")[2]
        form = None if base in forms("Keras") else by_spelling("PyTorch").get(squashed(base))
        if form and [slot.ours for slot in form.slots[:2]] == ["in", "K"]:
            first = call.arguments[0] if len(call.arguments) > 2 else None  # Conv2d(64, 3) leaves out what arrives
            expected = next((a for a in call.arguments if a.name == form.slots[0].name), first)
            return expected is not None and [sizes[0]] == _whole(expected.value) != [sizes[-1]]
    return False


def numbers_of(call: syntax.Call) -> list[int]:
    """The sizes of an INPUT in their order, where they are numbers without names."""
    return [number for a in call.arguments if a.name is None for number in _whole(a.value)]


def _whole(value: syntax.Expression) -> list[int]:
    if isinstance(value, syntax.SizeLiteral):
        return list(value.sizes)
    return [value.value] if isinstance(value, syntax.Number) and isinstance(value.value, int) else []


def readings(call: syntax.Call, how: Manner) -> tuple[CallForm, ...]:
    """The calls of frameworks that this may be, the likeliest first; none for one in our own words.

    Raises Misfit where a module is written before a name that its framework does not have.
    """
    module, _, base = call.name.rpartition(".")
    if module:
        return (_imported(call, module, base, how),)
    if base.isupper():
        return _input_by_shape(call) or _of_a_framework_alone(call, base) or _of_the_text(base, how)
    if call.span == call.name_span and not call.arguments and base != "PReLU":
        return ()
    exact = _exact(base)
    smaller = next((name for name in (*ONLY, "tflearn") if name in how.frameworks and base in forms(name)), None)
    if smaller:
        return (forms(smaller)[base],)
    if base in forms("tflearn"):  # whoever writes it has tflearn, which pads, or only its name
        form = forms("tflearn")[base]
        return form, replace(form, framework="this language", given=())
    pads, other = PADS.get(base, ("", ""))
    if pads and _is_unpadded_tuple(call):
        form = forms(pads)[base]
        return form, replace(form, framework=other, given=())
    if len(exact) > 1:
        known = [form for form in exact if form.framework in how.frameworks]
        return tuple(known) if len(known) == 1 else exact
    if base == "Input" and not _is_tuple_shape(call):
        return ()
    return exact or _of_any_case(call, base)


def _is_unpadded_tuple(call: syntax.Call) -> bool:
    """Whether a call is `Conv(32, (3, 3))`, with a window of more than one position and nothing said of padding."""
    values = [a.value for a in call.arguments if a.name is None]
    window = values[1] if len(values) == 2 else None
    large = isinstance(window, syntax.Tuple) and any(_whole(item) != [1] for item in window.items)
    return large and isinstance(values[0], syntax.Number) and not {"padding", "P"} & {a.name for a in call.arguments}


def _exact(base: str) -> tuple[CallForm, ...]:
    """The calls that are spelled like this."""
    return tuple(forms(framework)[base] for framework in ("PyTorch", "Keras") if base in forms(framework))


def _takes(ours: NamedType, names: Iterable[str]) -> bool:
    """Whether a layer of ours has all of these arguments."""
    return all(find_argument(ours.type, name) for name in names)


def _imported(call: syntax.Call, module: str, base: str, how: Manner) -> CallForm:
    framework = "Keras" if set(module.split(".")) & KERAS_MODULES else "PyTorch"
    known = by_spelling(framework)
    names = {a.name for a in call.arguments if a.name is not None} - LETTERS
    others = ("Keras 1",) if framework == "Keras" else ("Gluon", "Flax", "MXNet")
    found = [forms(name)[base] for name in others if base in forms(name)]
    found.sort(key=lambda form: form.framework not in how.frameworks)
    usual = known.get(squashed(base))
    if usual is not None:
        found.insert(bool(found) and found[0].framework in how.frameworks, usual)
    if found:
        return next((form for form in found if all(form.slot(name) for name in names)), found[0])
    named = by_name(base)
    if named is not None and (named.type.merges or not call.arguments):
        return CallForm(framework, base, named.shown, ())
    guess = nearest(base, [form.name for form in known.values()])
    message = f"there is no layer called {base} among those of {framework} that are read"
    advice = instead_of(base) or (f"write {guess}" if guess else ELSE.format(name=base))
    label = f"did you mean {guess}?" if guess else "not a layer"
    raise Misfit(report("SHP101", message, call.name_span, label=label, help=(advice,)))


def _of_a_framework_alone(call: syntax.Call, base: str) -> tuple[CallForm, ...]:
    """`GELU(approximate='tanh')`: in capitals everywhere, with an argument that is only a framework's."""
    ours, names = by_name(base), {a.name for a in call.arguments if a.name is not None}
    if not any(base in forms(framework) for framework in ("PyTorch", "Keras")):
        return ()
    if ours is None:
        return _exact(base)
    if _takes(ours, names) and sum(a.name is None for a in call.arguments) <= len(ours.type.signature):
        return ()
    return tuple(form for form in _exact(base) if all(form.slot(name) for name in names))


def _of_the_text(base: str, how: Manner) -> tuple[CallForm, ...]:
    """`LSTM(64)`, spelled alike everywhere and something else in each: as the rest of the text has it."""
    if base not in SPELLED_ALIKE or len(how.frameworks) != 1:
        return ()
    known = forms(next(iter(how.frameworks)))
    return (known[base],) if base in known else ()


def _input_by_shape(call: syntax.Call) -> tuple[CallForm, ...]:
    """`INPUT((28, 28, 1))`: a tuple is Keras', whatever the case of the name."""
    named = by_name(call.name)
    return (forms("Keras")["Input"],) if named and named.type.starts and _is_tuple_shape(call) else ()


def _is_tuple_shape(call: syntax.Call) -> bool:
    """Whether an input has a tuple, or an argument that only Keras' has."""
    names = {a.name for a in call.arguments if a.name is not None} - OWN_SHAPE
    only_keras = any(forms("Keras")["Input"].slot(name) for name in names)
    return only_keras or any(isinstance(a.value, syntax.Tuple) for a in call.arguments)


def _of_any_case(call: syntax.Call, base: str) -> tuple[CallForm, ...]:
    """`conv2d(3, 64, 3)`: a name in no framework's case is ours, unless its arguments say otherwise."""
    torch, keras = (by_spelling(framework).get(squashed(base)) for framework in ("PyTorch", "Keras"))
    names = {a.name for a in call.arguments if a.name is not None} - LETTERS
    ours = by_name(base)
    if names and (ours is None or not _takes(ours, names)):
        return tuple(f for f in (torch, keras) if f is not None and all(f.slot(name) for name in names))
    count = sum(a.name is None for a in call.arguments)
    if torch is not None and torch.slots and torch.slots[0].ours == "in":
        if torch.ours == "FC":
            return (torch,) if count > 1 else ()
        if any(slot.ours == "K" for slot in torch.slots):
            return (torch, *((keras,) if keras else ())) if count > 2 else ()
        return (torch,) if count else ()
    words = any(isinstance(a.value, syntax.Tuple | syntax.Text) for a in call.arguments)
    return tuple(form for form in (torch, keras) if form is not None) if words or ours is None else ()
