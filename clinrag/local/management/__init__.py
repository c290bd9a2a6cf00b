"""Commands of the local set-up."""
