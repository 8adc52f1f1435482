"""On which published networks rules fire: counted over all samples, and written on the pages of the rules."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from shapecalc.core.parameters import Sizes
from shapecalc.diagnostics.diagnostic import Source
from shapecalc.expansion.options import Options
from shapecalc.formats.sources import read_source
from shapecalc.pipeline import CheckOptions, check
from shapecalc.rules.catalogue import Selection, codes, load
from tests.samplefiles import SAMPLES

ROOT = Path(__file__).parents[1]
COUNTED = ROOT / "shapecalc" / "rules" / "alarms.json"
ALL = CheckOptions(rules=Selection(select=("ALL",), preview=True))
SIZED = CheckOptions(Options(input=Sizes((224, 224, 3))), rules=ALL.rules)

FORMATS = ROOT.parent / "shared" / "truth" / "formats"
"""Published networks in files of other tools; where they are not there, the counts stay as they are."""

MEANT = {
    "SHP201": {"alexnet-224"},
    "SHP303": {"vgg16-listing"},
}
"""Errors of the default rules on published networks: AlexNet's paper says 224, where 227 is meant; the sums of the
VGG listing do not add up."""
LOSSY = {"SHP201": {"keras-mnist"}}
"""Warnings: it says with `rounding: floor` that a row is meant to go. SqueezeNets claim the rounded volumes: notes."""


def reported(path: Path, options: CheckOptions, *, heard: bool = True) -> dict[str, set[str]]:
    """The codes that are reported of a sample, each with its severities; what its comments ignore too, on wish."""
    found: dict[str, set[str]] = {}
    text = path.read_text(encoding="utf-8")
    source = Source(path.name, text if heard else text.replace("# shapecalc:", "# unheard:"))
    for diagnostic in check(source, options).diagnostics:
        found.setdefault(diagnostic.code, set()).add(diagnostic.severity)
    return found


def fired(samples: Sequence[Path]) -> dict[str, list[str]]:
    """For every rule that checks, the samples on which it fires when all rules are selected."""
    found: dict[str, list[str]] = {code: [] for code in codes() if load(code).checks()}
    for path in samples:
        for code in reported(path, ALL, heard=False):
            found.setdefault(code, []).append(path.stem)
    return {code: names for code, names in sorted(found.items()) if names}


@pytest.mark.parametrize("every", [pytest.param(1, marks=pytest.mark.slow), 4])
def test_the_counts_on_the_pages_are_those_of_the_samples(every: int, refresh: bool) -> None:
    there = json.loads(COUNTED.read_text(encoding="utf-8"))
    if refresh:
        there |= {"samples": len(SAMPLES), "networks": fired(SAMPLES), "published": there.get("published", {})}
        COUNTED.write_text(json.dumps(there, indent=1) + "\n", encoding="utf-8")
    assert there["samples"] == len(SAMPLES)
    looked_at = {path.stem for path in SAMPLES[::every]}
    expected = {code: [name for name in names if name in looked_at] for code, names in there["networks"].items()}
    assert fired(SAMPLES[::every]) == {code: names for code, names in expected.items() if names}


@pytest.mark.slow
def test_the_samples_are_clean_but_for_what_is_meant_to_be_found() -> None:
    found: dict[str, dict[str, set[str]]] = {"error": {}, "warning": {}}
    for path in SAMPLES:
        for code, severities in reported(path, CheckOptions()).items():
            for severity in severities - {"note"}:
                found[severity].setdefault(code, set()).add(path.stem)
    assert found == {"error": MEANT, "warning": LOSSY}


PUBLISHED = {
    "Keras applications": ("keras.tar.xz", "app_*.json"),
    "torchvision": ("onnx.tar.xz", "tv_*_script13.onnx"),
}
"""Networks as other people publish them, and as their own software writes them; each once."""
ERRORS = {("SHP201", "NASNetMobile"), ("SHP201", "squeezenet1_1")}
"""Errors of the rules on them, each read by hand: both have 224 and begin with a convolution of 3/2 without padding,
(224 − 3)/2 + 1 = 111.5, so that the last row and column are read by no window."""


@pytest.mark.slow
@pytest.mark.parametrize("name", PUBLISHED)
def test_the_counts_on_the_pages_are_those_of_published_networks(name: str, tmp_path: Path, refresh: bool) -> None:
    archive_name, glob = PUBLISHED[name]
    if not (FORMATS / archive_name).exists():
        pytest.skip("the published networks are not there")
    if archive_name.startswith("onnx"):
        pytest.importorskip("onnx")
    with tarfile.open(FORMATS / archive_name) as archive:
        archive.extractall(tmp_path, [m for m in archive if Path(m.name).match(glob)], filter="data")
    fired: dict[str, list[str]] = {}
    errors = set()
    paths = sorted(tmp_path.rglob(glob))
    before, after = glob.split("*")
    for path in paths:
        report = check(read_source(str(path)), ALL)
        if any(d.code == "SHP114" for d in report.diagnostics):  # it leaves the size of its input open
            report = check(read_source(str(path)), SIZED)
        network = path.name.removeprefix(before).removesuffix(after)
        for diagnostic in report.diagnostics:
            names = fired.setdefault(diagnostic.code, [])
            names += [] if network in names else [network]
            if diagnostic.severity == "error":
                errors.add((diagnostic.code, network))
    counted = json.loads(COUNTED.read_text(encoding="utf-8"))
    if refresh:
        counted["published"][name] = {"networks": len(paths), "fired": dict(sorted(fired.items()))}
        COUNTED.write_text(json.dumps(counted, indent=1) + "\n", encoding="utf-8")
    assert counted["published"][name] == {"networks": len(paths), "fired": dict(sorted(fired.items()))}
    assert errors <= ERRORS
