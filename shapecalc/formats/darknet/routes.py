"""Sections that read earlier layers by their numbers: routes, shortcuts and products."""

from __future__ import annotations

from collections.abc import Callable

from shapecalc.core.layer import Volume
from shapecalc.core.parameters import Ends
from shapecalc.formats.darknet.network import DarknetNetwork
from shapecalc.formats.darknet.sections import Section


def route(network: DarknetNetwork, section: Section) -> None:
    """Several layers one after the other in depth, or one as it is; `groups` takes a part of each.

    PyTorch_YOLOv4's `route_lhalf` is one with two groups. What is wrong with the parts is reported as SHP103 or SHP207.
    """
    sources = network.sections("layers", section)
    groups = section.number("groups", 2 if section.name == "route_lhalf" else 1)
    if groups < 2:
        network.add("CONCAT" if len(sources) > 1 else "IDENTITY", section, sources)
        return
    part, depths = section.number("group_id", 0), [network.assembler.depth(node) for node in sources]
    if not 0 <= part < groups:
        message = f"group_id={part}: {groups} groups have the numbers 0 to {groups - 1}"
        network.report("SHP103", message, section, "group_id")
        part = 0
    for depth in depths:
        if depth % groups:
            message = f"groups={groups} does not divide the {depth} channels that arrive"
            network.report("SHP207", message, section, "groups")
    cuts = [{"start": depth // groups * part, "stop": max(depth // groups * (part + 1), 1)} for depth in depths]
    if len(sources) == 1:
        network.add("SLICE", section, sources, **cuts[0])
    else:
        parts = [network.aside("SLICE", section, node, **cut) for node, cut in zip(sources, cuts, strict=True)]
        network.add("CONCAT", section, parts)


def shortcut(network: DarknetNetwork, section: Section) -> None:
    """Adds layers to the one before, whose volume stays: of larger ones only a part is read."""
    before, others = network.volume(), network.sections("from", section)
    kind = section.text("weights_type", "none")
    if kind not in ("none", "") and before is not None:
        each = before.depth if kind == "per_channel" else 1
        network.opaque(section, before, (network.here, *others), each * (len(others) + 1))
    else:
        read = [_fitted(network, section, node, before) for node in others]
        inputs = (network.here, *(own or node for own, node in zip(read, others, strict=True)))
        if None in read:
            network.opaque(section, before, inputs)
        else:
            network.add("ADD", section, inputs)
    network.activate(section)


def _fitted(network: DarknetNetwork, section: Section, node: int, wanted: Volume | None) -> int | None:
    """A layer as a shortcut reads it: every n-th position, and as many channels as there are in both.

    None where it is spread over more positions than it has. Source: shortcut_cpu of blas.c.
    """
    volume = network.volume(node)
    if wanted is None or volume is None or volume == wanted:
        return node
    strides = {size // want for size, want in zip(volume.spatial, wanted.spatial, strict=True)}
    stride = min(strides)
    if len(strides) > 1 or tuple(want * stride for want in wanted.spatial) != volume.spatial:
        return None
    if stride > 1:
        node = network.aside("POOL", section, node, extent=1, stride=stride)
    if volume.depth > wanted.depth:
        return network.aside("SLICE", section, node, start=0, stop=wanted.depth)
    missing = wanted.depth - volume.depth
    return network.aside("PAD", section, node, depth=Ends((0, missing))) if missing else node


def joined(kind: str) -> Callable[[DarknetNetwork, Section], None]:
    """The volume of an earlier layer, or its one value a channel, with this one."""

    def read(network: DarknetNetwork, section: Section) -> None:
        network.add(kind, section, (network.sections("from", section)[0], network.here))
        network.activate(section)

    return read
