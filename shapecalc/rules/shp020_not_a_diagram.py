"""SHP020: a text in another language."""

from __future__ import annotations

from shapecalc.rules.rule import Rule


class NotADiagram(Rule):
    """The text is written in another language: YAML, JSON, Python, Markdown, or a plain list.

    Why: Only the first place is reported, since every line would be a mistake of its own.

    Instead: write layers with arrows between them, or give the file the ending of its language, such as .yaml.
    """

    bad = ("- INPUT\n- CONV(64)\n- RELU\n- FC",)
    good = ("INPUT => CONV(64) => RELU => FC",)
