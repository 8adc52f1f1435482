"""What people type that is no diagram, and what they are told to write: with their own numbers."""

from __future__ import annotations

import pytest

import shapecalc

ON_AN_IMAGE = {
    "CONV(64, 3x3)/s2": ("SHP024", "write CONV(64, 3x3, S=2)"),
    "CONV_64_3x3": ("SHP101", "write CONV(64, 3x3)"),
    "conv_3x3_64_s2": ("SHP101", "write conv(64, 3x3, S=2)"),
    "conv1_1": ("SHP101", "conv1_1 is a layer's name: write the layer, such as CONV(64, 3) as conv1_1"),
    "CONV(64, 3) w/ RELU": ("SHP005", "write CONV(64, 3) => RELU"),
    "CONV(64, 3) with RELU": ("SHP005", "write CONV(64, 3) => RELU"),
    "CONV(64, 3) => (BN, RELU) => POOL": ("SHP006", "write [BN => RELU]"),
    "CONV(64, 3) => + skip": ("SHP005", "write ADD[ … | @a ] for a sum, with … as a where skip is taken"),
    "[CONV(64) => RELU]²": ("SHP007", "write *2"),
    "[CONV(64) => RELU]₃": ("SHP007", "write *3"),
    "[CONV(64) => RELU] 2x": ("SHP007", "write *2"),
    "repeat(2, CONV(64) => RELU)": ("SHP007", "write [CONV(64) => RELU]*2"),
    "FC=128 => RELU": ("SHP022", "write FC(128)"),
    "DROPOUT(50)": ("SHP103", "write DO(0.5) for 50 %"),
    "DROPOUT(keep_prob=0.8)": ("SHP102", "write p=0.2, the part that is dropped"),
    "CONV(64, 3, P=true)": ("SHP103", "write P=same"),
    "CONV(64, 3, dilated)": ("SHP114", "write dilation=2"),
    "CONV(64, 3, depthwise)": ("SHP114", "write DWCONV(3)"),
    "FC(4k)": ("SHP016", "write 4000"),
    "FC(ten)": ("SHP114", "write 10"),
    "FC(num_classes=10)": ("SHP102", "write K"),
    "POOL(2, type=avg)": ("SHP102", "write mode"),
    "POOL(global)": ("SHP114", "write GAP"),
    "POOL_MAX 2x2": ("SHP101", "write POOL(2)"),
    "max(2)": ("SHP119", "or write POOL(2)"),
    "view(-1, 3072)": ("SHP106", "FLATTEN gives all values in one row"),
    "UPSAMPLE(2x)": ("SHP016", "write 2"),
    "UP(2)": ("SHP101", "write UPSAMPLE(2)"),
    "DOWN(2)": ("SHP101", "write POOL(2)"),
    "CONV(64) (first layer) => RELU": ("SHP001", "write remarks after #"),
    "CONV(64) {32x32x64} => RELU": ("SHP026", "write : 32x32x64"),
    "CONV(64) @ 32x32x64": ("SHP026", "write : 32x32x64"),
    "CONV(64) 32x32x64 => RELU": ("SHP026", "write : 32x32x64"),
    "CONV(64): (32,32,64)": ("SHP006", "write 32x32x64"),
    "CONV(64): 1.8K": ("SHP022", "write params=1.8K, or macs=1.8K"),
    "RES": ("SHP101", "define it: block RESBLOCK(c) = ADD["),
    "conv1 => pool1 => fc1": ("SHP125", "POOL(2) as pool1"),
    "CONV(8) => Pool1(3)": ("SHP125", "POOL(3) as Pool1"),
}
ALONE = {
    "INPUT(32 x 32, RGB) => FC(2)": ("SHP114", "write 3 for the channels of the image"),
    "INPUT(RGB 32x48) => FC(2)": ("SHP016", "write 32x48x3"),
    "INPUT(HxWxC) => FC(2)": ("SHP114", "write its numbers, such as 224x224x3"),
    "INPUT(Bx32x32x3) => FC(2)": ("SHP114", "without the batch"),
    "INPUT(N, 3, 32, 48) => FC(2)": ("SHP103", "write INPUT(48x32x3)"),
    "INPUT(N, 32, 48, 3) => FC(2)": ("SHP103", "write INPUT(48x32x3)"),
    "[784, 128, 10]": ("SHP024", "INPUT(1x1x784) => FC(128) => FC(10)"),
    "[224, 224, 3]": ("SHP016", "INPUT(224x224x3)"),
}


@pytest.mark.parametrize(
    ("text", "code", "help"),
    [
        *((f"INPUT(32x32x3) => {text}", *expected) for text, expected in ON_AN_IMAGE.items()),
        *((text, *expected) for text, expected in ALONE.items()),
    ],
)
def test_what_to_write_is_said_with_the_numbers_of_the_text(text: str, code: str, help: str) -> None:
    first = shapecalc.check(text).diagnostics[0]
    assert (first.code, help in " / ".join(first.help)) == (code, True), first.help
