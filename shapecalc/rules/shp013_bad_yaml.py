"""SHP013: YAML that cannot be read."""

from shapecalc.rules.rule import Example, Rule


class BadYaml(Rule):
    """The YAML of a config or of the front matter cannot be read.

    Why: It is no YAML, a key is written twice, or it uses tags, aliases or directives that a config has no use for.

    Instead: correct it where the label points. Quote text that contains `: ` or begins with [, {, * or &.
    """

    bad = ("---\nname: [\n---\nINPUT(8x8x3) => FC(10)", Example("layers: [INPUT: 8x8x3, FC: 10\n", file="net.yaml"))
    good = (
        "---\nname: x\n---\nINPUT(8x8x3) => FC(10)",
        Example("layers: [{INPUT: 8x8x3}, {FC: 10}]\n", file="net.yaml"),
    )
