"""RESHAPE: the same values as another volume."""

from typing import Any

from shapecalc.layer import Argument, ArgumentError, Layer, Sizes, Value, Volume, count
from shapecalc.window import ShapeError


def volume(value: Value) -> Sizes:
    """`WxHxD`."""
    if not isinstance(value, Sizes) or not 2 <= len(value) <= 4:
        raise ArgumentError(f"must be a volume such as 4x4x1024, not '{value}'")
    return Sizes(count(part) for part in value)


class Reshape(Layer):
    """Gives the values another width, height and depth, as decoders do behind their first FC."""

    kind = "RESHAPE"
    aliases: dict[str, dict[str, Any]] = {"UNFLATTEN": {}}
    signature = (Argument("size", "size", volume, required=True),)
    size: Sizes
    in_place = True
    sees_everything = True

    def output(self, *volumes: Volume) -> Volume:
        result = Volume(tuple(self.size[:-1]), self.size[-1])
        if result.size != volumes[0].size:
            raise ShapeError(
                "SHP214",
                f"RESHAPE to {result} needs {result.size:,} values, and {volumes[0]} has {volumes[0].size:,}",
                label=f"expected {volumes[0].size:,} values, found {result.size:,}",
            )
        return result
