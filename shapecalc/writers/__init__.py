"""Networks as files again."""
