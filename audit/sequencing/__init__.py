"""From the inbox to the log: indices, the tree, its tiles."""
