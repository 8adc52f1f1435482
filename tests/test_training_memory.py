"""The memory of a training step, against figures that were measured on PyTorch 2.14.1 and torchvision 0.29.1."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import shapecalc
from shapecalc.passes.memory import training_memory
from shapecalc.passes.optimizers import OPTIMIZERS, slot_bytes, temporary_bytes
from shapecalc.passes.report import Conventions
from shapecalc.passes.step_memory import StepMemory

SAMPLES = Path(__file__).parents[1] / "samples"
BATCH_8 = Conventions(batch=8, optimizer="sgd")


def memory_of(text: str, conventions: Conventions) -> StepMemory:
    found = training_memory(shapecalc.check(text).rows, conventions)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("optimizer", "peak"), [("sgd", 1_665_618_312), ("momentum", 2_219_048_488), ("adam", 3_040_655_428)]
)
def test_vgg16_with_the_pool_that_torchvision_has_before_its_first_fc(optimizer: str, peak: int) -> None:
    text = (SAMPLES / "vgg16.net").read_text(encoding="utf-8").split("---")[2]
    found = memory_of(
        text.replace("=> FC(4096)", "=> ADAPTIVEPOOL(7) => FC(4096)", 1), replace(BATCH_8, optimizer=optimizer)
    )
    assert (found.kept, found.peak) == (8 * 73_355_264, peak)
    assert found.weights == 553_430_176
    assert found.batch == 4_816_960
    moment = found.moment
    assert moment.kept == 558_759_936
    assert moment.ends == 32_008
    assert moment.weight_gradients == 522_889_120
    assert moment.volume_gradients == 25_690_112


@pytest.mark.parametrize(
    ("optimizer", "peak"), [("sgd", 840_198_960), ("momentum", 942_427_088), ("adam", 1_044_655_860)]
)
def test_resnet50(optimizer: str, peak: int) -> None:
    text = (SAMPLES / "resnet50.net").read_text(encoding="utf-8")
    found = memory_of(text, replace(BATCH_8, optimizer=optimizer))
    counters = 53 * 8  # PyTorch counts the batches in every BN besides
    assert (found.kept, found.peak + counters) == (687_488_512, peak)
    assert (found.weights + counters, found.batch) == (102_441_032, 4_816_960)
    moment = found.moment
    assert moment.kept == 645_586_432
    assert moment.weight_gradients == 68_054_944
    assert moment.volume_gradients == 19_267_584


@pytest.mark.parametrize(
    ("sample", "kept"),
    [
        ("resnet50", 138_733_440),
        ("vgg16-torchvision", 362_270_080),
        ("convnext-tiny", 178_266_120),
        ("alexnet-torchvision", 126_602_112),
        ("densenet121", 148_089_984),
    ],
)
def test_mixed_precision_keeps_half_volumes_and_a_half_copy_of_the_weights(sample: str, kept: int) -> None:
    """PyTorch 2.14.1's autocast to float16 as CUDA dispatches it, saved_tensors_hooks, two images."""
    report = shapecalc.check((SAMPLES / f"{sample}.net").read_text(encoding="utf-8"), batch=2, device="cuda", amp=True)
    assert report.totals is not None
    assert report.totals.memory.kept == kept


@pytest.mark.parametrize(
    ("layers", "kept"),
    [
        ("CONV(8,3,P=1) => RELU => CONV(16,3,S=2,P=1) => GELU => FLATTEN => FC(50) => SILU => FC(10)", 491_560),
        (
            "CONV(16,3,P=1,bias=false) => BN => RELU => ADD[ | CONV(16,3,P=1,bias=false) => BN ] => RELU => POOL"
            " => FC(10)",
            444_000,
        ),
        ("CONV(8,3,P=1) => SILU => POOL => UPCONV(6,2,S=2) => RELU => AVGPOOL(2) => CONV(4,1)", 150_368),
    ],
)
def test_mixed_precision_keeps_what_autocast_does_in_small_networks(layers: str, kept: int) -> None:
    """Source: saved tensors under autocast to float16, as PyTorch 2.14.1 dispatches for CUDA in a dry run, batch 2."""
    report = shapecalc.check(f"INPUT(32x32x3) => {layers}", batch=2, device="cuda", amp=True)
    assert report.totals is not None
    assert report.totals.memory.kept == kept


