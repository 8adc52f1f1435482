"""SHP401: biases that the normalisation after them takes away."""

from shapecalc.core.phrases import counted
from shapecalc.passes.report import Row
from shapecalc.rules.edits import with_argument
from shapecalc.rules.neighbours import kind_of, multiplies, only_reader, written
from shapecalc.rules.rule import Context, Diagnostics, Rule

SUBTRACTS = ("BN", "IN")
"""What subtracts the mean of every channel."""


class BiasBeforeNormalisation(Rule):
    """A layer has a bias, and the batch normalisation after it subtracts it again.

    Why: BN and IN subtract the mean of every channel, and with it whatever was added to the channel before: the
    bias learns nothing, and takes parameters, memory of the optimizer and time. BN has a shift of its own (Ioffe
    and Szegedy 2015, section 3.2: "the bias can be ignored").

    Instead: write bias=false. The fix does it, and nothing else changes.
    """

    severity = "warning"
    groups = ("training", "deploy")
    bad = ("INPUT(32x32x3) => CONV(64, F=3, P=1) => BN => RELU => GAP => FC(10)",)
    good = (
        "INPUT(32x32x3) => CONV(64, F=3, P=1, bias=false) => BN => RELU => GAP => FC(10)",
        "INPUT(32x32x3) => CONV(64, F=3, P=1) => RELU => BN => GAP => FC(10)",
    )

    def check(self, context: Context) -> Diagnostics:
        for row in written(context):
            reader = only_reader(context, row)
            biases = _biases(row)
            if not biases or reader is None or kind_of(reader) not in SUBTRACTS:
                continue
            yield self.report(
                row.node,
                f"the {reader.node.kind} after {row.node.kind} cancels its {counted(biases, 'bias', 'biases')}",
                label=f"{counted(biases, 'parameter')} that learn nothing",
                help=("write bias=false",),
                fixes=with_argument(row.node, "bias", "false", "write bias=false"),
            )


def _biases(row: Row) -> int:
    """How many biases it has: of a layer that reads an unknown volume as many as it has filters or units."""
    if row.output is not None and None not in row.inputs:
        return sum(array.size for array in row.weight_arrays if array.role == "bias") if multiplies(row) else 0
    arguments = row.node.layer.arguments
    return arguments.get("filters", arguments.get("units", 0)) if arguments.get("bias") is True else 0
