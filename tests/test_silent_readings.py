"""What was clean, and had other figures than its author meant: each is said, with what to write for either reading."""

from __future__ import annotations

import pytest

import shapecalc

SAID = {
    "INPUT(32x32x3) => FC(1,000)": ("SHP016", "write 1000"),
    "INPUT(8x8x3) => CONCAT[ CONV(8, 1) || CONV(4, 1) ]": ("SHP024", "between two branches: write |"),
    "INPUT(32x32x3) => FC(4.000)": ("SHP016", "write 4000"),
    "INPUT(100x1) => EMBEDDING(10,000, 300)": ("SHP016", "write 10000"),
    "INPUT(1x1x100) => FC(8192) => RESHAPE(512, 4, 4)": ("SHP505", "write the size as 4x4x512 if 512 is"),
    "INPUT(64x28x28x1) => CONV(16, 3) => FC(10)": ("SHP505", "write INPUT(28x28x1), and --batch 64, if 64 is"),
    "INPUT(32x784) => FC(100) => RELU => FC(10)": ("SHP126", "write INPUT(1x784) if 32 is the number of images"),
    "INPUT(100x1) => Embedding(300, 10000) => GAP": ("SHP123", "write EMBEDDING(10000, 300)"),
    "INPUT(196x768) => LN => ATTENTION(8)": ("SHP122", "write CONV(2304, 1) => ATTENTION(8) => CONV(768, 1) for"),
    "INPUT(196x768) => MultiHeadAttention(8)": ("SHP122", "write CONV(2304, 1) => ATTENTION(8)"),
    "INPUT(9x9x4) => PAD(1, 1)": ("SHP122", "write PAD(P=1) to pad width and height"),
    "INPUT(112x112x32) => DWCONV(64, 3)": ("SHP123", "write DWCONV(3)"),
    "INPUT(100x1x1) => UPCONV(512, 4, 1, 0)": ("SHP505", "write the size as 1x1x100 if 100 is the number of"),
    "INPUT(28x28x3) => CONV(96, 4, 4) => RESHAPE(96x49) => LN": ("SHP505", "write the size as 49x96 if 96 is"),
    "INPUT(28x28x1) => CONV32-5 => FC10": ("SHP123", "write CONV5-32 for 32 filters of 5x5"),
    "INPUT(28x28x16) => Conv(16, 8) => FC(10)": ("SHP123", "write CONV(8, 3, in=16) if 16 come in and 8 go out"),
    "INPUT(8x8x3) => CONV(3, 1) as a => CONV(3, 3, P=1) => ADD[@a | @a]": ("SHP407", "write an empty branch for it"),
    "INPUT(28x28x1) => CONV(8, 3) #1 => POOL(2) #1 => FC(10)": (
        "SHP001",
        "leave out #1, or write a name after the layer",
    ),
    "INPUT(9x9x3) => Resizing(width=5)": ("SHP103", "write Resizing(5, 5) for a square"),
    "INPUT((32,48),3) => CONV(8, 3)": ("SHP122", "write INPUT(48x32x3) for 3 channels"),
    "INPUT(8x8x3) => BN(0.9)": ("SHP122", "leave it out if it is a momentum"),
    "INPUT(8x8x3) => ELU(64)": ("SHP122", "write the number with the layer before"),
    "INPUT(8x8x3) => DO(1) => FC(2)": ("SHP122", "leave the layer out if all values are to be kept"),
    "INPUT(32x32x3) => PAD(34x36)": ("SHP122", "write PAD(1x2) for 34x36"),
    "INPUT(32x32x3) => CONV(64-3)": ("SHP122", "write CONV(64, 3) for a window"),
    "INPUT(32x32x3) => CONV(3*3)": ("SHP122", "write CONV(F=3x3) for a window"),
    "INPUT(32x32x3) => CONV(8, 3-1)": ("SHP122", "write F=3, S=1 for a window with a stride"),
    "INPUT(32x32x3) => POOL(3-2)": ("SHP122", "write F=3, S=2 for a window with a stride"),
    "INPUT(32x32x3) => POOL(2/2)": ("SHP024", "with a stride: write F=2, S=2"),
    "INPUT(32x32x3) => CONV*64": ("SHP122", "write CONV(64) for one layer of 64"),
    "INPUT(32x32x3) => CONV(4_)": ("SHP016", "write 4"),
    "INPUT(28-28-1) => FC(10)": ("SHP103", "write INPUT(28x28x1)"),
    "INPUT(28/28/1) => FC(10)": ("SHP103", "write INPUT(28x28x1)"),
    "INPUT(32x32x3) => CONV-ReLU(128)": ("SHP103", "write ReLU(), and a number of filters with the layer"),
}


