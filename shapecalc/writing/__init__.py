"""Networks as text again: canonical formatting, and diagrams closed or written out flat."""
