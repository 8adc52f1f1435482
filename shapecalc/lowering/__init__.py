"""From the layers of another tool to ours: what the readers of foreign formats share."""
