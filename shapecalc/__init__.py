"""shapecalc: reads a sketched neural network, computes every volume and cost, and grades every stride."""

__version__ = "0.1.0"
