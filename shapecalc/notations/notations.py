"""The table of notations that are read: what papers and posts write, and the same as a diagram.

A row without a code is read as what it says and nothing is reported; the sentence says where it comes from. A row
with a code is a notation that could mean two things: it is refused, and both are shown. They are tried like rewrites,
before anything is taken for a mistake, and only in texts that are no diagram as they are.
"""

from __future__ import annotations

from collections.abc import Callable

from shapecalc.diagnostics.diagnostic import Diagnostic, Edit
from shapecalc.language.lexemes import ARROW, BROKEN, FOREIGN_ARROW, INSIDE, NAME, SIZE
from shapecalc.notations import compact
from shapecalc.notations import tables_of_papers as rows
from shapecalc.notations.compact import GENERATOR, STEP, generator
from shapecalc.notations.in_words import (
    counted,
    extent_and_filters,
    in_words,
    layer_in_words,
    pool_with_stride,
    round_group,
    spoken,
)
from shapecalc.notations.line_notations import figures_in_label, line_edits
from shapecalc.notations.other_languages import other_language
from shapecalc.notations.respelling import Respelling
from shapecalc.notations.rewrite import Rewrite
from shapecalc.notations.sequences_of_calls import flux_call, sequence_edits
from shapecalc.notations.tables_of_papers import coloured, table_of_resnet, two_readings_of_a_row

N = Rewrite
GROUP = rf"\((?:{INSIDE})\)\s*[*xX×]\s*(?:\d+|[A-Z])(?!\w)"
DASHED = r"(?P<dash>[-–](?=[^\W\d]|[\[(])|,(?=\s*(?i:soft-?max)\s*(?:\n|\Z)))"
DASH = f"{DASHED}?"
"""A dash without blanks between a group and what follows it; in the slides of CS231n a comma before the last layer."""
AT = rf"(?:\d+[ \t]*@[ \t]*{SIZE}|{SIZE}[ \t]*@[ \t]*\d+(?![\w.]|[ \t]*[xX×]))"
STRIDE = r"(?:(?:[ \t]*+,)?[ \t]*+(?:/|(?:stride|s)(?:[ \t]*+=|[ \t]))[ \t]*+(\d+))"
"""`/2`, `, stride 2`: a stride after a layer."""

ROW = rf"\[?\s*+{SIZE}(?:[ \t]++(?i:conv)[^\W\d]*+)?\s*+,\s*+\d++\]?"
"""A layer in the brackets of ResNet's table: `3x3, 64`."""

