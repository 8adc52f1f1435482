"""SHP501: what was not written, where nothing may be assumed."""

from shapecalc.rules.rule import Context, Diagnostics, Example, Rule


class AssumedValue(Rule):
    """Something that a layer needs was not written and is assumed, and --strict is given.

    Why: a bare CONV is read as 64 filters of 3x3 and a bare FC as 4096 units, so that sketches can be checked. Figures
    of a network that is built must not depend on what was assumed.

    Instead: write every argument that the message names, or state it once in `defaults:`.
    """

    bad = (Example("INPUT(32x32x3) => CONV => FC(10)", ("--strict",)),)
    good = (
        Example("INPUT(32x32x3) => CONV(64, F=3, S=1, P=1) => FC(10)", ("--strict",)),
        "INPUT(32x32x3) => CONV => FC(10)",
    )

    def check(self, context: Context) -> Diagnostics:
        for node in context.graph.nodes if context.strict else ():
            if node.assumed:
                yield self.report(
                    node,
                    f"{node.text} leaves {', '.join(node.assumed)} to be assumed",
                    label=f"write {', '.join(node.assumed)}",
                )
