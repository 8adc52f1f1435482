"""Changes to a network that are tried before they are offered, one kind a file; and the sizes that work."""
