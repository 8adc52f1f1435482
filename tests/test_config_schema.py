"""The schema of YAML configs: it takes and refuses what the tool does, and completes all that the tool reads."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

import shapecalc
from shapecalc.registry import layer_types, signature
from tests.test_config import ALEXNET, problems, tree

SCHEMA = json.loads((Path(shapecalc.__file__).parent / "schemas" / "config.schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "config",
    [
        ALEXNET,
        "diagram: INPUT => FC",
        "layers: [INPUT, [CONV, RELU], {add: [[], ~, RELU, [GAP]]}, {optional: [POOL]}, {tap: a}]",
        "layers: [{for: 'c in 1, 2', layers: [{CONV: {K: c, P: [1, 2, 1, 2]}}]}, {POOL: , optional: true}]",
        "let: {N: 0..3}\ndiagram: '[CONV]*N'\noptional: keep\nexpect: {memory: 93MB, params: 61M ± 1%}",
    ],
)
def test_the_schema_takes_what_the_tool_reads(config: str) -> None:
    tree(config)
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    jsonschema.Draft7Validator(SCHEMA).validate(yaml.safe_load(config))


@pytest.mark.parametrize(
    "config",
    [
        "name: x",
        "diagram: INPUT\nlayers: [RELU]",
        "diagram: [INPUT]",
        "layers: RELU",
        "layers: []",
        "layers: [~]",
        "layers: [{}]",
        "layers: [{RELU: , as: 3}]",
        "layers: [{RELU: , params: foo}]",
        "layers: [{add: RELU}]",
        "layers: [{CONV: {K: {a: 1}}}]",
        "nmae: x\ndiagram: INPUT",
        "expect: {parms: 3}\ndiagram: INPUT",
        "expect: {params: 61MB}\ndiagram: INPUT",
        "rounding: up\ndiagram: INPUT",
        "input: 224\ndiagram: INPUT",
        "let: {2a: 3}\ndiagram: INPUT",
        "defaults: {CONV: 3}\ndiagram: INPUT",
        "blocks: {f: }\ndiagram: INPUT",
    ],
)
def test_the_schema_refuses_what_the_tool_refuses(config: str) -> None:
    assert problems(config)
    assert not jsonschema.Draft7Validator(SCHEMA).is_valid(yaml.safe_load(config))


def test_the_schema_completes_every_key_that_is_read() -> None:
    from shapecalc.formats.yaml.companions import COMPANIONS
    from shapecalc.formats.yaml.layer_list import STRUCTURES
    from shapecalc.settings.keys import EXPECTED, KEYS

    assert set(SCHEMA["properties"]) == {*KEYS, "blocks", "diagram", "layers"}
    assert set(SCHEMA["properties"]["expect"]["properties"]) == set(EXPECTED)
    assert set(SCHEMA["$defs"]["item"]["anyOf"][2]["properties"]) >= {*COMPANIONS, *STRUCTURES}


def layer_schemas() -> dict[str, Any]:
    """What editors complete for every layer: its arguments by letter, and how it is called."""
    value = {"$ref": "#/$defs/value"}
    found: dict[str, Any] = {}
    for kind, layer in layer_types().items():
        if layer.merges:
            continue
        named = {
            "type": ["object", "null"],
            "properties": {argument.letter: value for argument in layer.signature},
            "additionalProperties": value,
        }
        first = (layer.__doc__ or "").strip().split("\n")[0]
        found[kind] = {"description": f"{signature(layer)}: {first}", "anyOf": [value, named]}
    return found


def test_the_schema_completes_every_layer_and_its_arguments(refresh: bool) -> None:
    path = Path(shapecalc.__file__).parent / "schemas" / "config.schema.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    if refresh:
        schema["$defs"]["item"]["anyOf"][2]["properties"].update(layer_schemas())
        path.write_text(json.dumps(schema, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    properties = schema["$defs"]["item"]["anyOf"][2]["properties"]
    assert {kind: properties.get(kind) for kind in layer_schemas()} == layer_schemas()
    assert {name for name in properties if name.isupper()} - set(layer_schemas()) == {"ADD", "CONCAT", "MUL"}
