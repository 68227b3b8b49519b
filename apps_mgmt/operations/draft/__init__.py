"""Taking back what is not deployed yet."""
