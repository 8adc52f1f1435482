"""SHP020: a text in another language."""

from shapecalc.rules.rule import Rule


class NotADiagram(Rule):
    """The text is written in another language: YAML, JSON, Python, Markdown, LaTeX, a table or a drawing.

    Why: Only the first place is reported, since every line would be a mistake of its own.

    Instead: write layers with arrows between them, or give the file the ending of its language, such as .yaml.
    """

    bad = ("graph TD\n  A[INPUT] --> B[CONV]\n  B --> C[FC]",)
    good = ("INPUT => CONV => FC",)
