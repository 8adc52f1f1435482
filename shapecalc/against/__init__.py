"""Values compared with those of another implementation."""
