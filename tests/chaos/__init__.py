"""Breaking a running Slipway on purpose, and counting in its clusters what came of it: `make chaos`.

A house (`house`) of two workers and two agents beside web, clock, PostgreSQL, Valkey and two simulated clusters is
under load (`load`) while something goes wrong (`troubles`). Then what the clusters wrote down is compared with what was
asked for (`counting`): nothing may be lost, nothing done twice, nothing old written over something newer.
"""
