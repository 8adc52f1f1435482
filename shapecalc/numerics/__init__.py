"""What layers run with, in NumPy: arrays, products, windows, threads. Knows nothing else of ours."""
