"""What readers see of a layer: its settings, read with care as a file may say anything, and tensors in our words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from shapecalc.core.layer import Volume
from shapecalc.core.phrases import shortened
from shapecalc.core.record import NamedTuple, Record, replace
from shapecalc.diagnostics.diagnostic import Diagnosed, Span, report
from shapecalc.lowering.json_values import value_at

_OLD_KEYS = {
    "nb_filter": "filters", "border_mode": "padding", "subsample": "strides", "subsample_length": "strides",
    "filter_length": "kernel_size", "pool_length": "pool_size", "stride": "strides", "bias": "use_bias",
    "output_dim": "units", "p": "rate", "length": "size", "atrous_rate": "dilation_rate",
    "inner_activation": "recurrent_activation",
}  # fmt: skip
"""What Keras 1 calls settings."""
_OLD_KINDS = {
    **{f"Convolution{n}D": f"Conv{n}D" for n in (1, 2, 3)}, **{f"AtrousConvolution{n}D": f"Conv{n}D" for n in (1, 2)},
    **{f"Deconvolution{n}D": f"Conv{n}DTranspose" for n in (2, 3)}, "TimeDistributedDense": "Dense",
    **{f"SeparableConvolution{n}D": f"SeparableConv{n}D" for n in (1, 2)},
    **dict.fromkeys(("BatchNormalizationV1", "BatchNormalizationV2", "SyncBatchNormalization"), "BatchNormalization"),
    **{f"{cell}{version}": cell for cell in ("LSTM", "GRU", "SimpleRNN") for version in ("V1", "V2")},
}  # fmt: skip


DEEPEST = 20
"""How deep models may nest."""
IN_LAYERS = frozenset({"trainable", "batch_input_shape", "batch_shape"})
"""Settings that every layer has since Keras 1, and no function."""
TENSORFLOW = ("TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer")
"""Functions of TensorFlow in a model of Keras 2."""


class LayerSettings(Record):
    """A layer as the file has it."""

    kind: str
    name: str
    module: str
    values: Mapping[str, Any]
    place: Span | str
    layer: Mapping[str, Any] = MappingProxyType({})
    """All that the file says of it."""
    path: tuple[str, ...] = ()
    """Its name, after those of the models that it is in."""

    def with_values(self, kind: str, values: Mapping[str, Any]) -> LayerSettings:
        """The same layer as one of another class, with these settings in place of its own."""
        return replace(self, kind=kind, values={**self.values, **values})

    def refused(self, message: str) -> Diagnosed:
        """What to raise for a layer that makes no sense."""
        span = self.place if isinstance(self.place, tuple) else (0, 0)
        return Diagnosed(report("SHP010", f"{self.name or self.kind}: {message}", span))

    def __contains__(self, key: str) -> bool:
        """Whether it is read: what is said, and what no layer that has it is without."""
        return key in ("filters", "kernel_size") or self.values.get(key) is not None

    def value(self, key: str) -> Any:
        """As the file has it."""
        return self.values.get(key)

    def whole(self, key: str, default: int | None = None) -> int:
        """A whole number. Raises Diagnosed."""
        value = self.values.get(key, default)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.refused(f"{key} is not a whole number: {shortened(repr(value))}")
        return value

    def real(self, key: str, default: float) -> float:
        """A number; the default where it is none."""
        value = self.values.get(key, default)
        return float(value) if isinstance(value, int | float) else default

    def flag(self, key: str, default: bool) -> bool:
        """Yes or no."""
        value = self.values.get(key, default)
        return default if value is None else bool(value)

    def text(self, key: str, default: str = "") -> str:
        """A word, in lower case."""
        value = self.values.get(key)
        return value.lower() if isinstance(value, str) else default

    def each(self, key: str, rank: int, default: int = 1) -> tuple[int, ...]:
        """One number for every spatial axis, in the order of Keras. Raises Diagnosed."""
        value = self.values.get(key)
        value = default if value is None else value
        found: Any = [value] * rank if isinstance(value, int | float) and not isinstance(value, bool) else value
        found = [int(n) if type(n) is float and n.is_integer() else n for n in found] if isinstance(found, list) else []
        if len(found) != rank or not all(type(n) is int for n in found):
            raise self.refused(f"{key} is not {rank} whole numbers: {shortened(repr(value))}")
        return tuple(found)

    def pairs(self, key: str, rank: int) -> tuple[tuple[int, int], ...]:
        """Numbers before and after each spatial axis, in the order of Keras. Raises Diagnosed."""
        value = self.values.get(key, 1)
        if type(value) is int:
            return ((value, value),) * rank
        if rank == 1 and isinstance(value, list) and all(type(n) is int for n in value):
            value = [value]
        found = [[n, n] if type(n) is int else n for n in value] if isinstance(value, list) else []
        fits = len(found) == rank and all(isinstance(p, list) and len(p) == 2 for p in found)
        if not fits or not all(type(n) is int for pair in found for n in pair):
            raise self.refused(f"{key} is not a pair for each of {rank} axes: {shortened(repr(value))}")
        return tuple((before, after) for before, after in found)

    @property
    def channels_first(self) -> bool | None:
        """How the layer lays its values out; None where it does not say."""
        layout = self.text("data_format")
        return None if not layout or layout == "none" else layout == "channels_first"

    @property
    def is_operation(self) -> bool:
        """Whether it is a function of `keras.ops` rather than a layer."""
        return ".ops." in self.module

    @property
    def is_function(self) -> bool:
        """Whether it has no weights: such a function, or one of TensorFlow."""
        return self.is_operation or self.kind in TENSORFLOW

    @property
    def may_be_operation(self) -> bool:
        """Whether it is such a function, or may be one: an .h5 does not say of which module things are."""
        return self.is_operation or (not self.module and not IN_LAYERS & self.values.keys())


def settings_of(layer: Any, place: Span | str) -> LayerSettings:
    """The settings of a layer, under the names of Keras 2 and 3. Raises Diagnosed SHP010."""
    values, kind = value_at(layer, "config"), value_at(layer, "class_name")
    span = place if isinstance(place, tuple) else (0, 0)
    if not isinstance(values, dict) or not isinstance(kind, str):
        raise Diagnosed(report("SHP010", "a layer of the model has no class_name or no config", span))
    name = layer.get("name") or values.get("name") or ""
    module = layer.get("module")
    return LayerSettings(
        _OLD_KINDS.get(kind, kind), str(name), module if isinstance(module, str) else "", _renamed(kind, values), place
    )


def _renamed(kind: str, values: dict[str, Any]) -> dict[str, Any]:
    """Settings of Keras 1 under their later names."""
    if not (_OLD_KEYS.keys() & values.keys() or "dim_ordering" in values):
        return values
    renamed = {key if key == "output_dim" and kind.endswith("Embedding") else _OLD_KEYS.get(key, key): value
               for key, value in values.items()}  # fmt: skip
    sizes = [values[key] for key in ("kernel_dim1", "kernel_dim2", "kernel_dim3", "nb_row", "nb_col") if key in values]
    if sizes:
        renamed["kernel_size"] = sizes
    if "dim_ordering" in values:
        renamed["data_format"] = "channels_first" if values["dim_ordering"] == "th" else "channels_last"
    return renamed


def layers_of(model: Mapping[str, Any]) -> list[Any] | None:
    """The layers of a model; None for what is no model. A Sequential of Keras 1 has them as its config."""
    config = model.get("config")
    if model.get("class_name") == "Sequential" and isinstance(config, list):
        return config
    layers = value_at(config, "layers")
    return layers if isinstance(layers, list) else None


def has_channels_first(model: Mapping[str, Any], depth: int = 0) -> bool:
    """Whether the first layer that says how its values lie has channels first."""
    for layer in layers_of(model) or ():
        said = value_at(layer, "config", "data_format") or value_at(layer, "config", "dim_ordering")
        if isinstance(said, str) and said != "None":
            return said in ("channels_first", "th")
        inside = isinstance(layer, dict) and depth < DEEPEST and layers_of(layer) is not None
        if inside and has_channels_first(layer, depth + 1):
            return True
    return False


# --- tensors --------------------------------------------------------------------------------------


class KerasTensor(NamedTuple):
    """What a layer gives. Keras counts (batch, height, width, channels), or channels in front."""

    node: int
    rank: int
    """Axes without the batch: 1 for a row of values, 0 for a single one."""
    first: bool = False
    """Channels come first."""
    numbers: Any = None
    """A number or a row of them, where the tensor holds what shapes say; nan is an unknown one."""
    steps: int = 0
    """Axes in front that Keras has in its batch: positions, such as windows, that a reshape has moved there."""
    alone: bool = False
    """It has no batch, such as a table of distances."""
    axes: tuple[int, ...] = ()
    """The shape, where it has more axes than a volume."""


def shape_of(volume: Volume, tensor: KerasTensor) -> tuple[int, ...]:
    """The shape of a volume as Keras has it, without the batch."""
    if tensor.rank < 2 or tensor.axes:
        return tensor.axes or (volume.size,) * tensor.rank
    spatial = tuple(reversed(volume.spatial))
    return (volume.depth, *spatial) if tensor.first else (*spatial, volume.depth)
