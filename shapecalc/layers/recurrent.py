"""LSTM, GRU and RNN: layers that read a sequence position by position and carry a state along."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

from shapecalc.core.layer import AccessPattern, Array, Arrays, Device, Kept, Layer, Run, Volume, Weight
from shapecalc.core.parameters import Value, argument, count, flag, integer, natural
from shapecalc.core.scratch import Execution
from shapecalc.core.window import ShapeError

Product = Callable[[Array, slice], Array]
"""A state, and the columns of the state's kernel that it is multiplied with."""
MOST_BIASES = 2
"""A bias for what arrives and one for the state, as PyTorch has them."""

ALL = slice(None)


def bias_count(value: Value) -> int:
    """0, 1 or 2."""
    return integer(value, 0, MOST_BIASES, "0, 1 or 2")


class Recurrent(Layer, ABC):
    """What the recurrent layers share: for every gate a kernel for what arrives, one for the state, and biases."""

    gates: ClassVar[int]
    kept_by_step: ClassVar[int]
    """Volumes of the state's size that are kept of every step."""
    kept_at_start: ClassVar[int] = 0
    units: int = argument("K", count, required=True, names=("units", "hidden_size", "filters"), one_channel=1)
    last: bool = argument("last", flag, False)
    bidirectional: bool = argument("bidirectional", flag, False, ("both",))
    biases: int = argument("biases", bias_count, 2)
    op_category = "mac"
    precision = "half"
    formulas = {"uses": "W"}

    @property
    def is_global(self) -> bool:
        return self.last or self.bidirectional

    @property
    def carries(self) -> bool:
        return True

    @property
    def directions(self) -> tuple[str, ...]:
        """What the names of the arrays end with, for every direction."""
        return ("", "_back") if self.bidirectional else ("",)

    @property
    def carried(self) -> int:
        """Values of the state in one direction."""
        return self.units

    def output(self, *volumes: Volume) -> Volume:
        (volume,) = volumes
        if len(volume.spatial) != 1:
            raise ShapeError(
                "SHP209",
                f"{self.kind} reads a sequence, and {volume} has {len(volume.spatial)} spatial axes",
                label="expected a volume of one axis, length x depth",
                help=(f"write RESHAPE({volume.positions}x{volume.depth}) before it",),
            )
        units = self.carried * len(self.directions)
        return Volume((1,), units, flat=True) if self.last else Volume(volume.spatial, units)

    def weights(self, *volumes: Volume) -> tuple[Weight, ...]:
        (volume,) = volumes
        wide, steps = self.gates * self.units, volume.positions
        found: list[Weight] = []
        for end in self.directions:
            found.append(Weight(f"kernel{end}", (volume.depth, wide), "kernel", steps))
            found.append(Weight(f"state{end}", (self.carried, wide), "kernel", steps))
            found += [Weight(f"{name}{end}", (wide,), "bias") for name in ("bias", "state_bias")[: self.biases]]
        return tuple(found)

    def access(self, volume: Volume) -> tuple[AccessPattern, ...]:
        return (AccessPattern(1, 1 - volume.positions, 0),)

    def kept(self, device: Device, *volumes: Volume) -> Kept:
        # Step by step, as PyTorch runs it where no library does: oneDNN and cuDNN keep a workspace of their own.
        (volume,) = volumes
        steps = self.kept_by_step * volume.positions + self.kept_at_start
        return Kept(inputs=True, values=len(self.directions) * self.units * steps)

    def scratch(self, execution: Execution, output: Volume, *volumes: Volume) -> int:
        (volume,) = volumes
        steps = (self.gates + 1) * self.units * volume.positions * len(self.directions)
        return execution.images * (2 * volume.size + output.size + steps + 8 * self.gates * self.units)

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        np, (x,) = run.np, arrays
        if x.ndim != 3:
            raise run.no_forward(f"it reads sequences, and {x.ndim - 2} axes arrive")
        found = []
        for end in self.directions:
            states = self._run_through(run, weights, end, x[:, ::-1] if end else x)
            if self.last:
                states = states[:, -1:]
            found.append(states[:, ::-1] if end and not self.last else states)
        return run.array(np.concatenate(found, axis=-1))

    def _run_through(self, run: Run, weights: Arrays, end: str, x: Array) -> Array:
        """The state after every position."""
        np, wide = run.np, self.gates * self.units
        state_kernel = run.fit(weights[f"state{end}"], (self.carried, wide))
        kernel = run.fit(weights[f"kernel{end}"], (x.shape[-1], wide))
        bias = run.fit(weights[f"bias{end}"], (wide,), role="bias") if self.biases else None
        second = run.fit(weights[f"state_bias{end}"], (wide,), role="bias") if self.biases > 1 else None

        def product(state: Array, columns: slice) -> Array:
            kernel = np.ascontiguousarray(state_kernel[:, columns])
            return run.matmul(run.array(state), kernel, None if second is None else second[columns])

        project = self._projection(run, weights, end)
        arriving = run.matmul(np.ascontiguousarray(x), kernel, bias)
        state = np.zeros((len(x), self.carried), np.float32)
        memory = np.zeros((len(x), self.units), np.float32)
        states = np.empty((len(x), x.shape[1], self.carried), np.float32)
        for step in range(x.shape[1]):
            state, memory = self._step(run, arriving[:, step], state, memory, product)
            state = project(state)
            states[:, step] = state
        return run.array(states)

    def _projection(self, run: Run, weights: Arrays, end: str) -> Callable[[Array], Array]:
        """What is done with the values of a step before they are carried along."""
        return lambda state: state

    @abstractmethod
    def _step(self, run: Run, x: Array, state: Array, memory: Array, product: Product) -> tuple[Array, Array]:
        """The state, and the memory, after one position; `product` multiplies a state with the state's kernel."""


