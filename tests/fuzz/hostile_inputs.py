"""Texts of 10 kB or less that ask for much: each by what it tries, its kind of file, and the text."""

# ruff: noqa: E501 (texts)

from __future__ import annotations

import json
from collections.abc import Iterator

from shapecalc.expansion.options import MOST_LAYERS

HUGE = 1_000_000_000
MANY = 9_000
"""Characters of what is only repeated."""


def _windows() -> Iterator[tuple[str, str, str]]:
    """Every layer with an extent, stride, factor or size, with one that a loop would never come to the end of."""
    for size in (HUGE, 100_003):
        axis = f"INPUT({size}x1)"
        plane = f"INPUT({size}x{size}x1)"
        for layer in (
            f"CONV(1, F={size}x1)", f"CONV(1, F=2x1, dilation={size // 2})", f"CONV(1, F=1, S={size})",
            f"CONV(1, F=3x1, P={size})", f"POOL({size}x1)", f"POOL(2, S={size})", f"POOL(F={size // 3}x1, S=1)",
            f"UPCONV(1, F={size})", f"UPCONV(1, F=3, S={size})", f"UPCONV(1, F=3, dilation={size})",
            f"UPSAMPLE({size})", f"UPSAMPLE({size}x1, mode=linear)", f"UPSAMPLE(0.{'0' * 20}1)",
            f"RESIZE({size}x{size})", f"ADAPTIVEPOOL({size}x1)", f"ADAPTIVEPOOL({size // 2}x1)",
            f"LRN({size})", f"DEPTHPOOL({size})", f"PIXELSHUFFLE({size})", f"PIXELUNSHUFFLE({size})",
            f"DWCONV(F={size}x1)", f"DWCONV(F=1, multiplier={size})", f"SEPCONV(1, F={size}x1)",
            f"LOCAL(1, F={size}x1)", f"PAD({size})", f"CROP({size // 3})", f"SLICE(0..{size})", f"SHUFFLE({size})",
            f"EMBEDDING({size}, {size})", f"GN({size})", f"FC({size})", f"LSTM({size})", f"ATTENTION({size})",
            f"RESHAPE({size}x1)", f"SOFTMAX({size})", f"CONV({size}, 1, groups={size})",
        ):  # fmt: skip
            for begin in (axis, plane):
                yield f"{layer} on {begin}", ".net", f"{begin} => {layer} => FC(2)\n"
    for depth in (HUGE, 999_999_937):
        for layer in (f"DEPTHPOOL({depth})", f"DEPTHPOOL({depth // 3})", f"LRN({depth})", f"SHUFFLE({depth})",
                      f"SHUFFLE({depth // 2})", f"GN({depth // 2})", f"CONV(2, 1, groups={depth})"):  # fmt: skip
            yield f"{layer} on depth {depth}", ".net", f"INPUT(4x4x{depth}) => {layer} => CONV(2, 1)\n"
    pools = " => ".join(f"POOL(F={99_989 + i}, S=1)" for i in range(5))
    yield "five pools with F near 100,000", ".net", f"INPUT(600000x600000x1) => {pools} => FC(2)\n"
    pools = " => ".join(f"POOL(F=2, S={s}, dilation={d})" for s, d in ((1, 7), (3, 99_991), (7, 31), (11, 5)))
    yield "windows with gaps", ".net", f"INPUT({HUGE}x{HUGE}x1) => {pools} => FC(2)\n"


