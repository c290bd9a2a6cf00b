"""One factory function for each model, with values that pass every constraint."""
