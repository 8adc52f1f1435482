"""Networks run in NumPy, and what running them proves."""
