"""What an answer is written as: formats and house styles, versioned and checked."""
