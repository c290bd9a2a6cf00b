"""Commands for whoever operates the ledger."""
