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
