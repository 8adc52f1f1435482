"""What `explain` prints for words that are no network: pages of rules, layer types and parts of the language."""

from __future__ import annotations

import click


def pages(words: tuple[str, ...]) -> str:
    """The pages of the words. Raises UsageError for a word that has none."""
    return "\n\n".join(map(_page, words))


def _page(word: str) -> str:
    from shapecalc.reference.layer_pages import layer_of_word, layer_page
    from shapecalc.reference.topics import topics
    from shapecalc.rules.catalogue import code_of, load
    from shapecalc.rules.pages import page

    code = code_of(word)
    if code is not None:
        return page(load(code))
    if word.lower() in topics():
        return topics()[word.lower()].page
    named = layer_of_word(word)
    if named is not None:
        return layer_page(named.type, word, named.implied)
    raise click.UsageError(_unknown(word))


def _unknown(word: str) -> str:
    from shapecalc.diagnostics.spelling import did_you_mean
    from shapecalc.reference.topics import topics
    from shapecalc.registry import layer_names
    from shapecalc.rules.catalogue import codes

    known = (*codes(), *codes().values(), *layer_names(), *topics())
    hint = did_you_mean(word, known, "shapecalc explain lists all")
    return f"there is no layer type, rule or part of the language '{word}'; {hint}"


def contents(width: int | None) -> str:
    """All that has a page, a line each, which is cut where the terminal ends."""
    from shapecalc.reference.layer_pages import layer_lines
    from shapecalc.reference.topics import topic_lines
    from shapecalc.rules.catalogue import all_rules
    from shapecalc.rules.pages import listing

    parts = {
        "the language": list(topic_lines()),
        "layer types": list(layer_lines()),
        "rules": list(listing(all_rules())),
    }
    return "\n\n".join(
        "\n".join([f"{title}:", *(_cut(f"  {n}", width) for n in lines)]) for title, lines in parts.items()
    )


def _cut(line: str, width: int | None) -> str:
    return line if width is None or len(line) <= width else f"{line[: width - 1]}…"
