"""What is derived from a graph, one pass a file."""
