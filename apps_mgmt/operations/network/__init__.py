"""Ports and routes."""
