"""SHP432: groups of very few channels."""

from shapecalc.rules.neighbours import sized, slides
from shapecalc.rules.rule import Context, Diagnostics, Rule

LEAST = 4


class GroupsTooFine(Rule):
    """A grouped convolution has fewer than 4 channels a group, and is not depthwise.

    Why: The finer the groups, the less work there is for each byte that is read: Ma et al. 2018 (ShuffleNet V2,
    guideline 2) measured a third of the speed with 8 groups instead of 1 at the same MACs. ResNeXt has 4 channels a
    group, depthwise convolutions 1, for which there are kernels of their own.

    Instead: write fewer groups, or DWCONV.
    """

    severity = "note"
    groups = ("deploy",)
    bad = ("INPUT(32x32x16) => CONV(16, F=3, P=1, groups=8)",)
    good = ("INPUT(32x32x16) => CONV(16, F=3, P=1, groups=4)", "INPUT(32x32x16) => DWCONV(F=3, P=1)")

    def check(self, context: Context) -> Diagnostics:
        for row, volume, _ in sized(context, slides):
            channels = row.kernels[0].shape[-2]
            if 1 < channels < LEAST and channels < volume.depth:
                yield self.report(
                    row.node,
                    f"each of the {volume.depth // channels} groups of {row.node.kind} has {channels} channels",
                    label=f"expected at least {LEAST}, or 1 (depthwise)",
                )
