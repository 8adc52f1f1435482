"""Proofs that a report holds, by running the network."""
