"""Who may do what: people, their roles, and the keys that applications carry."""
