"""Files of other programs whose values are of a kind that no program writes, or whose layers do not fit."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

import shapecalc

FIRST = {"class_name": "Dense", "config": {"name": "d", "units": 3, "batch_input_shape": [None, 8, 8, 4]}}
HUGE_WINDOW = {"class_name": "Conv2D", "config": {"name": "c", "filters": 2, "kernel_size": [99, 99]}}


@pytest.mark.parametrize(
    ("layers", "code", "message"),
    [
        ([FIRST, HUGE_WINDOW], "SHP205", "CONV is larger than its input: a window 99 wide on 8"),
        ([FIRST, {"class_name": "LeakyReLU", "config": {"name": "a", "alpha": 1e300}}], "SHP103", "10^-30 to 10^30"),
        ([FIRST, {"class_name": "Conv2D", "config": {"name": "c", "filters": 10**40}}], "SHP010", "41 digits"),
        ([FIRST, {"class_name": "Sequential", "config": {"name": "s", "layers": [1.5]}}], "SHP010", "no class_name"),
    ],
)
def test_the_json_in_a_keras_file_may_say_anything(
    layers: list[object], code: str, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "net.keras"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(
            "config.json", json.dumps({"class_name": "Sequential", "config": {"name": "m", "layers": layers}})
        )
    (found,) = [d for d in shapecalc.check(path).diagnostics if d.severity == "error"]
    assert (found.code, message in found.message) == (code, True)


def test_a_module_after_one_that_does_not_fit_is_no_error_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "yolov8n.yaml"
    path.write_text(
        "backbone:\n  - [-1, 1, Conv, [16, 3, 2]]\n  - [-1, 1, Conv, [16, 999, 1, 0]]\n"
        "head:\n  - [[0, 1], 1, Detect, [80]]\n"
    )
    (found,) = [d for d in shapecalc.check(path).diagnostics if d.severity == "error"]
    assert (found.code, found.help[0].startswith("k=320 gives 1x1x16")) == ("SHP205", True)


@pytest.mark.parametrize("outputs", [[], [{"as_tensor": {"name": 3}}], [{"as_none": True}]])
def test_a_node_of_torch_export_may_give_nothing_that_has_a_name(outputs: list[object], tmp_path: Path) -> None:
    source, path = Path(__file__).parent / "foreign" / "torch_export" / "columns.pt2", tmp_path / "net.pt2"
    with zipfile.ZipFile(source) as whole, zipfile.ZipFile(path, "w") as changed:
        for name in whole.namelist():
            content = whole.read(name)
            if name.endswith("models/model.json"):
                program = json.loads(content)
                program["graph_module"]["graph"]["nodes"][2]["outputs"] = outputs
                content = json.dumps(program).encode()
            changed.writestr(name, content)
    assert {d.code for d in shapecalc.check(path).diagnostics if d.severity == "error"} <= {"SHP010", "SHP101"}
