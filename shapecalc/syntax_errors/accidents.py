"""What is missing in a text that parses: a second chain begins by accident, a group follows what does not join."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from shapecalc.diagnostics.diagnostic import Diagnostic, Edit, Fix, report
from shapecalc.diagnostics.spelling import nearest
from shapecalc.language import syntax
from shapecalc.language.walk import items
from shapecalc.notations.layer_words import INPUTS, letter_of
from shapecalc.registry import layer_named, layer_names

_MERGES = ("ADD", "CONCAT", "MUL")


def accidents(statements: Sequence[syntax.Statement], text: str) -> tuple[set[int], list[Diagnostic]]:
    """The offsets at which a text lacks an arrow although it parses, and what is before branches and joins none.

    An arrow is missing where a chain starts with an ordinary layer after another chain, or a group is after a layer
    as if that joined branches. The first chain of a file may start with anything: that its INPUT is missing is the
    expander's to say. A generator as CycleGAN writes it parses by accident too.
    """
    blocks = {s.name.lower(): s for s in statements if isinstance(s, syntax.Block)}
    breaks = set(_false_starts(statements, blocks, text))
    if "-" in text and re.search(r"c\d+s\d+-\d", text):
        from shapecalc.notations.compact import GENERATOR

        breaks |= {match.start() for match in re.finditer(GENERATOR, text)}
    false = [*_numbered(text)] if "#" in text and re.search(r"#\d", text) else []
    checks = [(kind, check) for signs, kind, check in _READ_OTHERWISE if any(sign in text for sign in signs)]
    for branch in items(tuple(statements)):
        for kind, check in checks:
            if isinstance(branch, kind):
                false += check(branch, text)
        if isinstance(branch, syntax.Branch) and branch.name.upper() not in _MERGES:
            known = layer_named(branch.name.upper())
            if known and (known[0].merges or known[0].may_join):
                continue
            one = len(branch.chains) == 1 and branch.chains[0].items
            if one and (known or branch.name.lower() in blocks):
                breaks.add(text.find("[", branch.span[0] + len(branch.name)))
            else:
                false.append(_joins_nothing(branch))
    return breaks, false


def _product(repeat: syntax.Repeat, text: str) -> Iterator[Diagnostic]:
    """`INPUT 28*28*1` and `conv 5*5*32`, whose numbers would be counts of layers."""
    counts, call = 1, repeat.item
    while isinstance(call, syntax.Repeat):
        counts, call = counts + 1, call.item
    if not isinstance(call, syntax.Call) or len(call.arguments) != 1 or call.short:
        return
    span = call.arguments[0].value.span[0], repeat.span[1]
    product = re.compile(r"\d+(?:\s*\*\s*\d+)+").fullmatch(text, *span)
    if product and counts + (call.name.upper() in INPUTS) > 1 and not re.compile(r"\s*\*").match(text, span[1]):
        size = re.sub(r"\s*\*\s*", "x", product[0])
        message = f"the size {product[0]} is not written with x"
        fix = Fix(f"write {size}", (Edit(span, size),), "safe")
        yield report("SHP016", message, span, label="expected a size", help=(f"write {size}",), fixes=(fix,))


def _quotients(call: syntax.Call, text: str) -> Iterator[Diagnostic]:
    """`POOL(2/2)`, `CONV(128, 80/4)`: an extent of 80 with stride 4, as M5 (Dai et al. 2017) has it, or 20."""
    for at, argument in enumerate(call.arguments):
        if not isinstance(argument.value, syntax.Binary):
            continue
        known = layer_named(call.name.upper())
        letters = [one.letter for one in known[0].signature] if known else []
        letter = letters[at] if at < len(letters) else ""
        if known and argument.name:
            letter = letter_of(known[0], argument.name) or ""
        written = re.fullmatch(r"(\d+)\s*/\s*(\d+)", text[slice(*argument.value.span)])
        if written and letter == "F" and (letters[0] == "K" or len(call.arguments) == 1):
            message = f"the extent {written[0]} can be read in two ways"
            label = "expected one number, or a size"
            help = (f"with a stride: write F={written[1]}, S={written[2]}", f"as a quotient: write F=({written[0]})")
            yield report("SHP024", message, argument.span, label=label, help=help)


def _numbered(text: str) -> Iterator[Diagnostic]:
    """`CONV #1 => POOL #1`, where # would begin a comment and leave out the rest of the line."""
    from shapecalc.language.lexemes import ARROW  # which a text without mistakes does not load

    begins = rf"^[^#\n]*[\w)\]][ \t]*(#\d+)(?![\w.,])[^\n]*?(?:{ARROW})[^\n]*"
    for line in re.finditer(begins, text, re.MULTILINE):
        number, start = line[1], line.start(1)
        edits = tuple(Edit((m.start(), m.end()), "") for m in re.compile(r"[ \t]*#\d+").finditer(text, *line.span()))
        message = f"{number} begins a comment, and what is after it on this line is not read"
        help = (f"leave out {number}, or write a name after the layer: CONV(8, 3) as conv{number[1:]}",)
        fixes = (Fix("leave out the numbers", edits),)
        yield report("SHP001", message, (start, line.end(1)), label="expected an arrow", help=help, fixes=fixes)


