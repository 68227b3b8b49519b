"""A simulated Kubernetes cluster: ``core`` is a pure discrete-event library, ``shell`` makes it speak the API.

Imports nothing of the rest of the product, nor Django: ``python -m releases.simulator`` stays small and starts fast,
and nobody can tell it from a real control plane by anything but its size, and by this: it reads no protobuf. ``kubectl
create``, ``autoscale`` and ``auth can-i`` send that for built-in kinds, and are answered 415; ``kubectl apply`` sends
JSON.
The core needs the standard library alone.
"""
