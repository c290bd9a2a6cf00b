"""Tags for the templates of this package."""
