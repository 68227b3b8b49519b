"""The way of a write: identity, types, defaults, ownership, rules, admission, commit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from . import (
    admission,
    admission_policies,
    apply,
    cautions,
    defaults,
    deletion,
    errors,
    identity,
    networks,
    ownership,
    pod_security,
    preparing,
    priorities,
    scaling,
    typecheck,
    validate,
    versions,
)
from .access import escalation
from .admission_policies import Request
from .kinds import NAMESPACE, POD, SERVICE, Kind
from .objects import Object, clone
from .ownership import Owner
from .schema import schema_of
from .world import World

if TYPE_CHECKING:
    from .api import Write

_FIXED = ("uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink")


class Written(NamedTuple):
    """What a write left behind."""

    obj: Object
    created: bool
    changed: bool


def _same(old: Object, new: Object) -> bool:
    """Equal but for the times inside ``managedFields``."""

    def bare(obj: Object) -> Object:
        rows = [
            {key: value for key, value in row.items() if key != "time"}
            for row in obj["metadata"].get("managedFields") or ()
        ]
        return {**obj, "metadata": {**obj["metadata"], "managedFields": rows}}

    return bare(old) == bare(new)


class Pipeline:
    """Shared by all the verbs that write."""

    def __init__(self, world: World) -> None:
        self.world = world

    def new(self, kind: Kind, namespace: str, body: Any, *, write: Write) -> Object:
        """A checked copy of a body that is to become an object."""
        obj = self._typed(kind, body, write=write)
        meta = obj["metadata"]
        asked = meta.get("namespace", "")
        if kind.namespaced and asked not in ("", namespace):
            raise errors.bad_request(
                "the namespace of the provided object does not match the namespace sent on the request"
            )
        if kind.namespaced:
            meta["namespace"] = namespace
        else:
            meta.pop("namespace", None)
        if meta.get("resourceVersion"):
            raise errors.bad_request("resourceVersion should not be set on objects to be created")
        for field in (*_FIXED, "resourceVersion"):
            meta.pop(field, None)
        if kind.has_status:
            obj.pop("status", None)
        return obj

    def _typed(self, kind: Kind, body: Any, *, write: Write, strict: bool = False) -> Object:
        if not isinstance(body, dict):
            raise errors.bad_request("the body of the request is not an object")
        identity.check_type(kind, body, applied=strict)
        if not isinstance(body.get("metadata", {}), dict):
            raise errors.bad_request("json: cannot unmarshal value into Go struct field metadata of type ObjectMeta")
        # What is applied is compared with what is there as it was written, before it is read as quantities.
        canonical = not kind.custom and not strict
        obj, unknown = typecheck.check(body, schema_of(kind), drop_empty=not kind.custom, canonical=canonical)
        if unknown and strict:
            raise errors.ApiError(
                500, "", f"failed to create typed patch object: .{unknown[0]}: field not declared in schema"
            )
        if unknown and write.validation == "Strict":
            words = ", ".join(f'unknown field "{path}"' for path in unknown)
            raise errors.bad_request(
                f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}: strict decoding error: '
                + words
            )
        if unknown and write.validation == "Warn":
            write.warnings += [f'unknown field "{path}"' for path in unknown]
        obj["apiVersion"], obj["kind"] = kind.api_version, kind.kind
        obj.setdefault("metadata", {})
        return obj

    def create(self, kind: Kind, obj: Object, *, owner: Owner, write: Write) -> Written:
        obj = versions.kept(obj, kind)
        defaults.fill(obj, kind=kind.kept)
        ownership.put(obj, ownership.after_update(None, obj, kind, owner=owner, time=self.world.stamp()))
        return self._commit_new(kind.kept, obj, write=write)

    def _commit_new(self, kind: Kind, obj: Object, *, write: Write) -> Written:
        admission.fill(self.world.store, obj, kind=kind)
        escalation.check(self.world.store, obj, kind=kind, user=write.user)
        preparing.drop(obj, kind=kind)
        preparing.prepare(obj, kind=kind, uid=self.world.next_uid(dry_run=True))
        causes = validate.check_create(obj, kind=kind)
        if causes:
            raise errors.invalid(kind, obj["metadata"].get("name", ""), causes)
        admission.check(self.world.store, obj, kind=kind)
        write.warnings += cautions.warnings(obj, kind=kind)
        write.warnings += pod_security.warnings(self.world.store, obj, kind=kind)
        if kind == SERVICE:
            networks.allocate(self.world, obj["spec"], dry_run=write.dry_run)
        self.world.dress(obj, kind=kind, dry_run=write.dry_run)
        asked = Request("CREATE", kind, write.user, obj=obj, dry_run=write.dry_run)
        write.warnings += admission_policies.check(self.world.store, asked)
        if not write.dry_run:
            obj = self.world.store.put(kind, obj)
        return Written(obj, created=True, changed=True)

    def change(self, kind: Kind, old: Object, body: Any, *, owner: Owner, write: Write, whole: bool = False) -> Written:
        """An ordinary update of ``old`` to ``body``; ``owner.subresource`` says which half of it counts.

        ``whole``: the body came as it is, not as a patch of what is there.
        """
        try:
            new = self._typed(kind, clone(body), write=write)
        except errors.ApiError as error:
            raise error if whole else errors.invalid_patch(body, error) from error
        identity.check(kind, old, new, whole=whole)
        if (body.get("metadata") or {}).get("managedFields") == []:
            new["metadata"]["managedFields"] = ownership.FORGET
        new = versions.kept(new, kind)
        if owner.subresource == "status":
            meta = {**old["metadata"], "managedFields": new["metadata"].get("managedFields", [])}
            new = {**old, "metadata": meta, "status": new.get("status") or {}}
        elif kind.has_status:
            new.pop("status", None)
        new = self._settled(kind.kept, old, new)
        entries = ownership.after_update(old, new, kind, owner=owner, time=self.world.stamp())
        if owner.subresource == "scale":
            entries = scaling.tracked(entries, before=old, after=new)
        ownership.put(new, entries)
        return self._commit(kind.kept, old, new, write=write, subresource=owner.subresource)

    def _settled(self, kind: Kind, old: Object, new: Object) -> Object:
        """With the fields nobody writes, and defaults."""
        meta, live = new["metadata"], old["metadata"]
        meta["name"], meta["resourceVersion"] = live["name"], live["resourceVersion"]
        for field in ("namespace", *_FIXED):
            meta.pop(field, None)
            if field in live:
                meta[field] = live[field]
        if "status" not in new and "status" in old:
            new["status"] = old["status"]
        for field in ("labels", "annotations", "finalizers", "ownerReferences"):
            if not meta.get(field):
                meta.pop(field, None)
        if kind == SERVICE:
            networks.carry_over(old["spec"], new.setdefault("spec", {}))
        if kind == POD:
            priorities.carry_over(old["spec"], new.setdefault("spec", {}))
        defaults.fill(new, kind=kind)
        if kind == SERVICE:
            networks.allocate(self.world, new["spec"], dry_run=True)
        return new

    def _commit(self, kind: Kind, old: Object, new: Object, *, write: Write, subresource: str) -> Written:
        escalation.check(self.world.store, new, kind=kind, user=write.user)
        preparing.drop(new, kind=kind)
        causes = validate.check_update(old, new, kind=kind)
        if causes:
            raise errors.invalid(kind, new["metadata"]["name"], causes)
        self._ask_policies(kind, old, new, write=write, subresource=subresource)
        if _same(old, new):
            return Written(old, created=False, changed=False)
        if old.get("spec") != new.get("spec"):
            write.warnings += [] if kind == POD else cautions.warnings(new, kind=kind)
            write.warnings += pod_security.warnings(self.world.store, new, kind=kind)
        if kind == NAMESPACE:
            write.warnings += pod_security.of_namespace(self.world.store, old, new)
        if write.dry_run:
            return Written(new, created=False, changed=True)
        stored = self.world.update(kind, old, new, by_client=True)
        deletion.finish_if_free(self.world, kind, stored)
        return Written(stored, created=False, changed=True)

    def _ask_policies(self, kind: Kind, old: Object, new: Object, *, write: Write, subresource: str) -> None:
        """They are asked about a change that changes nothing too."""
        if subresource == "scale":
            old, new = scaling.to_scale(old), scaling.to_scale(new)
        asked = Request("UPDATE", kind, write.user, new, old, subresource=subresource, dry_run=write.dry_run)
        write.warnings += admission_policies.check(self.world.store, asked)

    def apply(
        self, kind: Kind, namespace: str, name: str, old: Object | None, config: Any, *, owner: Owner, write: Write
    ) -> Written:
        config = self._applicable(kind, namespace, name, config, write=write)
        if old is None:
            return self._apply_new(kind, namespace, name, config, owner=owner, write=write)
        identity.check(kind, old, config)
        bare = {**config, "metadata": {key: row for key, row in config["metadata"].items() if key not in _FIXED}}
        bare["metadata"].pop("resourceVersion", None)
        if owner.subresource != "status":
            bare.pop("status", None)
        merged, managed = apply.apply(
            old,
            bare,
            kind,
            owner=owner,
            force=write.force,
            time=self.world.stamp(),
        )
        new = self._settled(kind.kept, old, versions.kept(self._read(kind, clone(merged)), kind))
        ownership.put(new, managed)
        return self._commit(kind.kept, old, new, write=write, subresource=owner.subresource)

    def _read(self, kind: Kind, merged: Object) -> Object:
        """What came of merging, its quantities read as any others."""
        if kind.custom or "spec" not in merged:
            return merged
        spec, _unknown = typecheck.check({"spec": merged["spec"]}, schema_of(kind), canonical=True)
        return {**merged, **spec}

    def _applicable(self, kind: Kind, namespace: str, name: str, config: Any, *, write: Write) -> Object:
        if isinstance(config, dict) and not (config.get("apiVersion") and config.get("kind")):
            raise errors.bad_request("apiVersion and kind must be set in an applied configuration")
        config = self._typed(kind, config, write=write, strict=True)
        if faults := apply.faults(config, schema_of(kind)):
            raise errors.untyped(config, faults)
        meta = config["metadata"]
        if meta.get("managedFields"):
            raise errors.bad_request("metadata.managedFields must be nil")
        if meta.setdefault("name", name) != name:
            raise errors.bad_request(
                f"the name of the object ({meta['name']}) does not match the name on the URL ({name})"
            )
        if kind.namespaced and meta.setdefault("namespace", namespace) != namespace:
            raise errors.bad_request("the namespace of the object does not match the namespace on the URL")
        return config

    def _apply_new(
        self, kind: Kind, namespace: str, name: str, config: Object, *, owner: Owner, write: Write
    ) -> Written:
        meta = config["metadata"]
        if meta.get("uid"):
            why = f"uid mismatch: the provided object specified uid {meta['uid']}, and no existing object was found"
            raise errors.conflict(kind, name, why)
        meta.pop("resourceVersion", None)
        obj = self.new(kind, namespace, config, write=write)
        shell = {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": {}}
        merged, managed = apply.apply(
            shell,
            obj,
            kind,
            owner=owner,
            force=write.force,
            time=self.world.stamp(),
        )
        created = versions.kept(clone(merged), kind)
        defaults.fill(created, kind=kind.kept)
        ownership.put(created, managed)
        return self._commit_new(kind.kept, created, write=write)
