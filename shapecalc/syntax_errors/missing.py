"""What is missing: the table, of what was read last and the same with what makes sense of what follows it; and arrows.

The rows are tried like rewrites, once no bracket is known to be the mistake.
"""

from __future__ import annotations

from shapecalc.diagnostics.diagnostic import Diagnostic, Edit, Fix, Span, report
from shapecalc.language.lexemes import ARROW, BROKEN, NAME, SIZE, item_end, lexeme, shown
from shapecalc.notations.rewrite import Rewrite
from shapecalc.syntax_errors.context import ErrorContext, Recovery, begins_item

R = Rewrite

OPERATOR = r"\.\.|//|[<>=!]=|[-+*/%^<>(\[]"
AFTER_ARROW = "expected a layer after this arrow"
BAR_OUTSIDE = "'|' is outside of any branches"
"""Who writes a bar for an arrow does so in the whole text."""
LAYER = "write the layer that it leads to, or remove the arrow"

# fmt: off
MISSING: tuple[Rewrite, ...] = (
    # --- names ---
    R("SHP017", r"let\b", "let has no name", "let x", "before", "expected a name after this", "write let N = 3", ""),
    R("SHP017", r"block\b", "block has no name", "block x", "before", "expected a name after this",
        "write block stage(c) = CONV(c) => RELU", ""),
    R("SHP017", r"as\b", "as has no name", "as x", "before", "expected a name after this", "write CONV(64) as features",
        "remove the 'as'", instead=""),
    R("SHP017", r"@", "@ has no name", "@x", "before", "expected a name after this",
        "write @features, with … as features where it is taken", ""),
    R("SHP017", r"([(,]\s*)(?P<at>=)", "a name is missing before '='", "{1}x=", "front", "expected a name before this",
        "write c=3, or remove the sign", "", inside="("),
    # --- values ---
    R("SHP007", r"\*", "'*' has no count before {token}", "*1", "before", "expected a count after this",
        "write how often the part is repeated, such as *3, or *N with let N = 3", "remove the '*'", inside="!",
        instead=""),
    R("SHP018", rf"let\s+({NAME})\s*=", "let {1} has no value", "{0} 0", "before", "expected a value after this",
        "write let {1} = 3", ""),
    R("SHP018", rf"({NAME})\s*=", "{1} has no value", "{0}0", "before", "expected a value",
        "write a value, such as {1}=3, or remove {1}= to use the default", "", inside="("),
    R("SHP018", rf"({NAME})\s*(?P<at>[<>=!]=?)", "the claim {1} has no figure", "{0}0", "before", "expected a figure",
        "write {1}=34944, {1}=61M or {1} <= 5M", ""),
    R("SHP018", rf"[:,]{{1,9}}+\s*(?P<at>{NAME})", "the claim {at} has no figure", "{0}=0", "before",
        "expected a volume or a figure", "write : 55x55x96, or : {at}=34944", "", inside="!"),
    R("SHP018", r"([(,])\s*,", "an argument is missing before ','", "{1} 0,", "front", "expected a value",
        "write the argument, or remove the comma; what is left out has its default", "remove the ','", inside="(",
        instead="{1}"),
    R("SHP018", r"([(,])\s*,", "a parameter is missing before ','", "{1} x,", "front", "expected a name",
        "write the parameter, or remove the comma", "remove the ','", inside="(", instead="{1}"),
    R("SHP018", r"in\b|,", "a value is missing in the list of the for", "{0} 0", "before", "expected a value",
        "write values, such as for c in 64, 128", "", inside="!"),
    R("SHP018", OPERATOR, "a value is missing after '{0}'", "{0} 0", "before", "expected a value",
        "write a number or a name, or remove the sign", ""),
    R("SHP018", r":\s*(?P<at>\[)|[:,]", "no claim follows '{last}'", "{0} 1x1", "before",
        "expected a volume or a figure", "write : 55x55x96, or : params=34944", "", inside="!"),
    # --- signs and words ---
    R("SHP021", rf"({SIZE}|[\w.]{{1,100}}+|\))(?=\s+({SIZE}|[\w.]+))", "a comma is missing between {1} and {2}", "{1},",
        "before", "expected ',' after this", "write {1}, {2}", "insert ,", inside="("),
    R("SHP021", r"([\w.]+|\))(?=\s+([\d.]+))", "a comma is missing between {1} and {2}", "{1},", "before",
        "expected ',' after this", "write {1}, {2}", "insert ,", inside="["),
    R("SHP022", rf"(?:{NAME}|\))(?!\s*=)", "'=' is missing after {until}", "{0} =", "before", "expected '=' after this",
        "write {until} = {rest}", "insert ="),
    R("SHP023", rf"(?:for\s+|,\s*)(?P<at>{NAME})", "'in' is missing after {until}", "{0} in", "before",
        "expected 'in' after this", "write {until} in {rest}", "insert in"),
    # --- layers ---
    R("SHP015", rf"(?P<at>{ARROW})\s*\Z", "'{at}' leads to nothing", "{at} x", "before", AFTER_ARROW, LAYER,
        "remove the arrow", instead=""),
    R("SHP015", rf"(?P<at>{ARROW}|{BROKEN}|-)[ \t]*+(?=\s*(?:[])}},;|?:]|(?:let|block)\b))",
        "a layer is missing between '{last}' and {token}", "{at} x", "before", AFTER_ARROW, LAYER, "remove the arrow",
        instead=""),
    R("SHP014", r"\|(?=\s*[^\W\d]|\s*[\[({@])", BAR_OUTSIDE, "{arrow}", "token", "no [ is open here",
        "write ADD[ {item} | {next} ] or CONCAT[ {item} | {next} ] for branches\n"
        "or {item} {arrow} {next} to put one after the other", "write {arrow}", inside="-", needs="ARROW"),
    R("SHP014", r"\|", BAR_OUTSIDE, "", "token", "no [ is open here",
        "write ADD[ a | b ] or CONCAT[ a | b ] for branches", "", inside="-", needs="AT"),
)
"""Tried in this order."""
# fmt: on


