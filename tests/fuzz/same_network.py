"""Writes a network of random layers as a diagram and as programs of PyTorch and Keras: all are read alike.

Usage: python -m tests.fuzz.same_network [--seconds 60] [--seed 1]

A network is a list of steps, and nothing here asks the reader what they mean. Each writer chooses among the ways in
which people write the same: layers as members or in a sequence, functions and methods for what has no weights, classes,
helper functions, loops, numbers that are worked out. A reading is the sorted work of all layers, and what comes out.
"""

from __future__ import annotations

import argparse
import sys
import time
from random import Random
from typing import NamedTuple

import shapecalc
from tests.fuzz.keras_writer import Keras
from tests.fuzz.network_steps import Network, Step, network
from tests.fuzz.torch_writer import Torch

WORK = ("POOL", "AVGPOOL", "CONCAT", "UPSAMPLE")
"""Layers without weights that every way of writing has; of sums it has as many terms."""


def diagram(net: Network) -> str:
    """The network in shapecalc's language."""
    width, height, depth = net.size
    return f"INPUT({width}x{height}x{depth}) => " + _chain(net.steps)


def _chain(steps: tuple[Step, ...]) -> str:
    return " => ".join(map(_layer, steps))


def _layer(step: Step) -> str:
    match step:
        case ("conv", k, f, s, p, groups, bias):
            return f"CONV({k}, {f}, S={s}, P={p}, groups={groups}, bias={str(bias).lower()})"
        case ("up_conv", k, f):
            return f"UPCONV({k}, {f}, S={f})"
        case ("max" | "avg", f, s):
            return f"{'AVG' * (step[0] == 'avg')}POOL({f}, S={s})"
        case ("act", name):
            return name.upper()
        case ("up", by):
            return f"UPSAMPLE({by})"
        case ("drop", rate):
            return f"DO({rate})"
        case ("add" | "concat", *branches):
            return f"{step[0].upper()}[{' | '.join(map(_chain, branches))}]"
        case ("repeat", times, steps):
            return f"[{_chain(steps)}]*{times}"
        case ("dense", units, bias):
            return f"FC({units}, bias={str(bias).lower()})"
    return str(step[0]).upper()


class Reading(NamedTuple):
    """What a text is read as: kinds, volumes, parameters and MACs of all layers that work, and what comes out."""

    work: list[tuple[str, tuple[int, ...], int, int]]
    output: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> Reading:
        report = shapecalc.check(text)
        if not report.layers or any(d.severity == "error" for d in report.diagnostics):
            return cls([("\n".join(map(str, report.diagnostics)), (), 0, 0)], ())
        rows = [(row, row.output.sizes if row.output else ()) for row in report.layers]
        work = [
            (r.kind, sizes, r.params or 0, r.macs or 0) for r, sizes in rows if r.params or r.macs or r.kind in WORK
        ]
        work = [one for one in work if one[2] or one[3] or one[0] in WORK]
        sums = [("ADD", sizes, 0, 0) for r, sizes in rows if r.kind == "ADD" for _ in r.inputs[1:]]
        return cls(sorted(work + sums), rows[-1][1])


def programs(seed: int) -> tuple[str, str]:
    """A random network of PyTorch, and the same of Keras."""
    random = Random(seed)
    net = network(random)
    return Torch(random).program(net), Keras(random).program(net)


def difference(seed: int) -> str:
    """The texts of a random network that are read in different ways, and these; empty where all are alike."""
    drawn = diagram(network(Random(seed)))
    expected = Reading.of(drawn)
    for text in programs(seed):
        found = Reading.of(text)
        if found != expected:
            lost = [row for row in expected.work if row not in found.work]
            more = [row for row in found.work if row not in expected.work]
            return f"{drawn}\n\n{text}\n{lost} {expected.output}\nbut\n{more} {found.output}"
    return ""


def main() -> None:
    parser = argparse.ArgumentParser(description="Writes random networks in three ways, and compares the readings.")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1, help="of the first network; the next has the next one")
    chosen = parser.parse_args()
    end, seed = time.monotonic() + chosen.seconds, chosen.seed
    while time.monotonic() < end:
        if found := difference(seed):
            sys.exit(f"seed {seed}\n{found}")
        seed += 1
    print(f"{seed - chosen.seed} networks, each read alike from three texts (seed {chosen.seed})")


if __name__ == "__main__":
    main()
