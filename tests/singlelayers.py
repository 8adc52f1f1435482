"""Writes a single layer, as another program describes it, as a diagram, and reads off what shapecalc makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import shapecalc
from shapecalc.passes.report import Report

Case = dict[str, Any]

ABOUT_TILING = {"SHP201", "SHP202", "SHP203", "SHP204"}
"""Findings about a volume that every framework builds all the same."""


def checked(text: str, batch: int = 1) -> Report:
    """The report of a diagram."""
    return shapecalc.check(text, batch=batch)


def refused(report: Report) -> list[str]:
    """What is reported besides the way the windows tile."""
    return [
        f"{d.code}: {d.message}"
        for d in report.diagnostics
        if d.severity in ("error", "warning") and d.code not in ABOUT_TILING
    ]


def found(case: Case) -> dict[str, Any]:
    """The figures of a case as shapecalc has them, in the order of sizes and under the names of the case."""
    batch = shape(case)[0]
    report = checked(diagram(case), batch)
    row = report.rows[-1]
    assert row.output is not None, (diagram(case), refused(report))
    assert report.totals is not None
    figures: dict[str, Any] = {"out": outwards(case, batch, row.output.sizes), "params": row.params}
    if "macs" in case:
        figures["macs"] = report.totals.macs
    if "buffers" in case:
        figures["buffers"] = row.buffers
    if "tf_same_pads" in case:
        sides = [side for w in row.windows for side in (w.before, w.after)]
        figures["tf_same_pads"] = dict(zip(("left", "right", "top", "bottom"), sides, strict=True))
    return figures


def expected(case: Case) -> dict[str, Any]:
    """The same figures as the other program has them."""
    known = {key: case[key] for key in ("out", "params", "macs", "tf_same_pads") if key in case}
    if "buffers" in case:
        # the other program also counts how many batches it has seen, one number a layer
        known["buffers"] = 2 * case["args"]["num_features"]
    return known


def shape(case: Case) -> list[int]:
    """The input as the case writes it, batch first."""
    return list(case.get("input") or case["input_nhwc"])


def outwards(case: Case, batch: int, sizes: tuple[int, ...]) -> list[int]:
    """Width x height x depth as the case orders sizes."""
    *spatial, depth = sizes
    if len(case["out"]) == 2:
        return [batch, depth]
    spatial.reverse()
    return [batch, *spatial, depth] if depth_is_last(case) else [batch, depth, *spatial]


def depth_is_last(case: Case) -> bool:
    return "input_nhwc" in case or "linear" in case["kind"]


def diagram(case: Case) -> str:
    """`INPUT(13x13x2) => CONV(7, F=7x7, …)`."""
    sizes = shape(case)[1:]
    if (depth_is_last(case) and len(sizes) < 3) or "input_nhwc" in case:
        *spatial, depth = sizes
    else:
        depth, *spatial = sizes
    spatial = spatial or [1, 1]
    return f"INPUT({by_axis([*spatial[::-1], depth])}) => {WRITERS[case['kind']](case)}"


def by_axis(sizes: Sequence[int]) -> str:
    return "x".join(map(str, sizes))


def turned(sizes: Sequence[int] | int) -> str:
    """Sizes that are written height first, width first."""
    return str(sizes) if isinstance(sizes, int) else by_axis(sizes[::-1])


def padding(args: dict[str, Any], name: str = "padding") -> str:
    if "pad4" in args:
        top, bottom, left, right = args["pad4"]
        return f"P=({left},{right},{top},{bottom})"
    given = args[name]
    if isinstance(given, str):
        return f"P={given}"
    if min(given) < 0:
        return "P=(" + ",".join(f"{p},{p}" for p in given[::-1]) + ")"
    return f"P={turned(given)}"


def convolution(case: Case, kind: str = "CONV") -> str:
    args = case["args"]
    filters = next((args[key] for key in ("out_channels", "filters", "num_output") if key in args), None)
    parts = [str(filters)] if filters is not None and kind != "DWCONV" else []
    parts += [f"F={turned(args['kernel'])}", f"S={turned(args['stride'])}"]
    extra = args.get("output_padding")
    parts.append(padding(args, "pad" if "pad" in args else "padding"))
    if "dilation" in args:
        parts.append(f"dilation={turned(args['dilation'])}")
    for key in ("groups", "group"):
        if key in args:
            parts.append(f"groups={args[key]}")
    if "depth_multiplier" in args:
        parts.append(f"multiplier={args['depth_multiplier']}")
    if extra is not None:
        parts.append(f"output_padding={turned(extra)}")
    return f"{kind}({', '.join(parts)}, bias={str(args['bias']).lower()})"


def pool(case: Case) -> str:
    args = case["args"]
    parts = [f"F={turned(args['kernel'])}", f"S={turned(args['stride'])}", padding(args)]
    if "dilation" in args:
        parts.append(f"dilation={turned(args['dilation'])}")
    if "ceil_mode" in args:
        parts.append(f"ceil={str(args['ceil_mode']).lower()}")
    if "count_include_pad" in args:
        parts.append(f"count_include_pad={str(args['count_include_pad']).lower()}")
    return f"{'AVGPOOL' if 'avg' in case['kind'] else 'MAXPOOL'}({', '.join(parts)})"


def caffe_pool(case: Case) -> str:
    args = case["args"]
    mode = "avg" if args["pool"] == "AVE" else "max"
    if args["global_pooling"]:
        return f"GAP(mode={mode})"
    ceil = "caffe" if args["round_mode"] == "CEIL" else "false"
    sizes = f"F={turned(args['kernel'])}, S={turned(args['stride'])}, {padding(args, 'pad')}"
    return f"POOL({sizes}, mode={mode}, ceil={ceil})"


def adaptive(case: Case) -> str:
    mode = "avg" if "avg" in case["kind"] else "max"
    return f"ADAPTIVEPOOL({turned(case['args']['output_size'])}, mode={mode})"


def fully_connected(case: Case) -> str:
    """Where there are further axes, PyTorch's linear layer works on the last of them: a 1x1 convolution."""
    args = case["args"]
    if "linear" in case["kind"] and len(shape(case)) == 3:
        return f"CONV({args['out_features']}, F=1, bias={str(args['bias']).lower()})"
    units = args.get("out_features") or args.get("num_output")
    return f"FC({units}, bias={str(args['bias']).lower()})"


