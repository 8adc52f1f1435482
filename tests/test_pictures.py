"""Pictures of networks: SVG, TikZ and the page for a browser."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

import shapecalc
from shapecalc.cli import cli
from shapecalc.drawing.page_layout import PAGE, picture
from shapecalc.drawing.picture_shapes import Box, Circle, Label, Line, Picture
from shapecalc.drawing.regions import parts_of
from shapecalc.drawing.steps import DrawnStep, FoldedParts, Region, operation, steps_of

STRIPS = ("norm", "activation")
SVG = "{http://www.w3.org/2000/svg}"
NAMES = (
    "alexnet-227", "googlenet", "resnet-50", "unet", "inception-v3", "lenet-5", "densenet-121",
    "ssd-300", "pspnet", "wavenet", "yolo-v2-voc", "dsod-300",
)  # fmt: skip
HOSTILE = """---
name: '</title><script>x</script> & $\\input{a}% _ NUMBER'
---
INPUT(8x8x3) => CONV(4) as ab => RELU => FC(2)
"""


def written(format_: str, text: str, *options: str) -> str:
    done = CliRunner().invoke(cli, ["check", "--format", format_, *options, "-" if "\n" in text else text], input=text)
    assert done.exit_code in (0, 1), done.output
    return done.stdout


@cache
def known(name: str) -> shapecalc.Report:
    """The report of a network of the zoo."""
    return shapecalc.check(f"zoo:{name}")


@cache
def drawn(name: str) -> Picture:
    return picture(known(name))


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_one_page_wide_and_nothing_leaves_it(name: str) -> None:
    page = drawn(name)
    assert page.width <= PAGE + 0.1
    for shape in page.shapes:
        points = shape.points if isinstance(shape, Line) else ((shape.x, shape.y),)
        assert all(-1 <= x <= page.width + 1 and 0 <= y <= page.height + 1 for x, y in points), shape


@pytest.mark.parametrize("name", NAMES)
def test_no_two_boxes_of_layers_overlap(name: str) -> None:
    boxes = [
        s
        for s in drawn(name).shapes
        if isinstance(s, Box) and s.layer is not None and s.sort not in ("norm", "activation")
    ]
    assert len(boxes) > 5
    for at, a in enumerate(boxes):
        for b in boxes[at + 1 :]:
            apart = a.x + a.width <= b.x or b.x + b.width <= a.x or a.y + a.height <= b.y or b.y + b.height <= a.y
            assert apart, (a, b)


@pytest.mark.parametrize("name", NAMES)
def test_texts_stay_legible_on_paper(name: str) -> None:
    """At 17 cm a text of 5 points is one of 3.8 in print; what is wider than a line is put on several."""
    assert min(shape.size for shape in drawn(name).shapes if isinstance(shape, Label)) >= 5


@pytest.mark.parametrize("name", ["yolo-v3", "unet", "resnet-50", "yolo-v2-voc", "wavenet", "dsod-300"])
def test_no_lane_lies_on_another_or_on_the_line_to_the_next_row(name: str) -> None:
    lines = [shape for shape in drawn(name).shapes if isinstance(shape, Line)]
    level = [
        (at, y, min(x, end), max(x, end))
        for at, line in enumerate(lines)
        for (x, y), (end, bottom) in pairwise(line.points)
        if y == bottom
    ]
    assert level
    for (at, y, left, right), (other, level_y, start, end) in combinations(level, 2):
        assert at == other or abs(y - level_y) >= 1 or min(right, end) - max(left, start) <= 1, (name, y, left, right)


@pytest.mark.parametrize("name", NAMES)
def test_every_layer_with_weights_is_drawn_once_where_nothing_is_folded(name: str) -> None:
    report = known(name)
    shapes = [s for s in picture(report, fold=False).shapes if isinstance(s, Box | Circle)]
    layers = [s.layer for s in shapes if not (isinstance(s, Box) and s.sort in STRIPS)]
    kernels = [row.node.index for row in report.rows if any(a.role == "kernel" for a in row.weight_arrays)]
    assert all(layers.count(index) == 1 for index in kernels)


def test_boxes_are_as_high_as_the_map_and_as_wide_as_the_depth() -> None:
    boxes = [s for s in drawn("alexnet-227").shapes if isinstance(s, Box) and s.sort == "conv" and s.layer is not None]
    heights = [box.height for box in boxes]
    widths = {box.title.split(":")[0]: box.width for box in boxes}
    assert heights == sorted(heights, reverse=True)
    assert widths["conv1"] < widths["conv2"] < widths["conv3"]


def test_the_scale_may_be_logarithmic() -> None:
    report = known("alexnet-227")
    root, log = (
        {s.layer: s.height for s in picture(report, scale).shapes if isinstance(s, Box) and s.layer is not None}
        for scale in ("sqrt", "log")
    )
    assert root[0] == pytest.approx(log[0], abs=1)
    assert log[1] > root[1]
    assert written("svg", "zoo:alexnet-227") != written("svg", "zoo:alexnet-227", "--scale", "log")


def test_repeats_are_folded_skips_are_lanes_and_branches_are_stacked() -> None:
    parts = parts_of(steps_of(known("resnet-50").rows))
    assert [part.count for part in parts if isinstance(part, FoldedParts)] == [2, 3, 5, 2]
    assert [len(part.lanes or ()) for part in parts if isinstance(part, Region)] == [1, 1, 1, 1]
    stacks = [part for part in parts_of(steps_of(known("googlenet").rows)) if isinstance(part, Region)]
    assert [len(stack.chains) for stack in stacks] == [4] * 9
    labels = {s.text for s in drawn("resnet-50").shapes if isinstance(s, Label)}
    assert {"×2", "×3", "×5", "7×7/2", "224²", "2048"} <= labels


def test_nested_skips_are_nested_lanes() -> None:
    part = next(p for p in parts_of(steps_of(known("unet").rows)) if isinstance(p, Region))
    depth = 0
    while part is not None:
        depth += 1
        part = next((p for p in part.chains[0] if isinstance(p, Region)), None)  # type: ignore[assignment]
    assert depth == 4


def test_every_arrow_of_a_chain_is_drawn() -> None:
    page = picture(shapecalc.check("INPUT(16x16x3) => [CONV(8)]*3 => POOL => [CONV(8) => POOL]*2 => FC(5)"), fold=False)
    assert sum(isinstance(s, Line) and s.arrow for s in page.shapes) == 9
    folded = picture(shapecalc.check("INPUT(16x16x3) => [CONV(8)]*3 => POOL => FC(5)"))
    assert sum(isinstance(s, Line) and s.arrow for s in folded.shapes) == 3


@pytest.mark.parametrize(
    "text",
    ["INPUT(8x8x3)", "INPUT(8x8x3) => CONV(0)", "INPUT(100x4) => CONV(8, F=3)", "INPUT(4x4x4x1) => CONV(2)", HOSTILE],
)
@pytest.mark.parametrize("format_", ["svg", "tikz", "html"])
def test_any_network_has_a_picture(text: str, format_: str) -> None:
    found = written(format_, text)
    if format_ == "svg":
        ElementTree.fromstring(found)
    commands = [line for line in found.splitlines() if not line.startswith("%")]
    assert not any((r"\input{a}" if format_ == "tikz" else "<script>x") in line for line in commands)


def test_svg_is_well_formed_and_needs_nothing_from_elsewhere() -> None:
    for name in NAMES:
        root = ElementTree.fromstring(written("svg", f"zoo:{name}"))
        assert root.tag == f"{SVG}svg"
        assert root.find(f"{SVG}g/{SVG}title") is not None
    assert not re.search(r"(?:href|src|url\()", written("svg", "zoo:resnet-50"))


def test_several_networks_are_below_each_other() -> None:
    done = CliRunner().invoke(cli, ["check", "--format", "svg", "zoo:lenet-5", "zoo:vgg-16"])
    assert ElementTree.fromstring(done.stdout).findall(f"{SVG}g")[1].get("transform") != "translate(0 6.0)"


# --- TikZ -----------------------------------------------------------------------------------------


def test_graphs_are_those_of_convert_and_several_charts_are_blocks_of_markdown() -> None:
    for format_ in ("dot", "mermaid"):
        converted = CliRunner().invoke(cli, ["convert", "--to", format_, "zoo:lenet-5"]).stdout
        assert written(format_, "zoo:lenet-5") == converted
    assert written("dot", "zoo:lenet-5", "zoo:m5").count("digraph") == 2
    assert written("mermaid", "zoo:lenet-5", "zoo:m5").count("```mermaid\n---\n") == 2
    assert "is not drawn: the volume of conv1 is unknown" in written("dot", "INPUT(8x8x3) => CONV(4, 11)\n")


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no pdflatex")
def test_tikz_compiles(tmp_path: Path) -> None:
    (tmp_path / "hostile.net").write_text(HOSTILE, encoding="utf-8")
    networks = ["zoo:resnet-50", "zoo:unet", str(tmp_path / "hostile.net")]
    done = CliRunner().invoke(cli, ["check", "--format", "tikz", "-o", str(tmp_path / "net.tex"), *networks])
    assert done.exit_code in (0, 1), done.output
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "net.tex"]
    made = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert made.returncode == 0, made.stdout[-2000:]
    assert b"1 page" in made.stdout


def test_tikz_has_the_boxes_of_the_svg() -> None:
    assert written("tikz", "zoo:unet").count("rectangle") == len(re.findall("<rect", written("svg", "zoo:unet"))) - 1


# --- HTML -----------------------------------------------------------------------------------------


def test_the_page_has_table_picture_diagnostics_and_arithmetic_and_loads_nothing() -> None:
    page = written("html", "zoo:alexnet-224")
    assert "SHP201" in page
    assert "<svg" in page
    assert "11·11·3·96 = 34,848" in page
    assert page.count('aria-expanded="false"') == 24
    assert not re.search(r'(?:src|href)="(?!#)', page)
    assert "default-src 'none'" in page


def test_every_box_leads_to_a_layer_that_is_in_the_table() -> None:
    page = written("html", "zoo:resnet-50")
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    targets = re.findall(r'<a href="#([^"]+)"', page)
    assert len(targets) > 30
    assert set(targets) <= set(ids)
    controlled = re.findall(r'aria-controls="([^"]+)"', page)
    assert set(controlled) <= set(ids)
    assert re.findall(r'<th scope="row">', page)


CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


@pytest.mark.skipif(CHROMIUM is None, reason="there is no browser")
def test_in_a_browser_a_click_on_a_box_opens_the_arithmetic_of_its_layer(tmp_path: Path) -> None:
    page = written("html", "zoo:lenet-5")
    event = "new MouseEvent('click', {bubbles: true, cancelable: true})"
    click = f"<script>document.querySelector('svg a[href=\"#n1-1\"]').dispatchEvent({event});"
    button = "document.querySelector('#n1-2 button').click();</script>"
    (tmp_path / "net.html").write_text(page.replace("</body>", click + button + "</body>"), encoding="utf-8")
    assert CHROMIUM is not None
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/profile"]
    done = subprocess.run(
        [*command, "--virtual-time-budget=500", "--dump-dom", f"file://{tmp_path}/net.html"],
        capture_output=True, check=True, timeout=60, text=True,
    )  # fmt: skip
    opened = re.findall(r'aria-expanded="true" aria-controls="([^"]+)"', done.stdout)
    assert opened == ["n1-1-d", "n1-2-d"]
    assert re.search(r'<tr id="n1-1-d"><td', done.stdout)
    assert re.search(r'<tr id="n1-3-d" hidden', done.stdout)


@pytest.mark.parametrize(
    ("join", "format"), [("ADD[RELU | @a]", "svg"), ("ADD[@a | ]", "html"), ("CONCAT[@a | RELU]", "svg")]
)
def test_joins_that_all_read_one_layer_are_drawn_however_many_there_are(join: str, format: str) -> None:
    text = "INPUT(8x8x3) => RELU as a" + f" => {join}" * 250
    done = CliRunner().invoke(cli, ["check", "--format", format, text])
    assert (done.exit_code, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("layer", "words", "sort"),
    [
        ("FLATTEN", "flatten", "other"),
        ("RESHAPE(1x1x192)", "reshape", "other"),
        ("DEPTHPOOL(2)", "depthpool", "pool"),
        ("AVGPOOL(2)", "avg 2×2/2", "pool"),
        ("ADAPTIVEPOOL(4)", "avg to 4²", "pool"),
        ("GAP", "avg", "pool"),
        ("GAP(mode=max)", "max", "pool"),
    ],
)
def test_only_what_pools_is_drawn_as_a_pool(layer: str, words: str, sort: str) -> None:
    step = DrawnStep([shapecalc.check(f"INPUT(8x8x3) => {layer} => FC(10)").layers[1]])
    assert (operation(step), step.sort) == (words, sort)
