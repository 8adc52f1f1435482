"""One output format a file; found by listing this folder. Each has `render(reports, style) -> str`."""
