"""Printed models that begin with an Embedding work on rows: every Linear keeps their positions."""

from __future__ import annotations

import shapecalc

CODE = """
Model(
  (tokens): Embedding(100, 16, padding_idx=0)
  (places): Embedding(32, 16)
  (layers): ModuleList(
    (0-1): 2 x Layer(
      (norm): OwnRMSNorm((16,), eps=1e-05)
      (qkv): Conv1D(nf=48, nx=16)
      (out): Linear(in_features=16, out_features=16, bias=False)
      (mlp): Gated(
        (gate): Linear(in_features=16, out_features=40, bias=False)
        (up): Linear(in_features=16, out_features=40, bias=False)
        (down): Linear(in_features=40, out_features=16, bias=False)
        (act): NewGELUActivation()
      )
    )
  )
  (head): Linear(in_features=16, out_features=100, bias=False)
)
"""
LAYER = {"norm": 16, "qkv": 16 * 48 + 48, "out": 16 * 16, "gate": 640, "up": 640, "down": 640}


def test_a_model_of_tokens_has_the_parameters_that_its_modules_print() -> None:
    report = shapecalc.check(CODE, input="7x1")
    assert report.totals.params == 100 * 16 + 32 * 16 + 2 * sum(LAYER.values()) + 16 * 100
    found = {row.name: str(row.output) for row in report.layers}
    assert [found[name] for name in ("tokens", "layers.0.mlp.up", "head")] == ["7x16", "7x40", "7x100"]
    assert report.totals.macs == 7 * (2 * (768 + 256 + 3 * 640) + 1600)
    (warning,) = [d for d in report.diagnostics if d.severity != "note"]
    assert "these read what is further up: places, layers.0.out, layers.0.mlp.up" in "; ".join(warning.notes)


def test_the_input_that_is_asked_for_is_a_row_of_indices() -> None:
    (error,) = [d for d in shapecalc.check(CODE).diagnostics if d.severity == "error"]
    assert error.message == "the file leaves the size of its input open: ?x1"


RECURRENT = """
Net(
  (lstm): LSTM(5, 8, num_layers=2, batch_first=True, dropout=0.2, bidirectional=True)
  (gru): GRU(16, 4, num_layers=2)
  (fc): Linear(in_features=4, out_features=3, bias=True)
)
"""


def lstm(inputs: int, units: int, gates: int = 4) -> int:
    """The parameters of one direction: kernels of what arrives and of the state, two biases a gate."""
    return gates * units * (inputs + units + 2)


def test_a_stack_of_recurrent_layers_has_the_parameters_of_each() -> None:
    report = shapecalc.check(RECURRENT, input="7x5")
    stacks = 2 * lstm(5, 8) + 2 * lstm(16, 8), lstm(16, 4, 3) + lstm(4, 4, 3)
    assert report.totals.params == sum(stacks) + 4 * 3 + 3
    assert [row.kind for row in report.layers] == ["INPUT", "LSTM", "DO", "LSTM", "GRU", "GRU", "CONV"]


def test_a_stack_that_takes_what_does_not_arrive_has_the_parameters_of_each_too() -> None:
    report = shapecalc.check(RECURRENT.replace("GRU(16, 4", "GRU(9, 4"), input="7x5")
    assert next(row.params for row in report.layers if row.name == "gru") == lstm(9, 4, 3) + lstm(4, 4, 3)
    (error,) = [d for d in report.diagnostics if d.severity == "error"]
    assert error.message == "gru expects 9 channels, 16 arrive from lstm"


def test_a_projection_that_is_alone_in_its_module_leads_around_nothing() -> None:
    patches = "(patches): Patches(\n    (projection): Conv2d(3, 6, kernel_size=(4, 4), stride=(4, 4))\n  )"
    report = shapecalc.check(f"ViT(\n  {patches}\n  (norm): LayerNorm((6,), eps=1e-12)\n)", input="8x8x3")
    assert [(row.kind, str(row.output)) for row in report.layers[1:]] == [("CONV", "2x2x6"), ("LN", "2x2x6")]


def test_a_stack_on_an_image_is_an_error() -> None:
    report = shapecalc.check(RECURRENT, input="4x4x5")
    assert not report.ok
    later = "Net(\n  (a): Conv2d(1, 6, kernel_size=(3, 3))\n  (b): GRU(9, 4, num_layers=2)\n)"
    report = shapecalc.check(later, input="8x8x1")
    assert [d.message for d in report.diagnostics if d.severity == "error"] == ["b expects 9 channels, 6 arrive from a"]
    assert report.layers[-1].params == lstm(9, 4, 3) + lstm(4, 4, 3)
