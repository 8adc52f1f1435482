"""SHP127: a LEARNED in a chain, which reads nothing, so that what comes before it is lost."""

from __future__ import annotations

from shapecalc.rules.neighbours import only_reader, source_of, written
from shapecalc.rules.rule import Context, Diagnostics, Rule


class ValuesReplaced(Rule):
    """Trained values take the place of those that arrive, which no other layer reads.

    Why: LEARNED gives the same values for every image, and of its input it uses the size alone. In a chain,
    => POSITIONALEMBEDDING => puts positions in the place of the words, and nothing of the input reaches the output.

    Instead: write ADD[ | LEARNED ] to add values to what arrives, or CONCAT(along=length)[ LEARNED(1x768) | ] to put
    a class token before it.
    """

    severity = "warning"
    bad = ("INPUT(196x768) => POSITIONALEMBEDDING => LN", "INPUT(196x768) => CONV(96, 1) => LEARNED")
    good = ("INPUT(196x768) => ADD[ | LEARNED ] => LN", "INPUT(49x96) => CONCAT(along=length)[ LEARNED(1x96) | ]")

    def check(self, context: Context) -> Diagnostics:
        for row in written(context):
            source = source_of(context, row)
            if row.node.layer is None or not row.node.layer.learned or row.node.call is None or source is None:
                continue
            if only_reader(context, source) is row:
                yield self.report(
                    row.node,
                    f"{row.node.text} reads nothing: what {source.node.name} gives has no part in the output",
                    label="puts trained values in its place",
                    help=(
                        f"write ADD[ | {row.node.text} ] to add the two",
                        f"write CONCAT(along=length)[ {row.node.text} | ] to put one before the other",
                    ),
                )