def _double_bars(branch: syntax.Branch, text: str) -> Iterator[Diagnostic]:
    """`CONCAT[ a || b ]`, which has an empty branch between the two."""
    for before, between, after in zip(branch.chains, branch.chains[1:], branch.chains[2:], strict=False):
        if between.items or not (before.items and after.items):
            continue
        bars = re.fullmatch(r"\s*(\|\|)\s*", text[before.items[-1].span[1] : after.items[0].span[0]])
        if bars:
            start = before.items[-1].span[1] + bars.start(1)
            help = ("between two branches: write |", "with an empty branch, the identity: write | |")
            yield report(
                "SHP024", "'||' can be read in two ways", (start, start + 2), label="one bar, or two?", help=help
            )


_PARTED = r"[1-9]\d{0,2}(?:(?:,\d{3})+|(?:\.000)+)"
"""`1,024`: a number in groups of three digits."""


def _thousands(call: syntax.Call, text: str) -> Iterator[Diagnostic]:
    """`FC(1,000)`, which would be one unit without bias, `FC(1.000)`, one unit, and `INPUT(1,024x1,024x3)`.

    No number begins with a zero but after a comma, and nobody writes the thousandths of a whole one.
    """
    taken = 0
    for first in call.arguments:
        start = first.value.span[0]
        written = re.match(rf"{_PARTED}(?:\s*[xX×]\s*(?:{_PARTED}|\d+))*(?![\w.])", text[start : call.span[1]])
        if start >= taken and written and re.search(r",0\d\d|\.000", written[0]):
            taken = start + written.end()
            number = re.sub(r"[.,]", "", written[0])
            fix = Fix(f"write {number}", (Edit((start, taken), number),))
            read = f"{written[0].count(',') + 1} arguments" if "," in written[0] else f"{written[0][:-4]}"
            label = "digits of a number are not parted"
            help = (f"write {number}", *([f"or write {written[0][:-4]}"] if "." in written[0] else []))
            message = f"{written[0]} is read as {read}"
            yield report("SHP016", message, (start, taken), label=label, help=help, fixes=(fix,))


def _comparisons(call: syntax.Call, text: str) -> Iterator[Diagnostic]:
    """`CONV(8, S==2)`, where an argument is compared with its value."""
    known = layer_named(call.name.upper())
    for argument in call.arguments:
        match argument.value:
            case syntax.Binary("==", syntax.Name(name), right) if known and letter_of(known[0], name):
                value = text[slice(*right.span)]
                fix = Fix(f"write {name}={value}", (Edit(argument.span, f"{name}={value}"),))
                message = f"{text[slice(*argument.span)]} compares, and gives 1 or 0"
                label = f"expected {name}={value}"
                yield report("SHP022", message, argument.span, label=label, help=(fix.title,), fixes=(fix,))


