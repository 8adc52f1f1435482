"""Listings: a layer a line, with its claimed figures."""
