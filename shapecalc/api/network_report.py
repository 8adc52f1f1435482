"""What `shapecalc.check` gives: the figures and diagnostics of a network, as values, text, JSON or HTML."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from shapecalc.passes.report import CheckedNetwork, Row


@contextmanager
def without_search() -> Iterator[None]:
    """Leaves the search out, and as it was afterwards; where there are other threads, it goes on for them."""
    if not gc.isenabled() or threading.active_count() > 1:
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class Report(CheckedNetwork):
    """A checked network: `ok`, `layers`, `totals`, `diagnostics`, and the same as text, JSON and HTML.

    A figure that cannot be known is None. Counts of `layers` are for one image, those of `totals` for the whole
    batch; memory is in bytes. `print(report)` shows the table, and a notebook shows it as HTML.
    """

    @classmethod
    def of(cls, network: CheckedNetwork) -> Report:
        """The public report of what the pipeline gives."""
        return cls(*network._values())

    @property
    def layers(self) -> tuple[Row, ...]:
        """A row for every layer, INPUT first: `name`, `kind`, `output` (width x height x depth), `params`, `macs`."""
        return self.rows

    @without_search()
    def to_dict(self) -> dict[str, Any]:
        """What `check --format json` has under `networks`: plain values, sizes as lists with the depth last."""
        from shapecalc.display.network_json import network_object

        return network_object(self)

    @without_search()
    def to_json(self) -> str:
        """The same as JSON."""
        from shapecalc.display.json_text import json_text

        return json_text(self.to_dict(), indent=1)

    @without_search()
    def __str__(self) -> str:
        """What `check` prints: the table, the totals, and what is wrong."""
        from shapecalc.display.style import Style
        from shapecalc.renderers import output_format

        return output_format("text").render([self], Style()).rstrip("\n")

    def __repr__(self) -> str:
        """One line, for prompts: name, layers, parameters, and how much is wrong."""
        from shapecalc.display.counts import counts
        from shapecalc.display.style import Style

        params = self.totals.params if self.totals else None
        figures = f"{len(self.rows):,} layers, {'unknown' if params is None else f'{params:,}'} params"
        return f"<Report {self.name}: {figures}, {counts([self.severities], Style())}>"

    @without_search()
    def _repr_html_(self) -> str:
        """The table for notebooks, with nothing of the text left unescaped."""
        from shapecalc.display.notebook import html_table

        return html_table(self)
