"""What the installed command and `python -m shapecalc` run."""

import gc
import os
import sys


def main() -> None:
    """Runs the command line, and ends the process with its exit code."""
    gc.disable()  # a short run that makes no cycles to speak of; before the imports, which would be searched in vain
    try:
        from shapecalc.cli import main as run

        code = run()
    except KeyboardInterrupt:  # while all of it was loaded
        code = 130
    if "multiprocessing" not in sys.modules:  # with workers, Python itself sees to it that none is left
        os._exit(code)  # all is written: taking every module apart would be a twentieth of a small run
    sys.exit(code)


if __name__ == "__main__":
    main()
