"""Nobody hands out rights they do not have, unless they may ``escalate`` the role or ``bind`` it."""

from __future__ import annotations

from collections.abc import Iterator

from .. import errors, kinds
from ..kinds import Kind
from ..objects import Object
from ..store import Store
from .attributes import Attributes
from .authorizer import decide, grants
from .users import MASTERS, User

_ROLES = {"Role": kinds.ROLE, "ClusterRole": kinds.CLUSTER_ROLE}


def check(store: Store, obj: Object, *, kind: Kind, user: User) -> None:
    """Refuse (403) a role or a binding that would give more than its writer has."""
    if MASTERS in user.groups:
        return
    if kind in (kinds.ROLE, kinds.CLUSTER_ROLE) and not _may(store, user, "escalate", kind, obj):
        _compare(store, obj, obj.get("rules") or [], kind=kind, user=user)
    elif kind in (kinds.ROLE_BINDING, kinds.CLUSTER_ROLE_BINDING):
        _check_binding(store, obj, kind=kind, user=user)


def _check_binding(store: Store, binding: Object, *, kind: Kind, user: User) -> None:
    wanted = binding.get("roleRef") or {}
    role_kind = _ROLES.get(wanted.get("kind", ""))
    if role_kind is None:
        return
    namespace = binding["metadata"].get("namespace", "")
    named: Object = {"metadata": {"name": wanted.get("name", ""), "namespace": namespace}}
    if _may(store, user, "bind", role_kind, named):
        return
    role = store.get(role_kind, namespace if role_kind.namespaced else "", named["metadata"]["name"])
    if role is None:
        raise errors.not_found(kind, named["metadata"]["name"])
    _compare(store, binding, role.get("rules") or [], kind=kind, user=user)


def _may(store: Store, user: User, verb: str, kind: Kind, obj: Object) -> bool:
    meta = obj["metadata"]
    wanted = Attributes(verb, kind.group, kind.plural, "", meta.get("namespace", ""), meta.get("name", ""))
    return decide(store, user, wanted).allowed


def _compare(store: Store, obj: Object, rules: list[Object], *, kind: Kind, user: User) -> None:
    meta = obj["metadata"]
    held = [rule for grant in grants(store, user, namespace=meta.get("namespace", "")) for rule in grant.rules]
    missing = [part for rule in rules for part in _parts(rule) if not any(_covers(own, part) for own in held)]
    if missing:
        groups = " ".join(f'"{group}"' for group in user.groups)
        words = f'user "{user.name}" (groups=[{groups}]) is attempting to grant RBAC permissions not currently held:\n'
        raise errors.forbidden(kind, meta.get("name", ""), words + "\n".join(_described(missing)))


def _parts(rule: Object) -> Iterator[Object]:
    """A rule as rules of one verb on one thing each."""
    for verb in rule.get("verbs") or ():
        for url in rule.get("nonResourceURLs") or ():
            yield {"nonResourceURLs": [url], "verbs": [verb]}
    for group in rule.get("apiGroups") or ():
        for resource in rule.get("resources") or ():
            for verb in rule.get("verbs") or ():
                one = {"apiGroups": [group], "resources": [resource], "verbs": [verb]}
                names = rule.get("resourceNames") or ()
                yield from ({**one, "resourceNames": [name]} for name in names) if names else [one]


def _covers(own: Object, part: Object) -> bool:
    """Whether a rule that is held gives all that one part of another does."""
    names, wanted = own.get("resourceNames") or (), part.get("resourceNames") or ()
    return (
        all(_has(own, field, value) for field in ("verbs", "apiGroups") for value in part.get(field) or ())
        and all(_reaches(own, resource) for resource in part.get("resources") or ())
        and all(_leads(own, url) for url in part.get("nonResourceURLs") or ())
        and (not names or (bool(wanted) and set(wanted) <= set(names)))
    )


def _has(own: Object, field: str, value: str) -> bool:
    rows = own.get(field) or ()
    return "*" in rows or value in rows


def _reaches(own: Object, resource: str) -> bool:
    _, slash, subresource = resource.partition("/")
    return _has(own, "resources", resource) or (bool(slash) and f"*/{subresource}" in (own.get("resources") or ()))


def _leads(own: Object, url: str) -> bool:
    rows = own.get("nonResourceURLs") or ()
    return any(row in ("*", url) or (row.endswith("*") and url.startswith(row.rstrip("*"))) for row in rows)


def _described(parts: list[Object]) -> list[str]:
    """The parts as a control plane lists them: what differs in verbs only stands together."""
    together: dict[str, list[str]] = {}
    for part in parts:
        fields = (("APIGroups", "apiGroups"), ("Resources", "resources"), ("NonResourceURLs", "nonResourceURLs"))
        shown = [f'{word}:["{part[field][0]}"]' for word, field in fields if field in part]
        shown += [f'ResourceNames:["{name}"]' for name in part.get("resourceNames") or ()]
        verbs = together.setdefault(", ".join(shown), [])
        verbs += [f'"{verb}"' for verb in part["verbs"] if f'"{verb}"' not in verbs]
    return sorted(f"{{{about}, Verbs:[{' '.join(verbs)}]}}" for about, verbs in together.items())
