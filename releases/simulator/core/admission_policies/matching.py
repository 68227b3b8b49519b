"""Which writes a policy, or its binding, is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .. import kinds
from ..access.users import User
from ..kinds import Kind
from ..objects import Object, labels_of
from ..selectors import selector_matches
from ..store import Store


@dataclass(frozen=True, slots=True)
class Request:
    """A write before it is stored: ``obj`` is what would be there then, ``old`` what is there now.

    ``operation`` is CREATE, UPDATE or DELETE.
    """

    operation: str
    kind: Kind
    user: User
    obj: Object | None = None
    old: Object | None = None
    subresource: str = ""
    dry_run: bool = False

    @property
    def meta(self) -> Object:
        meta: Object = (self.obj or self.old or {})["metadata"]
        return meta

    @property
    def namespace(self) -> str:
        """The namespace it happens in; of a namespace, itself."""
        name: str = self.meta["name"] if self.kind == kinds.NAMESPACE else self.meta.get("namespace", "")
        return name

    def attributes(self) -> dict[str, Any]:
        """``request`` in an expression."""
        kind = self.kind
        # A workload is changed through its scale by way of another kind.
        shown = self.obj if self.subresource == "scale" and self.obj else {"apiVersion": kind.api_version}
        group, _slash, version = shown["apiVersion"].rpartition("/")
        about = {"group": group, "version": version, "kind": shown.get("kind", kind.kind)}
        resource = {"group": kind.group, "version": kind.version, "resource": kind.plural}
        user = {"username": self.user.name, "uid": self.user.uid, "groups": list(self.user.groups), "extra": {}}
        return {
            **{"kind": about, "resource": resource, "subResource": self.subresource},
            **{"requestKind": about, "requestResource": resource, "requestSubResource": self.subresource},
            "name": self.meta.get("name", ""),
            "namespace": self.namespace,
            "operation": self.operation,
            "userInfo": user,
            "dryRun": self.dry_run,
            "options": {},
        }


def matches(store: Store, wanted: Object, request: Request, *, rules_needed: bool = True) -> bool:
    """Whether ``matchConstraints``, or the ``matchResources`` of a binding, which need no rules, mean this write."""
    if not _in_namespaces(store, wanted.get("namespaceSelector"), request):
        return False
    if not _selected(wanted.get("objectSelector"), request):
        return False
    if any(_rule(rule, request) for rule in wanted.get("excludeResourceRules") or ()):
        return False
    rules = wanted.get("resourceRules") or ()
    return any(_rule(rule, request) for rule in rules) or not (rules or rules_needed)


def _in_namespaces(store: Store, selector: Object | None, request: Request) -> bool:
    """What is in no namespace is meant by every selector of them."""
    if not selector or not request.namespace:
        return True
    home = request.obj if request.kind == kinds.NAMESPACE and request.obj else None
    home = home or store.get(kinds.NAMESPACE, "", request.namespace)
    return home is not None and selector_matches(selector, labels_of(home))


def _selected(selector: Object | None, request: Request) -> bool:
    """It is enough when the object is selected as it was, or as it will be."""
    return not selector or any(selector_matches(selector, labels_of(one)) for one in (request.obj, request.old) if one)


def _rule(rule: Object, request: Request) -> bool:
    kind = request.kind
    scope, names = rule.get("scope", "*"), rule.get("resourceNames") or ()
    return (
        _names(rule["operations"], request.operation)
        and _names(rule["apiGroups"], kind.group)
        and _names(rule["apiVersions"], kind.version)
        and any(_resource(one, request) for one in rule["resources"])
        and scope in ("*", "Namespaced" if kind.namespaced else "Cluster")
        and (not names or request.meta.get("name") in names)
    )


def _names(wanted: list[str], value: str) -> bool:
    return "*" in wanted or value in wanted


def _resource(wanted: str, request: Request) -> bool:
    """``pods``, ``pods/status``, ``pods/*``, ``*/scale``, ``*/*``; ``*`` are all resources, but nothing below them."""
    resource, _slash, subresource = wanted.partition("/")
    return resource in ("*", request.kind.plural) and subresource in (request.subresource, "*")
