"""Ways in which networks are written: which file is of which, and its reader."""
