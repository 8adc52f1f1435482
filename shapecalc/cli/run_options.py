"""The options that say how `check` goes through files: which of them, how many at a time, fixes, one table for all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from shapecalc.cli.option_groups import together
from shapecalc.cli.parallel import cores
from shapecalc.cli.values import OneOf, WholeNumber, option
from shapecalc.display.style import SORTS
from shapecalc.formats.discover import is_text
from shapecalc.published import PREFIX

_TABLES = ("text", "csv")
"""Formats that --stat has."""
_NO_REPORT = {"figures": "--get", "write_baseline": "--write-baseline", "add_ignores": "--add-ignores"}
"""Options with which no format is printed."""


run_options = together(
    option("--stat", bool, "One table of all networks, a row each; also as --format csv."),
    option("--sort", OneOf(SORTS), "Order of the rows of --stat; by name by default."),
    option("--changed-since", "REF", "Only files that git diff --name-only REF names; in . where no file is given."),
    option(
        "--jobs -j",
        WholeNumber(1),
        "Files that are checked at a time, where there are many.",
        default=cores,
        show_default="cores",
    ),
    option("--no-cache", bool, "Check anew what earlier runs know, and keep nothing.", envvar="SHAPECALC_NO_CACHE"),
    option("--watch", bool, "Check again whenever a file changes, until Ctrl-C."),
    option("--fix", bool, "Write the safe fixes into the files, and check the result."),
    option("--unsafe-fixes", bool, "With --fix or --diff: the first fix of every diagnostic, safe ones first."),
    option("--diff", bool, "Write nothing; print what --fix would change."),
)


def is_asked(chosen: dict[str, Any]) -> bool:
    """Whether something else than a report is asked for: figures, how many images fit, a baseline, comments."""
    return chosen["fit"] is not None or any(chosen[name] for name in _NO_REPORT)


def _is_no_file(paths: Sequence[str], changed_since: str | None) -> bool:
    """Whether standard input, a text or a published network is to be checked: nothing can be written into them."""
    named = any(path == "-" or is_text(path) or path.startswith(PREFIX) for path in paths)
    return named or (not paths and changed_since is None)


def refuse_contradictions(
    paths: Sequence[str], chosen: dict[str, Any], outputs: Sequence[tuple[str, str | None]]
) -> None:
    """Raises UsageError for options that ask for two things at once, or for what the other does not have."""
    written = next((path for _, path in outputs if path is not None), None)
    other = next((format_ for format_, _ in outputs if format_ not in _TABLES), None)
    for wrong, reason in (
        (chosen["fit"] is not None and chosen["figures"], "--fit and --get cannot be given together"),
        (
            chosen["fit"] is not None and list(outputs) != [("text", None)],
            f"--fit and --format {outputs[0][0]} cannot be given together",
        ),
        (
            chosen["add_ignores"] and chosen["diff"],
            "--add-ignores writes into files, and --diff writes nothing: give one of them",
        ),
        *(
            (written and chosen[name], f"--output {written} takes a report, and {shown} gives none")
            for name, shown in _NO_REPORT.items()
        ),
        (
            chosen["unsafe_fixes"] and not (chosen["fix"] or chosen["diff"]),
            "--unsafe-fixes says which fixes --fix writes: give --fix too, or --diff to see them",
        ),
        (
            chosen["fix"] and not chosen["diff"] and _is_no_file(paths, chosen["changed_since"]),
            "--fix writes into files, and this is none: use --diff to see what would change",
        ),
        (chosen["stat"] and other, f"--stat is printed as {' or '.join(_TABLES)}, not as {other}"),
        (chosen["sort"] and not chosen["stat"], "--sort orders the rows of --stat: give --stat too"),
        (
            chosen["changed_since"] is not None and any(path == "-" or is_text(path) for path in paths),
            "--changed-since asks git about files, and a text or standard input is none",
        ),
        (chosen["watch"] and (not paths or "-" in paths), "--watch needs files or folders, not standard input"),
    ):
        if wrong:
            raise click.UsageError(reason)


# --- formats and their paths ------------------------------------------------------------------------

_ORDER = "shapecalc.cli.run_options"


_HEADINGS = {
    "formats": "Result", "sets": "Network", "strict": "Rules", "stat": "Files", "fix": "Fixes",
    "batch": "Memory and work", "layout": "Look",
}  # fmt: skip
"""What stands in the help of `check` above an option and those after it."""


class InOrder(click.Command):
    """A command that keeps the order in which its options were given, and lists them in its help under headings."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options, some at a time."""
        parts: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            heading = _HEADINGS.get(parameter.name or "") or next(reversed(parts), "Options")
            if isinstance(parameter, click.Option) and (record := parameter.get_help_record(ctx)):
                parts.setdefault(heading, []).append(record)
        for heading, records in parts.items():
            with formatter.section(heading):
                formatter.write_dl(records)

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
