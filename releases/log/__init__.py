"""The audit log as it is asked for: searched, paged, exported, and the state of its chains. Pages and API share it."""
