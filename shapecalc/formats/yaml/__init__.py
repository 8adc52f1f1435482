"""YAML configs."""
