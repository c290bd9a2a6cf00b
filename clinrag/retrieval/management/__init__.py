"""Management commands of retrieval."""
