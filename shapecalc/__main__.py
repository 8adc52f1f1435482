"""What the installed command and `python -m shapecalc` run."""

import gc


def main() -> None:
    """Runs the command line."""
    gc.disable()  # a short run that makes no cycles to speak of; before the imports, which would be searched in vain
    from shapecalc.cli import main as run

    run()


if __name__ == "__main__":
    main()
