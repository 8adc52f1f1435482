"""A program as a graph: what it makes, as a diagram, with every place in the program."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Set
from copy import copy
from functools import lru_cache
from math import isqrt, prod
from typing import Any

from shapecalc.core.phrases import counted, size_text
from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Diagnosed, Diagnostic, Source, Span, report
from shapecalc.dialects.tree import in_our_words
from shapecalc.expansion.expander import expand
from shapecalc.expansion.graph_builder import SEQUENCES, channels_read
from shapecalc.expansion.options import Options
from shapecalc.formats.python_program.chosen_network import (
    held_layers,
    held_weights,
    networks_of,
    outputs_of,
    outside_layers,
)
from shapecalc.formats.python_program.diagram_text import diagram_of, name_of, reachable, with_weights
from shapecalc.formats.python_program.framework_layers import OF_EACH_VALUE, form_of
from shapecalc.formats.python_program.network_program import NetworkProgram
from shapecalc.formats.python_program.other_files import OtherFiles
from shapecalc.formats.python_program.parsed_text import parsed, plain
from shapecalc.formats.python_program.places import Places
from shapecalc.formats.python_program.program_values import LayerObject, NotRead, TensorValue, Value
from shapecalc.formats.python_program.program_weights import OwnWeight
from shapecalc.language.syntax import Call, Diagram, Frozen, Settings, Statement
from shapecalc.language.walk import walk
from shapecalc.parse import parse_statements
from shapecalc.passes.claims import claim_diagnostics, with_claimed_volumes
from shapecalc.passes.graph import Graph
from shapecalc.passes.memory import totals
from shapecalc.passes.report import Conventions
from shapecalc.passes.shapes import propagate

_STATEMENT = re.compile(
    r"^[ \t]*(?:>{3} )?(?:from[ \t]+[\w.]+[ \t]+import\b|import[ \t]+\w|(?:class|def)[ \t]+\w+[^\n]*[:(,]"
    r"|(?:self\.)?\w+[ \t]*=[^=>]|\w+\.add\(|for[ \t][^\n]+:[ \t]*$|print\(|(?:\w+\.)*\w*Sequential\(|nn\.\w+\()",
    re.MULTILINE,
)
_ONLY_PYTHON = re.compile(
    r"^[ \t]*(?:from[ \t]+[\w.]+[ \t]+import[ \t]|import[ \t]+[\w.]+[ \t]+as[ \t]"
    r"|(?:class|def)[ \t]+\w+[^\n]*:[ \t]*$)",
    re.MULTILINE,
)
"""What no other language has, nor any notation."""
_LONG_HEAD = 60_000
_PRINT = "give what print(model) prints, or the model saved as .onnx, .pt2, .keras or .h5; or write it as a diagram"


@lru_cache(maxsize=1)  # the networks of a program have one text
def is_program(head: str) -> bool:
    """Whether the beginning of a text is Python that is more than an expression, or would be but for a mistake."""
    if not _STATEMENT.search(head):
        return False
    return not isinstance(parsed(head), SyntaxError) or (
        "=>" not in head and (len(head) >= _LONG_HEAD or _ONLY_PYTHON.search(head) is not None)
    )


def makes_nothing(text: str) -> bool:
    """Whether a text is Python that names no layer."""
    from shapecalc.formats.discover import names_layers

    return bool(text.strip()) and not names_layers(text) and not isinstance(parsed(text), SyntaxError)


def _as_class(body: list[ast.stmt]) -> list[ast.stmt]:
    """The methods of a class that is not there as one: `def __init__(self)` and `def forward(self, x)`."""
    methods = {node.name for node in body if isinstance(node, ast.FunctionDef)}
    if "__init__" not in methods or not methods & {"forward", "call"}:
        return body
    inside: list[ast.stmt] = [node for node in body if isinstance(node, ast.FunctionDef)]
    base = ast.Attribute(ast.Name("nn", ast.Load()), "Module", ast.Load())
    made = ast.ClassDef("Net", [base], [], inside, [])
    ast.fix_missing_locations(ast.copy_location(made, inside[0]))
    return [*(node for node in body if node not in inside), made]


def network(source: Source, problems: list[Diagnostic], options: Options) -> Graph:
    """The graph of the network that a program makes.

    Raises Diagnosed SHP020 where the network hangs on what is not known, and what a diagram of the text is wrong in
    where there is no network in it.
    """
    run = _last_run[-1] if _last_run and _last_run[-1].is_of(source, options) else _Run(source, options)
    places = run.program.places
    try:
        found = _graph(run, problems, options)
    except Diagnosed as problem:
        raise Diagnosed(*problem.diagnostics, files=places.files) from None
    return replace(found, files=places.files)


class _Run:
    """A program that is gone through once for all of its networks. Raises Diagnosed where it is no Python."""

    def __init__(self, source: Source, options: Options) -> None:
        body, places = parsed(source.text), Places(plain(source.text))
        if isinstance(body, SyntaxError):
            raise Diagnosed(_no_python(body, places))
        self.source, self.body = source, body
        self.program = NetworkProgram(places)
        self.program.given = options.input
        if source.has_folder:
            self.program.beside = OtherFiles(self.program, source.path)
        self._found: dict[str, Value] = {}
        self._after: dict[str, Any] = {}

    def is_of(self, source: Source, options: Options) -> bool:
        """Whether it is of this text as it was read this time: the files beside it may be others the next time."""
        return self.source is source and self.program.given == options.input

    def networks(self) -> dict[str, Value]:
        """The networks by name; the program is as it was before any of them was read. Raises NotRead."""
        program = self.program
        if not self._found:
            self._found = networks_of(program, _as_class(self.body))
            self._after = _own_lists(vars(program))
            _last_run[:] = [self] if len(self._found) > 1 else []
        vars(program).update(_own_lists(self._after))
        return self._found


_last_run: list[_Run] = []
"""The program that made several networks last."""


def _own_lists(names: dict[str, Any]) -> dict[str, Any]:
    return {name: copy(one) if isinstance(one, list | dict | set) else one for name, one in names.items()}


def _graph(run: _Run, problems: list[Diagnostic], options: Options) -> Graph:
    program = run.program
    try:
        found = run.networks()
        if not found:
            return expand(in_our_words(Diagram(_listed(run.source)), problems), options)
        wanted = options.member if options.member in found else next(iter(found))
        outputs = outputs_of(program, found[wanted])
        begins = _check_open(program, outputs, options)
    except NotRead as problem:
        raise Diagnosed(_refused(problem, program)) from None
    except RecursionError:
        raise Diagnosed(report("SHP012", "the program nests too deeply")) from None
    if program.is_keras and not program.other_axes:  # its inputs have that size already
        options = replace(options, input=None)
    _find_sizes(program, outputs, options)
    frozen = program.frozen_nodes(found[wanted], outputs)
    written = diagram_of(program.nodes, outputs, program.hints, frozen)
    settings = Settings(
        members=tuple((name, Settings()) for name in found) if len(found) > 1 else (),
        freeze=tuple(Frozen(name_of(place, program.hints), program.nodes[place].span) for place in frozen),
    )
    found_in_calls = list[Diagnostic]()
    try:
        diagram = Diagram(written.back(parse_statements(written.text)), settings)
        tree = in_our_words(diagram, found_in_calls, channels_first=bool(program.channels_first))
    except Diagnosed as problem:
        raise Diagnosed(*map(written.back, problem.diagnostics)) from None
    found_in_calls += _notes(program, outputs)
    try:
        graph = _expanded(tree, options, program, begins)
    except Diagnosed as problem:
        if not program.is_keras or [d.code for d in problem.diagnostics] != ["SHP110"]:
            problems += found_in_calls  # what a layer of Keras is hangs on the size that it reads
        raise
    problems += found_in_calls
    return replace(graph, words=_KERAS if program.is_keras else _TORCH)


def _check_open(program: NetworkProgram, outputs: Iterable[TensorValue], options: Options) -> TensorValue | None:
    """The input some of whose sizes are open; None where there is no such input.

    Raises NotRead where there are other inputs too, or --input has another number of channels.
    """
    starts = [place for place in reachable(program.nodes, outputs) if program.nodes[place].starts]
    for place in sorted(starts):
        node = program.nodes[place]
        if place in program.open_inputs:
            if len(starts) > 1:
                shown = f"some sizes of this input are open, and the network has {len(starts)} inputs"
                raise NotRead(shown, node.span, "write numbers in the place of None")
            depth, given = program.open_inputs[place], options.input
            if depth and given and given[-1] != depth:
                raise NotRead(f"this input has {counted(depth, 'channel')}, and --input says {given[-1]}", node.span)
            return program.tensors[place]
    return None


def _find_sizes(program: NetworkProgram, outputs: Iterable[TensorValue], options: Options) -> None:
    """Gives the inputs of models that read what other models give the size of that."""
    for place in sorted(reachable(program.nodes, outputs)):
        node = program.nodes[place]
        if node.size_of is None or node.pieces:
            continue
        _find_sizes(program, (node.size_of,), options)
        written = diagram_of(program.nodes, (node.size_of,), {})
        tree = in_our_words(Diagram(parse_statements(written.text)), [], channels_first=bool(program.channels_first))
        graph = expand(tree, options)
        volume = propagate(graph)[0][-1].output
        text = f"INPUT({'x'.join(map(str, volume.sizes))})" if volume else "IDENTITY()"
        program.nodes[place] = replace(node, pieces=((text, node.span),))


def _listed(source: Source) -> tuple[Statement, ...]:
    """The statements of a diagram that Python takes too, or of code that only lists layers. Raises Diagnosed."""
    text = source.text
    try:
        if not (source.path.endswith(".py") and makes_nothing(text)):
            return parse_statements(text)
    except Diagnosed as problem:
        if any(found.code == "SHP020" for found in problem.diagnostics):
            raise
    end = len(text.lstrip().partition("\n")[0])
    start = len(text) - len(text.lstrip())
    message = "this is Python code, and it makes no model that is read"
    raise Diagnosed(report("SHP020", message, (start, start + end), help=(_PRINT,))) from None


def _expanded(tree: Diagram, options: Options, program: NetworkProgram, begins: TensorValue | None) -> Graph:
    """The graph of the diagram. Raises Diagnosed, SHP110 where the program does not say how large its input is."""
    try:
        return expand(tree, options)
    except Diagnosed as problem:
        found = problem.diagnostics
        if [d.code for d in found] != ["SHP110"]:
            raise
        sizes, fits = _example_size(program, tree, options, begins)
        size, shape = size_text(sizes), sizes[-1:] if sizes[:-1] == (1, 1) else sizes
        batch = (1, *shape[-2::-1], shape[-1]) if program.is_keras else (1, *shape[::-1])
        example = f"model.build({batch})" if program.is_keras else f"model(torch.randn{batch})"
        help = (
            f"give --input {size}, which fits" if fits else f"give --input, such as {size}",
            f"or call the model at the end of the program, as in {example}"
            if begins is None
            else "or write numbers in the place of None",
        )
        message = "the program does not say how large its input is"
        label = "this layer reads it first"
        raise Diagnosed(replace(found[0], message=message, label=label, help=help, fixes=())) from None


_STEPS = 100
"""Of a sequence that is an example, or numbers of a row."""
USUAL_SIZES = (224, 32, 28, 64, 96, 128, 227, 299, 256, 320, 384, 512)
"""Widths of images that data sets have."""
MIN_WIDTH, _LARGEST, _FEW_LAYERS = 8, 320, 100
"""Other widths that are tried of networks of so many layers, which takes about a second."""
_COLOURS = 3
"""Channels of an image where nothing says how many."""
_OF_ANYTHING = frozenset({"BN", "LN", *OF_EACH_VALUE}) - {"FLATTEN"}


def _example_size(
    program: NetworkProgram, tree: Diagram, options: Options, begins: TensorValue | None
) -> tuple[tuple[int, ...], bool]:
    """A size of an input for what reads it first, and whether nothing is wrong with it; `begins` is an open input."""
    calls = [item for item in walk(tree) if isinstance(item, Call)]
    first = next((call.name for call in calls if call.name not in _OF_ANYTHING), "")
    known = begins.depth if begins is not None else next(filter(None, map(channels_read, calls)), None)
    if (first in SEQUENCES and first != "EMBEDDING") or (begins is not None and begins.rank in (2, 3)):
        return (_STEPS, known or 1), False
    if first in ("FC", "EMBEDDING") and begins is None:  # rows of numbers, and not images
        return (1, 1, known or _STEPS), known is not None
    if first == "FLATTEN" and known:
        images = [(isqrt(known // depth),) * 2 + (depth,) for depth in (1, _COLOURS)]
        return next((one for one in images if prod(one) == known), (1, 1, known)), True
    forms = (form_of(node.layer.name) for node in program.nodes if node.layer)
    axes = next((form.axes for form in forms if form and form.axes), 2)
    few = len(program.nodes) <= _FEW_LAYERS
    for width in (*USUAL_SIZES, *(range(MIN_WIDTH, _LARGEST) if few else ())):
        sizes = (*(width,) * axes, known or _COLOURS)
        graph = with_claimed_volumes(expand(tree, replace(options, input=sizes)))
        rows, problems = propagate(graph)
        if not problems and not claim_diagnostics(graph, rows, totals(rows, Conventions()), Conventions()):
            return sizes, True
    return (*(USUAL_SIZES[0],) * axes, known or _COLOURS), False


def _refused(problem: NotRead, program: NetworkProgram) -> Diagnostic:
    message = f"Python code is read and not run, and {problem.reason}"
    instead = _PRINT.replace("print(model)", "model.summary()") if program.is_keras else _PRINT
    help = problem.help or (instead,)
    if (program.open_inputs or (program.open_sizes and not problem.help)) and program.given is None:
        depth = next(iter(program.open_inputs.values()), None)
        help = (f"give its input a size with --input, such as 224x224x{depth or 3}", *help)
    return report("SHP020", message, problem.span, label="the network hangs on this", help=help)


def _no_python(problem: SyntaxError, places: Places) -> Diagnostic:
    """Where Python does not read a program, and why, in Python's own words."""
    message = f"Python {sys.version_info.major}.{sys.version_info.minor} does not read this program: {problem.msg}"
    span = places.in_line(max(problem.lineno or 1, 1), max(problem.offset or 1, 1))
    return report("SHP020", message, span, label="here", help=("mend this line; " + _PRINT,))


