"""`shapecalc explain`: a layer of a network worked, the page of a layer type or a rule, or the list of all."""

from __future__ import annotations

import os
from typing import Any

import click

from shapecalc.cli.networks import print_diagnosed, read, refuse_diagnosed, say_member, write_lines, write_text
from shapecalc.cli.option_groups import (
    batch,
    closing_options,
    color,
    dtype,
    expand_options,
    of_options,
    shows_unicode,
    wants_color,
    width,
)
from shapecalc.cli.refused import terminal_width
from shapecalc.cli.values import option
from shapecalc.diagnostics.spelling import did_you_mean
from shapecalc.display.explanation_text import explanation_text, name_lines
from shapecalc.display.style import Style
from shapecalc.explanation.before_and_after import Check, Panel, panels
from shapecalc.formats.discover import is_text
from shapecalc.passes.report import CheckedNetwork, Conventions, Row
from shapecalc.published import PREFIX
from shapecalc.reference.layer_pages import layer_lines, layer_of_word, layer_page
from shapecalc.reference.topics import topic_lines, topics
from shapecalc.rules.catalogue import all_rules, code_of, codes, load
from shapecalc.rules.pages import listing, page


@click.command()
@click.argument("words", nargs=-1, metavar="[FILE LAYER… | WORD…]")
@closing_options
@batch
@dtype
@option("--svg", "FILE", "Draw the windows of the layer into this file, for print and slides.")
@color
@width
def command(words: tuple[str, ...], **chosen: Any) -> None:
    """Work one layer of a network, or print the page of a layer type, a rule or a part of the language.

    \b
    FILE LAYER  formulas with the numbers in them, costs, pictures of windows;
                LAYER is a name as check has it (conv1), FILE alone lists them
    WORD        a layer type by any name (CONV, Conv2d, maxpool), a rule (SHP201),
                or a part of the language (repeats); nothing at all lists them

    Exit code: 0 printed, 1 the network was not understood, 2 usage or unreadable input.
    """
    style = Style(chosen["width"] or terminal_width(), wants_color(str(chosen["color"])), shows_unicode())
    if words and _is_network(words[0]):
        _explain_network(words[0], words[1:], chosen, style)
    elif chosen["svg"]:
        raise click.UsageError("--svg draws a layer of a network: give FILE and LAYER")
    else:
        from shapecalc.display.wrapping import reflowed

        click.echo(reflowed(pages(words), style.width) if words else contents(style.width))


def _is_network(word: str) -> bool:
    """Whether the first word is a file, standard input, or the text of a network."""
    if word == "-" or word.startswith(PREFIX) or is_text(word) or os.path.isfile(word):
        return True

    return ("/" in word or "." in word) and layer_of_word(word) is None


def _explain_network(path: str, names: tuple[str, ...], chosen: dict[str, Any], style: Style) -> None:
    from shapecalc.explanation.explain import DiagnosedLayers, explained_layer

    check = _check(chosen)
    reports = _checked(path, chosen, check)
    if not names:
        write_lines(line for report in reports for line in name_lines(report, style.width))
        return
    found = [_named(reports, name) for name in names]
    if chosen["svg"]:
        from shapecalc.display.axis_svg import svg

        if len(found) > 1:
            raise click.UsageError("--svg draws one layer: give one name")
        write_text(svg(_drawn(*found[0], check)), chosen["svg"])
        return
    layers = [(report, row, DiagnosedLayers(report)) for report, row in found]
    shown = [diagnostic for _, row, diagnosed in layers for diagnostic in diagnosed.of(row)]
    for report in reports:  # where there are errors, another network may be meant
        print_diagnosed(report.source, [error for error in report.text_errors if error not in shown])
    texts = [explanation_text(explained_layer(*layer), style) for layer in layers]
    click.echo("\n\n".join(text.rstrip("\n") for text in texts), color=True)


def _drawn(report: CheckedNetwork, row: Row, check: Check) -> list[Panel]:
    """What --svg draws. Raises UsageError for a layer that moves no window."""
    found = panels(report, row, check)
    if not found:
        raise click.UsageError(f"{row.name} has no picture: {row.kind} reads every position by itself, or all of them")
    return found


def _check(chosen: dict[str, Any]) -> Check:
    """How a text is checked under the options."""
    from shapecalc.pipeline import CheckOptions, check_networks

    options = CheckOptions(expand_options(chosen), of_options(Conventions, chosen))
    return lambda source: check_networks(source, options)


def _checked(path: str, chosen: dict[str, Any], check: Check) -> list[CheckedNetwork]:
    """The reports of a file. Ends the command with 1 where its text is not understood, with 2 where there is none."""
    from shapecalc.diagnostics.diagnostic import Diagnosed

    reports = check(read(path, chosen))
    wrong = [d for report in reports for d in report.diagnostics if d.severity == "error"]
    if not any(report.rows for report in reports):
        refuse_diagnosed(reports[0].source, Diagnosed(*wrong))
    say_member(path, reports[0].graph, chosen["member"])
    return reports


def _named(reports: list[CheckedNetwork], name: str) -> tuple[CheckedNetwork, Row]:
    """The layer of a name, in any case where there is no other. Raises UsageError where there is none."""
    rows = [(report, row) for report in reports for row in report.rows]
    found = [one for one in rows if one[1].name == name] or [one for one in rows if one[1].name.lower() == name.lower()]
    if found:
        return found[0]
    path = reports[0].source.path
    hint = did_you_mean(name, [row.name for _, row in rows], f"shapecalc explain {path} lists them")
    raise click.UsageError(f"{path} has no layer '{name}'; {hint}")


# --- words that are no network ----------------------------------------------------------------------


def pages(words: tuple[str, ...]) -> str:
    """The pages of the words. Raises UsageError for a word that has none."""
    return "\n\n".join(map(_page, words))


def _page(word: str) -> str:
    code = code_of(word)
    if code is not None:
        return page(load(code))
    if word.lower() in topics():
        return topics()[word.lower()].page
    named = layer_of_word(word)
    if named is not None:
        return layer_page(named.type, word, named.implied)
    from shapecalc.registry import layer_names

    known = (*codes(), *codes().values(), *layer_names(), *topics())
    hint = did_you_mean(word, known, "shapecalc explain lists all")
    raise click.UsageError(f"there is no layer type, rule or part of the language '{word}'; {hint}")


def contents(width: int | None) -> str:
    """All that has a page, a line each, which is cut where the terminal ends."""
    parts = {"the language": topic_lines(), "layer types": layer_lines(), "rules": listing(all_rules())}
    texts = ([f"{title}:", *(f"  {line}" for line in lines)] for title, lines in parts.items())
    return "\n\n".join("\n".join(_cut(line, width) for line in text) for text in texts)


def _cut(line: str, width: int | None) -> str:
    return line if width is None or len(line) <= width else f"{line[: width - 1]}…"
