"""Listings: one layer a line, as lecture notes publish networks."""
