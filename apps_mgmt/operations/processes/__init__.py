"""How many instances of what run."""
