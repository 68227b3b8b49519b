"""The servers and processes behind `make run`, and the same servers for tests.

`postgres` and `valkey` find a server (given address, PATH, wheel) and say how to start it as a `Program`; `supervisor`
keeps programs running; `stack` lists the programs of a whole Slipway. `bootstrap` runs before anything is installed.
All but the `prepare` command uses the standard library alone. It imports nothing else of `portal` and no other room.
"""
