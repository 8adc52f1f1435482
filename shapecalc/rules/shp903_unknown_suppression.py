"""SHP903: comments that name no rule."""

from shapecalc.rules.rule import Rule


class UnknownSuppression(Rule):
    """A comment ignores a rule that does not exist, or is written with another word than ignore.

    Why: It has no effect, although its author expects one.

    Instead: write a code or a name that `shapecalc explain` lists: `ignore[…]` for a line, `ignore-file[…]` for the
    file.
    """

    severity = "warning"
    bad = (
        "INPUT(224x224x3) => CONV(96, F=11, S=4)  # shapecalc: ignore[SHP2O1] as printed",
        "INPUT(8x8x3) => FC(10)  # shapecalc: disable[SHP201]",
    )
    good = ("INPUT(224x224x3) => CONV(96, F=11, S=4)  # shapecalc: ignore[SHP201] as printed",)
