"""Makes the files that are made from the package: pages on rules, layers and the language, index and tables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from shapecalc.explanation.costs import paragraphs_of
from shapecalc.published import published
from shapecalc.reference.layer_pages import layer_page
from shapecalc.reference.topics import topics
from shapecalc.registry import layer_types
from shapecalc.rules.pages import anchor, page, page_of
from shapecalc.rules.rule import Rule
from shapecalc.zoo.entry import digest_of, entry_of
from tests.grammar_tables import compiled

SEVERITIES = (
    ("error", "wrong by construction: the network cannot be built as it is written, or is another one than was meant"),
    ("warning", "a measurable cost, with the number"),
    ("note", "taste or teaching; never fails a build unless `--fail-on note` asks for it"),
)


def rules_reference(rules: Sequence[Rule]) -> str:
    """All pages in one text, with a table in front."""
    head = [
        "# Rules",
        "",
        "Everything that shapecalc reports, by code. `shapecalc explain SHP201` prints a page. This file is made from",
        "the rules in this folder: one file a rule, its docstring the page, its examples the tests.",
        "",
        "| severity | means |",
        "|---|---|",
        *(f"| {name} | {meaning} |" for name, meaning in SEVERITIES),
        "",
        "| code | name | severity | |",
        "|---|---|---|---|",
        *map(_line, rules),
        "",
    ]
    return "\n".join([*head, *(f"#{page(rule)}".replace("\n## ", "\n### ") + "\n" for rule in rules)])


def _line(rule: Rule) -> str:
    summary = page_of(rule).summary.replace("|", "\\|")
    return f"| {rule.code} | [{rule.name}](#{anchor(rule)}) | {rule.severity} | {summary} |"


def layer_reference() -> str:
    """All pages in one text, with a table in front."""
    types = layer_types()
    head = [
        "# Layer types",
        "",
        "The layers of diagrams. `shapecalc explain CONV` prints a page, by any name (`explain Conv2d`). This file is",
        "made from the layers in this folder: one file a layer type, whose docstring, arguments and formulas it has.",
        "",
        "| layer | |",
        "|---|---|",
        *(f"| [{kind}](#{kind.lower()}) | {_cell(paragraphs_of(layer)[0])} |" for kind, layer in types.items()),
        "",
    ]
    pages = (layer_page(layer).replace("\n## ", "\n### ") for layer in types.values())
    return "\n".join([*head, *(f"#{page}\n" for page in pages)])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def language_reference() -> str:
    """All topics in one text, with a table in front."""
    head = [
        "# The language of diagrams",
        "",
        "How networks are written. `shapecalc explain repeats` prints a part. Layer types are in",
        "[shapecalc/layers/README.md](../shapecalc/layers/README.md), diagnostics in",
        "[shapecalc/rules/README.md](../shapecalc/rules/README.md); [diagram.lark](diagram.lark) is the grammar. This",
        "file is made from shapecalc/reference/topics/, where every command is run by a test.",
        "",
        "| part | |",
        "|---|---|",
        *(f"| `{t.name}` | [{t.title}](#{_anchor(t.title)}) |" for t in topics().values()),
        "",
    ]
    return "\n".join([*head, *(f"#{topic.page}\n" for topic in topics().values())])


def _anchor(title: str) -> str:
    """As GitHub makes it of a heading."""
    kept = (c for c in title.lower() if c.isalnum() or c in " -")
    return "".join(kept).replace(" ", "-")


def zoo_index() -> str:
    """The text of the index for the networks as they are, an entry a line."""
    lines = [
        json.dumps({"digest": digest_of(network), **asdict(entry_of(network))}, ensure_ascii=False)
        for network in published().values()
    ]
    return "[\n " + ",\n ".join(lines) + "\n]\n"


HEAD = '''"""The tables of the grammar, made by `pytest --refresh tests/test_parser.py`; not for people."""

from typing import Any
'''
KINDS = {
    "TERMINALS": "dict[str, list[tuple[str, str]]]",
    "LEXERS": "list[Any]",
    "STATES": "list[Any]",
    "RULES": "list[Any]",
    "STARTS": "dict[str, int]",
    "IGNORED": "list[str]",
}


def source_of_tables(grammar: str) -> str:
    """The source text of tables.py for a grammar."""
    made = compiled(grammar)
    rules = [tuple(rule) for rule in made.rules]
    values = made.terminals, made.lexers, made.states, rules, made.starts, sorted(made.ignored)
    lines = [f"{name}: {kind} = {value!r}" for (name, kind), value in zip(KINDS.items(), values, strict=True)]
    return "\n".join([HEAD, *lines, ""])
