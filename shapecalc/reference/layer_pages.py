"""The page of a layer type: what its file states, how frameworks call it, and its example worked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from textwrap import fill
from typing import Any

from shapecalc.core.layer import Layer
from shapecalc.core.padding import Padding
from shapecalc.core.parameters import Parameter, show
from shapecalc.diagnostics.diagnostic import Source
from shapecalc.dialects.forms import CallForm, by_spelling, forms, squashed
from shapecalc.dialects.framework_of import KERAS_MODULES
from shapecalc.display.explanation_text import explanation_text
from shapecalc.display.style import Style
from shapecalc.explanation.costs import USES, paragraphs_of
from shapecalc.explanation.explain import DiagnosedLayers, explained_layer
from shapecalc.explanation.sizes import WINDOWS
from shapecalc.passes.report import CheckedNetwork, Row
from shapecalc.pipeline import check
from shapecalc.registry import NamedType, layer_types, resolve, signature

WIDTH = 76
"""Columns of a worked example: 80 with its indentation."""
NOTHING: Mapping[str, Any] = {}
MODULES = KERAS_MODULES | {"", "torch", "nn", "functional", "F"}
"""What may stand in front of a framework's name."""
FRAMEWORKS = ("PyTorch", "Keras", "Keras 1")


def layer_of_word(word: str) -> NamedType | None:
    """The layer type of any name: ours, an alias, a short form, or a framework's call."""
    module, _, base = word.rpartition(".")
    if not set(module.split(".")) <= MODULES:
        return None
    named = resolve(base)
    if named is not None:
        return named
    for framework in FRAMEWORKS:
        form = by_spelling(framework).get(squashed(base))
        if form is not None and form.ours != "-":
            return resolve(form.ours)
    return None


def layer_page(layer: type[Layer], word: str = "", implied: Mapping[str, Any] = NOTHING) -> str:
    """Everything about a layer type, as Markdown; `word` is the name that was asked for, with what it implies."""
    report, row = _example(layer)
    worked = explanation_text(explained_layer(report, row, DiagnosedLayers(report)), Style(WIDTH))
    parts = [f"# {layer.kind}", *paragraphs_of(layer)]
    if word.upper() not in ("", layer.kind):
        parts.insert(1, f"{word} is {_with(layer, implied)}.")
    if layer.aliases:
        parts.append(_aliases(layer))
    parts += ["## Arguments", _indented(fill(call_text(layer), WIDTH, subsequent_indent="  "))]
    if layer.signature:
        parts.append("\n".join(_argument(place, a) for place, a in enumerate(layer.signature, 1)))
    formulas = list(_formulas(layer))
    if formulas:
        parts += ["## Formulas", "\n".join(formulas), LEGEND]
    calls = list(_calls(layer))
    if calls:
        parts += ["## In frameworks", "\n".join(calls)]
    command = f"$ shapecalc explain '{example_of(layer)}' {row.name}"
    if len(command) > WIDTH:
        command = command.replace(" '", " \\\n  '", 1)
    parts += ["## Example", _indented(f"{command}\n{worked}")]
    return "\n\n".join(parts)


LEGEND = (
    "W and D are of the input, W2 and D2 of the output. F·F is the product over all axes, P + P the sum of both sides, "
    "Fe = d·(F − 1) + 1 with dilation d, n the number of axes. A letter is the argument of that name."
)


def example_of(layer: type[Layer]) -> str:
    """A network that ends with the layer: the one it states, or one with nothing but its name."""
    if layer.example:
        return layer.example
    if layer.merges:
        return f"INPUT(8x8x8) => {layer.kind}[ CONV(8, 3, P=1) | ]"
    return f"INPUT(8x8x8) => {layer.kind}"


def _example(layer: type[Layer]) -> tuple[CheckedNetwork, Row]:
    """The example, checked, and its last layer of this type."""
    report = check(Source("<text>", example_of(layer)))
    return report, [row for row in report.rows if row.kind == layer.kind][-1]


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.rstrip("\n").split("\n"))