def _blanks(call: syntax.Call, text: str) -> Iterator[Diagnostic]:
    """`CONV(4_)`: a digit that was left out, or a line under a number."""
    for argument in call.arguments:
        written = text[slice(*argument.value.span)]
        if isinstance(argument.value, syntax.Number) and written.endswith("_"):
            number = written.rstrip("_")
            fix = Fix(f"write {number}", (Edit(argument.value.span, number),))
            message = f"{written} ends in '_', where a digit may be missing"
            yield report(
                "SHP016", message, argument.value.span, label="expected digits", help=(fix.title,), fixes=(fix,)
            )


_READ_OTHERWISE: tuple[tuple[tuple[str, ...], type[syntax.Item], Callable[[Any, str], Iterator[Diagnostic]]], ...] = (
    (("*",), syntax.Repeat, _product),
    (("/",), syntax.Call, _quotients),
    ((",0", ".000"), syntax.Call, _thousands),
    (("==",), syntax.Call, _comparisons),
    (("_)", "_,", "_ "), syntax.Call, _blanks),
    (("||",), syntax.Branch, _double_bars),
)
"""What is in a text where something may be read with another meaning than its writer's, what that is, and the check."""


def _false_starts(statements: Sequence[syntax.Statement], blocks: dict[str, syntax.Block], text: str) -> Iterator[int]:
    first = True
    before: syntax.Statement | None = None
    for statement in statements:
        if isinstance(statement, syntax.Chain):
            start = statement.items[0].span[0]
            same_line = before is not None and "\n" not in text[before.span[1] : start]
            size = isinstance(before, syntax.Chain) and same_line and text[start].isdigit()
            size = size or (same_line and _is_bare_input(before))
            after_block = isinstance(before, syntax.Block) and same_line
            if size or ((not first or after_block) and not _starts(statement, blocks)):
                yield start
            first = False
        before = statement


def _is_bare_input(statement: syntax.Statement | None) -> bool:
    """`Input Image (28x28x1)`: an INPUT without a size, in front of another one."""
    if not isinstance(statement, syntax.Chain) or len(statement.items) != 1:
        return False
    item = statement.items[0]
    return isinstance(item, syntax.Call) and item.name.upper() in INPUTS and item.span == item.name_span


def _starts(chain: syntax.Chain, blocks: dict[str, syntax.Block]) -> bool:
    """Whether a chain begins at an INPUT, a size or a tap, as a chain of its own does."""
    waiting, seen = [chain], set()
    while waiting:
        chain = waiting.pop()
        leaf = next((item for item in items(chain) if isinstance(item, syntax.Call | syntax.Branch | syntax.Tap)), None)
        if isinstance(leaf, syntax.Branch):
            waiting.extend(leaf.chains)
        elif isinstance(leaf, syntax.Call) and leaf.name.lower() in blocks:
            if leaf.name.lower() not in seen:
                seen.add(leaf.name.lower())
                waiting.append(blocks[leaf.name.lower()].body)
        elif not (isinstance(leaf, syntax.Tap) or (isinstance(leaf, syntax.Call) and leaf.name.upper() in INPUTS)):
            return False
    return True


def _joins_nothing(branch: syntax.Branch) -> Diagnostic:
    """A name that is before several branches and does not join them."""
    name, names = branch.name, layer_names()
    joining = [other for other, (layer, _) in names.items() if layer.merges]
    meant = None if name.upper() in names else nearest(name.upper(), joining)
    instead = f"write ADD[ a | b ] or CONCAT[ a | b ], or {name} => [ … ] for a group after it"
    return report(
        "SHP101",
        f"{name} does not join branches",
        branch.name_span,
        label="expected ADD, CONCAT or MUL before [",
        help=(f"did you mean {meant}?" if meant else instead,),
        fixes=(Fix(f"write {meant}", (Edit(branch.name_span, meant),)),) if meant else (),
    )
