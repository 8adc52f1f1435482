"""Tables that people published and that work out: a tool that finds faults must not find any here."""

from __future__ import annotations

import pytest

from tests.singlelayers import checked

TABLES = {
    "a Keras summary, 32x32x3 with 4x4 kernels (stackoverflow.com, question 61061116)": (
        "INPUT(32x32x3) => [CONV(32, 4) => RELU => POOL(2)]*2 => FLATTEN => FC(32) => FC(10)",
        [("29x29x32", 1568), ("14x14x32", 0), ("11x11x32", 16416), ("5x5x32", 0), ("1x1x800", 0),
         ("1x1x32", 25632), ("1x1x10", 330)],
        43946,
    ),
    "a Keras summary that is not square (newbetuts.com, 70781692)": (
        "INPUT(9x7x1) => [CONV(k, 3) => RELU for k in 4, 4, 2]",
        [("7x5x4", 40), ("5x3x4", 148), ("3x1x2", 74)],
        262,
    ),
    "an exercise (scribd.com, 916050017)": (
        "INPUT(224x224x3) => CONV(20, 3) => POOL(2) => CONV(90, 3) => POOL(2)",
        [("222x222x20", 560), ("111x111x20", 0), ("109x109x90", 16290), ("54x54x90", 0)],
        16850,
    ),
    "a brain tumour classifier (github.com/Ammu202/brain-tumour_identification)": (
        "INPUT(224x224x3) => [CONV(k, 3) => POOL(2) for k in 32, 64, 128] => FLATTEN => FC(128)",
        [("222x222x32", 896), ("111x111x32", 0), ("109x109x64", 18496), ("54x54x64", 0), ("52x52x128", 73856),
         ("26x26x128", 0), ("1x1x86528", 0), ("1x1x128", 11075712)],
        11168960,
    ),
    "a one-dimensional network for ECGs (pmc.ncbi.nlm.nih.gov, PMC7924512, table 1)": (
        "INPUT(200x1) => CONV(16, 11, S=3) => BN => POOL(3, S=2) => CONV(32, 5) => BN => POOL(3, S=2)\n"
        "=> CONV(64, 3) => BN => POOL(3, S=2) => FLATTEN",
        [("64x16", 192), ("64x16", 32), ("31x16", 0), ("27x32", 2592), ("27x32", 64), ("13x32", 0),
         ("11x64", 6208), ("11x64", 128), ("5x64", 0), ("1x320", 0)],
        9216,
    ),
}  # fmt: skip
"""Diagram, volume and parameters of every row that the table has, and their sum."""


@pytest.mark.parametrize("table", TABLES)
def test_a_published_table_comes_out_row_for_row(table: str) -> None:
    text, rows, total = TABLES[table]
    report = checked(f"---\nrounding: floor\n---\n{text}")
    computed = [(str(r.output), r.params) for r in report.rows if r.node.kind not in ("INPUT", "RELU")]
    assert computed == rows
    assert report.ok
    assert report.totals is not None
    assert report.totals.params == total
