"""Placement on clusters."""
