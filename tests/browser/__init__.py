"""A whole Slipway, started as `make run` starts it, driven from outside: with a browser, the API and the command line."""
