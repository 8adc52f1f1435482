"""shapecalc: reads a sketched neural network, computes every volume and cost, and grades every stride.

    >>> import shapecalc
    >>> report = shapecalc.check("INPUT(32x32x3) => CONV(64) => RELU => POOL => FC(10)")
    >>> report.totals.params, report.layers[3].output.sizes
    (165642, (16, 16, 64))

`check`, `check_files`, `verify`, `expand` and `format` do what the commands do. They are loaded when they are first
asked for: the import itself loads nothing else.
"""

TYPE_CHECKING = False  # as type checkers take it; `typing` would take as long as Python itself to load
if TYPE_CHECKING:
    from shapecalc.api.functions import check, check_files, expand, format, verify
    from shapecalc.api.network_report import Report
    from shapecalc.diagnostics.diagnostic import Diagnosed, Diagnostic

__version__ = "0.1.0"

__all__ = ["Diagnosed", "Diagnostic", "Report", "check", "check_files", "expand", "format", "verify"]

_ROOMS = {
    "Report": "shapecalc.api.network_report",
    "Diagnosed": "shapecalc.diagnostics.diagnostic",
    "Diagnostic": "shapecalc.diagnostics.diagnostic",
}
"""Where a public name stands, unless it is one of the functions."""


def __getattr__(name: str) -> object:
    """A public name, from the module that has it."""
    if name not in __all__:
        raise AttributeError(f"module 'shapecalc' has no attribute '{name}'")
    import importlib

    return getattr(importlib.import_module(_ROOMS.get(name, "shapecalc.api.functions")), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
