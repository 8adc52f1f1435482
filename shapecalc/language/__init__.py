"""The diagram language: its grammar, its tree, and the tree as text again."""
