"""The REST interface: the edge where HTTP becomes values and values become HTTP."""
