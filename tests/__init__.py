"""Tests, a folder per room. `services` starts the servers they need."""
