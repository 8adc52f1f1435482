"""Calls as frameworks write them, read into the language's own words: a table a framework, and one way to read it."""
