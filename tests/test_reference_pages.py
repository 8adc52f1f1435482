"""The pages on layers and on the language are made from the code, and every command in them prints what they show."""

from __future__ import annotations

from pathlib import Path

import pytest

from shapecalc.reference.topics import topics
from tests.generated_files import language_reference, layer_reference
from tests.transcripts import rerun

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", topics())
def test_the_commands_of_a_page_on_the_language_print_what_it_shows(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refresh: bool
) -> None:
    path = topics()[name].path
    shown = path.read_text(encoding="utf-8")
    now = rerun(shown, tmp_path, monkeypatch)
    if refresh:
        path.write_text(now, encoding="utf-8")
    else:
        assert shown == now


@pytest.mark.parametrize(
    ("path", "made"), [("shapecalc/layers/README.md", layer_reference), ("grammars/README.md", language_reference)]
)
def test_a_reference_is_made_from_its_pages(path, made, refresh: bool) -> None:  # type: ignore[no-untyped-def]
    if refresh:
        (ROOT / path).write_text(made(), encoding="utf-8")
    assert (ROOT / path).read_text(encoding="utf-8") == made()


def test_what_stands_as_it_is_on_the_pages_of_layers_fits_80_columns() -> None:
    lines = layer_reference().split("\n")
    assert [line for line in lines if line.startswith("    ") and len(line) > 80] == []
