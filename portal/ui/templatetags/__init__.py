"""Template tags of the interface; `ui` is a builtin of every template."""
