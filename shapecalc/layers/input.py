"""INPUT: where a network begins."""

from typing import Any

from shapecalc.layer import Argument, ArgumentError, Layer, Sizes, Value, Volume, count


def volume(value: Value) -> Sizes:
    """`WxHxD`, `WxD` in one axis, `WxHxZxD` in three."""
    if not isinstance(value, Sizes):
        raise ArgumentError(f"must be a size such as 224x224x3, not '{value}'")
    if not 2 <= len(value) <= 4:
        raise ArgumentError(f"has {len(value)} sizes; write width x height x depth, such as 224x224x3")
    return Sizes(count(part) for part in value)


class Input(Layer):
    """The image, or whatever comes in: width x height x depth."""

    kind = "INPUT"
    aliases: dict[str, dict[str, Any]] = {"DATA": {}, "INPUTLAYER": {}, "IMAGE": {}}
    signature = (Argument("size", "size", volume, Sizes((224, 224, 3)), assumed=True),)
    size: Sizes

    def output(self, *volumes: Volume) -> Volume:
        return Volume(tuple(self.size[:-1]), self.size[-1])
