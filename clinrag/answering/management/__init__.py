"""Commands of answering."""
