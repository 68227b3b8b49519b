"""Servers outside: calls and checks that steps of a release make, guarded as the servers of clusters are.

`reaching.reach_out` carries the effects out; what came back is plain JSON, short, and without secrets.
"""
