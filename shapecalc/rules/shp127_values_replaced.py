"""SHP127: a LEARNED in a chain, which reads nothing, so that what comes before it is lost."""

from shapecalc.rules.neighbours import readers
from shapecalc.rules.rule import Context, Diagnostics, Rule


class ValuesReplaced(Rule):
    """Trained values take the place of those that arrive, which no other layer reads.

    Why: LEARNED gives the same values for every image, and of its input it uses the size alone. In a chain,
    => POSITIONALEMBEDDING => puts positions in the place of the words, and nothing of the input reaches the output.
    With another size than that of INPUT before it, as StyleGAN's LEARNED(4x4x512), it is a note.

    Instead: write ADD[ | LEARNED ] to add values to what arrives, or CONCAT(along=length)[ LEARNED(1x768) | ] to put
    a class token before it.
    """

    severity = "warning"
    bad = (
        "INPUT(196x768) => POSITIONALEMBEDDING => LN",
        "INPUT(196x768) => CONV(96, 1) => LEARNED",
        "INPUT(196x768) => CONV(96, 1) => CONCAT[ LEARNED | LEARNED ] => LN",
    )
    good = (
        "INPUT(196x768) => ADD[ | LEARNED ] => LN",
        "INPUT(49x96) => CONCAT(along=length)[ LEARNED(1x96) | ]",
        "INPUT(49x96) => ATTENTION(8)[ LEARNED(100x96) | | ]",
    )

    def check(self, context: Context) -> Diagnostics:
        for source in context.rows:
            reading = readers(context, source)
            if not reading or any(r.node.call is None or not r.node.layer.learned for r in reading):
                continue
            row, arrives, gives = reading[0], source.output, reading[0].output
            learned, same = row.node.text, gives is None or gives == arrives
            if not source.node.inputs and not same:
                yield self.report(
                    row.node,
                    f"the network begins with {learned}: nothing of {source.node.name} reaches the output",
                    severity="note",
                )
                continue
            help = [f"write ADD[ | {learned} ] to add the two"] if same else []
            if arrives is not None and len(arrives.spatial) == 1:
                token = f"LEARNED(1x{arrives.depth})" if same else learned
                help.append(f"write CONCAT(along=length)[ {token} | ] to put one before the other")
            yield self.report(
                row.node,
                f"{learned} reads nothing: what {source.node.name} gives has no part in the output",
                label="puts trained values in its place",
                help=tuple(help) or ("join the two as branches, or remove what comes before it",),
            )
