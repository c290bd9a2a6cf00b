"""The searches, in files of SQL."""
