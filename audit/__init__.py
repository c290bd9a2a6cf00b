"""The ledger: what happened, in an order nobody can change unnoticed.

Knows nobody above it and can be read and audited on its own; start with README.md.
"""
