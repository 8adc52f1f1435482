"""The table of what is missing: after one terminal another may come, and with it what is there makes sense."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shapecalc.diagnostics.diagnostic import Diagnostic, Fix, report
from shapecalc.syntax_errors.context import ErrorContext, Recovery, State, edit, follows, what
from shapecalc.syntax_errors.lexemes import Lexeme, begins_statement, shown


@dataclass(frozen=True, slots=True)
class Missing:
    """Terminals that may come after others, what is said where they do not, and how it is fixed.

    Sentences may name what was read last (`{last}`), the first of the terminals before (`{key}`), what is
    there (`{token}`) and the beginning of the definition (`{head}`).
    """

    last: str
    """The terminals that were read last: alternatives of one or several in a row."""
    comes: str
    code: str
    sentence: str
    label: str = "expected a value"
    help: str = ""
    insert: str = ""
    """What the fix puts in, or takes out: `remove` the last, or the token."""
    token: str = ""
    """What has to be there: its kinds or its text; anything if empty."""
    inside: str = ""
    """What the innermost bracket has to be: `(`, or `[` for a square one or none."""
    span: str = "last"
    """What is pointed at: the last terminal, `all` of them, or from the last to the token, `between`."""


M = Missing

# fmt: off
MISSING: tuple[Missing, ...] = (
    # --- names ---
    M("LET", "NAME", "SHP017", "let has no name", "expected a name after this", "write let N = 3"),
    M("BLOCK", "NAME", "SHP017", "block has no name", "expected a name after this",
        "write block stage(c) = CONV(c) => RELU"),
    M("AS", "NAME", "SHP017", "as has no name", "expected a name after this", "write CONV(64) as features", "remove"),
    M("AT", "NAME", "SHP017", "@ has no name", "expected a name after this",
        "write @features, with … as features where it is taken"),
    M("FOR", "NAME", "SHP017", "for has no name", "expected a name before in", "write for c in 64, 128"),
    M("LPAR|COMMA", "NAME", "SHP017", "a name is missing before '='", "expected a name before this",
        "write c=3, or remove the sign", token="=", inside="(", span="token"),
    # --- values ---
    M("STAR", "NUMBER", "SHP007", "'*' has no count before {token}", "expected a count after this",
        "write how often the part is repeated, such as *3, or *N with let N = 3", "remove", inside="["),
    M("LET NAME EQUAL", "NUMBER", "SHP018", "let {last} has no value", "expected a value after this",
        "write let {last} = 3", span="all"),
    M("NAME EQUAL", "NUMBER", "SHP018", "{key} has no value",
        help="write a value, such as {key}=3, or remove {key}= to use the default", inside="(", span="all"),
    M("NAME EQUAL|NAME COMPARISON", "FIGURE", "SHP018", "the claim {key} has no figure", "expected a figure",
        "write {key}=34944, {key}=61M or {key} <= 5M"),
    M("COLON NAME|COMMA NAME", "EQUAL FIGURE", "SHP018", "the claim {last} has no figure",
        "expected a volume or a figure", "write : 55x55x96, or : {last}=34944", inside="["),
    M("COMMA", "NUMBER", "SHP018", "an argument is missing between two commas",
        help="write the argument, or remove the comma; what is left out has its default", insert="remove token",
        token=",", inside="(", span="between"),
    M("LPAR", "NUMBER", "SHP018", "an argument is missing before the comma",
        help="write the argument, or remove the comma; what is left out has its default", insert="remove token",
        token=",", inside="(", span="between"),
    M("COMMA|LPAR", "NAME", "SHP018", "a parameter is missing between two commas",
        help="write the parameter, or remove the comma", insert="remove token", token=",", inside="(", span="between"),
    M("IN|COMMA", "NUMBER", "SHP018", "a value is missing in the list of the for",
        help="write values, such as for c in 64, 128", inside="["),
    M("PLUS|MINUS|STAR|SLASH|DOUBLE_SLASH|PERCENT|COMPARISON|CIRCUMFLEX|__ANON_0|LPAR", "NUMBER", "SHP018",
        "a value is missing after '{last}'", help="write a number or a name, or remove the sign"),
    M("COLON|COMMA|COLON LSQB", "SIZE", "SHP018", "no claim follows '{last}'", "expected a volume or a figure",
        "write : 55x55x96, or : params=34944", inside="["),
    # --- signs and words ---
    M("NUMBER|NAME|SIZE|RPAR", "COMMA", "SHP021", "a comma is missing between {last} and {token}",
        "expected ',' between the two", "write {last}, {token}", ",", "number word size", "(", "between"),
    M("NUMBER|NAME|RPAR", "COMMA", "SHP021", "a comma is missing between {last} and {token}",
        "expected ',' between the two", "write {last}, {token}", ",", "number", "[", "between"),
    M("NAME|RPAR", "EQUAL", "SHP022", "'=' is missing after {head}", "expected '=' after this", "write {head} = {rest}",
        " ="),
    M("FOR NAME|COMMA NAME", "IN", "SHP023", "'in' is missing after {head}", "expected 'in' after this",
        "write {head} in {rest}", " in"),
    # --- layers ---
    M("ARROW", "NAME", "SHP015", "'{last}' leads to nothing", "expected a layer after this arrow",
        "write the layer that it leads to, or remove the arrow", "remove", "end"),
    M("ARROW", "NAME", "SHP015", "a layer is missing between '{last}' and {token}", "expected a layer after this arrow",
        "write the layer that it leads to, or remove the arrow", "remove", "closer let block | , ; ? :"),
    M("LSQB", "NAME", "SHP015", "the brackets are empty", "expected layers between '[' and ']'",
        "write the layers of the group, or remove the brackets", token="for"),
)
"""Tried in this order."""
# fmt: on


def missing(context: ErrorContext, *, strict: bool = True) -> Recovery | None:
    """The first row whose terminals fit here; if strict, with what is there."""
    for row in MISSING:
        if _inside(row, context) and _stands(row, context):
            sequence = _read(row, context)
            kinds = row.comes.split()
            after = (
                context.state.feed(context.seen.end, *kinds) if sequence and context.state.accepts(kinds[0]) else None
            )
            if sequence and after and (not strict or _goes_on(after, context)):
                return Recovery(_said(row, context, sequence), after, context.token.start)
    return None


def _goes_on(after: State, context: ErrorContext) -> bool:
    return begins_statement(context.text, context.token.start) or follows(after, context.text, context.token.start)


def _inside(row: Missing, context: ErrorContext) -> bool:
    return not row.inside or (row.inside == "(") == context.in_arguments


def _stands(row: Missing, context: ErrorContext) -> bool:
    token = context.token
    return not row.token or token.text in row.token.split() or token.kind in row.token.split()


def _read(row: Missing, context: ErrorContext) -> tuple[Lexeme, ...]:
    """The terminals of a row, if those were read last."""
    for kinds in (alternative.split() for alternative in row.last.split("|")):
        past = context.state.past[-len(kinds) :]
        if [lex.kind for lex in past] == kinds and past[-1].text:
            return past
    return ()


def _said(row: Missing, context: ErrorContext, read: tuple[Lexeme, ...]) -> Diagnostic:
    """The diagnostic of a row."""
    last, token = read[-1], context.token
    line = context.text[context.text.rfind("\n", 0, last.end) + 1 : last.end]
    head = re.fullmatch(r".*\b((?:let|block|for)\b.*)", line)
    rest = re.compile(r"[^\n\]#]*").match(context.text, last.end)
    named = {
        "last": read[-2].text if row.span == "all" and len(read) > 2 else last.text,
        "key": read[0].text,
        "token": what(token),
        "head": head[1] if head else line.strip(),
        "rest": (rest.group().strip() if rest else "") or "…",
    }
    span = {"all": (read[0].start, last.end), "between": (last.start, token.end), "token": (token.start, token.end)}

    def text(template: str, most: int) -> str:
        return template.format(**{name: shown(value, most) for name, value in named.items()})

    return report(
        row.code,
        text(row.sentence, 24),
        span.get(row.span, (last.start, last.end)),
        label=text(row.label, 24),
        help=(text(row.help, 60),),
        fixes=_fix(row, context, last),
    )


def _fix(row: Missing, context: ErrorContext, last: Lexeme) -> tuple[Fix, ...]:
    token = context.token
    if row.insert == "remove token":
        return edit((token.start, token.end), "", f"remove the '{token.text}'")
    if row.insert == "remove":
        before = context.state.past[-2].end if len(context.state.past) > 1 else last.start
        return edit((before, last.end), "", "remove the arrow" if last.kind == "ARROW" else f"remove the '{last.text}'")
    if not row.insert:
        return ()
    gap = "" if token.start > last.end else " "
    return edit((last.end, last.end), row.insert + (gap if row.insert != "," else ""), f"insert {row.insert.strip()}")
