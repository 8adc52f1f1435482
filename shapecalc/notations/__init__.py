"""Reads networks in other notations than that of diagrams, and says what they are as a diagram."""