# --- arrows -----------------------------------------------------------------------------------------

_NEAR = 60
"""Characters of two items that an excerpt shows side by side."""


def missing_arrow(context: ErrorContext) -> Recovery | None:
    """Two items side by side, or a chain that is joined to nothing."""
    token, state = context.token, context.state
    if not begins_item(token) or token.text == "(":
        return None
    end = item_end(context.text, token.start)
    if token.text == "@":
        end = lexeme(context.text, token.end).end
    if context.past_item:
        found = _between((state.item, context.last.end), (token.start, end), context)
        return Recovery(found, state.feed(token.start, "ARROW"), token.start)
    if not state.accepts("LET") or not state.past:
        return None
    name = shown(context.text[token.start : end])
    found = report(
        "SHP002",
        f"the chain that starts with {name} is joined to nothing",
        (token.start, end),
        label="expected INPUT, a size or a tap such as @name",
        help=("join it to the chain before with =>, or let it start at a tap",),
    )
    return Recovery(found, state, token.start)


def _between(last: Span, start: Span, context: ErrorContext) -> Diagnostic:
    """The diagnostic for two items that are side by side."""
    text, arrow = context.text, context.arrow
    one, other = shown(text[slice(*last)]), shown(text[slice(*start)])
    near = "\n" not in text[last[0] : start[1]] and start[1] - last[0] < _NEAR
    if "\n" in text[last[1] : start[0]]:
        edit = Edit((start[0], start[0]), f"{arrow} ")
    else:
        edit = Edit((last[1], last[1]), f" {arrow}{' ' * (start[0] == last[1])}")
    return report(
        "SHP002",
        f"an arrow is missing between {one} and {other}",
        (last[0], start[1]) if near else start,
        label="expected an arrow between the two" if near else f"expected an arrow before {other}",
        help=(f"write {one} {arrow} {other}",),
        fixes=(Fix("insert the arrow", (edit,), "safe"),),
    )
