"""What whoever adds a layer type relies on: its file is found, and held to what texts, tables and passes ask of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from shapecalc import registry
from shapecalc.core.convolution import EXTENT, PADDING, STRIDE
from shapecalc.core.layer import Array, Layer, Run, Volume
from shapecalc.core.padding import Padding
from shapecalc.core.parameters import Sizes, argument, count, flag, sizes
from shapecalc.core.volumes import slide, windows_over
from shapecalc.core.window import Window
from shapecalc.diagnostics.diagnostic import Source
from shapecalc.diagnostics.registration import RegistrationError
from shapecalc.display.style import Style
from shapecalc.expansion.declarations import is_argument_word
from shapecalc.pipeline import check
from shapecalc.registry import (
    activation,
    checked_signature,
    find_argument,
    layer_named,
    layer_names,
    layer_types,
    signature,
)
from shapecalc.renderers import output_format

REGISTRY = Path(__file__).parent / "cases" / "registry.txt"


def test_the_registry_of_layers_is_what_the_review_saw(refresh: bool) -> None:
    """Adding a layer type changes this file on purpose: a review shows what was added."""
    aliases: dict[str, list[str]] = {}
    for name, (layer, _) in layer_names().items():
        aliases.setdefault(layer.kind, []).append(name)
    lines = [f"{signature(layer)}  {' '.join(sorted(aliases[kind]))}\n" for kind, layer in layer_types().items()]
    text = "".join(sorted(lines))
    if refresh:
        REGISTRY.write_text(text, encoding="utf-8")
    assert text == REGISTRY.read_text(encoding="utf-8")


def test_a_name_is_found_as_if_every_file_was_imported() -> None:
    """A file is imported where it has the name in quotes: one that makes up its names would not be found."""
    assert {name: layer_named.__wrapped__(name) for name in layer_names()} == layer_names()
    assert not any(layer_named.__wrapped__(name) for name in ("CONV3", "UNIT", "BOTTLENECK", "ACT2", "__INIT__", ""))


def test_a_word_is_found_as_if_every_file_was_imported() -> None:
    words = {word for layer in layer_types().values() for a in layer.signature for word in a.words}
    assert all(map(is_argument_word, words))
    assert not any(map(is_argument_word, ("k", "filters", "relu", "kind", "")))


# --- what a signature must be ------------------------------------------------------------------------


def layer_type(annotated: str = "", **arguments: Any) -> type[Layer]:
    annotations = dict.fromkeys(annotated.split(), "int")
    body = {"kind": "ODD", "__annotations__": annotations, "forward": lambda layer, run, weights, x: x, **arguments}
    return type("Odd", (Layer,), body)


def test_a_sound_signature_is_taken() -> None:
    sound = layer_type(extent=EXTENT, stride=STRIDE, padding=PADDING, factor=argument("k", count, 1, ("times",)))
    assert checked_signature(sound) is sound


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (layer_type(padding=PADDING, power=argument("p", count, 1)), "two arguments of ODD are called p: upper and"),
        (
            layer_type(stride=STRIDE, ratio=argument("r", count, 1, ("Stride",))),
            "two arguments of ODD are called stride",
        ),
        (layer_type("extent stride", extent=EXTENT), "stride of ODD has a type and no argument that gives it a value"),
        (layer_type(kernel=argument("F", sizes, Sizes((1,)))), "the argument F of ODD is called kernel in its class"),
        (
            layer_type(weights=argument("w", count, 1)),
            "the argument weights of ODD hides a member that every layer has",
        ),
    ],
    ids=["case", "names", "undeclared", "letter", "hidden"],
)
def test_a_signature_that_others_cannot_rely_on_is_refused(layer: type[Layer], message: str) -> None:
    with pytest.raises(RegistrationError, match=message):
        checked_signature(layer)


def test_an_argument_is_found_by_any_of_its_names_in_any_case() -> None:
    for layer in layer_types().values():
        for a in layer.signature:
            for name in (a.letter, *a.names):
                assert [find_argument(layer, n) for n in (name, name.upper(), name.lower())] == [a] * 3


def test_what_is_not_given_has_its_default() -> None:
    pool = layer_types()["POOL"](stride=Sizes((3,)))
    assert vars(pool) == {a.field: a.default for a in pool.signature} | {"stride": Sizes((3,))}


# --- activations by name --------------------------------------------------------------------------


def test_an_activation_is_a_function_of_single_values_by_any_of_its_names() -> None:
    assert [activation(name).kind for name in ("relu", "Hard_Swish", "LEAKY", "hswish")] == [  # type: ignore[union-attr]
        "RELU", "HSWISH", "LRELU", "HSWISH",
    ]  # fmt: skip
    assert vars(activation("lrelu")) == {"slope": 0.01}


@pytest.mark.parametrize("name", ["softmax", "prelu", "act", "scale", "lrn", "dropout", "conv", "wobble", ""])
def test_nothing_else_is_an_activation(name: str) -> None:
    assert activation(name) is None


def test_what_is_an_activation_works_in_place_and_owns_nothing() -> None:
    for layer in filter(None, map(activation, layer_types())):
        assert (layer.in_place, layer.op_category, layer.weights(Volume((2, 2), 3))) == (True, "activation", ())


# --- windows that no argument states --------------------------------------------------------------


class Blur(Layer):
    """3x3, stride 2, whatever is written."""

    kind = "BLUR"
    reflect: bool = argument("reflect", flag, False)

    def windows(self, volume: Volume) -> tuple[Window, ...]:
        one = Padding("", ((1, 1),))
        return windows_over(volume.spatial, Sizes((3,)), Sizes((2,)), one, Sizes((1,)))

    def output(self, *volumes: Volume) -> Volume:
        return Volume(slide(self, volumes[0]), volumes[0].depth)

    def forward(self, run: Run, weights: Mapping[str, Array], *arrays: Array) -> Array:
        raise run.no_forward("a table is all that is made of it")


@pytest.mark.parametrize(
    ("start", "shown"), [("INPUT(9x9x2)", "5x5x2   3x3/2 p1"), ("INPUT(4x4x2) => CONV(2, 9)", "?")]
)
def test_a_window_is_shown_though_no_argument_is_called_so(
    start: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "layers_with", lambda word: [Blur])
    lines = output_format("text").render([check(Source("net.net", f"{start} => BLUR"))], Style()).splitlines()
    (line,) = (line for line in lines if line.startswith("blur1"))
    assert shown in line
