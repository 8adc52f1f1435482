"""`--format F --output PATH`, several times: every format with the path that follows it, or for standard output."""

from __future__ import annotations

from typing import Any

import click

_ORDER = "shapecalc.cli.outputs"


class InOrder(click.Command):
    """A command that keeps the order in which its options were given."""

    def make_parser(self, ctx: click.Context) -> Any:
        """The parser, which also writes down the order."""
        parser: Any = super().make_parser(ctx)
        parse = parser.parse_args

        def parse_args(args: list[str]) -> Any:
            parsed = parse(args)
            ctx.meta[_ORDER] = [parameter.name for parameter in parsed[2]]
            return parsed

        parser.parse_args = parse_args
        return parser


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
