"""How well the checks of an answer tell right from wrong, on labelled claims."""
