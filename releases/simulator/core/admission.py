"""What must be so around a new object: its namespace lives, its account and runtime exist, its quota has room."""

from __future__ import annotations

from . import errors, kinds, limits, pod_security, quota
from .kinds import Kind
from .objects import Object, is_deleting
from .store import Store


def fill(store: Store, obj: Object, *, kind: Kind) -> None:
    """Fill in, in place, what the namespace of a new object wants of all in it."""
    if kind == kinds.POD:
        limits.fill(store, obj)


def check(store: Store, obj: Object, *, kind: Kind) -> None:
    """Refuse (404 or 403) an object that cannot be let in now."""
    meta = obj["metadata"]
    if not kind.namespaced:
        return
    namespace = meta.get("namespace", "")
    home = store.get(kinds.NAMESPACE, "", namespace)
    if home is None:
        raise errors.not_found(kinds.NAMESPACE, namespace)
    if is_deleting(home):
        why = f"unable to create new content in namespace {namespace} because it is being terminated"
        message = f"namespace {namespace} is being terminated"
        causes = [{"reason": "NamespaceTerminating", "message": message, "field": "metadata.namespace"}]
        raise errors.forbidden(kind, meta.get("name", ""), why, causes=causes)
    if kind == kinds.POD:
        account = obj["spec"].get("serviceAccountName", "default")
        if store.get(kinds.SERVICE_ACCOUNT, namespace, account) is None:
            why = f'error looking up service account {namespace}/{account}: serviceaccount "{account}" not found'
            raise errors.forbidden(kind, meta.get("name", ""), why)
        runtime = obj["spec"].get("runtimeClassName")
        if runtime and store.get(kinds.RUNTIME_CLASS, "", runtime) is None:
            why = f'pod rejected: RuntimeClass "{runtime}" not found'
            raise errors.forbidden(kind, meta.get("name", ""), why)
        limits.check(store, obj)
        pod_security.check(home, obj)
    quota.check(store, obj, kind=kind)
