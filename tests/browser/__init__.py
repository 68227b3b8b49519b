"""A whole Slipway, started as `make run` starts it, driven from outside: by browser, API and command line."""
