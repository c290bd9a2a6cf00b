"""What an edition would change, shown to whoever decides about it."""
