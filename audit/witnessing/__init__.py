"""Witnesses: whose cosignatures count, asking for them, and a small witness of our own.

`policy`, `submissions`, `state`, `witness` and `server` know neither Django nor a
database: somebody else runs that witness, elsewhere.
"""
