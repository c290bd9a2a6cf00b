"""Commands for operators: measuring the quality of retrieval."""
