"""`--format F --output PATH`, several times: every format with the path that follows it, or for standard output."""

from __future__ import annotations

from typing import Any

import click

_ORDER = "shapecalc.cli.outputs"


class InOrder(click.Command):
    """A command that keeps the order in which its options were given."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parses once more beforehand, for the order alone."""
        _, _, order = self.make_parser(ctx).parse_args(args=list(args))
        ctx.meta[_ORDER] = [parameter.name for parameter in order]
        return super().parse_args(ctx, args)


def outputs(context: click.Context, chosen: dict[str, Any]) -> list[tuple[str, str | None]]:
    """Formats with their paths; None is standard output. Raises UsageError where two would go there."""
    pairs: list[tuple[str, str | None]] = []
    formats, paths = iter(chosen["formats"]), iter(chosen["outputs"])
    for name in context.meta[_ORDER]:
        if name == "formats":
            pairs.append((next(formats), None))
        elif name == "outputs":
            path = next(paths)
            if pairs and pairs[-1][1] is None:
                pairs[-1] = (pairs[-1][0], path)
            else:
                raise click.UsageError(f"--output {path} needs its own --format before it")
    printed = [format_ for format_, path in pairs if path is None]
    if len(printed) > 1:
        raise click.UsageError(f"{' and '.join(printed)} cannot both go to standard output: give --output after one")
    return pairs or [("text", None)]
