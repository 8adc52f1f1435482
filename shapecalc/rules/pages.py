"""The page of a rule and the list of all, as Markdown: what `explain` prints and the reference in this folder holds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from inspect import cleandoc
from pathlib import Path
from typing import Any

from shapecalc.core.phrases import listed
from shapecalc.core.record import NamedTuple
from shapecalc.diagnostics.registration import RegistrationError, file_of
from shapecalc.rules.catalogue import NEWEST, RULESETS
from shapecalc.rules.rule import Example, Rule


class Page(NamedTuple):
    """The documentation of a rule, from its docstring."""

    summary: str
    why: str
    instead: str


def page_of(rule: Rule) -> Page:
    """The parts of a rule's docstring. Raises RegistrationError where one is missing."""
    text = cleandoc(rule.__doc__ or "")
    parts = re.fullmatch(r"(.+?)\n\nWhy: (.+?)\n\nInstead: (.+)", text, re.DOTALL)
    if parts is None:
        help = "write a docstring: a sentence, then paragraphs that begin with Why: and Instead:"
        raise RegistrationError(file_of(type(rule).__module__), f"{type(rule).__name__} has no page", help)
    return Page(*parts.groups())


LONGEST = 400
"""Characters of an example that are shown."""


def page(rule: Rule) -> str:
    """Everything about a rule: what, why, an example, and what to write instead."""
    text = page_of(rule)
    lines = [f"# {rule.code} {rule.name} ({rule.severity})", "", text.summary, ""]
    if rule.groups:
        lines += [f"Groups: {', '.join(rule.groups)}.", ""]
    lines += ["## Why", "", text.why, "", "## Example", "", *_shown(rule.bad[0]), ""]
    lines += ["## Instead", "", text.instead[0].upper() + text.instead[1:], "", *_shown(rule.good[0])]
    lines += ["", *_measured(rule)]
    return "\n".join(lines).rstrip()


MOST_NAMED = 8


@cache
def alarms() -> dict[str, Any]:
    """On which sample networks every rule fires when all are selected, as a test has counted it."""
    return json.loads(Path(__file__).with_name("alarms.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def _measured(rule: Rule) -> Iterator[str]:
    """On how many samples a rule that checks fires, and whether it runs by default."""
    if not rule.checks():
        return
    found = alarms()["networks"].get(rule.code, [])
    usual = "Runs by default" if rule.code in RULESETS[NEWEST] else f"Runs with `--select {rule.name}`"
    preview = " and `--preview`" if rule.preview else ""
    often = f"fires on {len(found)} of the {alarms()['samples']} samples" + (
        f" ({listed(found, MOST_NAMED)})" if found else ""
    )
    for name, counted in alarms()["published"].items():
        often += f", on {len(counted['fired'].get(rule.code, []))} of {counted['networks']} networks of {name}"
    yield f"{usual}{preview}; {often}."


def _shown(example: str | Example) -> Iterator[str]:
    """An example as an indented block, with the command where it takes more than the file."""
    given = example if isinstance(example, Example) else Example(example)
    text = given.text if isinstance(given.text, str) else f"(bytes) {str(given.text)[2:-1]}"
    shown = text if len(text) <= LONGEST else f"{text[:60]}… ({len(text):,} characters)"
    visible = "".join(c if c.isprintable() or c == "\n" else f"\\u{ord(c):04x}" for c in shown)
    if given.arguments:
        yield f"    $ shapecalc {given.command} {given.file} {' '.join(given.arguments)}"
    yield from (f"    {line}".rstrip() for line in visible.rstrip("\n").split("\n"))


def listing(rules: Sequence[Rule]) -> Iterator[str]:
    """A line a rule: code, name, severity, and what it is about."""
    width = max(len(rule.name) for rule in rules)
    for rule in rules:
        yield f"{rule.code}  {rule.name:{width}}  {rule.severity:7}  {page_of(rule).summary}"


def anchor(rule: Rule) -> str:
    """Where its page is in the reference, as the web shows it."""
    return f"{rule.code.lower()}-{rule.name}-{rule.severity}"
