"""What a control plane asks of a new object: that its namespace lives, and what it names is there and has room."""

from __future__ import annotations

from . import errors, kinds, limits, pod_security, priorities, quota
from .kinds import Kind
from .objects import Object, is_deleting
from .store import Store

_AWAY = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")


def fill(store: Store, obj: Object, *, kind: Kind) -> None:
    """Before an object is judged: refuse (404, 403) one that is out of place, and fill in, in place, what it lacks."""
    if kind.namespaced:
        _check_home(store, obj, kind=kind)
    if kind == kinds.POD:
        limits.fill(store, obj)
        _complete(obj["spec"])
        _check_account(store, obj)
        priorities.fill(store, obj)
        _check_runtime(store, obj)


def check(store: Store, obj: Object, *, kind: Kind) -> None:
    """Refuse (403) an object that is right in itself and cannot be let in now."""
    if kind == kinds.POD:
        limits.check(store, obj)
        home = store.need(kinds.NAMESPACE, "", obj["metadata"]["namespace"])
        pod_security.check(home, obj)
    if kind == kinds.PRIORITY_CLASS:
        priorities.check(store, obj)
    if kind.namespaced:
        quota.check(store, obj, kind=kind)


def _check_home(store: Store, obj: Object, *, kind: Kind) -> None:
    namespace = obj["metadata"].get("namespace", "")
    home = store.get(kinds.NAMESPACE, "", namespace)
    if home is None:
        raise errors.not_found(kinds.NAMESPACE, namespace)
    if is_deleting(home):
        why = f"unable to create new content in namespace {namespace} because it is being terminated"
        message = f"namespace {namespace} is being terminated"
        causes = [{"reason": "NamespaceTerminating", "message": message, "field": "metadata.namespace"}]
        raise errors.forbidden(kind, obj["metadata"].get("name", ""), why, causes=causes)


def _complete(spec: Object) -> None:
    """With the account that every pod has, and patience with a node that is away for a while."""
    for field in ("serviceAccountName", "serviceAccount"):
        spec.setdefault(field, "default")
    tolerations = spec.setdefault("tolerations", [])
    for key in _AWAY:
        if not any(row.get("key") == key for row in tolerations):
            tolerations.append({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300})


def _check_account(store: Store, pod: Object) -> None:
    namespace, account = pod["metadata"].get("namespace", ""), pod["spec"].get("serviceAccountName", "default")
    if store.get(kinds.SERVICE_ACCOUNT, namespace, account) is None:
        why = f'error looking up service account {namespace}/{account}: serviceaccount "{account}" not found'
        raise errors.forbidden(kinds.POD, pod["metadata"].get("name", ""), why)


def _check_runtime(store: Store, pod: Object) -> None:
    runtime = pod["spec"].get("runtimeClassName")
    if runtime and store.get(kinds.RUNTIME_CLASS, "", runtime) is None:
        why = f'pod rejected: RuntimeClass "{runtime}" not found'
        raise errors.forbidden(kinds.POD, pod["metadata"].get("name", ""), why)
