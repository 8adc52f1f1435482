"""What is explained of a layer, and what it costs: weights and MACs as products, and the bytes that it takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from inspect import cleandoc

from shapecalc.core.bytes import byte_text
from shapecalc.core.layer import Layer, Volume, Weight
from shapecalc.core.record import Record
from shapecalc.explanation.axis_picture import AxisPicture
from shapecalc.explanation.formula import Letters, Worked, letters_of, worked
from shapecalc.passes.report import Conventions, Row


class Paragraph(Record):
    """Some lines under one word, or a picture."""

    label: str
    lines: tuple[str, ...] = ()
    picture: AxisPicture | None = None


class WorkedLayer(Record):
    """All that is said about a layer."""

    name: str
    text: str
    """The layer with its arguments."""
    place: str
    """Where it stands."""
    volumes: str
    """What goes in and what comes out."""
    paragraphs: tuple[Paragraph, ...]


def paragraphs_of(layer: type[Layer]) -> list[str]:
    """The paragraphs of the docstring of a layer type, each on a line: its file says there what it does."""
    return [" ".join(part.split()) for part in cleandoc(layer.__doc__ or "").split("\n\n") if part.strip()]


USES = "W2·W2"
"""How often a weight of a kernel is used where the layer says nothing else: once for every position of the output."""


def cost_paragraphs(row: Row, conventions: Conventions) -> Iterator[Paragraph]:
    """Weights, multiply-accumulates and memory of a layer whose volumes are known."""
    layer, inputs = row.node.layer, row.volumes
    assert row.output is not None
    letters = letters_of(layer, inputs, row.output)
    trained = [w for w in row.weight_arrays if w.role != "running"]
    yield Paragraph("weights", tuple(_weight_lines(layer, row, trained, letters)))
    running = [w for w in row.weight_arrays if w.role == "running"]
    if running:
        sizes = ", ".join(f"{w.name} {_size(layer, w, letters)}" for w in running)
        yield Paragraph("buffers", (f"{sizes}: kept, and not trained",))
    yield Paragraph("MACs", tuple(_mac_lines(layer, row, inputs, letters)))
    yield Paragraph("memory", tuple(_memory_lines(row, layer, conventions)))


def _size(layer: Layer, weight: Weight, letters: Letters) -> str:
    """How many elements an array has: by the layer's formula, else by its shape."""
    formula = layer.formulas.get(weight.name)
    if formula is not None:
        return str(worked(formula, letters))
    if len(weight.shape) == 1:
        return f"{'D = ' * (weight.role in ('scale', 'shift') and weight.size == letters['D'])}{weight.size:,}"
    return f"{'·'.join(map(str, weight.shape))} = {weight.size:,}"


def _weight_lines(layer: Layer, row: Row, arrays: Sequence[Weight], letters: Letters) -> Iterator[str]:
    if row.node.shares is not None:
        yield "those of another layer, which are counted there"
        return
    if not arrays:
        yield "none"
        return
    for weight in arrays:
        yield f"{weight.name}: {_size(layer, weight, letters)}"
    if len(arrays) > 1:
        yield f"{' + '.join(f'{w.size:,}' for w in arrays)} = {sum(w.size for w in arrays):,} parameters"
    if row.frozen:
        yield "frozen: none of them is trained"


def uses_of(layer: Layer, letters: Letters) -> Worked:
    """How often every weight of a kernel is used."""
    return worked(layer.formulas.get("uses", USES), letters)


def _mac_lines(layer: Layer, row: Row, inputs: Sequence[Volume], letters: Letters) -> Iterator[str]:
    kernels = row.kernels
    uses = uses_of(layer, letters)
    for weight in kernels:
        if uses.value == 1:
            yield f"every weight of the {weight.name} is used once: {weight.size:,}"
        else:
            total = f"{weight.size:,}·{uses.numbers} = {weight.size * int(uses.value):,}"
            yield f"{weight.name} · {uses.letters} = {total}"
    if len(kernels) > 1:
        yield f"together {row.macs:,}"
    if stated := layer.products(*inputs):
        yield f"{stated:,}, as it is stated" if layer.opaque else f"{stated:,} of volumes with volumes"
    if not kernels and not stated:
        yield "none: it multiplies nothing with weights, and no volume with another"


def _memory_lines(row: Row, layer: Layer, conventions: Conventions) -> Iterator[str]:
    assert row.output is not None
    size, batch = conventions.bytes, conventions.batch
    if row.in_place:
        yield "the output takes none: it is " + ("a view of the input" if layer.view else "written over the input")
    else:
        sizes = "·".join(map(str, row.output.sizes))
        images = f" · {batch} images" if batch > 1 else ""
        total = row.output.size * batch * size
        yield f"output {sizes} = {row.output.size:,} values · {size} bytes{images} = {_bytes(total)}"
    held = sum(w.size for w in row.weight_arrays)
    if held and row.node.shares is None:
        yield f"weights {held:,} · {size} bytes = {_bytes(held * size)}"
    if row.kept:
        yield f"kept for the backward pass: {_bytes(row.kept)}, besides what layers before it keep"


def _bytes(size: int) -> str:
    text = byte_text(size, digits=2)
    return f"{size:,} bytes" + (f" ({text})" if size >= 1000 else "")