def _repeats() -> Iterator[tuple[str, str, str]]:
    """Repeats, loops and blocks in each other, with and without layers."""
    yield "nested repeats", ".net", "INPUT(8x8x3) => [[[RELU]*1000]*1000]*1000\n"
    yield "many layers", ".net", f"INPUT(8x8x3) => [RELU]*{MOST_LAYERS - 10}\n"
    yield "repeats of nothing", ".net", "INPUT(8x8x3) => [[[[RELU]*0]*100000]*100000]*100000 => FC(2)\n"
    nested = "RELU?"
    for letter in "abcdef":
        nested = f"[{nested} for {letter} in 0..1000]"
    yield "nested for of optional parts", ".net", f"INPUT(8x8x3) => {nested} => FC(2)\n"
    yield "nested for of zero", ".net", f"INPUT(8x8x3) => {nested.replace('RELU?', '[RELU]*0')} => FC(2)\n"
    yield "a long range", ".net", "INPUT(8x8x3) => [RELU for a in 0..10^20]\n"
    yield "a range of ranges", ".net", "INPUT(8x8x3) => [[RELU]*(a-a) for a in 0..99999999]\n"
    yield "zipped ranges", ".net", "INPUT(8x8x3) => [[RELU]*(a-b) for a, b in 0..99999999, 0..99999999]\n"
    doubling = "".join(f"block b{i + 1} = b{i} => b{i}\n" for i in range(60))
    yield "blocks that double", ".net", f"INPUT(8x8x3) => b60\nblock b0 = RELU\n{doubling}"
    yield "blocks that double nothing", ".net", f"INPUT(8x8x3) => b60 => FC(2)\nblock b0 = [RELU]*0\n{doubling}"
    yield "branches that double", ".net", "INPUT(8x8x3) => " + "[ADD[RELU | " * 0 + "ADD[[RELU]*9 | @]" * 1 + "\n"
    inner = "RELU"
    for _ in range(18):
        inner = f"CONCAT[{inner} | {inner if len(inner) < 4000 else 'RELU'}]"
    yield "joins in joins", ".net", f"INPUT(8x8x1) => {inner[:MANY]}\n"
    yield "a deep repeat of concat", ".net", "INPUT(8x8x3) => [CONCAT[RELU | RELU]]*1600\n"
    yield "a dense repeat", ".net", "INPUT(8x8x3) => [CONCAT[RELU | CONV(4, 3, P=1)]]*1600 => FC(2)\n"
    yield "a size to the power", ".net", "INPUT(8x8x3) => FC(9^9^9^9^9)\n"
    yield "powers in a row", ".net", "let a = 10^30\nlet b = a^a\nINPUT(8x8x3) => FC(b)\n"
    lets = "".join(f"let a{i + 1} = a{i}*a{i}\n" for i in range(300))
    yield "squares of squares", ".net", f"let a0 = 3\n{lets}INPUT(8x8x3) => FC(a300)\n"
    thirds = "".join(f"let a{i + 1} = a{i}*a{i}/7\n" for i in range(300))
    yield "fractions of fractions", ".net", f"let a0 = 1/3\n{thirds}INPUT(8x8x3) => FC(a300)\n"


