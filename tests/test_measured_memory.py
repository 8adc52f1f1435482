"""What networks keep for the backward pass and what a step takes at its peak, as it was measured on PyTorch."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import shapecalc
from shapecalc.passes.memory import training_memory
from shapecalc.passes.report import Conventions, Report
from shapecalc.passes.step_memory import StepMemory
from tests.networks import NETWORKS, SAMPLES

DATA = json.loads((Path(__file__).parent / "data" / "memory.json").read_text(encoding="utf-8"))
TRUTH = Path(__file__).parents[2] / "shared" / "truth" / "memory"

COUNTER = 8
"""Bytes of the counter that PyTorch has in every BN besides."""
COPIED = {("convnext_tiny", 2)}
"""Networks and batches with a backward pass that copies a gradient into another order, 0.14 % of the step."""


def test_every_network_that_torchvision_has_and_the_samples_hold_is_in_the_table() -> None:
    assert {f"torchvision/{name}" for name in DATA["kept"]} == {path for path in NETWORKS if "torchvision" in path}


PEAK_ALONE = {"vgg13_bn": ("vgg13-bn", None), "regnet_y_400mf": ("regnet", "regnet-y-400mf")}
"""Samples, and members of them, whose layers are compared with no list."""


@cache
def sample(name: str, size: int | None = None) -> Report:
    file, member = PEAK_ALONE.get(name) or (NETWORKS[f"torchvision/{name}"][0], None)
    options: dict[str, Any] = {} if size is None else {"input": (size, size, 3)}
    if member:
        options["member"] = member
    return shapecalc.check((SAMPLES / f"{file}.net").read_text(encoding="utf-8"), **options)


def step(report: Report, conventions: Conventions) -> StepMemory:
    found = training_memory(report.rows, conventions)
    assert found is not None
    return found


@pytest.mark.parametrize("name", DATA["kept"])
def test_what_a_network_keeps_is_right_to_the_byte(name: str) -> None:
    rows = sample(name)
    for batch, kept in DATA["kept"][name].items():
        assert step(rows, Conventions(batch=int(batch))).kept == kept


@pytest.mark.skipif(not TRUTH.is_dir(), reason="the measured figures are not here")
def test_what_a_network_keeps_as_cuda_dispatches_it_is_right_to_the_byte() -> None:
    measured = json.loads((TRUTH / "networks.json").read_text(encoding="utf-8"))["networks"]
    ours = [network for network in measured if f"torchvision/{network['name']}" in NETWORKS]
    for network in ours:
        for batch, kept in network["kept_cuda"].items():
            conventions = Conventions(batch=int(batch), device="cuda")
            assert step(sample(network["name"]), conventions).kept == kept, network["name"]
    assert len(ours) > 20


def assert_peak(name: str, batch: int, optimizer: str, foreach: bool, peak: int, size: int | None = None) -> None:
    decays = optimizer == "momentum_decay"
    report = sample(name, size)
    conventions = Conventions(batch, optimizer="momentum" if decays else optimizer, foreach=foreach)
    found = step(report, replace(conventions, weight_decay=decays)).peak
    found += COUNTER * sum(row.kind == "BN" for row in report.rows)
    assert found == (pytest.approx(peak, rel=0.002) if (name, batch) in COPIED else peak)


def test_the_peak_of_a_step_is_right_to_the_byte() -> None:
    for row in DATA["peaks"]:
        assert_peak(*row)


@pytest.mark.slow
@pytest.mark.skipif(not TRUTH.is_dir(), reason="the measured figures are not here")
def test_every_peak_that_was_measured_is_right() -> None:
    measured = json.loads((TRUTH / "peaks.json").read_text(encoding="utf-8"))["training"]
    ours = [p for p in measured if p["network"] in PEAK_ALONE or f"torchvision/{p['network']}" in NETWORKS]
    for p in ours:
        assert_peak(p["network"], p["batch"], p["optimizer"], p["foreach"], p["peak"], p["size"])
    assert len(ours) > 200