def _notes(program: NetworkProgram, outputs: Iterable[TensorValue]) -> Iterable[Diagnostic]:
    """Notes of the network's own parts, and of layers that it has and never applies, or applies and does not have."""
    reached = reachable(program.nodes, outputs)
    nodes = [program.nodes[place] for place in sorted(reached)]
    spans = {node.span for node in nodes}
    yield from _half_read(program, reached)
    yield from (found for found in program.notes if found.span in spans)
    for asks in program.supposed:
        message = f"{program.places.shown(asks)} is taken to be false, as no file is looked for, and layers hang on it"
        yield report("SHP507", message, program.span(asks), severity="note")
    yield from program.general_notes
    used = {id(node.layer) for node in nodes if node.layer} | {id(layer) for layer in program.part_of.values()}
    for layer in outside_layers(program, nodes):
        message = (
            f"this {layer.name.base} is no part of the model for PyTorch, as layers in a list that is no nn.ModuleList"
        )
        yield report(
            "SHP507", f"{message}: its parameters are counted here, and not trained", layer.span, severity="note"
        )
    owned = [weight.layer for weight in program.weights if not weight.is_read and program.is_keras]
    for layer in owned if nodes and program.model_of else ():
        message = "these weights are read by no layer that is known: they are not counted"
        yield report("SHP507", message, layer.span, severity="note")
    for name, weights in held_weights(program):
        if isinstance(weights, OwnWeight) and id(weights.layer) in used:
            continue
        span = weights.layer.span if isinstance(weights, OwnWeight) else weights.span
        message = f"the weights self.{name} are read by nothing: they are not counted"
        yield report("SHP507", message, span, severity="note")
    for name, layer in held_layers(program):
        if not _is_used(program, layer, used):
            message = f"self.{name} is made and reads nothing: its parameters are not counted"
            yield report("SHP507", message, layer.span, severity="note")


