"""Settings and networks written in YAML: front matter and config files."""