@pytest.mark.parametrize(("text", "expected"), SAID.items())
def test_what_can_mean_something_else_is_said(text: str, expected: tuple[str, str]) -> None:
    (said,) = shapecalc.check(text).diagnostics
    assert (said.code, said.help[0][: len(expected[1])]) == expected


MEANT = {
    "INPUT(28x28, 1) => FC(10)": 7850,
    "INPUT(height=32, width=48, channels=3) => CONV(8, 3x5)": 368,
    "INPUT(32x32x3) => conv(in_channels=3, out_channels=64, kernel_size=3)": 1792,
    "Input((32,48,3), 16) => CONV(8, 3)": 224,
    "INPUT(32x32x3) => POOL(2, 2) => CONV(224,224,3,P=112)  # 1,000": None,
    "INPUT(8x8x3) => CONV(2,3,1,0)": 56,
    "INPUT(8x8x3) => CONCAT[ CONV(8, 1) | | CONV(4, 1) ]": 48,
    "INPUT(8x8x3) => ADD[|| CONV(3, 1)]": 12,
    "INPUT(1x1x100) => FC(8192) => RESHAPE(4, 4, 512)": 827392,
    "INPUT(64x28x28x1) => CONV3D(16, 3) => GAP": 448,
    "INPUT(64x28x28x1) => CONV(16, 3x3x3) => GAP": 448,
    "INPUT(64, 28, 28, 1) => CONV(16, 3x3x3) => GAP": 448,
    "INPUT(28x28) => FC(10)": 7850,
    "INPUT(8x8x3) => BN(eps=0.5) => ELU(0.5) => DO(0.9) => PAD(8) => PAD(P=34x34)": 6,
    "INPUT(8x8x3) => CONV(2*3, 1) => CONV(4*8, 1) => [CONV(3)]*20": 24 + 224 + 867 + 19 * 84,
    "INPUT(1x784) => FC(10)": 7850,
    "INPUT(32x784) => FLATTEN => FC(10)": 250890,
    "INPUT(100x1) => EMBEDDING(300, K=10000) => GAP": 3000000,
    "INPUT(100x1) => EMBEDDING(128, 512) => GAP": 65536,
    "INPUT(196x768) => LN => CONV(2304, 1) => ATTENTION(8)": 1773312,
    "INPUT(196x768) => LN => ATTENTION(8)[ | | ]": 1536,
    "INPUT(1000x1x1) => CONV(16, 5x1)": 96,
    "INPUT(28x28x3) => CONV(96, 4, 4) => RESHAPE(49x96)": 4704,
    "INPUT(8x8x16) => CONV(16, 8)": 16400,
    "INPUT(28x28x1) => CONV5-32": 832,
    "INPUT(8x8x3) => CONV(3, 1) as a => CONV(3, 3, P=1) => ADD[ | @a]": 96,
    "INPUT(9x9x4) => PAD(1, depth=1)": 0,
    "INPUT(9x9x4)  #1: as in the paper, no arrow\n=> CONV(2, 1)  # 1 => 2": 10,
    "INPUT(56x56x32) => DWCONV(7, 1, 3)": 1600,
    "INPUT(32x32x3) => CONV(8, 3) => ReLU(True)": 224,
}


@pytest.mark.parametrize(("text", "params"), MEANT.items())
def test_what_has_one_meaning_is_clean(text: str, params: int | None) -> None:
    report = shapecalc.check(text)
    assert params is None or (list(report.diagnostics), report.totals and report.totals.params) == ([], params)
    assert "SHP016" not in {d.code for d in report.diagnostics}
