"""YAML configs: settings, blocks, and a network as diagram text or as a list of layers."""

from __future__ import annotations

from shapecalc.diagnostics.diagnostic import Diagnostic, Source
from shapecalc.formats.read import Head, Options
from shapecalc.language import syntax

RANK = 10
"""In front of front matter: a YAML file may begin with `---` too."""
SUFFIXES = (".net.yaml", ".net.yml")


def accepts(path: str, head: Head) -> bool:
    """Whether a text is called YAML: by what it holds, a diagram with claims may be YAML as well."""
    return isinstance(head, str) and path.lower().endswith((".yaml", ".yml"))


def read(source: Source, problems: list[Diagnostic], options: Options) -> syntax.Diagram:
    """The syntax tree of a config. Raises Diagnosed as `parse_config` does."""
    from shapecalc.formats.yaml.config import parse_config

    return parse_config(source, problems)