def _many_layers() -> Iterator[tuple[str, str, str]]:
    """As many layers as commands take, and much of other things."""
    most = MOST_LAYERS - 50
    for part, begin in (
        ("LSTM(64)", "64x16"), ("LSTM(8, bidirectional=true)", "64x16"), ("ATTENTION(16, heads=4)", "64x16"),
        ("UPCONV(8, F=4, S=2, P=1) => POOL(2)", "32x32x8"), ("CONV(8, 3, P=1) => BN => RELU", "32x32x8"),
        ("ADD[CONV(8, 3, P=1) => BN | ] => RELU", "32x32x8"), ("CONCAT[CONV(4, 3, P=1) | ]", "32x32x8"),
        ("CONV(3, F=4, S=3) => UPSAMPLE(3) => PAD(1)", "33x33x3"), ("ADD[CONV(3, 3, S=2) | RELU]", "64x64x3"),
        ("CONV(64, 7, P=3) => SIGMOID => BN => DO(0.9) => CONV(8, 1)", "32x32x8"), ("FOO(3)", "8x8x3"),
        ("CONV(4, 3, P=1): 9x9x9, params=3", "32x32x3"), ("GAP => FC(4) => RESHAPE(2x2x1)", "8x8x3"),
        ("PERMUTE(2, 1, 3) => CONV(4, 3, P=1)", "32x16x4"), ("CONV(2, 3, P=1) => RELU", "64x64x64x2"),
    ):  # fmt: skip
        yield f"many {part}", ".net", f"INPUT({begin}) => [{part}]*{most // (1 + part.count('=>') + part.count('['))}\n"
    yield "other filters", ".net", f"INPUT(32x32x8) => [CONV(i+1, 3, P=1) => RELU for i in 0..{most // 2}]\n"
    yield "other units", ".net", f"INPUT(8x8x3) => [FC(i+1) for i in 0..{most}]\n"
    yield (
        "loops in loops",
        ".net",
        ("INPUT(8x8x3) => [[[CONV(a*b+c+1, 1) for a in 0..16] for b in 0..16] for c in 0..16]\n"),
    )
    inputs = (f"INPUT({i + 8}x{i + 9}x3) => CONV(4, F=3) => FC(2)" for i in range(220))
    yield "other inputs", ".net", "\n".join(inputs) + "\n"
    members = "".join(f"  m{i}: {{let: {{n: {most - 300 + i}}}}}\n" for i in range(300))
    yield "members", ".net", f"---\nmembers:\n{members}---\nINPUT(8x8x3) => [CONV(3, 3, P=1)]*n => FC(2)\n"
    lets = "".join(f"let a{i} = {f'a{i - 1} + ' if i else ''}1\n" for i in range(450))
    yield "values of values", ".net", f"{lets}INPUT(8x8x3) => [CONV(a449, 3, P=1)]*300\n"
    blocks = "".join(f"block b{i}(c, s=1) = {f'b{i - 1}(c+1) => ' if i else ''}CONV(c, 3, P=1)\n" for i in range(180))
    yield "blocks of blocks", ".net", f"{blocks}INPUT(8x8x3) => b179(3) => b179(4)\n"
    yield "claims on each line", ".net", "INPUT(32x32x3)\n" + "=> CONV(4, 3, P=1): 9x9x9, params=3, macs=8\n" * 200
    frozen = ", ".join(f"conv{i}..conv{i + 90}" for i in range(1, 400))
    yield "frozen ranges", ".net", f"---\nfreeze: [{frozen}]\n---\nINPUT(8x8x3) => [CONV(3, 3, P=1)]*{most}\n"
    yield "other extents", ".net", "INPUT(4096x4096x3)" + "".join(f" => CONV(2, F={i + 3}, P=1)" for i in range(300))
    yield "much work", ".net", "INPUT(1000x1000x64) => [CONV(64, F=3, P=1)]*9\n"
    yield "much weight", ".net", "INPUT(8x8x3) => FC(5000000)\n"


def _shapes_of_text() -> Iterator[tuple[str, str, str]]:
    """Much of one sign, word or line."""
    for sign in ("[", "]", "(", ")", "[RELU|", "=> ", "@x ", "-", "#\n", "# c\n", "\n", " ", "\t", "a ", "a\t", "a", "1", ":",
                 "1x", "((", "[[", "*", "?", "?*2", "RELU ", "RELU\n", "RELU => ", "RELU: 1x1x1 => ", "CONV(3, 3, S=2) => ",
                 "let a = 1\n", "let a = 1 + ", "block b = ", "@", "as x ", ",", "..", "1..", "\"", "'", "٣", "²", "é",
                 "\u0301", "🙂", "\u202e", "\x1b[31m", "::error::x\n", "<b>", "&amp;", "|", "CONV3-64\n", "conv 3x3, 64\n",
                 "1-", "2^", "POOL/", "CONV(1,", "FC(10): params=1\n=> ", "share a ", "for a in ", "\\", "- ", "0.0", "1e9"):  # fmt: skip
        body = sign * (MANY // len(sign.encode()))
        yield f"only {sign!r}", ".net", body
        yield f"a diagram and {sign!r}", ".net", f"INPUT(8x8x3) => CONV(4, 3) => {body}"
    names = " => ".join(f"LAYR{i}" for i in range(900))
    yield "unknown layers", ".net", f"INPUT(8x8x3) => {names}\n"
    yield "unknown arguments", ".net", f"INPUT(8x8x3) => CONV(4, {', '.join(f'argu{i}={i}' for i in range(700))})\n"
    yield "names that are near", ".net", "INPUT(8x8x3) => " + " => ".join("CONX" + "V" * (i % 60) for i in range(250))
    yield "a long name", ".net", f"INPUT(8x8x3) => {'CONV' * 2400}(3)\n"
    stride = "\n".join("=> POOL(2, S=3): 1x1x1" for _ in range(400))
    yield "claims that fail", ".net", f"INPUT(100001x100001x3)\n{stride}\n"
    off = "\n".join("=> CONV(4, F=3, S=2, P=0) => UPSAMPLE(2)" for _ in range(230))
    yield "strides that do not fit", ".net", f"INPUT(9000x9000x3)\n{off}\n=> FC(2)\n"
    yield "comments", ".net", "INPUT(8x8x3)\n" + "# c\n" * 2000 + "=> FC(2) # x\n"
    yield "bounds", ".net", "".join(f"1<=n{i}<=99999999\n" for i in range(400)) + "INPUT(8x8x3) => FC(n1)\n"
    yield "open sizes", ".net", "INPUT => " + "[CONV => RELU]*N => POOL*M => " * 200 + "FC\n"
    yield "taps", ".net", "INPUT(8x8x3) => RELU as a" + " => ADD[RELU | @a]" * 500 + "\n"
    yield "a join of many", ".net", "INPUT(8x8x3) => CONCAT[" + "|".join(["CONV(3,3,P=1)"] * 600) + "]\n"
    yield "joins that do not fit", ".net", "INPUT(64x64x3) => " + "ADD[CONV(3, 3, S=2) | RELU] => " * 250 + "FC(2)\n"
    yield "open values", ".net", "INPUT(?x?x3) => CONV(4, F=?, S=?, P=?) => POOL(F=?, S=?) => FC(?): params=1M\n"
    fits = "INPUT(227x227x3)" + " => CONV(8, F=3, S=2, P=1) => UPCONV(8, F=4, S=2, P=1)" * 150
    yield "solve of many", ".net", fits + "\n"
    yield "solve of coprime strides", ".net", "INPUT(1000003x1000003x3)" + "".join(
        f" => POOL(F={s}, S={s}) => UPSAMPLE({s})" for s in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31)) + "\n"  # fmt: skip