# fmt: off
NOTATIONS: tuple[Rewrite, ...] = (
    # --- chains in one word ---
    N("", compact.FILTERS_AND_SIZES, "32C5-MP2-64C5-MP2-512FC-10: Cireşan, Meier and Schmidhuber 2012 and many since",
        compact.filters_and_sizes, "token item", parts=compact.PART),
    N("", r"(\d+)(?i:FC|N|SVM)(?!\w)", "150N, 10SVM: so many neurons", "FC({1})", "token"),
    N("SHP024", rf"\(?(\d+)[xX×]\1[cC](\d+)\)?(?:\s*[-–]\s*(?:{compact.PART}))*(?![\w.])",
        "{0} can be read in two ways", "CONV({2}, {1})", "token item", "expected a layer",
        "as one layer: write CONV({2}, {1})\nor as {1} layers: write [CONV({1}, {2})]*{1}", ""),
    N("", GENERATOR, "c7s1-64,d128,R256,u128: CycleGAN (Zhu et al. 2017), appendix 7.2", generator,
        "token item", parts=STEP),
    N("SHP024", r"CD?\d+(?:\s*[-–,]\s*CD?\d+)+", "{0} can be read in two ways", compact.plain, "token item",
        "C64 says how many filters, and not their size and stride", compact.two_readings_of_ck, ""),
    N("SHP024", r"\d+(?:\s*[-–]\s*\d+)+(?![\w.])", "{0} has numbers, and no layers", compact.plain, "token",
        "expected layers", compact.two_readings_of_numbers, ""),
    N("SHP024", rf"\d+(?:\s*{ARROW}\s*\d+)+(?![\w.@]|\s*[xX×])", "{0} has numbers, and no layers", compact.plain,
        "token", "expected layers", compact.two_readings_of_numbers, "", after="start"),
    N("SHP024", r"((?i:conv)\w*)[ \t]*:[ \t]*(\d+)[ \t]*@[ \t]*((\d|1[01])[ \t]*[xX×][ \t]*\4)(?!\d)",
        "{0} can be read in two ways", "{1}: {3}x{2}", "item front", "filters and their size, or the volume?",
        "as a layer: write CONV({2}, {3}) as {1}\nor as its volume: write {1}: {3}x{2}", ""),
    N("", r"(\d+)\s*@\s*(\d+\s*[xX×]\s*\d+)", "C1: 6@28x28: so many maps, as in the figure of LeNet-5", "{2}x{1}",
        "token", after="COLON"),
    N("", rf"[^\W\d_]+[ \t]*+\(?[ \t]*+{AT}(?:[ \t]*,[ \t]*[sSpP][ \t]*=[ \t]*\d+)*[ \t]*\)?|{AT}[ \t]+[^\W\d_]+",
        "conv 64@3x3, conv 3x3@64 and 64@3x3 conv: so many filters", spoken, "item token front"),
    N("", r"([CF]\d+|(?i:output|flatten)|(?i:fc|dense|linear)\([^()\n]*\))\s*:\s*(\d+)(?![\w.@]|\s*[xX×])",
        "C5: 120 and FLATTEN: 4096: so many values, as in the figure of LeNet-5", "{1}: 1x1x{2}", "item front"),
    N("", r"(\d+)\s*@\s*(\d+\s*[xX×]\s*\d+)", "1@28x28 => …: so many maps come in", "INPUT({2}x{1})", "token",
        after="start"),
    N("SHP024", r"(\d+)\s*@\s*(\d+\s*[xX×]\s*\d+)", "{0} can be read in two ways", "CONV({1}, {2})", "token",
        "expected a layer", "as a layer: write CONV({1}, {2})\nor as the volume of a layer: write : {2}x{1} after it",
        ""),
    N("SHP024", rf"({SIZE})\s*{ARROW}\s*((?:\d+\s*[xX×]\s*)+(\d+))(?:\s*{ARROW}\s*(?:{SIZE}|\d+))*(?=\s*\Z)",
        "{0} has volumes, and no layers", "INPUT(1x1x1)", "front", "expected layers",
        "write the layer that gives each volume, such as INPUT({1}) => CONV({3}): {2}", "", after="start"),
    N("SHP006", rf"([^\W\d_]+)[ \t]*\[[ \t]*({SIZE})[ \t]*,[ \t]*(\d+)[ \t]*\]", "the arguments of {1} are in [ ]",
        spoken, "item front", "expected '('", layer="K"),
    N("SHP024", rf"(?<!\[)\[\s*+{ROW}(?:\s*+[;,]?\s*+{ROW})*\s*+\](?:\s*+[xX×*]\s*+\d+)?",
        "{0} is from the table of ResNet, and does not say how its layers are joined", table_of_resnet,
        "token front", "expected layers", two_readings_of_a_row, ""),
    N("", r"(?i:(?:(?:neural|my)[ \t]+)?(?:network|net|model|architecture|structure|cnn))[ \t]*[:=]\s*"
        r"(?=(?i:INPUT|IMAGE|DATA)\b|\d+[ \t]*[xX×][ \t]*\d)", "model = INPUT(28x28x1) => …: what the whole is called",
        "", "item", after="start"),
    # --- arrows and dashes ---
    N("", FOREIGN_ARROW, "arrows of web pages, LaTeX and shells", "{spaced}", "token", needs="ARROW"),
    N("", rf"{NAME}(?:-{NAME}){{1,2}}", "soft-max: one layer in two words", layer_in_words, "item"),
    N("", r"[-–—−](?=\s*[^\W\d]|\s*\[|\s*\d+[xX×])|(?<=\))[-–—−](?=\s*[\d(])", "INPUT-CONV-RELU: a dash without spaces",
        "{spaced}", "token", needs="ARROW"),
    N("", r"\*\*(?P<bold>[^*\n]+?)\*\*|__(?P<under>[^_\n]+?)__", "**CONV**: bold in Markdown", "{bold}{under}",
        "token"),
    # --- counts and groups ---
    N("", r"\[?[xX×]\s*(\d+\b|[A-Z]\b|\([^()\n]{1,20}\))\]?(?!\s*[(\[\w])", "[CONV - RELU] x 3: a spoken count", "*{1}",
        "token", needs="STAR", after="RSQB"),
    N("", rf"[xX×]\s*(\d+|[A-Z])\b{DASHED}", "[CONV-RELU]x2-POOL: the same, and a dash", "*{1} => ", "token",
        needs="STAR", after="RSQB"),
    N("", rf"(?P<front>[-–—−])?{GROUP}(?:[-–—−]{GROUP})*{DASH}",
        "(CONV 3x3, 64)*2 and (CONV-RELU) x 2: round brackets as in a product", round_group, "token"),
    N("", rf"(?P<count>\d+)\s*[*xX×]\s*\((?P<group>{INSIDE})\){DASH}", "2x(CONV-RELU)",
        lambda m, _: counted(m) + " => " * bool(m["dash"]), "token"),
    # --- arguments and volumes ---
    N("", r"\[\s*(\d+(?:\s*,\s*\d+)*)\s*\]", "([1, 2], (0, 1)): a list in a tuple", "({1})", "token", inside="("),
    N("", r"\[\s*(\d+(?:\s*[xX×]\s*\d+){2,})\s*\]", "CONV(12) [32x32x12]: the volume as lectures give it", ": {1}",
        "token front", after="RPAR SHORT NUMBER"),
    N("SHP024", rows.NAMED_ROW, "{at} is a shape with its batch, as a summary prints it", rows.row, "item",
        "these are no arguments", rows.instead, ""),
    N("", rows.SHAPE, "CONV(32, 3) (None, 26, 26, 32): the shape as a summary prints it", rows.claimed, "token front",
        after="RPAR"),
    N("", rows.SHAPE, "CONV(32, 3): (None, 26, 26, 32)", lambda match, _: rows.claimed(match, _)[2:], "token front",
        after="COLON"),
    N("", rf"([^\W\d_]+)([ \t]*)(\d+\s*[xX×*]\s*\d+)(?:[ \t]*/[ \t]*(\d+))?"
        rf"[ \t]*,[ \t]*(\d+)(?![ \t]*[xX×]){STRIDE}?(?![\w.])",
        "Conv3x3, 32 and conv 3x3/2, 64: extent, stride and filters", extent_and_filters, "item front", layer="K"),
    N("", rf"({NAME})\(\(\s*(\d+)\s*,\s*(\d+)\s*\)\s*,\s*(\d+)\s*=>\s*(\d+)((?:\s*,[^(),\n]*)*)\)",
        "Conv((5, 5), 1=>6, relu): Flux", lambda match, _: flux_call(match[0], ""), "item"),
    N("", rf"(?P<name>{NAME}(?:[ \t-]{NAME}){{0,2}})(?P<words>(?:[ \t]*{SIZE})?[ \t]*\([^()\n]+\))",
        "Conv (64 filters of size 3x3, stride 1) and Conv 5x5 (6 filters): arguments in words", in_words, "item"),
    N("", rf"(?P<name>{NAME}(?:[ \t-]{NAME}){{0,2}})[ \t]*:[ \t]*"
        rf"(?P<words>(?:(?!{ARROW}|{FOREIGN_ARROW})[^()\[\]|#\n])+)", "Pool1: 2x2, stride 2: the same in a list",
        in_words, "item"),
    N("", rf"(?P<name>{NAME})[ \t]+(?P<words>(?:{SIZE}|\d+)(?:,?[ \t]+(?!(?:max|avg|average)\b"
        rf"|{NAME}[ \t]*(?:[:(\d]|=(?!>))){NAME}|[ \t]*\([ \t]*{NAME}[ \t]*\)))(?!\w)",
        "conv 3x3 ReLU and FC 128 (relu): the activation after a layer", in_words, "item front"),
    N("", rf"({NAME})[ \t]+[xX×]?(\d+)[xX×]?(?![\w.]|[ \t]*[(\[])", "upsample x2: so many times as large", "{1}({2})",
        "item front", layer="UPSAMPLE"),
    N("", r"([^\W\d_]+)[ \t]+k(\d+)[ \t]*n(\d+)[ \t]*s(\d+)[ \t]*p(\d+)(?!\w)",
        "conv k3n64s1p1: extent, filters, stride and padding", "{1}({3}, {2}, S={4}, P={5})", "item front", layer="K"),
    N("SHP024", r"([^\W\d_]+)[ \t]+k(\d+)[ \t]*n(\d+)[ \t]*s(\d+)(?!\w)", "{0} does not say how the input is padded",
        "{1}({3}, {2}, S={4}, P=same)", "item front", "expected {new}", layer="K"),
    N("", rf"((?:(?i:max|avg|average)[ \t-])?[^\W\d_]+)(?:[ \t]*({SIZE}))?{STRIDE}(?![\w.])",
        "MaxPool/2, pool 3x3/2 and max-pool 3x3/2: a stride", pool_with_stride,
        "item front", layer=""),
    N("", rf"({NAME}(?<=\d)-\d+)[ \t]*/[ \t]*(\d+)(?![\w.])", "conv3-64/2: a stride", "{1}(S={2})", "item front"),
    N("", r"([^\W\d_]+)[ \t]*,[ \t]*(\d+)(?![\w.]|[ \t]*[xX×,])", "FC, 10: the units of a row of a table", "{1}({2})",
        "item front", layer="K"),
    N("", rf"(?P<name>{NAME})[ \t]+(?P<words>\d+(?:{ARROW}|{BROKEN}|{FOREIGN_ARROW})\d+(?:,?[ \t]+{SIZE}(?:/\d+)?)?)"
        r"(?![\w.])", "Conv 3->16 and Conv 3->16 3x3: what comes in and goes out", in_words, "item"),
    N("", rf"(\d+)[ \t]*{ARROW}[ \t]*(\d+)", "ResBlock(64 → 128): what comes in and goes out, of any layer",
        "{2}, in={1}", "front", inside="(", after="LPAR"),
    N("", rf"((?i:INPUT|IMAGE))[ \t]+(?!(?i:\1)\b)(?i:INPUT|IMAGE|DATA|LAYER)(?:[ \t]*(\(\s*{SIZE}\s*\)))?",
        "Input Image (28x28x1): an input in two words", "{1}{2}", "item"),
    N("", rf"((?i:INPUT|IMAGE|DATA))\s*+\(?\s*+({SIZE})[ \t]++"
        r"(?P<colour>(?i:RGB|colou?r|gr[ae]y(?:[ \t]?scale)?|image))\b" r"(?P<rest>[ \t]*+(?:images?)?[ \t]*+)\)?",
        "input (224 x 224 RGB image): the head of VGG's table", coloured, "item"),
)
"""Tried in this order."""
# fmt: on

WHOLE_TEXTS: tuple[Callable[[str], list[Edit] | Diagnostic | None], ...] = (
    sequence_edits,
    other_language,
    figures_in_label,
    line_edits,
)
"""Readers of whole texts, asked in this order: the edits that make a diagram of one, or why that is none."""


def whole_text(text: str) -> Respelling | Diagnostic | None:
    """A text that is another notation as a whole, written anew, or the one diagnostic for it."""
    found = next((found for read in WHOLE_TEXTS if (found := read(text))), None)
    return Respelling(text, found) if isinstance(found, list) else found
