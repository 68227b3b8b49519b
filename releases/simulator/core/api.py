"""The verbs of the API, each checked, defaulted, owned and committed as a real control plane does it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from . import admission_policies, apply, deletion, errors, eviction, scaling, versions
from .access import ADMIN, User
from .admission_policies import Request
from .journal import Journal
from .kinds import JOB, POD, Kind
from .objects import Object, clone
from .ownership import Owner
from .patch import json_patch, merge_patch
from .schema import schema_of
from .strategic import strategic_merge
from .world import World
from .writing import Pipeline, Written

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"
PATCH_TYPES = (JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, APPLY_PATCH)


@dataclass(slots=True)
class Write:
    """How a write is meant. ``validation`` is Ignore, Warn or Strict; ``warnings`` fill up as the write goes.

    What ``user`` may do at all is decided before; here it matters to what roles and their bindings give to others.
    """

    manager: str = "unknown"
    dry_run: bool = False
    force: bool = False
    validation: str = "Warn"
    user: User = ADMIN
    warnings: list[str] = field(default_factory=list)


def _owner(kind: Kind, write: Write, subresource: str = "") -> Owner:
    return Owner(write.manager, subresource=subresource, version=kind.api_version if kind.of else "")


def _version_of(body: Any) -> Any:
    meta = body.get("metadata") if isinstance(body, dict) else None
    return meta.get("resourceVersion") if isinstance(meta, dict) else None


class Api:
    """One cluster's API. Every refusal is an ``errors.ApiError``; returned objects are shared and not to be altered.

    A kind may come in any version that is served; what is returned is as it is kept.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.store = world.store
        self.journal = Journal()
        self._pipeline = Pipeline(world)

    def get(self, kind: Kind, namespace: str, name: str, *, subresource: str = "") -> Object:
        obj = self.store.need(kind, namespace, name)
        return scaling.to_scale(obj) if subresource == "scale" else obj

    def create(self, kind: Kind, namespace: str, body: Object, *, write: Write) -> Object:
        obj = self._pipeline.new(kind, namespace, body, write=write)
        if "name" not in obj["metadata"] and obj["metadata"].get("generateName"):
            obj["metadata"]["name"] = obj["metadata"]["generateName"] + self.world.suffix()
        name = obj["metadata"].get("name", "")
        if name and self.store.get(kind, namespace, name) is not None:
            raise errors.already_exists(kind, name)
        created = self._pipeline.create(kind, obj, owner=_owner(kind, write), write=write).obj
        self._note("create", kind, Written(created, created=True, changed=True), write=write)
        return created

    def update(
        self, kind: Kind, namespace: str, name: str, body: Object, *, write: Write, subresource: str = ""
    ) -> Object:
        """PUT: the whole object; 409 when ``resourceVersion`` is given and not the present one."""
        old = self.store.need(kind, namespace, name)
        owner = _owner(kind, write, subresource)
        if subresource == "scale":
            body = scaling.from_scale(old, body, kind=kind, whole=True)
        elif kind.custom and not _version_of(body):
            cause = errors.Cause(
                "metadata.resourceVersion", "FieldValueInvalid", "Invalid value: 0x0: must be specified for an update"
            )
            raise errors.invalid(kind, name, [cause])
        written = self._pipeline.change(kind, old, body, owner=owner, write=write, whole=True)
        self._note("update", kind, written, write=write)
        return scaling.to_scale(written.obj) if subresource == "scale" else written.obj

    def patch(
        self, kind: Kind, namespace: str, name: str, body: Any, *, type_: str, write: Write, subresource: str = ""
    ) -> Written:
        """Any of the four kinds of patch; only apply may create what is not there."""
        if type_ == APPLY_PATCH:
            return self.apply(kind, namespace, name, body, write=write, subresource=subresource)
        if type_ not in PATCH_TYPES or (kind.custom and type_ == STRATEGIC_PATCH):
            accepted = tuple(row for row in PATCH_TYPES if not (kind.custom and row == STRATEGIC_PATCH))
            raise errors.unsupported_media(accepted)
        old = self.store.need(kind, namespace, name)
        target = scaling.to_scale(old) if subresource == "scale" else versions.shown(old, kind)
        patched = self._patched(target, body, type_, kind=kind)
        if subresource == "scale":
            patched = self._scaled(old, patched, kind=kind)
        owner = _owner(kind, write, subresource)
        written = self._pipeline.change(kind, old, patched, owner=owner, write=write)
        self._note("patch", kind, written, write=write)
        if subresource == "scale":
            return Written(scaling.to_scale(written.obj), created=False, changed=written.changed)
        return written

    def _patched(self, target: Object, body: Any, type_: str, *, kind: Kind) -> Object:
        if type_ == JSON_PATCH:
            patched = json_patch(target, body)
        elif not isinstance(body, dict):
            raise errors.bad_request("a patch is an object")
        elif type_ == MERGE_PATCH:
            patched = merge_patch(target, body)
        else:
            patched = strategic_merge(target, body, schema_of(kind))
            # It is merged into what the kind has, so that nobody can make another kind of it.
            patched |= {key: target[key] for key in ("apiVersion", "kind")}
        if not isinstance(patched, dict) or not patched.get("metadata"):
            name = target["metadata"]["name"]
            words = "was undeterminable: name must be provided"
            raise errors.bad_request(f"the name of the object ({name} based on URL) {words}")
        return clone(patched)

    def _scaled(self, old: Object, patched: Object, *, kind: Kind) -> Object:
        try:
            return scaling.from_scale(old, patched, kind=kind)
        except errors.ApiError as error:
            raise errors.invalid_patch(patched, error) if error.code == 400 else error from error

    def apply(
        self, kind: Kind, namespace: str, name: str, config: Object, *, write: Write, subresource: str = ""
    ) -> Written:
        """Server-side apply; ``created`` says whether the object came to be by it."""
        old = self.store.get(kind, namespace, name)
        owner = apply.owner_for(write.manager, subresource=subresource)
        scales = subresource == "scale"
        if old is not None and scales:
            config = scaling.applied_scale(config, kind=kind, name=name)
            subresource = ""
        if old is None and subresource:
            raise errors.not_found(kind, name)
        written = self._pipeline.apply(kind, namespace, name, old, config, owner=owner, write=write)
        self._note("apply", kind, written, write=write)
        return written._replace(obj=scaling.to_scale(written.obj)) if scales else written

    def delete(
        self, kind: Kind, namespace: str, name: str, *, options: Object | None = None, write: Write | None = None
    ) -> tuple[Object, bool]:
        """``(the object as it last was, whether it is gone already)``."""
        write, kind = write or Write(), kind.kept
        obj = self.store.need(kind, namespace, name)
        asked = Request("DELETE", kind, write.user, old=obj, dry_run=write.dry_run)
        write.warnings += admission_policies.check(self.store, asked)
        last, gone = deletion.delete(self.world, kind, obj, options=options or {}, dry_run=write.dry_run)
        if kind == JOB and not {"propagationPolicy", "orphanDependents"} & set(options or {}):
            write.warnings.append(deletion.PODS_STAY)
        self._note("delete", kind, Written(last, created=False, changed=True), write=write)
        return last, gone

    def evict(self, namespace: str, name: str, body: Any, *, write: Write) -> None:
        """The eviction of a pod, noted as the deletion that it is."""
        last = eviction.evict(self.world, namespace, name, body, dry_run=write.dry_run)
        self._note("delete", POD, Written(last, created=False, changed=True), write=write)

    def _note(self, verb: str, kind: Kind, written: Written, *, write: Write) -> None:
        if not write.dry_run:
            self.journal.record(verb, kind, written.obj, manager=write.manager, changed=written.changed)