def sigmoid(run: Run, x: Array) -> Array:
    """1/(1 + exp(−x)), by way of tanh, which never overflows."""
    return run.array(0.5 * (1 + run.np.tanh(0.5 * x)))


class SimpleRNN(Recurrent):
    """h = tanh(x · W + h · U + biases): K values at every position, or the last ones alone with `last=true`.

    W, U: (D + K) · K weights. PyTorch has two biases a value, Keras one (`biases=1`).
    """

    kind = "RNN"
    example = "INPUT(20x300) => RNN(128)"
    aliases = {"SIMPLERNN": {}, "BIRNN": {"bidirectional": True}}
    gates, kept_by_step, kept_at_start = 1, 1, 1

    def _step(self, run: Run, x: Array, state: Array, memory: Array, product: Product) -> tuple[Array, Array]:
        return run.np.tanh(x + product(state, ALL)), memory


class GRU(Recurrent):
    """A recurrent layer with an update gate, a reset gate and a candidate (Cho et al. 2014).

    3 · (D + K) · K weights. PyTorch and Keras have two biases a gate, and reset what the state's kernel gives; with
    `biases=1` (Keras' `reset_after=False`) the state is reset before.
    """

    kind = "GRU"
    example = "INPUT(20x300) => GRU(128, bidirectional=true)"
    aliases = {"BIGRU": {"bidirectional": True}}
    gates, kept_by_step = 3, 7

    def _step(self, run: Run, x: Array, state: Array, memory: Array, product: Product) -> tuple[Array, Array]:
        np, k = run.np, self.units
        if self.biases == 1:
            return self._reset_before(run, x, state, product), memory
        from_state = product(state, ALL)
        update, reset = (sigmoid(run, x[:, g * k : g * k + k] + from_state[:, g * k : g * k + k]) for g in (0, 1))
        candidate = np.tanh(x[:, 2 * k :] + reset * from_state[:, 2 * k :])
        return update * state + (1 - update) * candidate, memory

    def _reset_before(self, run: Run, x: Array, state: Array, product: Product) -> Array:
        """Keras' older order: the state is reset before the kernel of the candidate multiplies it."""
        np, k = run.np, self.units
        gates = sigmoid(run, x[:, : 2 * k] + product(state, slice(0, 2 * k)))
        update, reset = gates[:, :k], gates[:, k:]
        candidate = np.tanh(x[:, 2 * k :] + product(reset * state, slice(2 * k, 3 * k)))
        return run.array(update * state + (1 - update) * candidate)


class LSTM(Recurrent):
    """A recurrent layer with input, output and forget gates and a memory cell (Hochreiter and Schmidhuber 1997).

    4 · (D + K) · K weights. PyTorch has two biases a gate, Keras one (`biases=1`). With `projection=64` a kernel of
    K · 64 weights makes 64 values of the K that a step gives, and these are the state (Sak et al. 2014). What is kept
    is that of steps done one by one; the workspaces of oneDNN and cuDNN are not counted.
    """

    kind = "LSTM"
    example = "INPUT(20x300) => LSTM(128, last=true)"
    aliases = {"BILSTM": {"bidirectional": True}, "BLSTM": {"bidirectional": True}}
    gates, kept_by_step = 4, 7
    projection: int = argument("projection", natural, 0, ("proj_size",))

    @property
    def on_one_channel(self) -> Layer:
        return self.changed(units=1, projection=min(self.projection, 1))

    @property
    def carried(self) -> int:
        return self.projection or self.units

    def output(self, *volumes: Volume) -> Volume:
        if self.projection >= self.units:
            raise ShapeError(
                "SHP103",
                f"the projection makes fewer values of {self.units}, and this is {self.projection}",
                label=f"expected a number below {self.units}",
            )
        return super().output(*volumes)

    def weights(self, *volumes: Volume) -> tuple[Weight, ...]:
        found, steps = super().weights(*volumes), volumes[0].positions
        if not self.projection:
            return found
        sizes = (self.units, self.projection)
        return (*found, *(Weight(f"projection{end}", sizes, "kernel", steps) for end in self.directions))

    def kept(self, device: Device, *volumes: Volume) -> Kept:
        kept = super().kept(device, *volumes)
        more = self.projection * volumes[0].positions * len(self.directions)
        return kept._replace(values=kept.values + more)

    def _projection(self, run: Run, weights: Arrays, end: str) -> Callable[[Array], Array]:
        if not self.projection:
            return super()._projection(run, weights, end)
        kernel = run.fit(weights[f"projection{end}"], (self.units, self.projection))
        return lambda state: run.matmul(run.array(state), kernel, None)

    def _step(self, run: Run, x: Array, state: Array, memory: Array, product: Product) -> tuple[Array, Array]:
        np, k = run.np, self.units
        gates = x + product(state, ALL)
        enter, leave, forget = (sigmoid(run, gates[:, g * k : g * k + k]) for g in (0, 1, 2))
        memory = forget * memory + enter * np.tanh(gates[:, 3 * k :])
        return leave * np.tanh(memory), memory


LAYERS = (SimpleRNN, GRU, LSTM)
GATES = {layer.kind: layer.gates for layer in LAYERS}
