"""Checkpoints as a what-if: less is kept, and more is computed."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

import shapecalc
from shapecalc.cli import cli
from shapecalc.passes.step_memory import CheckpointedStep
from tests.networks import SAMPLES

CHAIN = "INPUT(20x20x3) => [CONV(8, 3, P=1) => RELU]*{} => GAP => FLATTEN => FC(10)"


def checkpointed(text: str, checkpoint: str, batch: int) -> CheckpointedStep:
    report = shapecalc.check(text, batch=batch, optimizer="sgd", checkpoint=checkpoint)
    assert report.totals is not None
    found = report.totals.memory.checkpointed
    assert found is not None
    return found


@pytest.mark.parametrize(("pairs", "every", "peak"), [(12, 27, 579_464), (12, 9, 356_072), (11, 5, 349_064)])
def test_the_peak_is_that_of_checkpoint_sequential(pairs: int, every: int, peak: int) -> None:
    """PyTorch 2.14.1, storages alive after every call of the backward pass; it makes the segments equal."""
    assert checkpointed(CHAIN.format(pairs), f"every={every}", batch=3).step.backward_peak == peak


def test_all_work_but_that_of_the_last_segment_is_done_again() -> None:
    text = "INPUT(8x8x3) => CONV(4) => RELU => CONV(4) => RELU => CONV(4) => FC(2)"
    macs = [row.macs or 0 for row in shapecalc.check(text).rows]
    found = checkpointed(text, "every=2", batch=5)
    assert (found.segments, found.macs) == (3, 5 * sum(macs[1:5]))


def test_the_square_root_is_that_of_the_layers_that_run_something() -> None:
    found = checkpointed(CHAIN.format(11), "sqrt", batch=3)
    assert found == checkpointed(CHAIN.format(11), "every=5", batch=3)


def test_one_segment_of_all_layers_is_the_step_without_checkpoints() -> None:
    text = (SAMPLES / "resnet50.net").read_text(encoding="utf-8")
    report = shapecalc.check(text, batch=8, checkpoint=1000)
    assert report.totals is not None
    memory = report.totals.memory
    assert memory.checkpointed is not None
    assert (memory.checkpointed.step, memory.checkpointed.kept, memory.checkpointed.macs) == (
        memory.step,
        memory.kept,
        0,
    )


def test_the_command_shows_what_it_saves_and_what_it_costs() -> None:
    sample = str(SAMPLES / "resnet50.net")
    shown = CliRunner().invoke(cli, ["check", "--batch", "8", "--checkpoint", "every=14", sample])
    assert "training with checkpoints every 14 layers" in shown.output
    assert "macs computed again" in shown.output
    found = json.loads(CliRunner().invoke(cli, ["check", "--format", "json", "--checkpoint", "sqrt", sample]).output)
    memory = found["networks"][0]["totals"]["memory"]
    assert memory["checkpointed"]["training"] < memory["training"]


@pytest.mark.parametrize("value", ["every=0", "every=", "half", "-3"])
def test_other_values_are_refused(value: str) -> None:
    done = CliRunner().invoke(cli, ["check", "--checkpoint", value, str(SAMPLES / "lenet5.net")])
    assert done.exit_code == 2
    assert "such as every=4" in done.output
