"""`shapecalc cache`: where `check` keeps the results of earlier runs, how many there are, and removing them."""

from __future__ import annotations

import click

from shapecalc.cli.refused import Refused, reaching, say
from shapecalc.cli.result_store import cache_folder, open_store, why_unusable
from shapecalc.cli.values import OneOf
from shapecalc.core.bytes import byte_text
from shapecalc.core.phrases import counted


@click.command()
@click.argument("action", type=OneOf(["clear"]), required=False)
def command(action: str | None) -> None:
    """Say where the results of earlier runs are kept and how many there are; 'clear' removes them.

    `check` keeps what it says of a file, and says it again when the same is asked about the same text. --no-cache or
    SHAPECALC_NO_CACHE=1 leaves that out, SHAPECALC_CACHE_DIR names another folder.
    """
    store = open_store()
    if store is None:
        folder = cache_folder()
        raise Refused(f"{folder} is not used: {why_unusable(folder)}", help="set SHAPECALC_CACHE_DIR to another folder")
    with reaching("removed" if action else "read"):
        sizes = store.clear() if action else list(store.sizes().values())
    where = f"removed from {store.folder}" if action else f"in {store.folder}"
    say(f"{counted(len(sizes), 'result')} {where} ({byte_text(sum(sizes))})", err=False)
