"""`shapecalc convert`: prints or writes a network as another one: FC as CONV, or ONNX."""

from __future__ import annotations

import click
from click.core import ParameterSource

from shapecalc.cli.networks import Network, closing_options, complain, read_network, write_bytes, write_text


@click.command("convert")
@click.argument("path", metavar="FILE")
@click.option("--fc-to-conv", is_flag=True, help="Write every FC as a CONV and print the flat diagram.")
@click.option("--to", "target", type=click.Choice(["onnx"]), help="Write a model in another format.")
@click.option("--output", "-o", metavar="FILE", help="Write to this file instead of standard output.")
@click.option(
    "--weights/--no-weights",
    default=True,
    show_default=True,
    help="Put seeded random weights into the model, or leave them to be inputs.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Where the random weights begin.")
@click.option(
    "--opset", type=click.IntRange(17, 21), default=17, show_default=True, help="Version of the ONNX operators."
)
@click.option(
    "--batch", type=click.IntRange(1), help="Fix the images at once; otherwise the model takes any number, N."
)
@closing_options
def command(path: str, fc_to_conv: bool, target: str | None, output: str | None, **chosen: object) -> None:
    """Convert a network.

    --fc-to-conv prints the network as a flat diagram in which every fully connected layer is a convolution:
    7x7x512 => FC(4096) becomes CONV(4096, F=7). Parameters and work stay the same, and the network then takes
    larger images. --to onnx writes a model; both together write the converted one.

    \b
    Exit code: 0 done, 1 the network has errors, 2 usage, unreadable input or what cannot be converted.
    """
    if not fc_to_conv and target is None:
        raise click.UsageError("say what to convert to: --fc-to-conv or --to onnx")
    if output == "":
        raise click.UsageError("-o needs the name of a file")
    _refuse_idle(target)
    if target == "onnx" and output in (None, "-") and _binary_to_people(output):
        raise click.UsageError("--to onnx needs a file to write to, such as -o net.onnx")
    if target == "onnx" and output is not None and _same(path, output):
        raise click.UsageError(f"{output} is the network itself: write the model to another file")
    try:
        _convert(path, output, target, chosen, fc_to_conv=fc_to_conv)
    except MemoryError:
        click.echo(f"error: there is not enough memory to convert {path}", err=True)
        raise click.exceptions.Exit(2) from None


def _refuse_idle(target: str | None) -> None:
    """Raises a usage error for options that say how a model is written where none is."""
    context = click.get_current_context()
    for name in ("weights", "seed", "opset", "batch"):
        if target is None and context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--{name} goes with --to onnx")


def _binary_to_people(output: str | None) -> bool:
    """Whether a model would be printed unasked, or on a terminal, where its bytes say nothing and may do harm."""
    import sys

    return output is None or sys.stdout.isatty()


def _same(path: str, output: str) -> bool:
    import os

    return os.path.exists(path) and os.path.exists(output) and os.path.samefile(path, output)


def _convert(path: str, output: str | None, target: str | None, chosen: dict[str, object], *, fc_to_conv: bool) -> None:
    network = read_network(path, chosen)
    _refuse_errors(network)
    if fc_to_conv:
        network = _with_convolutions(network)
    if target == "onnx":
        _write_onnx(network, output, chosen)
    else:
        from shapecalc.writing.flat import flat_diagram

        write_text(flat_diagram(network.graph, network.graph.settings), output)


def _refuse_errors(network: Network) -> None:
    """Ends the command with 1, and what is wrong on standard error, for a network that does not hold."""
    from shapecalc.check import CheckOptions, check_graph
    from shapecalc.diagnostics import Findings

    report = check_graph(network.graph, network.source, CheckOptions(network.options))
    errors = [d for d in report.diagnostics if d.severity == "error"]
    if errors:
        complain(network.source, Findings(*errors))
        raise click.exceptions.Exit(1)


def _with_convolutions(network: Network) -> Network:
    """The network with convolutions for FCs, and its settings closed. Ends the command where it has no volumes."""
    from dataclasses import replace

    from shapecalc.convert import Unconvertible, fc_to_conv
    from shapecalc.writing.settle import closed_settings

    closed = closed_settings(network.diagram, network.options)
    try:
        graph = fc_to_conv(replace(network.graph, settings=closed), closed)
    except Unconvertible as problem:
        click.echo(f"error: {problem}", err=True)
        raise click.exceptions.Exit(1) from None
    return replace(network, graph=graph)


def _write_onnx(network: Network, output: str | None, chosen: dict[str, object]) -> None:
    """Writes the model. Ends the command with 1 for a layer that cannot be written, 2 without the packages."""
    from shapecalc.check import CheckOptions, check_graph

    report = check_graph(network.graph, network.source, CheckOptions(network.options))
    unknown = next((row for row in report.rows if row.output is None), None)
    if unknown is not None:
        click.echo(f"error: the volume of {unknown.node.name} is unknown, so no model can be written", err=True)
        raise click.exceptions.Exit(1)
    from shapecalc.onnx_format.export import ExportOptions, MissingOnnx, TooLarge, Unwritable, export
    from shapecalc.running.execute import LayerFailed

    options = ExportOptions(
        weights=bool(chosen["weights"]),
        seed=int(str(chosen["seed"])),
        opset=int(str(chosen["opset"])),
        batch=int(str(chosen["batch"])) if chosen["batch"] else None,
    )
    try:
        data = export(report, options)
    except MissingOnnx as problem:
        raise click.UsageError(str(problem)) from None
    except LayerFailed as problem:
        click.echo(f"error: {problem.node.name}, {problem.node.text}, cannot be written: {problem.reason}", err=True)
        raise click.exceptions.Exit(1) from None
    except Unwritable as problem:
        instead = ": write the model without them (--no-weights)" if isinstance(problem, TooLarge) else ""
        click.echo(f"error: {problem}{instead}", err=True)
        raise click.exceptions.Exit(1) from None
    write_bytes(data, output)
