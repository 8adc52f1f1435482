"""YAML configs: settings, blocks, and a network as diagram text or as a list of layers."""

from __future__ import annotations

from shapecalc.core.phrases import shortened
from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Diagnosed, Diagnostic, Source, Span, report
from shapecalc.expansion.options import Options
from shapecalc.formats.read import read_part
from shapecalc.formats.yaml.layer_list import LayerList
from shapecalc.language import syntax
from shapecalc.language.relocate import only, parse_at
from shapecalc.parse import parse_statements
from shapecalc.settings.keys import read_settings
from shapecalc.settings.yaml_nodes import Mapping, Scalar, Sequence, YamlNode
from shapecalc.settings.yaml_reader import read_yaml
from shapecalc.settings.yaml_values import YamlFile


def parse_config(source: Source, problems: list[Diagnostic]) -> syntax.Diagram:
    """The diagram that a YAML config describes, with places in the YAML file.

    The keys are those of front matter, `blocks`, and either `diagram` or `layers`. What is wrong with the settings
    is added to `problems`: SHP013 for repeated keys and for tags, SHP117 and SHP118 for keys and values. Raises
    Diagnosed with every problem where the YAML or the network cannot be read: SHP012 and SHP013, SHP117 and SHP118,
    SHP009 where there is no network, and what the diagram's own text gives.
    """
    file = YamlFile(source.text)
    root = read_yaml(source.text, 0, len(source.text), file.problems)
    if root is None or (isinstance(root, Scalar) and root.kind == "null"):
        raise Diagnosed(_empty((0, 0)))
    keys = file.mapping(root, "the config", "keys such as name: AlexNet")
    if keys is None:
        raise Diagnosed(*file.problems)
    settings = read_settings(file, keys, "the config", besides=("blocks", "diagram", "layers"))
    about_settings = len(file.problems)
    blocks = _blocks(file, keys)
    diagram = _network(file, keys, settings)
    if len(file.problems) > about_settings or not diagram.statements:
        file.raise_problems()
    problems.extend(file.problems)
    return syntax.Diagram((*blocks, *diagram.statements), diagram.settings)


def _empty(span: Span) -> Diagnostic:
    help = ("write diagram: INPUT(32x32x3) => CONV(64) => RELU => FC(10), or a list under layers:",)
    return report("SHP009", "there is no network in this config", span, help=help)


def _network(file: YamlFile, keys: Mapping, settings: syntax.Settings) -> syntax.Diagram:
    """The statements of `diagram` or `layers`, and the settings with what a listing adds to them."""
    diagram, layers = keys.get("diagram"), keys.get("layers")
    nothing = syntax.Diagram((), settings)
    if diagram is not None and layers is not None:
        second = max((key for key in (keys.key("diagram"), keys.key("layers")) if key), key=lambda k: k.span)
        help = ("keep one of them; a network is one or the other",)
        file.report("the config has both diagram and layers", second.span, label="the second network", help=help)
        return nothing
    if layers is not None:
        return syntax.Diagram(LayerList(file).chains(layers), settings)
    if diagram is None and file.problems:
        # a key that is misspelt may well be the network
        return nothing
    if diagram is None:
        file.problems.append(_empty((keys.span[0], keys.span[0])))
        return nothing
    return file.attempt(_from_text, file, diagram, settings) or nothing


def _from_text(file: YamlFile, node: YamlNode, settings: syntax.Settings) -> syntax.Diagram:
    """The diagram, or the listing, in a scalar. Raises Diagnosed."""
    scalar = file.scalar(node, "diagram", "text such as INPUT => CONV => FC")
    if scalar is None or not file.verbatim(scalar):
        return syntax.Diagram((), settings)
    network = read_part(Source("", only(file.text, *scalar.span)), file.problems, Options())
    if not isinstance(network, syntax.Diagram) or not any(isinstance(s, syntax.Chain) for s in network.statements):
        raise Diagnosed(_empty(scalar.span))
    return replace(network, settings=settings.over(network.settings))


def _blocks(file: YamlFile, keys: Mapping) -> tuple[syntax.Block, ...]:
    node = keys.get("blocks")
    mapping = file.mapping(node, "blocks", "blocks such as fire(s, e): …") if node is not None else None
    read = (_block(file, key, body) for key, body in mapping.entries) if mapping else ()
    return tuple(block for block in read if block is not None)


def _block(file: YamlFile, key: Scalar, node: YamlNode) -> syntax.Block | None:
    """`fire(s, e=4*s): …`: the key reads as a call, whose arguments are the parameters."""
    head = file.attempt(_head, file, key)
    body = _body(file, node, key.text)
    if head is None or body is None:
        return None
    parameters = tuple(_parameter(argument) for argument in head.arguments)
    span = (key.span[0], max(key.span[1], node.span[1]))
    return syntax.Block(head.name, parameters, body, span, head.name_span)


def _head(file: YamlFile, key: Scalar) -> syntax.Call:
    """Raises Diagnosed."""
    try:
        statements = parse_at(parse_statements, file.text, key.span)
    except Diagnosed:
        # what is wrong with it as a diagram is of no help: it is no diagram
        statements = ()
    match statements:
        case (syntax.Chain(items=(syntax.Call(short=False) as call,)),) if all(
            argument.name or isinstance(argument.value, syntax.Name) for argument in call.arguments
        ):
            return call
    label = "expected a name with parameters, such as fire(s, e)"
    raise Diagnosed(report("SHP118", f"'{shortened(key.text)}' does not begin a block", key.span, label=label))


def _parameter(argument: syntax.Argument) -> syntax.BlockParameter:
    if argument.name is None and isinstance(argument.value, syntax.Name):
        return syntax.BlockParameter(argument.value.name, None, argument.span)
    return syntax.BlockParameter(argument.name or "", argument.value, argument.span)


def _body(file: YamlFile, node: YamlNode, name: str) -> syntax.Chain | None:
    """The chain of a block: a list of layers, or text."""
    layers = LayerList(file)
    if isinstance(node, Sequence):
        return layers.chain(node)
    scalar = file.scalar(node, f"the block {shortened(name)}", "a chain such as CONV(64) => RELU")
    items = layers.text_items(scalar) if scalar else ()
    return syntax.Chain(items, file.trimmed(scalar)) if items and scalar else None
