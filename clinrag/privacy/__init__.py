"""Finding identifiers and suspicious instructions in a question."""