@pytest.mark.parametrize("options", [{}, {"freeze": "conv1..relu9", "batch": 4}, {"optimizer": "adam", "amp": True}])
def test_rows_add_up_to_what_is_kept_and_terms_to_the_peak(options: dict[str, Any]) -> None:
    for sample in ("vgg16", "resnet50", "unet"):
        report = shapecalc.check((SAMPLES / f"{sample}.net").read_text(encoding="utf-8"), **options)
        network = report.to_dict()
        memory = network["totals"]["memory"]
        assert sum(layer["kept"] for layer in network["layers"]) == memory["kept"]
        peak = memory["peak"]
        there = sum(
            peak[term] for term in ("kept", "weight_gradients", "volume_gradients", "ends", "optimizer_temporary")
        )
        assert memory["weights"] + memory["batch"] + memory["slots"] + there == memory["training"]
        assert memory["training"] == max(memory["backward_peak"], memory["optimizer_peak"])


ARRAYS = [4 * n for n in (100, 10, 1000, 20, 400, 500)]
UPDATES = {
    "sgd": (0, (0, 4000), (0, 8120)),
    "momentum": (8120, (0, 4000), (0, 8120)),
    "rmsprop": (8144, (4080, 8040), (8120, 16240)),
    "adagrad": (8144, (4080, 8040), (16240, 16240)),
    "adam": (16264, (8040, 12040), (8120, 8120)),
    "adamw": (16264, (8040, 8040), (8120, 8120)),
}
"""PyTorch 2.14.1 with six arrays: slots, and what an update makes, array by array and all at once, each without and
with weight decay; storages alive after every call."""


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_what_an_optimizer_keeps_and_makes_is_what_it_does_in_pytorch(name: str) -> None:
    slots, one_by_one, at_once = UPDATES[name]
    assert slot_bytes(name, ARRAYS) == slots
    for all_at_once, made in ((False, one_by_one), (True, at_once)):
        for decay in (False, True):
            assert temporary_bytes(name, ARRAYS, all_at_once=all_at_once, weight_decay=decay) == made[decay]


# --- small networks of all kinds of layers, two images, PyTorch 2.14.1 on the CPU ----------------------

MEASURED = json.loads((Path(__file__).parent / "data" / "steps.json").read_text(encoding="utf-8"))
"""Storages alive after every call of the second step; `counters` are the BNs, each with 8 bytes that count batches."""
COUNTER = 8


@pytest.mark.parametrize("case", MEASURED["steps"], ids=lambda case: case["text"][:40])
def test_what_a_small_network_keeps_and_takes_with_every_optimizer(case: dict[str, Any]) -> None:
    for optimizer, weight_decay, foreach, peak in case["peaks"]:
        options = {"optimizer": optimizer, "weight_decay": weight_decay, "foreach": foreach}
        memory = shapecalc.check(case["text"], batch=2, **options).totals.memory
        assert (memory.kept, memory.training + COUNTER * case["counters"]) == (case["kept"], peak), options


@pytest.mark.parametrize("case", MEASURED["frozen"], ids=lambda case: f"{case['freeze']}-{case['optimizer']}")
def test_what_a_network_with_frozen_layers_keeps_and_takes(case: dict[str, Any]) -> None:
    options = {"freeze": case["freeze"], "optimizer": case["optimizer"], "foreach": False}
    memory = shapecalc.check(case["text"], batch=2, **options).totals.memory
    assert (memory.kept, memory.training + COUNTER * case["counters"]) == (case["kept"], case["peak"])


@pytest.mark.parametrize(("text", "peak"), MEASURED["composed"], ids=str)
def test_layers_that_pytorch_composes_of_others_make_volumes_on_the_way_back(text: str, peak: int) -> None:
    """Measured on PyTorch 2.13.0."""
    assert shapecalc.check(text, batch=2, optimizer="sgd").totals.memory.training == peak


def test_an_erratum_is_about_one_image_whatever_batch_is_asked_about() -> None:
    assert shapecalc.check((SAMPLES / "resnet50.net").read_text(encoding="utf-8"), batch=8).ok
