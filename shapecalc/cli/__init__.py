"""The command line: sub-commands are loaded when they are called, so that --version and completion import nothing."""

from __future__ import annotations

import codecs
import errno
import os
import sys

import click

from shapecalc import __version__

COMMANDS = {
    "check": "Check networks: volumes, weights, work, memory, and what does not fit.",
    "expand": "Write a network out: repeats, blocks and open names become layers.",
    "fmt": "Format diagrams canonically.",
    "verify": "Prove the report by running the network in NumPy.",
    "config": "Show which configuration applies to a file, and which rules run.",
    "explain": "Work a layer of a network, or print the page of a layer type, rule or part of the language.",
    "solve": "Say which sizes of the input work.",
    "reconcile": "Say what makes a published figure true.",
    "convert": "Convert a network: FC to CONV, to a diagram, a drawing or ONNX.",
    "compare": "Say what differs between networks, and what it comes from.",
    "zoo": "List published networks, or print the file of one.",
    "cache": "Say where results of earlier runs are kept, or remove them.",
    "help": "Print the help of a command.",
}
"""The module of each, which has a click command called `command`, and its short help."""

_FILE = "the name of a file"
NAMED = {"FILE": _FILE, "FILE.npy": _FILE, "PATH": _FILE, "NAME": "a name", "REF": "the name of a commit"}
"""What options name that are none without it, by what stands for it in the help."""

BUG = "this is a bug in shapecalc; please report it with the text that caused it (SHAPECALC_TRACEBACK=1 shows where)"


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        import importlib

        return importlib.import_module(f"shapecalc.cli.{name}").command  # type: ignore[no-any-return]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args and not ctx.resilient_parsing:
            click.echo(ctx.get_help(), err=True)
            ctx.exit(2)
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name and name not in COMMANDS and not name.startswith("-"):
            from shapecalc.diagnostics.spelling import did_you_mean

            hint = did_you_mean(name, list(COMMANDS), f"commands are {', '.join(COMMANDS)}")
            ctx.fail(f"there is no command '{name}'; {hint}")
        found = super().resolve_command(ctx, args)
        if (command := found[1]) is not None and any(not word or word.endswith("=") for word in args):
            _refuse_empty(ctx, command, found[2])
        return found

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # Before click sees it, which would end with 1.
            _silence()
            raise click.exceptions.Exit(0) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _refuse_empty(ctx: click.Context, command: click.Command, args: list[str]) -> None:
    """Raises a usage error for an option that names something, without a name: most would be as if not given."""
    options = {name: option for option in command.params for name in option.opts}
    for word, after in zip(args, [*args[1:], "-"], strict=True):
        name = word.removesuffix("=")
        option = options.get(name)
        if isinstance(option, click.Option) and option.metavar in NAMED and (name != word or after == ""):
            ctx.fail(f"{name} needs {NAMED[option.metavar]}")


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="shapecalc")
def cli() -> None:
    """Reads a sketched neural network and says what every layer gives, costs, and does not fit.

    \b
      shapecalc check 'INPUT(32x32x3) => CONV(16, 3) => RELU => POOL => FC(10)'
      shapecalc check net.txt        a file: its table, and what is wrong with it
      shapecalc explain              the language, all layers and all rules
    """


def main() -> int:
    """Runs the command line: exit code 0 clean, 1 something is wrong, 2 usage, 130 interrupted. All is written."""
    _open_streams()
    try:
        return _answered()
    except OSError:  # what is wrong can be written as little as what is right
        _silence()
        return 2


def _answered() -> int:
    """Runs the command; its exit code, when what is wrong has been said."""
    try:
        code = _run()
    except (click.exceptions.Abort, KeyboardInterrupt):
        code = 130
    except click.ClickException as problem:
        _show(problem)
        code = 2
    except BrokenPipeError:
        _silence()
        code = 0
    except MemoryError:
        click.echo("error: there is not enough memory", err=True)
        code = 2
    except Exception as problem:  # nothing a user can do prints a traceback
        _show_other(problem)
        code = 2
    return code or 0


def _show(problem: click.ClickException) -> None:
    """Says what is wrong, with nothing of what was typed reaching the terminal as a control sequence."""
    from shapecalc.cli.refused import Refused, say

    if isinstance(problem, Refused):
        problem.show()
        return
    if isinstance(problem, click.UsageError) and problem.ctx is not None:
        click.echo(f"{problem.ctx.get_usage()}\nTry '{problem.ctx.command_path} --help' for help.\n", err=True)
    say(f"error: {_in_our_words(problem) or problem.format_message()}")


def _in_our_words(problem: click.ClickException) -> str:
    """What to say of what is missing, or of an option that the command does not have; nothing for other problems."""
    if not isinstance(problem, click.UsageError) or problem.ctx is None:
        return ""
    if isinstance(problem, click.MissingParameter) and problem.param is not None:
        words = [*problem.param.opts] * isinstance(problem.param, click.Option)
        return f"{' '.join([*words, problem.param.metavar or ''])} is missing"
    if not isinstance(problem, click.NoSuchOption):
        return ""
    from shapecalc.diagnostics.spelling import did_you_mean

    known = [option for parameter in problem.ctx.command.get_params(problem.ctx) for option in parameter.opts]
    hint = did_you_mean(problem.option_name, known, f"'{problem.ctx.command_path} --help' lists them")
    return f"there is no option '{problem.option_name}'; {hint}"


def _likeness(problem: UnicodeError) -> tuple[str, int]:
    from shapecalc.display.style import as_ascii

    assert isinstance(problem, UnicodeEncodeError)
    return as_ascii(problem.object[problem.start : problem.end]), problem.end


def _open_streams() -> None:
    """Sees to it that there are streams to print to, whatever the caller has closed and a terminal can show."""
    codecs.register_error("shapecalc.likeness", _likeness)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            # Also keeps a file that is opened later from getting the number that printing goes to.
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 (open to the end)
        # A terminal that cannot show a character shows what is most like it, or a question mark.
        getattr(sys, name).reconfigure(errors="shapecalc.likeness")


def _run() -> int:
    """Runs the command; its exit code, however it ended."""
    try:
        return cli.main(standalone_mode=False) or 0
    except SystemExit as ended:
        # Not yet the end: what was printed must still get through.
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    finally:
        sys.stdout.flush()


def _silence() -> None:
    """Keeps the interpreter from complaining about a pipe or a disk that takes no more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)


_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""What the system says where nothing more can be written."""


def _show_other(problem: Exception) -> None:
    """Says what no command expects: a full disk, a folder of the run that is gone, a wrong file of ours, or a bug."""
    from shapecalc.cli.refused import say
    from shapecalc.core.phrases import reason
    from shapecalc.diagnostics.registration import RegistrationError

    if isinstance(problem, OSError) and problem.errno in _NO_ROOM:
        click.echo(f"error: cannot write: {reason(problem)}", err=True)
        _silence()
    elif isinstance(problem, OSError) and (gone := _no_folder()):
        click.echo(f"error: the current folder cannot be read: {reason(gone)}; change to another folder", err=True)
    else:
        if os.environ.get("SHAPECALC_TRACEBACK"):
            import traceback

            traceback.print_exception(problem)
        if isinstance(problem, RegistrationError):
            said, more = f"{problem}", f"  = help: {problem.help}"
        else:
            said, more = f"{type(problem).__name__}: {problem}", BUG
        say(f"error: {said}")
        say(more)


def _no_folder() -> OSError | None:
    """Why the folder of the run cannot be read, if so."""
    try:
        os.getcwd()
    except OSError as gone:
        return gone
    return None
