"""The table of rewrites: what people write that is no diagram, and what they would write here.

At a mistake the rows are tried, one after the other, at the item that was read last, at the lexeme that does not
fit, and before it. The first whose replacement the parser accepts names the mistake; label, help and fix
follow from it. A new mistake is one row and one fixture in tests/cases/syntax.
"""

from __future__ import annotations

import re

from shapecalc.language.lexemes import ARROW, BACKWARDS, BROKEN, CONFUSABLE, DOTS, INSIDE, ITEM, NAME, SIZE, UNSEEN
from shapecalc.notations import rows_of_summaries as rows
from shapecalc.notations.counted_groups import repeated_item
from shapecalc.notations.in_words import (
    COUNTED,
    IN_TWO_WORDS,
    in_words,
    layer_in_words,
    phrase,
    settings,
    spoken,
    strided,
)
from shapecalc.notations.rewrite import Rewrite
from shapecalc.notations.tables_of_papers import row_of_mobilenet
from shapecalc.syntax_errors import replacements as to

NUMBER = r"\d[\d_]*(?:\.\d+)?"
QUOTE = "[\"'`“”„«»‘’‚]"
TO_THE_ARROW = rf"(?:(?!{ARROW})[^()\[\]|#\n:=+]|=(?!>)){{1,300}}(?<!\s)(?=\s*(?:{ARROW}|[()\[\]|#\n:+]|=>|\Z))"
"""Words up to what is none, as far as a writer goes: of a line without end all is looked at once, not at each word."""
BOUND = rf"(?:\d+\s*<=?\s*{NAME}|{NAME}\s*[<>]=?\s*\d)"

R = Rewrite
DELETE = "delete it; it often comes along when text is copied from a web page"

UNKNOWN = "no volume can be computed after this"
FILL_IN = "write the missing layers, or remove it to check the rest without them"

