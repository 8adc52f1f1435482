"""Values held against those of another implementation."""
