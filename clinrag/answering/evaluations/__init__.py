"""Asking questions whose answer is known, judging what comes, and comparing reports."""
