"""`shapecalc explain`: the page of a rule, or the list of all codes."""

from __future__ import annotations

import click


@click.command()
@click.argument("rules", nargs=-1, metavar="[CODE|NAME]…")
def command(rules: tuple[str, ...]) -> None:
    """Print what a code means, why it is reported, and what to write instead; alone, list all codes.

    A rule is given by its code, such as SHP201, or by its name, such as drops-pixels.

    Exit code: 0, or 2 where there is no such rule.
    """
    from shapecalc.diagnostics.spelling import nearest
    from shapecalc.rules.catalogue import all_rules, code_of, codes, load
    from shapecalc.rules.pages import listing, page

    if not rules:
        click.echo("\n".join(listing(all_rules())))
        return
    found = []
    for word in rules:
        code = code_of(word)
        if code is None:
            guess = nearest(word, [*codes(), *codes().values()])
            hint = f"did you mean '{guess}'?" if guess else "shapecalc explain lists all"
            raise click.UsageError(f"there is no rule '{word}'; {hint}")
        found.append(page(load(code)))
    click.echo("\n\n".join(found))
