"""One object on a cluster, over the several tries that a change of it may take. What is done when: `applying`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from portal.errors import PlatformError
from releases.gateway import adopting
from releases.gateway.client import APPLY, JSON_PATCH, MERGE_PATCH, Client, object_path
from releases.gateway.errors import FieldConflict, NotPrepared, StillThere
from releases.gateway.fencing import marks_taken, refuse_newer
from releases.gateway.kinds import Kind
from releases.gateway.lost import Rival
from releases.gateway.ownership import (
    APP,
    APP_ID,
    MANAGER,
    MARKS,
    handed_over,
    is_another,
    is_astray,
    is_ours,
)
from releases.gateway.prevailing import claimed, sole
from releases.gateway.refusals import Absent, fence_lost, in_the_way, vanished
from releases.gateway.removing import remove

# The API server gives a creation up before we stop waiting for it, so what seems to have failed is not made afterwards.
SERVER_TIMEOUT = "8s"

Raw = dict[str, Any]


@dataclass(frozen=True)
class Applied:
    """What a write did. `changed` is true for a creation too; `generation` rises with each change of the spec.

    `taken_from` names who else had fields of an object that was taken over, `kept_by` whoever goes on to set the number
    of instances that was to be written.
    """

    created: bool
    changed: bool
    uid: str
    resource_version: str
    generation: int
    taken_from: tuple[str, ...] = ()
    kept_by: str = ""


def applied(live: Raw, *, created: bool = False, before: Raw | None = None) -> Applied:
    metadata = live["metadata"]
    version = str(metadata.get("resourceVersion", ""))
    return Applied(
        created=created,
        changed=created or (before is not None and before["metadata"].get("resourceVersion") != version),
        uid=str(metadata.get("uid", "")),
        resource_version=version,
        generation=int(metadata.get("generation") or 0),
    )


class OneObject:
    """One object over several tries: once its uid is known, another object of the same name is another object."""

    def __init__(self, client: Client, kind: Kind, name: str, *, namespace: str, uid: str = "") -> None:
        self.client, self.kind, self.name = client, kind, name
        self.namespace = namespace if kind.namespaced else ""
        self.what = f"{kind.kind} {name}"
        self.uid = uid
        self._path = object_path(kind, name, namespace=self.namespace)

    def read(self) -> Raw | None:
        live = self.client.find(self.kind, self.name, namespace=self.namespace)
        found = str(live["metadata"].get("uid", "")) if live else ""
        if self.uid and found != self.uid:
            raise vanished(self.what)
        self.uid = found
        return live

    def adopt(self, live: Raw, wanted: Raw, *, fence: int) -> Applied:
        """Take over what somebody else made. Raises what `guard` and `adopting.take` raise."""
        self.refuse_late(live, fence=fence)
        after, managers = adopting.take(live, wanted, patch=self.patch, set_managers=self.set_managers)
        return replace(applied(after, before=live), taken_from=managers)

    def guard(self, live: Raw, *, fence: int, wanted: Raw | None = None) -> None:
        """Raises FenceLost, FieldConflict for what is not ours, StillThere for what is on its way out.

        `wanted`: what is to be written, by which is known whose it has to be.
        """
        self.refuse_late(live, fence=fence)
        app_id = str(((wanted or {"metadata": {}})["metadata"].get("labels") or {}).get(APP_ID, ""))
        if not is_ours(live, app_id=app_id) and is_ours(live):
            sentence = _(
                "Cluster {cluster} has a {what} that does not belong to this app, but to the app {other} of Slipway. "
                "Leave it there: take it out of this app (draft.undo), or give what this app has another name."
            )
            other = (live["metadata"].get("labels") or {}).get(APP) or "-"
            raise FieldConflict(sentence.format(what=self.what, cluster=self.client.cluster, other=other))
        if not is_ours(live, app_id=app_id):
            managers = sorted({str(entry.get("manager")) for entry in live["metadata"].get("managedFields") or []})
            if wanted is not None and is_another(live, wanted):
                raise self._replaced(live)
            raise FieldConflict(
                _("Cluster {cluster} has a {what} that does not belong to this app. Remove or rename it.").format(
                    cluster=self.client.cluster, what=self.what
                ),
                managers=managers,
            )

    def _replaced(self, live: Raw) -> FieldConflict:
        """Nobody's fields are in the way: it is another object, and what to do about it is another thing."""
        entries = adopting.others(live)
        makers = sorted({str(one.get("manager")) for one in entries if one.get("subresource") != "status"})
        sentence = _(
            "The {what} on cluster {cluster} is not the one that was taken over: that was deleted, and another one of "
            "the same name was made ({managers}). Delete this one there and deploy: then Slipway makes it as it was. "
            "Or, if the app is on no other cluster, take this one over in its place (app.adopt)."
        )
        words = {"what": self.what, "cluster": self.client.cluster, "managers": ", ".join(makers) or "-"}
        return FieldConflict(sentence.format(**words))

    def refuse_late(self, live: Raw, *, fence: int) -> None:
        """Raises FenceLost, and StillThere for what is on its way out."""
        refuse_newer(self.client, live, fence=fence, what=self.what)
        if live["metadata"].get("deletionTimestamp"):
            raise StillThere(
                _("{what} on cluster {cluster} is still being removed. It is tried again.").format(
                    what=self.what, cluster=self.client.cluster
                )
            )

    def create(
        self,
        wanted: Raw,
        *,
        fence: int,
        replicas: int | None,
        outranked: Callable[[], bool],
        overtaken: Callable[[], bool],
    ) -> Raw:
        """Make the object, unless a newer release has begun or this one has gone on from it; what it made while a newer
        one began, it removes again. What this one went on from may be what was made here, so that stays.
        """
        if outranked() or overtaken():
            raise fence_lost(self.what, cluster=self.client.cluster)
        body = (
            {**wanted, "spec": {**(wanted.get("spec") or {}), "replicas": replicas}} if replicas is not None else wanted
        )
        made = self._post(body)
        self.uid = str(made["metadata"].get("uid", ""))
        if outranked():
            remove(self.client, self.kind, made, namespace=self.namespace, fence=fence)
            raise fence_lost(self.what, cluster=self.client.cluster)
        return made

    def _post(self, body: Raw) -> Raw:
        path = object_path(self.kind, "", namespace=self.namespace)
        query = [("fieldManager", MANAGER), ("timeout", SERVER_TIMEOUT)]
        try:
            return self.client.json("POST", path, what=self.what, query=query, body=body)
        except Absent:
            raise NotPrepared(
                _(
                    "Cluster {cluster} lacks the namespace {namespace} or the kind {kind}. It has to be set up first."
                ).format(cluster=self.client.cluster, namespace=self.namespace or "-", kind=self.kind.kind)
            ) from None

    def call_back(self, live: Raw, wanted: Raw, *, fence: int) -> Raw:
        """Give an object of ours its labels back by which Slipway knows it, where somebody changed or removed them, and
        all its other marks, where somebody else has them.

        Nobody else has any use for them, so they are no conflict to be decided.
        """
        astray = is_astray(live, wanted=wanted)
        known = astray or is_ours(live, app_id=str(wanted["metadata"]["labels"].get(APP_ID, "")))
        taken = marks_taken(live, wanted) if known else {}
        if not (astray or taken):
            return live
        self.refuse_late(live, fence=fence)
        exact = {key: live["metadata"][key] for key in ("uid", "resourceVersion")}
        labels = {key: wanted["metadata"]["labels"][key] for key in MARKS} if astray else {}
        labels |= taken.get("labels", {})
        body = {"metadata": {**exact, "labels": labels, "annotations": taken.get("annotations", {})}}
        return self._patch(body, content_type=MERGE_PATCH, query=[("fieldManager", MANAGER)])

    def take_over(self, live: Raw) -> Raw:
        """Turn what a POST of ours owns into what applies of ours own, once; see `ownership`."""
        entries = handed_over(live["metadata"].get("managedFields") or [])
        return live if entries is None else self.set_managers(live, entries)

    def prevail(self, live: Raw, there: Sequence[Rival], *, force: bool) -> Raw:
        """The object where what others put in the place of ours goes with the next apply. Raises FieldConflict
        without `force`.
        """
        if not force:
            raise in_the_way(self.what, there)
        return self.set_managers(live, claimed(live, there))

    def alone(self, live: Raw, *, besides: Collection[str] = ()) -> Raw:
        """The object where nobody else has what Slipway has, which is more than an apply does: see `prevailing`."""
        entries = sole(live, besides=besides)
        return live if entries is None else self.set_managers(live, entries)

    def set_managers(self, live: Raw, entries: list[Raw]) -> Raw:
        """Write who owns which field."""
        metadata = live["metadata"]
        operations = [
            {"op": "replace", "path": "/metadata/managedFields", "value": entries},
            {"op": "replace", "path": "/metadata/resourceVersion", "value": metadata["resourceVersion"]},
        ]
        return self._patch(operations, content_type=JSON_PATCH, query=[("fieldManager", MANAGER)])

    def patch(self, live: Raw, wanted: Raw, *, manager: str, force: bool = False, dry_run: bool = False) -> Raw:
        metadata = live["metadata"]
        exact = {"name": self.name, "uid": metadata["uid"], "resourceVersion": metadata["resourceVersion"]}
        body = {**wanted, "metadata": {**(wanted.get("metadata") or {}), **exact}}
        query = [("fieldManager", manager), ("force", "true" if force else "false")]
        query += [("dryRun", "All")] if dry_run else []
        return self._patch(body, content_type=APPLY, query=query)

    def note(self, live: Raw) -> Raw:
        """Write what has to be known of the object when its marks are off; see `adopting.note_of`."""
        notes, exact = adopting.note_of(live), {key: live["metadata"][key] for key in ("uid", "resourceVersion")}
        if notes.items() <= (live["metadata"].get("annotations") or {}).items():
            return live
        body = {"metadata": {**exact, "annotations": notes}}
        return self._patch(body, content_type=MERGE_PATCH, query=[("fieldManager", MANAGER)])

    def unmark(self, live: Raw) -> Raw:
        """Take Slipway's marks off the object."""
        body, query = adopting.without_marks(live), [("fieldManager", MANAGER)]
        return self._patch(body, content_type=MERGE_PATCH, query=query)

    def restless(self) -> PlatformError:
        return PlatformError(
            _("{what} on cluster {cluster} keeps changing while Slipway writes to it. It is tried again.").format(
                what=self.what, cluster=self.client.cluster
            )
        )

    def _patch(self, body: Any, *, content_type: str, query: list[tuple[str, str]]) -> Raw:
        try:
            return self.client.json(
                "PATCH", self._path, what=self.what, query=query, body=body, content_type=content_type
            )
        except Absent:
            raise vanished(self.what) from None