def call_text(layer: type[Layer]) -> str:
    """How it is written: `CONV(K, F, S, P, …)`, a join with its branches, or a name alone."""
    if layer.merges:
        return f"{layer.kind}[ a | b ]"
    return signature(layer) if layer.signature else layer.kind


def _aliases(layer: type[Layer]) -> str:
    """The other names, by what they imply."""
    by_arguments: dict[str, list[str]] = {}
    for name, implied in layer.aliases.items():
        by_arguments.setdefault(_with(layer, implied), []).append(name)
    return "\n\n".join(
        f"Also {', '.join(names)}" + (f": {meant}." if meant != layer.kind else ".")
        for meant, names in by_arguments.items()
    )


def _with(layer: type[Layer], implied: Mapping[str, Any]) -> str:
    """The layer with the arguments that a name implies: `POOL with mode=avg`."""
    letters = {a.field: a.letter for a in layer.signature}
    arguments = ", ".join(f"{letters[field]}={show(value)}" for field, value in implied.items())
    return f"{layer.kind} with {arguments}" if arguments else layer.kind


def _argument(place: int, argument: Parameter) -> str:
    """An argument in a line of a list: position, names, values, default."""
    names = f", also {', '.join(argument.names)}" if argument.names else ""
    return f"{place}. `{argument.letter}`{names}: {values_of(argument)}; {_default(argument)}"


def values_of(argument: Parameter) -> str:
    """What an argument takes, as its reader says."""
    text = (argument.convert.__doc__ or "").partition("Raises ArgumentError")[0].strip().rstrip(".")
    if not text:
        return f"one of {', '.join(argument.words)}"
    return " ".join((text[0].lower() + text[1:]).split())


def _default(argument: Parameter) -> str:
    if argument.required:
        return "must be written"
    default = argument.default
    if default in (None, ()):
        return "none by default"
    value = str(default) if isinstance(default, Padding) else show(default)
    classes = ", in the last one the number of classes" if argument.classes else ""
    return f"{value} by default{', and marked as assumed' if argument.assumed else ''}{classes}"


def _formulas(layer: type[Layer]) -> Iterator[str]:
    slides = layer.windows is not Layer.windows and {"F", "S"} <= {a.letter for a in layer.signature}
    if slides and "size" not in layer.formulas:
        up = f", or up with {'='.join(layer.rounding_up)}" if layer.rounding_up else ""
        yield f"- size of an axis: {WINDOWS}, rounded down{up}"
    for key, formula in layer.formulas.items():
        if key != "uses":
            what = {"size": "size of an axis", "depth": "depth"}.get(key, f"values of {key}")
            yield f"- {what}: {formula}"
    if layer.op_category == "mac" and layer.formulas:
        yield f"- MACs of every weight of a kernel: {layer.formulas.get('uses', USES)}"


def _calls(layer: type[Layer]) -> Iterator[str]:
    """The calls of each framework that mean the layer, those with the same arguments in a line."""
    for framework in FRAMEWORKS:
        alike: dict[str, list[str]] = {}
        for name, form in forms(framework).items():
            named = resolve(form.ours) if form.ours != "-" else None
            if named is not None and named.type is layer:
                alike.setdefault(_slots(form), []).append(name)
        for slots, names in alike.items():
            yield f"- {framework}: {', '.join(names)}({slots})"


def _slots(form: CallForm) -> str:
    """The arguments that mean something here, each with our letter where that is another."""
    shown = [
        slot.name if slot.name == slot.ours else f"{slot.name}={slot.ours}"
        for slot in form.slots
        if slot.ours not in ("-", "in", "slopes")
    ]
    return ", ".join(dict.fromkeys(shown))


def layer_lines() -> Iterator[str]:
    """A line a layer type: how it is written, and what it does."""
    for kind, layer in layer_types().items():
        yield f"{kind:14}  {paragraphs_of(layer)[0]}"
