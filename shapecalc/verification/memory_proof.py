"""Proof of what training takes: the arrays that the run made are laid out over a step, from first to last use.

Where the pass walks backwards and adds up, this notes for everything when it comes and when it goes, and looks at the
sums afterwards. Bytes are those of real arrays; what a layer makes for its backward pass alone is as it states.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from shapecalc.core.layer import Volume
from shapecalc.core.layout import Layout, contiguous
from shapecalc.numerics.toolkit import Array
from shapecalc.passes.optimizers import OPTIMIZERS, STEP_COUNT, Optimizer
from shapecalc.passes.report import Report, Row
from shapecalc.verification.execute import Step

LABEL, LOSS = 8, 4
"""Bytes of a label and of the loss."""


@dataclass
class RowArrays:
    """The arrays of a row, in bytes."""

    row: Row
    volume: Volume
    output: int
    trained: list[int]
    """Its arrays of weights that are trained."""
    home: int
    """The row whose memory its output lies in while training."""
    gradient: bool
    """Whether its output needs a gradient."""
    trains: bool
    """Whether it has weights that are trained, its own or shared ones."""
    keeps: dict[tuple[int, str], int] = field(default_factory=dict)
    """What it keeps, by the row and the name of an array: bytes."""


class TrainingRun:
    """Everything that a step makes and keeps, row by row."""

    def __init__(self) -> None:
        self.made: list[RowArrays] = []
        self.layouts: list[Layout] = []
        self.kept: dict[tuple[int, str], int] = {}
        """All that is kept, by the row and the name of an array: bytes."""

    @property
    def trainable(self) -> int:
        """Bytes of the weights that are trained."""
        return sum(size for made in self.made for size in made.trained)

    def add(self, step: Step, row: Row) -> int:
        """Adds a row that has run; the bytes that it keeps, and no row before it."""
        layer, array = row.node.layer, step.output
        inputs = [self.made[i] for i in row.node.inputs]
        volume = Volume(array.shape[1:-1], array.shape[-1], bool(row.output and row.output.flat))
        view = layer.training_view(self.layouts[row.node.inputs[0]], volume) if len(inputs) == 1 else None
        used = [f.size * array.itemsize for f in step.own if f.role != "running" and not row.frozen]
        trains = bool(used or (row.node.shares is not None and self.made[row.node.owner].trained))
        made = RowArrays(
            row,
            volume,
            array.nbytes,
            used,
            inputs[0].home if view else row.node.index,
            trains or any(i.gradient for i in inputs),
            trains,
        )
        self.made.append(made)
        self.layouts.append(view or contiguous((len(array), volume.depth, *reversed(volume.spatial))))
        if made.gradient:
            self.keep(made, array)
        before = sum(made.keeps[key] for key in made.keeps.keys() & self.kept.keys())
        self.kept.update(made.keeps)
        return sum(made.keeps.values()) - before

    def keep(self, made: RowArrays, array: Array) -> None:
        """What a row keeps, each array under the row that it belongs to."""
        row, batch = made.row, len(array)
        inputs = row.node.inputs
        kept = row.node.layer.kept("cpu", *(self.made[i].volume for i in inputs))
        for place, i in enumerate(inputs):
            if kept.only not in (None, place):
                continue
            others = [self.made[j].gradient for n, j in enumerate(inputs) if n != place]
            if kept.inputs or (kept.factors and (made.trains or any(others))):
                whole = self.layouts[i].is_contiguous or not kept.in_one_piece
                source = self.made[i]
                key = (source.home, "volume") if whole else (row.node.index, f"copy {i}")
                made.keeps[key] = self.made[source.home].output if whole else source.output
        if kept.result:
            made.keeps[made.home, "volume"] = self.made[made.home].output
        alone = kept.values_of_one if batch == 1 else 0
        made.keeps[row.node.index, "values"] = (batch * kept.values + alone) * array.itemsize
        made.keeps[row.node.index, "sums"] = kept.values_of_batch * array.itemsize
        made.keeps[row.node.index, "own"] = batch * kept.bytes

    def training(self, report: Report, weight_bytes: int) -> int:
        """Bytes of a whole step at its fullest."""
        conventions, batch = report.conventions, report.conventions.batch
        images = [made for made in self.made if not made.row.inputs]
        ends = self.ends()
        labels = LABEL * batch * max((made.volume.positions for made in ends), default=1)
        trained = [size for made in self.made for size in made.trained]
        optimizer = OPTIMIZERS[conventions.optimizer]
        slots = sum(optimizer.slots * size + STEP_COUNT * optimizer.counts_steps for size in trained)
        steady = weight_bytes + sum(made.output for made in images) + labels + slots
        outputs = sum({made.home: self.made[made.home].output for made in ends}.values())
        update = _update(optimizer, trained, at_once=conventions.all_at_once, decay=conventions.weight_decay)
        backward = 2 * LOSS + outputs + max(_Timeline(self.made, ends).sums())
        return steady + max(backward, outputs + LOSS + sum(trained) + update)

    def ends(self) -> list[RowArrays]:
        """The rows that nothing reads."""
        read = {i for made in self.made for i in made.row.node.inputs}
        return [made for made in self.made if made.row.node.index not in read]


def _update(optimizer: Optimizer, trained: Sequence[int], *, at_once: bool, decay: bool) -> int:
    """Bytes that an optimizer makes at the fullest moment of an update, array after array."""
    most, left = 0, 0
    for size in [sum(trained)] if at_once else trained:
        made = (optimizer.at_once if at_once else optimizer.one_by_one)[decay] * size
        most = max(most, left + made)
        left = size if optimizer.counts_steps else 0
    return most


class _Timeline:
    """A backward pass as moments, at which things come, and after which they go."""

    def __init__(self, made: list[RowArrays], ends: list[RowArrays]) -> None:
        self.made = made
        self.with_gradient: set[int] = set()
        """Rows whose weights have a gradient already."""
        self.comes: list[int] = [0]
        self.goes: list[int] = [0]
        """Bytes that come at every moment, and that go after it."""
        held = {m.home for m in ends} | {m.row.node.index for m in made if not m.row.inputs}
        self.last_use: dict[tuple[int, str], tuple[int, int]] = {}
        """By array the moment of its last use, and its bytes."""
        self.owner: dict[int, int] = {}
        """By row which gradient is that of its output, by the moment it came."""
        self.gradients: list[list[int]] = []
        """By gradient: bytes, and how many rows have it."""
        for m in ends:
            if m.gradient:
                self.owner[m.row.node.index] = self.new(m.output)
        for m in reversed(made):
            if m.row.node.index in self.owner:
                self.step(m)
        for (home, name), (moment, size) in self.last_use.items():
            if name != "volume" or home not in held:
                self.comes[0] += size
                self.goes[moment] += size

    def step(self, made: RowArrays) -> None:
        """The moments of one row."""
        row = made.row
        layer = row.node.layer
        mine = self.owner[row.node.index]
        self.moment()
        given: list[tuple[RowArrays, int]] = []
        for i in row.node.inputs:
            source = self.made[i]
            if layer.learned:
                continue
            if source.gradient and layer.passes_gradient(source.volume, made.volume):
                self.gradients[mine][1] += 1
                given.append((source, mine))
            elif source.gradient:
                given.append((source, self.new(source.output)))
        scratch = layer.backward_scratch(*(self.made[i].volume for i in row.node.inputs))
        values = made.volume.size
        self.comes[-1] += scratch * made.output // values
        self.goes[-1] += scratch * made.output // values
        owner = row.node.owner
        self.comes[-1] += sum(self.made[owner].trained)
        if owner in self.with_gradient:  # What is added to the gradient that is there goes at once.
            self.goes[-1] += sum(self.made[owner].trained)
        self.with_gradient.add(owner)
        for key, size in made.keeps.items():
            self.last_use[key] = (len(self.comes) - 1, size)
        self.gone(mine)
        for source, gradient in given:
            other = self.owner.get(source.row.node.index)
            if other is not None:
                self.moment()
                self.owner[source.row.node.index] = self.new(source.output)
                self.gone(other)
                self.gone(gradient)
            else:
                self.owner[source.row.node.index] = gradient

    def moment(self) -> None:
        """The next moment."""
        self.comes.append(0)
        self.goes.append(0)

    def new(self, size: int) -> int:
        """A gradient comes."""
        self.comes[-1] += size
        self.gradients.append([size, 1])
        return len(self.gradients) - 1

    def gone(self, gradient: int) -> None:
        """One row less has a gradient; with the last it goes."""
        self.gradients[gradient][1] -= 1
        if not self.gradients[gradient][1]:
            self.goes[-1] += self.gradients[gradient][0]

    def sums(self) -> list[int]:
        """Bytes at every moment."""
        gone = [0, *accumulate(self.goes)]
        return [there - before for there, before in zip(accumulate(self.comes), gone, strict=False)]
