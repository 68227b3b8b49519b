"""The app as a thing with a name: creating, describing, locking."""
