"""Which answers a text reached, and what each of them is worth at a moment."""
