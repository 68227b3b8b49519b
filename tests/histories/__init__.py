"""Releases among made-up clusters, at length: what may happen to them, what holds after every event, and the proof that
these checks find what is wrong: bugs put in on purpose, one line each.

In `golden` are timelines of releases that ended long ago, which have to replay on the present code.

`test_histories.py` tries some hundred histories; `python -m tests.histories` (`make chaos-long`) twenty thousand.
"""
