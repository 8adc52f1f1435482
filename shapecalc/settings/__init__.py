"""Settings of a network, as YAML: what front matter and YAML configs share."""