# fmt: off
REWRITES: tuple[Rewrite, ...] = (
    # --- characters ---
    R("SHP006", rf"(\w*)(?P<at>{UNSEEN})(\w*)", "the text contains an invisible {called}", "{1}{3}", "token front",
        "{hex}", DELETE, "delete it", safe=True),
    R("SHP006", r"â(?:[†€\x80-\x9f][’“”™‘\x80-\x9f]?)?(?=\s)",
        "'{0}' is what is left of an arrow that was copied in the wrong encoding", "{spaced}", "token", needs="ARROW",
        safe=True),
    R("SHP001", r"(?P<at>//)([^\n]*)", "'//' does not begin a comment", "#{2}", "token", "expected '#'",
        "write # before the comment, on each of its lines", "write #"),
    R("SHP001", r"(?s)(?P<at>/\*|<!--).{0,2000}?(?:\*/|-->)", "'{1}' does not begin a comment", "", "token",
        "expected '#'", "write # before the comment, on each of its lines", "remove the comment"),
    R("SHP006", rf"{QUOTE}({NAME}|{NUMBER}){QUOTE}", "{1} is written in quotes", "{1}", "token", "expected {1}",
        "remove the quotes: write {1}", "remove the quotes", safe=True),
    R("SHP006", rf"{QUOTE}[^\n\"'`“”„«»‘’‚]{{0,80}}{QUOTE}", "{0} is in quotes, and a diagram has no quoted texts", "x",
        "token", "expected a layer, a name or a number", "write names without quotes, and remarks after #", ""),
    R("SHP006", QUOTE, "a quotation mark has no second one: {0}", "", "token", "a diagram has no quoted texts",
        "remove the quotation mark", "remove the quotation mark"),
    R("SHP006", r"(\.\.)\s*[.…]+|(?<=[\w)])\s*(\.{3,}|…)", "a range has two dots", "..", "token front", "expected '..'",
        "write 0..3 for the values 0, 1, 2 and 3", "write ..", safe=True),
    R("SHP008", DOTS, "'{0}' leaves a part of the network out", "", "token", UNKNOWN, FILL_IN,
        "check the rest without it", needs="ARROW"),
    R("SHP008", rf"(?P<at>{DOTS})(?:\s*{ARROW}\s*)?", "'{at}' leaves a part of the network out", "", "token front",
        UNKNOWN, FILL_IN, "check the rest without it"),
    # --- loops and counts ---
    R("SHP028",
        rf"(?P<group>(?<=\[))?(?P<at>for\s+(?P<names>{NAME}(?:\s*,\s*{NAME})*)\s+in\s+(?P<values>range\([^()\n]*\)|\["
        rf"[^\[\]\n]*\]"
        rf"|(?:\([^()\n]*\)|[\w.^]+\s*\.\.\s*[\w.^]+|\d[\w.]*|{NAME}(?!\s*[(\[]))(?:\s*,\s*(?:\([^()\n]*\)|\d[\w.]*|"
        rf"{NAME}(?!\s*[(\[])))*))" rf"[ \t]*(?::|=>|->|,)?\s*(?P<body>(?(group){INSIDE}|{ITEM}))",
        "'{at}' comes before the part that it repeats", to.loop, "item", "expected after the layers, before ']'",
        title="move the for to the end"),
    R("SHP007", r"(?P<at>(?:repeat|loop|times|for)(?:\s*\()?\s*(\d+|[A-Z])(?:\s*\))?(?:\s*(?:times|x))?(?:\s*:)?)"
        rf"\s*(\[{INSIDE}\])", "'{at}' comes before the part that it repeats", "{3}*{2}", "item",
        "expected *{2} after the group"),
    R("SHP007", r"\*\*", "'**' does not repeat anything", "*", "front", safe=True),
    R("SHP007", r"\*(?P<at>\s*(\d+)(?:\s*(?:x|times|fold)))\b", "the count {at} has a word too many", "*{2}", "front",
        safe=True),
    R("SHP007", r"\*\s*(?P<at>(\w+)\s*[-+/%]+\s*\w+(?:\s*[-+*/%]+\s*\w+)*)", "the count {at} is not in brackets",
        "*({1})", "front", "only {2} is read as the count", safe=True),
    R("SHP007", r"\*\s*(?P<at>-\s*\w+)", "a repeat count cannot be negative: {1}", "*1", "front", "expected 0 or more",
        "write a count such as 3; 0 leaves the part out", ""),
    R("SHP007", r"[(\[{]\s*+(?:[xX×*]\s*+)?(\d+)\s*[)\]}]", "{0} does not repeat anything", "*{1}", "token front",
        after="RSQB", safe=True),
    R("SHP007", r"(?:[xX]|times|repeat)\s*(\d+)\b(?!\s*[(\[])", "{0} does not repeat anything", "*{1}", "token"),
    R("SHP007", r"\^\s*(\d+)\b|(?<=\])(\d+)\b(?!\s*[<x.])", "{0} does not repeat anything", "*{1}{2}", "token",
        safe=True),
    R("SHP007", rf"(?P<at>(?P<count>\d+)\s*[xX×*]\s*)(?P<item>{NAME}[ \t]+\d{TO_THE_ARROW}|{NAME}-\d+(?![\w.])|{ITEM})",
        "the count {count} comes before the part that it repeats", repeated_item, "token", "expected a layer or '['",
        safe=True),
    R("SHP023", r"(?P<at>[;,|:])\s*(?=[^\W\d]\w*(?:\s*,\s*\w+)*\s+in\s)", "'{at}' is written where a group has 'for'",
        " for ", "token", inside="[", safe=True),
    R("SHP023", rf"(?P<at>{NAME})\s+(\w+(?:\s*,\s*\w+)*\s+in\b)", "'for' is missing before {0}", "for {2}", "token",
        "expected 'for', found {1}", "write for c in 64, 128", inside="["),
    R("SHP006", r"(?P<values>\[[^\[\]()\n]+\]|\([^()\n]*\.\.[^()\n]*\))", "the values after `in` take no brackets",
        to.values, "token front", after="IN", safe=True),
    R("SHP006", r"(?P<values>range\s*\([^()\n]*\))", "range( ) is not a list of values", to.values, "front", after="IN",
        safe=True),
    R("SHP006", rf"\(\s*({NAME}(?:\s*,\s*{NAME})*)\s*\)(?=\s*in\b)", "the names after `for` take no brackets", "{1}",
        "token", after="FOR", safe=True),
    # --- arguments ---
    R("SHP018", r"(?P<at>(?P<name>(?:batch_)?input_shape|shape)\s*=\s*(?P<value>\w[\w.]*\s*\[[^\]\n]*\]))",
        "{value} is a size that only the program knows", "{name}=(28, 28, 1)", "item front", "expected its numbers",
        "write {name}=(28, 28, 1), with the size of one image", "", inside="("),
    R("SHP024", rf"(?P<value>{SIZE}|\d+)(?:\s+|(?=\w\w))(?P<word>{NAME})", "{0} is not an argument", to.argument,
        "front", inside="("),
    R("SHP022", rf"(?P<word>(?:dilation\s+(?=rate\b))?{NAME})"
        rf"\s+(?:of\s+|is\s+)?(?P<value>{SIZE}|\d[\w.]*|same\b|valid\b|full\b)",
        "'=' is missing between {word} and {value}", to.argument, "front", inside="("),
    R("SHP006", rf"({NAME})\s*(?P<at>\()(?P<body>{INSIDE})\)", "the branches of {1} are in ( )", to.branches,
        "item", "expected '['", title="write [ … ]", safe=True),
    R("SHP022", rf"({NAME})\s*(?P<at>:=|:|->|=>|==)\s*", "the argument {1} is written with '{at}'", "{1}=", "front",
        "expected '='", "write {1}={value}", "write {1}=", inside="(", safe=True),
    R("SHP021", r"[;/&]|\|(?=[^()\[\]|]*\))", "arguments are separated by '{0}'", ",", "token", inside="(", safe=True),
    R("SHP024", r"([^\W\d]\w*)[ \t]+(\d+-\d+)(?![\w.])", "the numbers of a short form follow its name at once",
        "{1}{2}", "item", layer=""),
    R("SHP024", rf"(?P<name>{IN_TWO_WORDS}?[^\W\d_]+(?:[123][dD])?(?:[ \t]+(?i:layers?)\b)?)(?P<words>"
        rf"(?:[ \t]+|(?=\d+[xX×]))[\w/×.]+[ \t,]+(?=[\w/]){TO_THE_ARROW})", "arguments after a name must be in ( )",
        in_words, "item front"),
    R("SHP024", rf"({NAME}(?:-\d+)?)(?:[ \t]*\(([^()\n]*)\))?((?:[ \t]+{NAME}[ \t]?=[ \t]?\d[\w.]*,?)+)",
        "arguments after a name must be in ( )", settings, "item front"),
    R("SHP024", rf"(?=[^\n]{{0,60}}?\d[ \t]+(?:{SIZE}[ \t]+)?{COUNTED}\b){TO_THE_ARROW}",
        "{0} is a sentence, not a layer", spoken, "item token"),
    R("SHP024", r"((?i:soft-?max))[ \t]*[:(]?[ \t]*(\d+)(?:[ \t-]*(?:classes|outputs|units|way))?[ \t]*\)?",
        "{1} takes no number, and {2} may be the outputs of an FC before it", "FC({2}) {arrow} {1}", "item token",
        "expected {1}", "write FC({2}) {arrow} {1}, or {1} where the layer before it has {2} outputs"),
    R("SHP015", rf"((?:\d+[ \t]+)?{SIZE}|\d+)[ \t]+((?:(?i:max|avg|average)[ \t-]?)?{NAME})(?:[ \t]*\([^()\n]*\))?"
        r"(?:(?:,[ \t]*|[ \t]+)\d+(?![\w.]|[ \t]*[xX×]))?(?:,?[ \t]*(?:/|(?:stride|pad)[ \t]*=?)[ \t]*\d+){0,2}",
        "{1} comes before {2}, and arguments follow the name", spoken, "token front", layer="2"),
    R("SHP015",
        rf"(?<![\[(])(?:{SIZE}[ \t]*,[ \t]*\d+(?![\w.]|[ \t]*[xX×])|\d+[ \t]+{SIZE}(?:,?[ \t]+strides?[ \t]+\d+)?)",
        "{0} is a size and a number, and no layer is named", lambda m, c: phrase(f"CONV {m[0]}", c.arrow),
        "token front"),
    R("SHP024", rf"({NAME}(?:[ \t]+{NAME})?)[ \t]*/[ \t]*s(\d+)(?:[ \t]+{NAME}(?=[ \t\n]))?"
        rf"(?:[ \t]+({SIZE}))?(?:[ \t]+dw\b)?(?:[ \t]+{SIZE})?",
        "{0} is from a table that does not say how inputs are padded", row_of_mobilenet, "item"),
    R("SHP024", rf"({NAME})<\s*(\w[^<>\n\[\]()]{{0,60}})>(?!\s*\d)", "arguments must be in ( ), not in < >", "{1}({2})",
        "item"),
    R("SHP024", rf"({NAME})\s*+(?:\(([^()\n]*)\))?\s*+/\s*(\d+)(?![\w.])", "/{3} after {item} is not an argument",
        strided, "item", layer="S"),
    R("SHP016", r"((?i:INPUT|DATA|IMAGE))\s*[=\[]\s*(\d+(?:\s*[*,·∗⋅xX×]\s*\d+){1,3})(?:\s*\])?",
        "the size of {1} is not in ( )", "{1}({size})", "item", safe=True),
    R("SHP024", rows.ROW, "{at} is a shape with its batch, as a summary prints it", rows.row, "item front token",
        "these are no arguments", rows.instead, ""),
    R("SHP006", rf"({NAME})\s*(?P<at>\[)({INSIDE})\]", "the arguments of {1} are in [ ]", "{1}({3})", "item",
        "expected '('", "write {1}({3})", "write ( … )", safe=True),
    R("SHP016", r"[(\[{]\s*\d+(?:\s*[,x×*]\s*\d+){1,3}\s*[)\]}]", "the size of the input is in brackets, without INPUT",
        "INPUT({size})", "token front", after="start"),
    R("SHP016", r"\d+(?!\w)(?=\s*(?:->|=>|→|⇒))", "{0} is a number, and a network begins with its input",
        "INPUT(1x1x{0})", "token", "expected an INPUT",
        "write INPUT(1x1x{0}) for {0} values, or INPUT({0}x1) for one axis", after="start"),
    R("SHP016", r"(?<=\()\s*(\d+)\s*@\s*(\d+)\s*[xX×]\s*(\d+)", "the size {0} has its channels in front", "{3}x{2}x{1}",
        "front", inside="("),
    R("SHP016", r"(?:[A-Za-z][\w/ ]{0,100}[ \t])?(?P<w>\d+)[ \t]*[xX×][ \t]*(?P<h>\d+)[ \t]+"
        r"(?:(?P<grey>(?i:gr[ae]y(?:[ -]?scale)?))|(?i:RGB|colou?r))" r"(?:[ \t]+(?i:images?|inputs?|pictures?))?",
        "the input {0} is written without INPUT", lambda m, c: f"INPUT({m['w']}x{m['h']}x{1 if m['grey'] else 3})",
        "token front", after="start"),
    R("SHP024", rf"({NAME})[ \t]+or[ \t]+({NAME})", "{0} is a choice, and a network has one of the two", "{1}",
        "item front", "expected one of them", "write {1} or write {2}", "write {1}", layer=""),
    R("SHP016", r":\s*(?P<at>\d+(?:\s*\*\s*\d+)+)", "the claim {1} cannot be read", ": {size}", "front",
        "expected a volume or a figure", "write {size}", safe=True),
    R("SHP023", rf"(?P<at>{NAME})\s*(?::?=|:)(?=\s*{ITEM}.{{0,200}}\n[^#]{{0,2000}}?{ARROW}\s*(?P=at)\b)",
        "block is missing before {at}", "block {at} =", "item", "expected block {at}", "write block {at} = {rest}",
        "write block", needs="LET", safe=True),
    R("SHP027", rf"({NAME})\s*(?::?=|:)\s*({ITEM})", "the name {1} comes before its layer", to.name_after, "item front",
        "expected the layer, then 'as' and its name", layer="2", safe=True),
    R("SHP005", rf"(?P<at>:)\s*({ITEM})", "':' claims a volume or a figure, and {2} is a layer", " {arrow} {2}",
        "front", "expected '{arrow}'", "write {arrow} {2}", "write {arrow}", layer="2"),
    R("SHP018", rf"(?P<at>{NAME})\s*(=>)", "the claim {1} has no figure", "{1}=1 {2}", "front",
        "expected a volume or a figure", "write : 55x55x96, or : {1}=34944", "", after="COLON COMMA", inside="!"),
    R("SHP016", rf"({NAME}(?:\([^()\n]*\))?)\s*:\s*(?P<at>\d+)(?![\w.,@]|\s*[xX×*])",
        "the claim {at} is one number, and a volume has a width, a height and a depth", "{1}: 1x1x{at}", "item front",
        "expected a volume or a figure", to.two_readings_of_a_number, "write 1x1x{at}"),
    R("SHP016", rf"({NAME})\s*=\s*(?P<at>[\w.]+(?:\s*[-+*/^]\s*[\w.]+)*)", "the claim {0} cannot be read", "{1}=1",
        "front", "expected a figure", "write {1}=34944, {1}=61M or {1} <= 5M", "", after="COLON COMMA", inside="!"),
    R("SHP017", r"=\s*[\w.]+", "a claim has no name", "x{0}", "token", "expected a name before this",
        "write params=34944", "", after="COLON COMMA", inside="!"),
    R("SHP016", r"\d+(?:\s*[*,·∗⋅]\s*\d+){1,3}(?!\w)", "the size {0} is not written with x", "{size}", "token",
        safe=True),
    R("SHP003", r"(?<=\()\(", "'(' is never closed", "", "token", "this '(' has no ')'", "remove one '('", "remove it"),
    R("SHP004", rf"([^\W\d_]+(?=\d+,)|{NAME}(?=[ \t]))[ \t]*((?:{NUMBER}|{NAME}\s*=)[^()\n=>]*(?:=[^()\n=>]+)*)\)",
        "'(' is missing after {1}", "{1}({2})", "item", "expected {new}", layer=""),
    R("SHP016", r"(\d+(?:\.\d+)?)\s*%(?=\s*[,)])", "{0} is not a number: % is the remainder of a division",
        lambda m, _: f"{float(m[1].replace('_', '')) / 100:g}", "front", "expected a share between 0 and 1",
        inside="("),
    R("SHP016", rf"({NAME})[ \t]+(\d+(?:\.\d+)?)[ \t]*%", "{2}% is not a number",
        lambda m, _: f"{m[1]}({float(m[2]) / 100:g})", "item front", layer="p"),
    R("SHP016", r"(\d+)²(?:\s*[xX×]\s*(\d+))?", "{0} is not a size",
        lambda m, _: "x".join(filter(None, (m[1], m[1], m[2]))), "token front", "expected {new}"),
    R("SHP016", r"(\d[\d_]*(?:\.\d+)?)([KMGTkmgt])(?!\w)(?=\s*[,)])", "{0} is rounded, and an argument is exact",
        to.without_unit, "front", inside="(", after="EQUAL"),
    R("SHP016", rf"(?!{SIZE}(?![\w.]))(\d++)(?![eE]\d)[\w.×]+", "{0} is not a number, and not a size", "{1}", "front",
        "expected a number or a size, and it ends after {1}", "write sizes as 3x3, and numbers as 64, 0.5 or 1e-5", ""),
    # --- claims ---
    R("SHP026", r"[(\[]\s*(\d+(?:\s*[xX×]\s*\d+){2,})\s*[)\]]", "the volume {1} follows {front} without a colon",
        ": {1}", "token front", after="RPAR RSQB"),
    R("SHP026", r"(?:=|--)\s*(\d+(?:\s*[xX×]\s*\d+){2,})", "the volume {1} follows {front} without a colon", ": {1}",
        "token front", after="RPAR NAME RSQB"),
    R("SHP026", r"[(\[]\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*[)\]]", "the volume {0} follows {front} without a colon",
        ": {2}x{1}x{3}", "token front", after="RPAR RSQB"),
    R("SHP024", rf"({NAME}\s*\([^()\n]+)\)\s*[(\[]\s*(\d[\w\s,]*?)\s*[)\]]", "{1}) has arguments twice", "{1}, {2})",
        "item front"),
    R("SHP021", rf"({SIZE}|{NUMBER}[KMGkmg]?)[ \t]+({NAME}\s*(?:=(?![=>])|<=|>=|<|>)\s*~?\d[\w.]*)",
        "a comma is missing between {1} and {2}", "{1}, {2}", "front", "expected ',' between the two", safe=True),
    # --- definitions ---
    R("SHP023", rf"(?P<at>let(?=[ \t]+{NAME}[ \t]*:?=>?[ \t]*(?:\[|{NAME}[ \t]*(?:\(|{ARROW})))"
        rf"|(?!block\b){NAME}(?=[ \t]+{NAME}[ \t]*\())[ \t]+({NAME}(?:[ \t]*\([^()\n]*\))?)[ \t]*(?::?=>?|:)",
        "{at} does not define a part of a network", "block {2} =", "front", "expected block",
        "write block {2} = {rest}", "write block", needs="LET", safe=True),
    R("SHP023", rf"(?:var|const|set|define|int|local)[ \t]+({NAME}[ \t]*=[ \t]*[^\n#]*[^\s#])", "{0} defines nothing",
        "let {1}", "front", "expected let"),
    R("SHP023", rf"(?P<at>(?!let\b|block\b){NAME})\s*=(?=\s*[-\d(])", "let is missing before {1}", "let {1} =", "item",
        "expected let {1}", "write let {1} = {rest}", "write let", needs="LET", safe=True),
    R("SHP023", rf"(?P<at>(?!let\b|block\b)({NAME})\s*+(?:\([^()\n]*\))?)\s*+:?=(?=\s*(?:[^\W\d]|\[))",
        "block is missing before {at}", "block {at} =", "item", "expected block {at}", "write block {at} = {rest}",
        "write block", needs="LET", safe=True),
    R("SHP022", rf"{ARROW}|:=|:|is\b|of\b|be\b|<-", "'=' is missing after {head}", "=", "token front",
        "expected '=', found '{0}'", "write {head} = {rest}", "write =", needs="EQUAL", inside="-", safe=True),
    R("SHP023", r"(?:of\b|=|:|<-|->|=>|to\b)", "'in' is missing after {head}", "in", "token",
        "expected 'in', found '{0}'", "write {head} in {rest}", "write in", needs="IN", safe=True),
    R("SHP017", r"for\s+in\b", "for has no name", "for x in", "front", "expected a name before in",
        "write for c in 64, 128", ""),
    R("SHP017", r"(let|block|as|@|for)\s*(\d[\w.]*)", "{1} has no name, and {2} cannot be one", "{1} x", "front",
        "expected a name after this", "give it a name that begins with a letter", ""),
    R("SHP018", rf"(?P<at>let\s+({NAME})\s*=)[ \t]*(?:#[^\n]*)?\n\s*(?={NAME})", "let {2} has no value",
        "let {2} = 1\n", "front", "expected a value after this", "write let {2} = 3", ""),
    R("SHP014", r"(?P<at>[,;])\s*(?=[^\W\d]\w*\s*=[^>])", "'{at}' does not separate values", "\nlet ", "token",
        "expected a new line", "write each let in a line of its own", "begin a new line", safe=True),
    R("SHP018", rf"(?:(?:{NAME}|\d+)\s*)?(?<![\])])(?<![\])][ \t])(?:[<>]=?\s*\w+|[<>]=?(?=\s*(?:,|\n|$|[<>])))"
        r"(?:\s*[<>]=?\s*\w*)*,?|\d\w*\s*[<>]=?\s*\w*,?", "the range {0} is not complete", "", "token",
        "expected a name and its ends", "write 0<=N<=3, or N>=0", "", after="BOUND NAME RSQB RPAR NUMBER", inside="-"),
    # --- twice, and brackets too early ---
    R("SHP014", r"(?P<sign>[=:*@])\s*(?P=sign)(?!>)|(?P<word>for|in|let|block|as)\s+(?P=word)\b",
        "{sign}{word} is written twice", "{sign}{word}", "front", "expected it once", "remove one of the two",
        "remove one"),
    R("SHP014", rf"({NAME})\s+\1\b", "{1} is written twice", "{1}", "front", "expected it once",
        "remove one of the two", "remove one", after="FOR LET BLOCK AS AT COMMA"),
    R("SHP014", r"((?i:INPUT|IMAGE|DATA))(?:[ \t]+(?i:\1)\b)+", "{1} is written more than once", "{1}", "item",
        "expected it once", "remove all but one {1}", "write {1} once"),
    R("SHP004", rf"({NAME})\s*+\(([^()\n]*+)\)\s*+({SIZE}|{NUMBER})(?!\w)", "{3} follows the ')' of {1}",
        lambda m, c: f"{m[1]}({', '.join(filter(None, (m[2].strip(', '), m[3])))})", "item"),
    R("SHP004", rf"({NAME})(?:\s*,[^()\n\[\]|>]*)(?P<at>\))", "')' has no '('", "{1}(x)", "item front",
        "no '(' is open here", "write '(' where the arguments of {1} begin", ""),
    # --- names in several words, dots, arrows, what joins nothing ---
    R("SHP025", rf"{NAME}(?:[ \t]+{NAME}|-{NAME}){{2}}", "{0} is one layer", layer_in_words, "item"),
    R("SHP025", rf"{NAME}(?:[ \t]+{NAME}|-{NAME})", "{0} is one layer", layer_in_words, "item"),
    R("SHP006", "[" + re.escape("".join(CONFUSABLE)) + "]", "'{0}' is a {called}, not '{new}'",
        lambda m, _: CONFUSABLE[m[0]], "token", safe=True),
    R("SHP014", r",", "branches are separated by ','", " |", "token", safe=True),
    R("SHP005", BACKWARDS, "'{0}' points backwards", "{spaced}", "token", "expected '{arrow}'",
        "write the layers in the order in which data flows through them", ""),
    R("SHP005", rf"{BROKEN}|[=>−<-]", "'{0}' is not an arrow", "{spaced}", "token", safe=True),
    R("SHP005", r"[+&]", "'{0}' does not join layers", "{spaced}", "token", "expected '{arrow}'",
        "write {item} {arrow} {next}\nor ADD[ {item} | {next} ] to add the two", "write {arrow}"),
    R("SHP005",
        rf"(?:[;,，、；](?![ \t]*(?:#[^\n]*)?(?:\n|$))|[/\\.$!%~]|and\b|then\b)(?=\s*(?:[^\W\d\[@]|{SIZE}\s+\w))",
        "'{0}' does not join layers", "{spaced}", "token", "expected '{arrow}'", "write {item} {arrow} {next}",
        "write {arrow}"),
    R("SHP015", rf"{ARROW}\s*(?P<at>{SIZE}|\(\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*\))", "{at} is a size, not a layer",
        to.claim, "token front", "expected a layer", "write {new} after a layer to claim its volume",
        "write {new} as a claim"),
    R("SHP015", r"\d+(?![\w.])", "{0} is a number, not a layer", "FC({0})", "token", "expected a layer",
        "write FC({0}) for a layer with {0} outputs", "write FC({0})"),
    R("SHP028", r"(?P<at>for)\b[^\]\n]*+", "a group has one 'for', and this is the second", "", "token", "expected ']'",
        "write for a, b in (1, 2), (3, 4) for two names, or a group in a group", "", inside="["),
    R("SHP028", rf"({ITEM})[ \t]+(?P<at>for)(\s+{NAME}(?:\s*,\s*{NAME})*\s+in\b[^\]\n=>-]*[^\]\n=>\s-])",
        "'for' is outside of brackets", "[{1} {at}{3}]", "item", "expected '[' before the part that it repeats",
        needs="AT"),
    R("SHP028", r"(?P<at>for)\s+\w+(?:\s*,\s*\w+)*\s+in\b[^\]\n=]*+\]?", "'for' is outside of brackets", "", "token",
        "expected '[' before the part that it repeats", "write [CONV(c) => RELU for c in 64, 128]", "", needs="ARROW"),
    R("SHP015", rf"(?P<at>{ARROW})\s*(?=for\s+\w|{BOUND})", "'{at}' leads to nothing", "", "front",
        "expected a layer after this arrow", "write the layer that it leads to, or remove the arrow",
        "remove the arrow"),
    R("SHP015", rf"\(\s*(?:\d|{NAME}\s*=(?!>))[^()\n]*\)", "a layer is missing before {0}", "x{0}", "token",
        "expected a layer before this", "write the name of the layer, such as CONV{0}", ""),
)
"""Notations, tried in this order before anything is taken to be missing."""

