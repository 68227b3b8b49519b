"""The cluster as a library: objects, writes, controllers and pods on a clock of its own.

Pure: no real clock, random, network, thread or file. Two runs with the same calls give the same objects. Entry point is
``cluster.Cluster``; its callers move time with ``advance`` and ask ``next_event_at`` how long nothing will happen.
"""
