"""Syntax trees become graphs: names, values, blocks, branches, taps, and layers bound to their arguments."""
