"""How many values are worked on at a time: it bounds the memory of a run."""

BLOCK = 1 << 22
"""Values in the buffer that gathers windows: 16 MiB, large enough for BLAS, small beside any volume that matters."""
CHUNK = 1 << 16
"""Values that an elementwise function sees at a time: its intermediate results are small, and calls cost little."""
LONG = 1 << 14
"""Values of a row that is long enough: what is done for each row does not show any more."""
TILE, PLAIN_TILE = 1 << 19, 1 << 20
"""Values of a depthwise and of an elementwise result that are worth a thread of their own."""
