"""`shapecalc convert`: prints or writes a network as another one: FC as CONV, a diagram, a drawing, or ONNX."""

from __future__ import annotations

import shlex
import sys
from typing import Any

import click
from click.core import ParameterSource

from shapecalc.cli import networks
from shapecalc.cli.atomic import names_stdout
from shapecalc.cli.named_files import piped
from shapecalc.cli.option_groups import closing_options, memory_limit, of_options, work_limit
from shapecalc.cli.refused import Refused, refusing, say
from shapecalc.cli.values import OneOf, WholeNumber, option
from shapecalc.core.phrases import counted, plural, size_text
from shapecalc.core.record import replace
from shapecalc.display.style import clean
from shapecalc.passes.graph import Graph
from shapecalc.passes.report import Report, unknown_volume

TEXTS = ("net", "dot", "mermaid")
"""Formats that are text."""


@click.command("convert")
@click.argument("path", required=False, metavar="[FILE]")
@option("--fc-to-conv", bool, "Write every FC as a CONV and print the flat diagram.")
@option("--to target", OneOf(["onnx", *TEXTS]), "Write a model, a diagram or a drawing.")
@option("--output -o", "FILE", "Write to this file instead of standard output.")
@option(
    "--weights/--no-weights",
    bool,
    "Put seeded random weights into the model, or leave them to be inputs.",
    default=True,
    show_default=True,
)
@option("--seed", WholeNumber(0), "Seed of the random weights.", default=0, show_default=True)
@option("--opset", WholeNumber(17, 21), "Version of the ONNX operators.", default=17, show_default=True)
@option("--batch", WholeNumber(1, 2**31 - 1), "Fix the images at once; otherwise the model takes any number, N.")
@work_limit
@memory_limit
@closing_options
def command(path: str | None, fc_to_conv: bool, target: str | None, output: str | None, **chosen: Any) -> None:
    """Convert a network.

    --fc-to-conv prints the network as a flat diagram in which every fully connected layer is a convolution:
    7x7x512 => FC(4096) becomes CONV(4096, F=7). Parameters and work stay the same, and the network then takes
    larger images: with --input the FCs are converted at the size that FILE gives, and the network is printed for the
    other one, without the claims that hang on the size. --to onnx writes a model; both together write the converted
    one.

    --to net prints a diagram worth keeping, of a file of any format that is read: what recurs becomes blocks with
    parameters, repeats and loops; its front matter says where it comes from and what to expect. Its layers are the same
    ones, under other names where nothing refers to them. --to dot and --to mermaid print a drawing for Graphviz and
    for Mermaid, with volumes on the arrows and repeats drawn once.

    A network is converted when its text has no errors and all volumes are known, with a warning where check finds
    errors in shapes or claims.

    Exit code: 0 done, 1 the network has errors, 2 usage, unreadable input or what cannot be converted.
    """
    if not fc_to_conv and target is None:
        raise click.UsageError("say what to convert to: --fc-to-conv or --to net, dot, mermaid or onnx")
    _refuse_idle(target)
    # On a terminal, or unasked, the bytes of a model say nothing and may do harm.
    if target == "onnx" and (output is None or (names_stdout(output) and sys.stdout.isatty())):
        raise click.UsageError("--to onnx needs a file to write to, such as -o net.onnx")
    path = path or piped()
    networks.refuse_same(path, output, "model" if target == "onnx" else "diagram")
    try:
        _convert(path, output, target, chosen, fc_to_conv=fc_to_conv)
    except MemoryError:
        raise Refused(f"there is not enough memory to convert {path}") from None


def _refuse_idle(target: str | None) -> None:
    """Raises a usage error for options that say how a model is written where none is."""
    context = click.get_current_context()
    for name in ("weights", "seed", "opset", "batch", "work_limit", "memory_limit"):
        if target != "onnx" and context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            no = "no-" if name == "weights" and not context.params[name] else ""
            raise click.UsageError(f"--{no}{name.replace('_', '-')} goes with --to onnx")


def _convert(path: str, output: str | None, target: str | None, chosen: dict[str, Any], *, fc_to_conv: bool) -> None:
    from shapecalc.pipeline import CheckOptions, check_graph

    network = networks.read_network(path, chosen)
    own = _at_own_size(network)
    graph = _with_convolutions(network, own or network.graph) if fc_to_conv else network.graph
    options, gone, scaled = CheckOptions(network.options), 0, None
    if own is not None:
        from shapecalc.transforms.fc_to_conv import resized, without_sized_claims

        # So the weights are those of the network at its own size.
        scaled = check_graph(graph, network.source, options) if fc_to_conv else None
        graph, gone = without_sized_claims(resized(graph, network.graph))
    report = check_graph(graph, network.source, options)
    if scaled is not None:
        _refuse_other_weights(scaled, report)
    _refuse_unknown(report, own if fc_to_conv else None)
    if target == "onnx":
        _write_onnx(report, scaled or report, output, chosen)
    elif target is not None:
        networks.write_text(_as_text(target, report), output)
    else:
        from shapecalc.writers.diagram.flat import Unwordable, flat_diagram

        with refusing(Unwordable, of=f"{path} cannot be written as a diagram"):
            text = flat_diagram(graph, graph.settings)
        networks.write_text(text, output)
        if gone and own is not None:
            shown = counted(gone, "claim that is right only", "claims that are right only")
            say(f"note: {shown} for an input of {_sizes(own)} {plural(gone, 'was', 'were')} left out")
    _warn(report, path, chosen, resized=own is not None)


