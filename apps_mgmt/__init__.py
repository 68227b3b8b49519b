"""The app: its spec, the operations on it, its rendering to Kubernetes manifests, its revisions and its record.

May import from `tenants` and `portal`, never from `releases`: what has to happen there is asked for by an outbox row.
"""
