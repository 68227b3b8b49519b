"""Variables and secrets."""
