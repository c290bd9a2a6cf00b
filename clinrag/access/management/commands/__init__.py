"""Commands for accounts, keys and database roles."""