def _other_files() -> Iterator[tuple[str, str, str]]:
    """YAML, JSON, cfg and prototxt that grow when they are read."""
    laughs = "a0: &a0 [CONV, CONV]\n" + "".join(
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12)
    )
    yield "billion laughs", ".yaml", f"{laughs}layers: *a11\n"
    yield "billion laughs in front matter", ".net", f"---\n{laughs}---\nINPUT(8x8x3) => FC(2)\n"
    yield "an alias of itself", ".yaml", "layers: &a [*a, *a]\n"
    yield "merges", ".yaml", "".join(f"m{i}: &m{i} {{<<: [*m{i - 1}, *m{i - 1}]}}\n" for i in range(1, 99))
    for open_, close in (("[", "]"), ("{a: ", "}"), ("- ", "")):
        yield f"deep {open_}", ".yaml", f"layers: {open_ * 3000}1{close * 3000}"[:MANY]
    yield "yaml of a bomb in numbers", ".yaml", "layers:\n- INPUT: 1e999999999\n- FC: 9e999999\n"
    yield "yaml numbers to base 60", ".yaml", f"layers:\n- FC: {':'.join(['59'] * 3000)}\n"
    yield "yaml repeat", ".yaml", "input: 8x8x3\nlayers:\n- {CONV: {filters: 3}, repeat: 1000000000}\n"
    yield "yaml surrogates", ".yaml", 'name: "\\ud800x"\nlayers:\n- "\\udfff": 3\n- CONV: "\\ud800"\n'
    yield (
        "ultralytics depth",
        ".yaml",
        f"nc: 80\ndepth_multiple: {HUGE}\nbackbone:\n  - [-1, {HUGE}, C3, [{HUGE}]]\nhead: []\n",
    )
    yield "ultralytics rows", ".yaml", "nc: 80\nbackbone:\n" + "  - [-1, 100, C3, [1024]]\n" * 300 + "head: []\n"
    yield (
        "ultralytics widths",
        ".yaml",
        "nc: 1000000000\nwidth_multiple: 1e30\nbackbone:\n  - [-1, 1, Conv, [64, 3, 2]]\nhead:\n  - [[0], 1, Detect, [nc]]\n",
    )
    cfg = f"[net]\nwidth={HUGE}\nheight={HUGE}\nchannels={HUGE}\n"
    yield (
        "cfg sizes",
        ".cfg",
        cfg + f"[convolutional]\nfilters={HUGE}\nsize={HUGE}\nstride={HUGE}\npad=1\n[maxpool]\nsize={HUGE}\n",
    )
    yield "cfg sections", ".cfg", "[net]\nwidth=8\nheight=8\nchannels=3\n" + "[shortcut]\nfrom=-1\n" * 450
    yield "cfg routes", ".cfg", "[net]\nwidth=8\nheight=8\nchannels=3\n" + "[route]\nlayers=-1,-1\n" * 400
    yield "cfg bytes", ".cfg", "[net]\nwidth=\udcff\n[\udcff\ud800]\n"
    dim = f"input_shape {{ dim: 1 dim: {HUGE} dim: {HUGE} dim: {HUGE} }}"
    yield (
        "prototxt sizes",
        ".prototxt",
        (
            f'input: "d" {dim} layer {{ name: "c" type: "Convolution" bottom: "d" top: "c" '
            f"convolution_param {{ num_output: {HUGE} kernel_size: {HUGE} }} }}"
        ),
    )
    yield "prototxt depth", ".prototxt", "layer { a " * 900
    split = "".join(
        f'layer {{ name: "e{i}" type: "Eltwise" bottom: "{i}" bottom: "{i}" top: "{i + 1}" }}\n' for i in range(120)
    )
    yield "prototxt joins", ".prototxt", f'input: "0" input_shape {{ dim: 1 dim: 3 dim: 8 dim: 8 }}\n{split}'
    yield "json depth", ".json", "[" * MANY
    yield "json objects", ".json", '{"a":' * 1500 + "1" + "}" * 1500
    yield "json numbers", ".json", f'{{"class_name": "Sequential", "config": {{"layers": {"9" * 8000}}}}}'
    dense = {"class_name": "Dense", "config": {"name": "d\ud800", "units": 10**30, "batch_input_shape": [None, 10**30]}}
    yield (
        "keras sizes",
        ".json",
        json.dumps({"class_name": "Sequential", "config": {"name": "s", "layers": [dense] * 40}}),
    )
    yield "keras constant", ".json", '{"class_name": "Sequential", "config": {"layers": NaN, "name": Infinity}}'
    words, digits, blanks = "a" * MANY, "7" * MANY, " " * MANY
    yield "log of blanks", ".txt", f"layer filters size input output\n0 conv 3 3x3/1 8x8x3->8x8x3\nmax{blanks}7 7->7"
    yield "log of digits", ".txt", f"layer filters size input output\n0 conv 3 3x3/1 8x8x3->8x8x3\n1 conv {digits}"
    yield (
        "prototxt of digits",
        ".prototxt",
        f'input: "d" {dim} layer {{ name: "b" type: "BatchNorm" batch_norm_param {{ eps: {digits}a }} }}',
    )
    yield (
        "summary of a word",
        ".txt",
        f"Layer (type) Output Shape Param # Connected to\n{'=' * 60}\na (Conv2D) (None, 9, 9, 9) 9 {words}\n",
    )
    yield "a name and a size", ".net", f"INPUT(8x8x3) => a{'7' * MANY}x => CONV(3, 1)\n"
    yield "a name of sizes", ".net", f"INPUT(8x8x3) => {'x7' * (MANY // 2)}y\n"
    yield "a size with blanks", ".net", f"INPUT(8{blanks}x8x3) => CONV(3, 1)\n"
    yield (
        "a figure with blanks",
        ".net",
        f'---\nexpect: {{params: "3 {blanks[::2]}!"}}\n---\nINPUT(8x8x3) => CONV(3, 1): params=3{blanks[1::2]}\n',
    )
    yield "printed modules", ".txt", "Sequential(\n" + "  (0): Sequential(\n" * 450
    rows = (
        "Layer (type) Output Shape Param #\n" + "=" * 60 + "\n" + "a (Conv2D) (None, 999999999, 999999999, 9) 9\n" * 180
    )
    yield "printed rows", ".txt", rows


def hostile_inputs() -> list[tuple[str, str, str]]:
    """All of them."""
    return [*_windows(), *_repeats(), *_many_layers(), *_shapes_of_text(), *_other_files()]
