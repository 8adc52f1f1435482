"""Small files of other tools with what their own software says of them, and how they are checked here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from shapecalc.cli import cli

FILES = Path(__file__).parent / "foreign"
EXPECTED: dict[str, dict[str, Any]] = {
    str(path.parent.relative_to(FILES) / name): expected
    for path in sorted(FILES.glob("*/expected.json"))
    for name, expected in json.loads(path.read_text(encoding="utf-8"))["files"].items()
}


def run(*arguments: str, input: bytes | None = None) -> tuple[int, dict[str, Any], str]:
    """Exit code, the network of the JSON report (all of them as one), and all that was printed."""
    done = CliRunner().invoke(cli, ["check", "--format", "json", *arguments], input=input)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    first, *others = json.loads(done.stdout)["networks"]
    for other in others:
        first["layers"] += other["layers"]
        first["diagnostics"] += other["diagnostics"]
        for key in ("params", "buffers"):
            first["totals"][key] += other["totals"][key]
    return done.exit_code, first, done.output


def bare(sizes: list[int] | None) -> list[int]:
    """Sizes without the ones in front: a row of values has as many as its network has axes."""
    found = list(sizes or [])
    while len(found) > 1 and found[0] == 1:
        found = found[1:]
    return found


def needs(name: str) -> None:
    """Skips a file whose library is an extra that is not installed."""
    if name.endswith(".onnx"):
        pytest.importorskip("onnx")


NO_NETWORKS = {
    "package.json": '{"name": "site", "dependencies": {"react": "^18.0.0"}}\n',
    "setup.cfg": "[metadata]\nname = thing\n\n[options]\npackages = find:\n",
    "service.cfg": "[net]\nhost = localhost\nport = 80\n\n[connected]\ntimeout = 30\n",
    "docker-compose.yaml": "services:\n  web:\n    image: nginx\n",
    "empty.json": "",
}
"""Files of a folder that have the names of networks, and are none."""
