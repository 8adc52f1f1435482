"""Every layer's forward against loops written without it, and what it may read."""

from __future__ import annotations

import ast
import builtins
import inspect
import random
from collections.abc import Collection
from typing import Any

import numpy as np
import pytest

import shapecalc
from shapecalc.core import padding, volumes, window
from shapecalc.core.layer import Layer
from shapecalc.core.parameters import Sizes
from shapecalc.numerics.toolkit import Run, Unrunnable
from shapecalc.registry import layer_types
from shapecalc.verification.execute import LayerFailed, execute
from shapecalc.verification.nan_probe import along, coverage
from shapecalc.verification.run_weights import SeededWeights
from shapecalc.verification.verify import images_for
from tests.layercases import CASES
from tests.loops import Ran


def test_every_layer_type_has_loops_to_be_compared_with() -> None:
    assert set(CASES) == {kind for kind, layer in layer_types().items() if not layer.opaque}


@pytest.mark.parametrize("kind", CASES)
def test_a_forward_gives_what_loops_give(kind: str) -> None:
    texts, by_loops = CASES[kind]
    for text in texts:
        ran = Ran(text)
        expected = by_loops(ran)
        assert (ran.y.shape, ran.y.dtype, ran.y.flags.c_contiguous) == (expected.shape, np.float32, True), text
        np.testing.assert_allclose(ran.y, expected, rtol=1e-4, atol=2e-5, err_msg=text)


def test_an_unknown_activation_says_so() -> None:
    with pytest.raises(LayerFailed, match="no elementwise function called 'wobble'"):
        Ran("INPUT(2x2x2) => ACT(wobble)")
    assert np.array_equal(Ran("INPUT(2x2x2) => ACT(linear)").y, Ran("INPUT(2x2x2)").y)


def test_a_window_without_room_and_groups_that_do_not_divide_cannot_be_run() -> None:
    conv = shapecalc.check("INPUT(5x5x4) => CONV(6, F=5)").rows[-1].node.layer
    with pytest.raises(Unrunnable, match="no window of 5"):
        conv.forward(Run(), {}, np.zeros((1, 4, 9, 4), np.float32))
    conv.groups = 3
    with pytest.raises(Unrunnable, match="3 groups do not divide 4"):
        conv.forward(Run(), {}, np.zeros((1, 5, 5, 4), np.float32))


# --- independence ------------------------------------------------------------------------------

BUILTINS = set(dir(builtins)) - {"super"}


RULES = set(dir(Layer))
"""What every layer states of itself."""


def own_source(layer: type[Layer]) -> str:
    """The text of a layer's classes, what they have in common first."""
    return "\n".join(inspect.getsource(owner) for owner in reversed(layer.__mro__) if owner not in Layer.__mro__)


def asked(source: str, method: str, fields: Collection[str]) -> set[str]:
    """What a method of a class reads beside what it is given, the fields, and constants.

    Properties are looked into, and methods that are no rule of every layer.
    """
    methods = {f.name: f for f in ast.walk(ast.parse(source)) if isinstance(f, ast.FunctionDef)}
    function = methods[method]
    inner = [node for statement in function.body for node in ast.walk(statement)]
    names = [node for node in inner if isinstance(node, ast.Name)]
    given = {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)} - {"self"}
    made = {n.id for n in names if isinstance(n.ctx, ast.Store)} | {
        f.name for f in inner if isinstance(f, ast.FunctionDef)
    }
    own = [n.attr for n in inner if isinstance(n, ast.Attribute) and ast.unparse(n.value) == "self"]
    helpers = methods.keys() - RULES
    found = {n.id for n in names if not n.id.isupper()} - given - made - BUILTINS - {"self", "Array"}
    found |= {f"self.{attr}" for attr in own if attr not in fields and attr not in helpers}
    found |= {"self"} if sum(n.id == "self" for n in names) > len(own) else set()
    return found.union(*(asked(source, attr, fields) for attr in own if attr in helpers and attr != method))


def test_a_forward_reads_its_arguments_and_what_it_is_given() -> None:
    for layer in layer_types().values():
        fields = {a.field for a in layer.signature} | {"function"}
        if "forward" in vars(layer):
            other = asked(own_source(layer), "forward", fields)
            assert not other, f"the forward of {layer.kind} may use its arguments and `run`, and no {other}"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("return run.np.zeros(self.output(Volume(arrays[0].shape)).sizes)", {"self.output", "Volume"}),
        ("return run.transposed(arrays[0], self)", {"self"}),
        ("return super().forward(run, weights, *arrays)", {"super"}),
        ("return [windows_over(x, self.extent) for x in arrays]", {"windows_over"}),
        ("return arrays[0][: self.slack]", {"Window"}),
        ("return arrays[0] * self.twice * LARGE", set()),
        ("return self.cut(arrays[0])", {"windows_over"}),
    ],
)
def test_a_forward_that_asks_the_rule_is_found_out(body: str, found: set[str]) -> None:
    source = f"""
class Doubtful:
    def forward(self, run, weights, *arrays):
        {body}
    @property
    def slack(self):
        return Window(self.extent).slack(5)
    @property
    def twice(self):
        return 2 * self.extent
    def cut(self, x):
        return x[: windows_over(x, self.extent)]
"""
    assert asked(source, "forward", {"extent"}) == found


def forbidden(*_: object, **__: object) -> Any:
    raise AssertionError("the forward asked the shape rule")


PROBED = {
    "forward", "directions", "carried", "rounds", "is_identity", "in_place_form",
    "arguments", "changed", "along", "on_one_channel", "on_larger", "least_depth",
}  # fmt: skip
"""What runs, and what makes of a layer the one for a single axis and channel that probes run."""


def forbid_the_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes everything raise that the shape rule is made of."""
    rules = (volumes, window, window.Window, padding.Padding, Sizes)
    for owner in (*rules, Layer, *layer_types().values()):
        for name, thing in vars(owner).items():
            if name in PROBED or name.startswith("_"):
                continue
            if isinstance(thing, property):
                monkeypatch.setattr(owner, name, property(forbidden))
            elif (
                callable(thing)
                and getattr(thing, "__module__", "").startswith("shapecalc")
                and not inspect.isclass(thing)
            ):
                monkeypatch.setattr(owner, name, forbidden)


def test_no_forward_asks_the_shape_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    r = random.Random(5)
    texts = [text for texts, _ in CASES.values() for text in r.sample(texts, min(len(texts), 3))]
    reports = [report for text in texts if (report := shapecalc.check(text)).rows[-1].output]
    forbid_the_rule(monkeypatch)
    for report in reports:
        graph = report.graph
        assert graph is not None
        for step in execute(graph, SeededWeights(report.rows, 0), images_for(report, 0)):
            row = report.rows[step.node.index]
            assert row.output is not None
            assert step.output.shape[1:] == (*row.output.spatial, row.output.depth)
            if row.windows and row.inputs[0]:
                assert coverage(along(row.node.layer, 0, len(row.inputs[0].spatial)), row.inputs[0].spatial[0])
