"""SHP307: a figure that the source of a network prints and that is wrong."""

from shapecalc.core.phrases import size_text
from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Severity
from shapecalc.language.syntax import Erratum
from shapecalc.passes.errata import computed, in_words, says
from shapecalc.passes.memory import totals
from shapecalc.passes.report import Totals
from shapecalc.rules.rule import Context, Diagnostics, Rule


class KnownErratum(Rule):
    """The source of the network prints a figure that is wrong, and the file knows it.

    Why: papers and tables have slips, and who compares a network with its paper should not look for them again.
    `erratum:` in the front matter has what is printed, what is right, the evidence, and its provenance. With
    `of: macs` or `of: conv1.output` the figure is computed: it is an error where what is said to be right does not
    hold, or what is said to be wrong does. With `finding: SHP201` no note of its own is reported: the finding
    with this code says that it is expected.

    Instead: nothing, where it is a note. Else correct the erratum.
    """

    severity = "note"
    bad = (
        "---\nerratum: {where: table 1, printed: 300, right: 310, of: params, evidence: 3·10·10 + 10, provenance: seen}"
        "\n---\nINPUT(3x10x1) => FC(10)",
    )
    good = ("---\nexpect: {params: 310}\n---\nINPUT(3x10x1) => FC(10)",)

    def check(self, context: Context) -> Diagnostics:
        for erratum in context.settings.errata if context.rows else ():
            wrong = _wrong(erratum, context)
            if wrong or not erratum.finding:
                severity: Severity = "error" if wrong else "note"
                evidence = f"evidence ({erratum.provenance}): {'; '.join(erratum.evidence)}"
                message = wrong or f"known erratum, {in_words(erratum)}"
                yield self.report(None, message, span=erratum.span, severity=severity, notes=(evidence,))


def _of_one_image(context: Context) -> Totals:
    """What publications give figures of, however many images are asked about."""
    if context.conventions.batch == 1:
        return context.totals
    return totals(context.rows, replace(context.conventions, batch=1))


def _wrong(erratum: Erratum, context: Context) -> str:
    """What is wrong with an erratum whose figure is computed; empty where it is right, or unknown."""
    if not erratum.of:
        return ""
    try:
        value = computed(erratum.of, context.rows, _of_one_image(context))
        if value is None:
            return ""
        right = says(erratum.right, value)
    except KeyError:
        return f"the erratum is about {erratum.of}, and there is no such figure: write one such as macs or conv1.output"
    except ValueError as problem:
        return f"the erratum about {erratum.of} cannot be compared: {problem}"
    shown = f"{value:,}" if isinstance(value, int) else size_text(value)
    if not right:
        return f"the erratum says that {erratum.right} is right, and {erratum.of} is {shown}"
    try:
        printed = says(erratum.printed, value)
    except ValueError:
        return ""  # it is printed in words, or as a formula
    return f"the erratum says that {erratum.printed} is wrong, and {erratum.of} is {shown}" if printed else ""