def _as_text(target: str, report: Report) -> str:
    """A diagram or a drawing. Raises Refused for what no diagram can say."""
    from shapecalc.writers.diagram.flat import Unwordable

    with refusing(Unwordable, of=f"{report.source.path} cannot be written as {target}"):
        if target == "net":
            from shapecalc.writers.diagram.recovered import recovered_diagram

            return recovered_diagram(report)
        from shapecalc.writers.drawing import draw

        return draw(report, target)


def _refuse_other_weights(own: Report, other: Report) -> None:
    """Raises Refused where an --input of another depth asks for weights of another shape."""
    for row, now in zip(own.rows, other.rows, strict=True):
        before, after = ([(w.name, w.shape) for w in r.weight_arrays] for r in (row, now))
        if now.output is not None and before != after:
            raise Refused(
                f"{own.source.path} cannot be converted for another input: {row.node.name} would have other weights",
                help="give an --input of the same depth",
            )


def _at_own_size(network: networks.Network) -> Graph | None:
    """The network at the size that its text gives, where --input gives another; None where it is what is asked for."""
    from shapecalc.diagnostics.diagnostic import Diagnosed
    from shapecalc.formats.read import read_graph
    from shapecalc.passes.shapes import propagate
    from shapecalc.transforms.fc_to_conv import input_sizes

    if network.options.input is None:
        return None
    try:
        _, graph = read_graph(network.source, replace(network.options, input=None), [])
    except Diagnosed:
        return None  # without --input there is no network, and so no size of its own
    sizes = input_sizes(graph)
    if None in sizes or sizes == input_sizes(network.graph) or any(row.output is None for row in propagate(graph)[0]):
        return None
    return graph


def _with_convolutions(network: networks.Network, graph: Graph) -> Graph:
    """A graph with convolutions for FCs, and its settings closed."""
    from shapecalc.pipeline import CheckOptions, check_graph
    from shapecalc.transforms.fc_to_conv import Unconvertible, fc_to_conv
    from shapecalc.writers.diagram.flat import closed_settings

    closed = closed_settings(network.diagram, network.options)
    try:
        return fc_to_conv(replace(graph, settings=closed), closed)
    except Unconvertible:
        # Says why, and ends the command.
        _refuse_unknown(check_graph(graph, network.source, CheckOptions(network.options)))
        raise


def _refuse_unknown(report: Report, own: Graph | None = None) -> None:
    """Ends the command with 1, and what is wrong on standard error, for a network with unknown volumes."""
    why = unknown_volume(report.rows)
    if not why:
        return
    networks.print_diagnosed(report.source, report.diagnostics)
    why += f" where FCs are converted for an input of {_sizes(own)}" if own is not None else ""
    say(f"error: {report.source.path} was not converted: {why}")
    raise click.exceptions.Exit(1)


def _sizes(graph: Graph) -> str:
    from shapecalc.transforms.fc_to_conv import input_sizes

    return ", ".join(dict.fromkeys(map(str, input_sizes(graph))))


def _warn(report: Report, path: str, chosen: dict[str, Any], *, resized: bool) -> None:
    """Says in a line that there are errors in what was converted, and how to see them, or which is the first."""
    found = [d.message for d in report.diagnostics if d.severity == "error"]
    if not found:
        return
    words = ["shapecalc", "check", path]
    words += [word for given in chosen["sets"] for word in ("--set", given)]
    for name, value in (("--optional", chosen["optional"]), ("--classes", chosen["classes"])):
        words += [name, str(value)] if value is not None else []
    words += ["--input", size_text(chosen["input_"])] if chosen["input_"] else []
    # Of the network at its own size that command would speak of other errors.
    see = found[0] if resized else f"{shlex.join(words)} shows {plural(len(found), 'it', 'them')}"
    say(f"warning: {report.source.path} was converted with {counted(len(found), 'error')} in it: {see}")


def _write_onnx(report: Report, scaled: Report, output: str | None, chosen: dict[str, Any]) -> None:
    """Writes the model, its weights scaled by a run of another network with the same ones, if not of itself.

    Raises Refused for what cannot be written.
    """
    from shapecalc.numerics.threads import keep_blas_single

    keep_blas_single()
    from shapecalc.cli.images import refuse_large, refuse_long
    from shapecalc.cli.progress import progress
    from shapecalc.verification.execute import LayerFailed
    from shapecalc.writers.onnx.export import build, check_weights, export_bytes
    from shapecalc.writers.onnx.export_options import ExportOptions, MissingOnnx, TooLarge, Unwritable

    options = of_options(ExportOptions, chosen, holds_weights=chosen["weights"])
    waiting = progress(clean(report.name), len(report.rows) if options.holds_weights else None)
    try:
        check_weights(report, options)
        if chosen["weights"]:
            instead = "leave the weights out with --no-weights"
            refuse_large(scaled, chosen, export_bytes(scaled), instead=instead, keeps_weights=True)
            refuse_long(scaled, chosen, instead)
        with refusing(MissingOnnx), waiting as show:
            data = build(report, options, scaled=scaled, progress=show).SerializeToString()
    except LayerFailed as problem:
        raise Refused(f"{problem.node.name}, {problem.node.text}, cannot be written: {problem.reason}") from None
    except Unwritable as problem:
        instead = ": write the model without them (--no-weights)" if isinstance(problem, TooLarge) else ""
        raise Refused(f"{problem}{instead}") from None
    networks.write_bytes(data, output)
