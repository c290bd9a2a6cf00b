"""One module for each screen: it reads the request and the clock, asks, renders."""
