"""A simulated Kubernetes cluster: ``core`` is a pure discrete-event library, ``shell`` makes it speak the API.

Imports nothing of the rest of the product, nor Django: ``python -m releases.simulator`` stays small and starts fast,
and nobody can tell it from a real control plane by anything but its size. The core needs the standard library alone.
"""
