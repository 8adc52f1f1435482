"""SHP413: BN after the activation instead of before it."""

from shapecalc.rules.edits import swapped
from shapecalc.rules.neighbours import activates, before, multiplies, normalises, pairs
from shapecalc.rules.rule import Context, Diagnostics, Rule


class NormalisationAfterActivation(Rule):
    """A normalisation comes after the activation of a layer.

    Why: Ioffe and Szegedy 2015 put BN before the activation, and published networks follow them: only there can it
    be folded into the weights of the convolution when the network is used, which saves a pass over the memory.
    Others, and some course notes, prefer it after the activation and report slightly better results (Mishkin et al.
    2016). Both work; this note says which one you have.

    Instead: write CONV => BN => RELU where BN is to cost nothing at run time.
    """

    severity = "note"
    groups = ("teaching", "deploy")
    bad = ("INPUT(32x32x3) => CONV(8, F=3) => RELU => BN => FC(10)",)
    good = ("INPUT(32x32x3) => CONV(8, F=3, bias=false) => BN => RELU => FC(10)",)

    def check(self, context: Context) -> Diagnostics:
        for source, row in pairs(context):
            if normalises(row) and activates(source):
                layer = before(context, source)
                if layer is not None and multiplies(layer):
                    yield self.report(
                        row.node,
                        f"{row.node.kind} after {source.node.kind} cannot be folded into {layer.node.name}",
                        label="the original paper has it before the activation",
                        help=(f"write {layer.node.kind} => {row.node.kind} => {source.node.kind}",),
                        fixes=swapped(source.node, row.node, context),
                    )
