"""SHP510: layers of another tool of which only the sizes are known."""

from __future__ import annotations

from shapecalc.core.phrases import counted, listed
from shapecalc.rules.rule import Context, Diagnostics, Example, Rule

MOST_NAMED = 5
"""Kinds of layers that the message names."""


class OpaqueLayer(Rule):
    """The file has layers that the language has no word for; they are counted with the sizes that the file states.

    Why: their volume and their parameters are in the file, so that everything around them can be checked. Their
    work is not known: multiply-accumulates leave them out, and `verify` does not run such a network.

    Instead: nothing has to be done. Where the work matters, add it by hand.
    """

    severity = "note"
    bad = (Example("[net]\nwidth=8\nheight=8\nchannels=3\n\n[crnn]\noutput=4\n", file="net.cfg"),)
    good = (Example("[net]\nwidth=8\nheight=8\nchannels=3\n\n[convolutional]\nfilters=4\n", file="net.cfg"),)

    def check(self, context: Context) -> Diagnostics:
        kinds: dict[str, int] = {}
        opaque = [node for node in context.graph.nodes if node.layer.opaque]
        for node in opaque:
            kinds[node.kind] = kinds.get(node.kind, 0) + 1
        if opaque:
            named = listed([f"{kind} ({count})" for kind, count in kinds.items()], MOST_NAMED)
            unstated = sum(not node.layer.products() for node in opaque)
            some = f"{unstated} of them state no multiply-accumulates, and none are counted for these"
            note = some if unstated < len(opaque) else "their multiply-accumulates are not known, and not counted"
            yield self.report(
                opaque[0],
                f"{counted(len(opaque), 'layer')} with sizes as the file states them: {named}",
                label="the language has no word for this layer",
                notes=(note,) if unstated else (),
            )
