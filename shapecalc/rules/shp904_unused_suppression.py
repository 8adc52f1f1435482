"""SHP904: comments that ignore what is not reported."""

from shapecalc.rules.rule import Rule


class UnusedSuppression(Rule):
    """A comment ignores something that is not reported there.

    Why: The network was changed, or the comment is at the wrong line. Left where it is, it hides the next mistake
    of the kind. Errors of a text that was not understood cannot be ignored.

    Instead: remove it. The fix does it.
    """

    severity = "warning"
    bad = ("INPUT(227x227x3) => CONV(96, F=11, S=4)  # shapecalc: ignore[SHP201] as printed",)
    good = (
        "INPUT(224x224x3) => CONV(96, F=11, S=4)  # shapecalc: ignore[SHP201] as printed",
        "INPUT(227x227x3) => CONV(96, F=11, S=4)",
    )
