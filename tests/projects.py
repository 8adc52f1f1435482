"""What is reported in a project of files, and networks to put into it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from shapecalc.cli import cli

ALEX = "INPUT(224x224x3) => CONV(96, F=11, S=4) => FC(10)\n"
BIASED = "INPUT(32x32x3) => CONV(8, F=3) => BN => RELU => POOL(5) => FC(10)\n"
"""A bias before BN (a default warning), a large pool (by --select); 8*27 + 8 + 16 + 2,890 = 3,130 parameters."""

Project = Callable[..., Path]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


def found(*arguments: str) -> dict[str, dict[str, str]]:
    """For every file the names of what is reported, and their severities."""
    done = run("check", "--format", "json", *arguments)
    assert done.exit_code in (0, 1), done.stderr
    networks: list[dict[str, Any]] = json.loads(done.stdout)["networks"]
    by_path: dict[str, dict[str, str]] = {n["path"]: {} for n in networks}
    for network in networks:
        by_path[network["path"]].update({d["name"]: d["severity"] for d in network["diagnostics"]})
    return by_path
