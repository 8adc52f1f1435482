"""SHP902: comments that ignore everything and so nothing."""

from shapecalc.rules.rule import Rule


class BareSuppression(Rule):
    """A comment says that something is ignored, and not what.

    Why: A comment that ignores everything would also hide the mistakes that come later. The list in [ ] is what the
    next reader needs.

    Instead: name the rules and the reason: `# shapecalc: ignore[drops-pixels] as printed`. The fix names what is
    reported there.
    """

    severity = "warning"
    bad = ("INPUT(224x224x3) => CONV(96, F=11, S=4)  # shapecalc: ignore",)
    good = ("INPUT(224x224x3) => CONV(96, F=11, S=4)  # shapecalc: ignore[SHP201] as printed",)
