"""The signer: its desk, its files, and the key others know it by."""