def _is_used(program: NetworkProgram, layer: LayerObject, used: Set[int]) -> bool:
    """Whether a layer, or one that it is made of, is among those that are used."""
    return id(layer) in used or any(_is_used(program, one, used) for one in program.made_of.get(layer, ()))


def _half_read(program: NetworkProgram, reached: Set[int]) -> Iterable[Diagnostic]:
    """Notes of layers that are several of ours, some of which nothing reads: one direction of a Bidirectional."""
    parts: dict[tuple[int, Span], list[int]] = {}
    for place, owner in program.part_of.items():
        if with_weights(program.nodes[place]):
            parts.setdefault((id(owner), program.nodes[place].span), []).append(place)
    for (_, span), places in parts.items():
        owner = program.part_of[places[0]]
        if isinstance(owner, LayerObject) and any(one in reached for one in places) and not reached >= {*places}:
            message = f"a part of this {owner.name.base} is read by nothing: its parameters are not counted"
            yield report("SHP507", message, span, severity="note")


_TORCH = (
    ("K", "out_channels={}"), ("F", "kernel_size={}"), ("S", "stride={}"), ("P", "padding={}"), ("bias", "bias={}"),
    ("true", "True"), ("false", "False"), ("groups", "groups={}"), ("dilation", "dilation={}"),
    ("ceil", "ceil_mode={}"), ("INPUT", "an input of {d}, {h}, {w}"), ("RESIZE", "F.interpolate(size=({h}, {w}))"),
    ("PAD", "F.pad by {} on every side"), ("CONV", "nn.Conv2d to {} channels, kernel_size=1{stride}"),
    ("CONV.stride", ", stride={}"),
)  # fmt: skip
"""How PyTorch spells arguments."""
_KERAS = (
    ("K", "filters={}"), ("FC.K", "units={}"), ("F", "kernel_size={}"), ("POOL.F", "pool_size={}"),
    ("AVGPOOL.F", "pool_size={}"), ("S", "strides={}"), ("P.none", "padding='valid'"), ("P.same", "padding='same'"),
    ("true", "True"), ("false", "False"), ("bias", "use_bias={}"), ("groups", "groups={}"),
    ("dilation", "dilation_rate={}"), ("INPUT", "an input of ({h}, {w}, {d})"),
    ("CONV", "Conv2D({}, 1{stride})"), ("CONV.stride", ", strides={}"), ("PAD", "ZeroPadding2D({})"),
)  # fmt: skip
"""How Keras spells them."""
