"""What single layers and chains of them keep for the backward pass, as it was measured on PyTorch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shapecalc.core.kept import DEVICES, Device
from shapecalc.passes.kept_volumes import keep_volumes
from shapecalc.passes.report import Conventions
from shapecalc.passes.shapes import propagate
from tests.torchmodules import Chain

DATA = json.loads((Path(__file__).parent / "data" / "kept_by_chains.json").read_text(encoding="utf-8"))
TRUTH = Path(__file__).parents[2] / "shared" / "truth" / "memory" / "layers.json"


def kept(case: dict[str, Any], batch: int, device: Device) -> int:
    chain = Chain((batch, *case["input"][1:]), case["input_grad"], device)
    chain.run(case["chain"], chain.end)
    for node in chain.nodes:
        node.frozen = node.index in chain.frozen
    rows, problems = propagate(chain.graph)
    assert not problems
    return sum(keep_volumes(rows, Conventions(batch=batch, device=device)).new_bytes())


def assert_kept(case: dict[str, Any]) -> None:
    batch = case["input"][0]
    found = {device: kept(case, batch, device) for device in DEVICES}
    assert found == {device: case["kept"][device] for device in DEVICES}, case["chain"]
    # Twice the batch was measured without a device: where both differ from that, there is nothing to compare.
    measured = case["kept"].get("meta", case["kept"]["cpu"])
    for device in [device for device in DEVICES if case["kept"][device] == measured][:1]:
        assert kept(case, 2 * batch, device) == case["kept_twice_the_batch"], case["chain"]


def test_a_chain_keeps_what_it_keeps_in_pytorch() -> None:
    for case in DATA["chains"]:
        assert_kept(case)


@pytest.mark.slow
@pytest.mark.skipif(not TRUTH.is_file(), reason="the measured figures are not here")
def test_every_chain_that_was_measured_keeps_what_it_keeps_in_pytorch() -> None:
    cases = json.loads(TRUTH.read_text(encoding="utf-8"))["layers"]
    held = 0
    for case in cases:
        if "backward_error" in case:  # what it keeps is written over before it is read
            continue
        assert_kept(case)
        held += 1
    assert held == 510
