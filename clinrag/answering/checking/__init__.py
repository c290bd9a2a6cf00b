"""The rules by which a claim is compared with the words it cites, a file for each."""