def batch_norm(case: Case) -> str:
    args = case["args"]
    return f"BN(affine={str(args['affine']).lower()}, track={str(args['track']).lower()})"


def transposed(case: Case) -> str:
    return convolution(case, "UPCONV")


WRITERS = {
    "conv": convolution, "conv1d": convolution, "conv2d": convolution, "conv3d": convolution,
    "conv_transpose1d": transposed, "conv_transpose2d": transposed, "conv_transpose3d": transposed,
    "conv2d_transpose": transposed, "deconv": transposed,
    "depthwise": lambda case: convolution(case, "DWCONV"),
    "separable": lambda case: convolution(case, "SEPCONV"),
    "max_pool": pool, "max_pool1d": pool, "max_pool2d": pool, "max_pool3d": pool,
    "avg_pool": pool, "avg_pool1d": pool, "avg_pool2d": pool, "avg_pool3d": pool,
    "pool": caffe_pool, "ip": fully_connected, "linear": fully_connected, "batch_norm2d": batch_norm,
    "adaptive_avg_pool2d": adaptive, "adaptive_max_pool2d": adaptive,
    "global_avg_pool2d": lambda case: "GAP",
    "upsample": lambda case: f"UPSAMPLE({case['args']['scale']}, mode={case['args']['mode']})",
    "pixel_shuffle": lambda case: f"PIXELSHUFFLE({case['args']['r']})",
}  # fmt: skip
"""How each kind of case is written."""
