"""The rules that platform operators set on every app."""
