"""The grammar as a parser, and the syntax tree that it builds."""
