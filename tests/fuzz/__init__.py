"""Texts that nobody would write, through the command line: `python -m tests.fuzz`."""
