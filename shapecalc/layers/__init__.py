"""One layer type a file; found by listing this folder."""
