"""Custody: what two people decide about the log, and what is done on their word."""