STRAYS: tuple[Rewrite, ...] = (
    R("SHP014", r"\.", "'.' has no meaning here", "", "token", "expected an arrow, or nothing",
        "remove it: a chain ends with its last layer", "remove it"),
    R("SHP014", r"[;,]", "'{0}' has no meaning here", "", "token", "expected a new line, or the end",
        "statements need no separator: remove it, and begin a new line", "remove it"),
    # --- layers that are none ---
    R("SHP015", r"\[\s*\]", "the brackets are empty", "[x]", "front", "expected layers between '[' and ']'",
        "write the layers of the group, or remove the brackets", ""),
    R("SHP015", SIZE, "{0} is a size, not a layer", "x", "token", "expected a layer",
        "write : {0} after a layer to claim its volume", ""),
    R("SHP015", ARROW, "a layer is missing between '{last}' and '{0}'", "", "token", "expected a layer here",
        "remove one of the arrows, or write a layer between them", "remove this arrow", after="ARROW"),
    R("SHP015", ARROW, "'{0}' has no layer before it", "", "token", "expected a layer after '{last}'",
        "a group begins with a layer: put the arrow before the bracket", "remove this arrow", after="LSQB VBAR"),
    R("SHP015", ARROW, "'{0}' has no layer before it", "", "token", "expected a layer before this arrow",
        "start with the input, such as INPUT(32x32x3)", "", after="start NUMBER NAME RPAR RSQB SIZE BOUND"),
)
"""What is where nothing of its kind can: tried in this order when nothing else explains it."""
# fmt: on
