"""SHP445: names that are frozen and have nothing that could be trained."""

from shapecalc.passes.freeze import meant_by
from shapecalc.rules.rule import Context, Diagnostics, Rule


class FrozenWithoutWeights(Rule):
    """A name in `freeze` means layers without weights alone.

    Why: Frozen weights get no gradient, and layers before the first trained weight keep nothing. A layer without
    weights (RELU, POOL, GAP) has none to freeze, so that the name changes no figure; most often another was meant.

    Instead: name the layer or the block whose weights are to stay, or remove the name.
    """

    severity = "warning"
    bad = ("---\nfreeze: [relu1]\n---\nINPUT(8x8x3) => CONV(8, F=3) => RELU => FC(10)",)
    good = ("---\nfreeze: [conv1..relu1]\n---\nINPUT(8x8x3) => CONV(8, F=3) => RELU => FC(10)",)

    def check(self, context: Context) -> Diagnostics:
        if any(row.output is None for row in context.rows):
            return  # how many weights a layer has follows from what arrives
        places = {row.node.index: row for row in context.rows}
        nodes = [row.node for row in context.rows]
        for part, meant in meant_by(nodes, context.graph.settings.freeze):
            rows = (places[nodes[place].index] for place in meant)
            if meant and not any(row.params or row.node.shares is not None for row in rows):
                first = places[nodes[meant[0]].index]
                yield self.report(
                    first.node,
                    f"freeze names '{part.text}', which has no weights",
                    span=part.span if any(part.span) else None,
                    label="nothing to freeze",
                    help=("name a layer or a block with weights, or remove the name",),
                )
