"""`shapecalc help`: the help of a command, as `shapecalc COMMAND --help` prints it."""

from __future__ import annotations

import click


@click.command("help")
@click.argument("words", nargs=-1, metavar="[COMMAND]")
@click.pass_context
def command(context: click.Context, words: tuple[str, ...]) -> None:
    """Print the help of a command, or of shapecalc itself."""
    parent = context.parent
    assert parent is not None
    group = parent.command
    assert isinstance(group, click.Group)
    if not words:
        click.echo(parent.get_help())
        return
    name, found, _ = group.resolve_command(parent, list(words))
    assert found is not None
    click.echo(found.get_help(click.Context(found, info_name=name, parent=parent)))
