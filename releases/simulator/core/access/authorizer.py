"""Whether a user may do something, by the bindings in the store. There are no rules that forbid."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .. import kinds
from ..objects import Object
from ..store import Store
from .attributes import Attributes, refusal
from .rules import allows
from .users import MASTERS, User

_KINDS = {"Role": kinds.ROLE, "ClusterRole": kinds.CLUSTER_ROLE}


class Decision(NamedTuple):
    allowed: bool
    reason: str = ""


class Grant(NamedTuple):
    """The rules that one binding gives a user, or why they cannot be told; ``how`` names the binding."""

    rules: list[Object]
    how: str
    fault: str = ""


def check(store: Store, user: User, wanted: Attributes) -> None:
    """Refuse (403) what the user may not do."""
    decision = decide(store, user, wanted)
    if not decision.allowed:
        raise refusal(user, wanted, reason=decision.reason)


def decide(store: Store, user: User, wanted: Attributes) -> Decision:
    """The first binding that allows it; else what went wrong on the way, if anything did."""
    if MASTERS in user.groups:
        return Decision(True)
    faults: list[str] = []
    for grant in grants(store, user, namespace=wanted.namespace):
        if grant.fault:
            faults.append(grant.fault)
        elif any(allows(rule, wanted) for rule in grant.rules):
            return Decision(True, f"RBAC: allowed by {grant.how}")
    return Decision(False, f"RBAC: {together(faults)}" if faults else "")


def together(faults: list[str]) -> str:
    """Several sentences as one, each once."""
    said = list(dict.fromkeys(faults))
    return said[0] if len(said) == 1 else f"[{', '.join(said)}]" if said else ""


def grants(store: Store, user: User, *, namespace: str) -> Iterator[Grant]:
    """What bindings give a user: those of the whole cluster, then those of one namespace."""
    for kind in (kinds.CLUSTER_ROLE_BINDING, *((kinds.ROLE_BINDING,) if namespace else ())):
        home = namespace if kind == kinds.ROLE_BINDING else ""
        for binding in sorted(store.each(kind, namespace=home), key=lambda row: row["metadata"]["name"]):
            subject = next((row for row in binding.get("subjects") or () if _is(row, user, namespace=home)), None)
            if subject is not None:
                yield _grant(store, binding, subject, namespace=home)


def _is(subject: Object, user: User, *, namespace: str) -> bool:
    if subject["kind"] == "User":
        return bool(subject["name"] == user.name)
    if subject["kind"] == "Group":
        return subject["name"] in user.groups
    home = subject.get("namespace") or namespace
    return bool(home) and user.name == f"system:serviceaccount:{home}:{subject['name']}"


def _grant(store: Store, binding: Object, subject: Object, *, namespace: str) -> Grant:
    wanted, meta = binding["roleRef"], binding["metadata"]
    kind = _KINDS[wanted["kind"]]
    role = store.get(kind, namespace if kind.namespaced else "", wanted["name"])
    if role is None:
        return Grant([], "", f'{kind.singular}.{kind.group} "{wanted["name"]}" not found')
    named = f"{meta['name']}/{namespace}" if namespace else meta["name"]
    whom = f"{subject['name']}/{subject['namespace']}" if subject.get("namespace") else subject["name"]
    how = f'{binding["kind"]} "{named}" of {wanted["kind"]} "{wanted["name"]}" to {subject["kind"]} "{whom}"'
    return Grant(role.get("rules") or [], how)
