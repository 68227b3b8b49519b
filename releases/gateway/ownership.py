"""Stamping manifests and reading who owns which field of an object. Pure.

A POST leaves its fields with (slipway, Update), server-side apply works with (slipway, Apply): to the API server these
are two owners, and a field that a later apply drops would stay. So right after it the entry of the POST is turned
into an Apply entry, and `spec.replicas` in it goes to its own manager, `slipway-replicas`: a dropped one falls to 1.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from releases.gateway.kinds import WORKLOADS
from releases.gateway.stated import FIELDS, packed, stated

MANAGER = "slipway"
REPLICAS_MANAGER = "slipway-replicas"
FENCE = "slipway.dev/fence"
DIGEST = "slipway.dev/digest"
RELEASE = "slipway.dev/release"
APP_ID = "slipway.dev/app-id"
MANAGED_BY = "app.kubernetes.io/managed-by"
APP = "slipway.dev/app"
MARKS = (APP_ID, MANAGED_BY)
# On a workload that was taken over: which object it has to be; and that its instances do not carry Slipway's labels.
ADOPTS = "slipway.dev/adopts"
ADOPTED = "slipway.dev/adopted"
# On one that Slipway made in place of the one that was taken over, and has let go: the uids of both. A copy of it has
# another one.
MADE_ANEW = "slipway.dev/made-anew"
OWN = "slipway.dev/"
_OWN_FIELDS = (f".metadata.labels.{OWN}", f".metadata.annotations.{OWN}", f".metadata.labels.{MANAGED_BY}")


def stamped(
    manifest: Mapping[str, Any],
    *,
    namespace: str,
    fence: int,
    release: str,
    whole: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A copy of `manifest` with namespace, release label, fence and digest in its own metadata, nowhere else.

    A workload, which is watched, also carries the names of what it states (`FIELDS`): those of the `whole` manifest,
    where something of it is left to others.
    """
    body = copy.deepcopy(dict(manifest))
    body.pop("status", None)
    metadata = body.setdefault("metadata", {})
    digest = manifest_digest(manifest)
    if namespace:
        metadata["namespace"] = namespace
    metadata["labels"] = {**(metadata.get("labels") or {}), MANAGED_BY: MANAGER, RELEASE: release}
    metadata["annotations"] = {**(metadata.get("annotations") or {}), FENCE: str(fence), DIGEST: digest}
    if manifest.get("kind") in WORKLOADS and (names := packed(stated(whole or manifest))):
        metadata["annotations"][FIELDS] = names
    return body


def is_mark(field: str) -> bool:
    """Whether a field is a label or an annotation of Slipway's own on the object itself. Nobody else has any use for
    those: whoever has one by a copy of the object is in nobody's way, and none is left to anybody.
    """
    return field.startswith(_OWN_FIELDS)


def manifest_digest(manifest: Mapping[str, Any]) -> str:
    """SHA-256 of the manifest as canonical JSON. A Secret's values stay out: a digest in plain sight can be guessed
    at, and Secrets are immutable and named after their content, so the name already tells them apart.
    """
    told = dict(manifest)
    if told.get("kind") == "Secret":
        for key in ("data", "stringData"):
            told[key] = sorted(told.get(key) or {})
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def fence_of(live: Mapping[str, Any]) -> int:
    """The fence an object carries, 0 when it has none or somebody wrote something else there."""
    text = str((live["metadata"].get("annotations") or {}).get(FENCE, "0"))
    return int(text) if text.isdecimal() and len(text) < 19 else 0


def is_ours(live: Mapping[str, Any], *, app_id: str = "") -> bool:
    """Whether Slipway made the object and, where `app_id` is given, for that app."""
    labels = live["metadata"].get("labels") or {}
    return labels.get(MANAGED_BY) == MANAGER and app_id in ("", labels.get(APP_ID, ""))


def is_astray(live: Mapping[str, Any], *, wanted: Mapping[str, Any]) -> bool:
    """Whether Slipway made the object for the app of `wanted`, and somebody else changed or removed the labels of
    `MARKS` that say so: it has fields of Slipway's, but what is wrong of those labels is none of them.
    """
    have, want = live["metadata"].get("labels") or {}, wanted["metadata"]["labels"]
    selected = ((live.get("spec") or {}).get("selector") or {}).get("matchLabels")
    app = (selected if isinstance(selected, Mapping) else {}).get(APP) or have.get(APP)
    return (app == want.get(APP) or adopts(live) == adopts(wanted) != "") and lost_marks(live, want)


def lost_marks(live: Mapping[str, Any], want: Mapping[str, Any]) -> bool:
    """Whether an object that has fields of Slipway's lacks labels of `MARKS` as they should be, and not by Slipway."""
    have = live["metadata"].get("labels") or {}
    wrong = [key for key in MARKS if have.get(key) != want.get(key)]
    entries = live["metadata"].get("managedFields") or []
    ours = [one for one in entries if one.get("manager") == MANAGER and not one.get("subresource")]
    owned = {key for one in ours for key in ((one.get("fieldsV1") or {}).get("f:metadata") or {}).get("f:labels") or ()}
    return bool(wrong and has_fields(live)) and not owned & {f"f:{key}" for key in wrong}


def has_fields(live: Mapping[str, Any]) -> bool:
    """Whether anything of the object is Slipway's."""
    entries = live["metadata"].get("managedFields") or []
    return any(one.get("manager") == MANAGER and not one.get("subresource") for one in entries)


def adopts(item: Mapping[str, Any]) -> str:
    """The uid of the object that was, or is to be, taken over; "" for none."""
    return str((item["metadata"].get("annotations") or {}).get(ADOPTS, ""))


def is_made_for(live: Mapping[str, Any], uid: str) -> bool:
    """Whether Slipway made this very object in place of the one with that uid, and has let it go since."""
    return (live["metadata"].get("annotations") or {}).get(MADE_ANEW) == made_for(live, uid)


def made_for(live: Mapping[str, Any], uid: str) -> str:
    """What says so: the value of `MADE_ANEW`."""
    return f"{uid} {live['metadata'].get('uid', '')}"


def is_another(live: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether this is not the object that was taken over, but one of the same name."""
    return adopts(wanted) not in ("", str(live["metadata"].get("uid", "")))


def was_ours(live: Mapping[str, Any], *, app_id: str) -> bool:
    """Whether somebody changed or removed the labels of `MARKS` of an object that Slipway made, or took over, for the
    app: whose it is has to be known from elsewhere.
    """
    labels = {**(live["metadata"].get("labels") or {}), MANAGED_BY: MANAGER, APP_ID: app_id}
    return is_astray(live, wanted={"metadata": {**live["metadata"], "labels": labels}})


def was_adopted(live: Mapping[str, Any], *, app_id: str) -> bool:
    """The same of an object that was taken over: it still carries the mark of that."""
    return adopts(live) == live["metadata"].get("uid") and was_ours(live, app_id=app_id)


def is_adopted(live: Mapping[str, Any]) -> bool:
    """Whether Slipway took the workload over: then its instances carry no label of Slipway, and go by their owners."""
    return bool((live["metadata"].get("labels") or {}).get(ADOPTED))


def controller_of(item: Mapping[str, Any]) -> str:
    """The uid of what an object belongs to; "" for nothing."""
    owners = (item.get("metadata") or {}).get("ownerReferences") or ()
    return next((str(owner.get("uid", "")) for owner in owners if owner.get("controller")), "")


def workload_of(item: Mapping[str, Any]) -> tuple[str, str, str]:
    """(kind, name, uid) of what an object belongs to; blank for nothing."""
    owners = (item.get("metadata") or {}).get("ownerReferences") or ()
    owner: Mapping[str, Any] = next((one for one in owners if one.get("controller")), {})
    return str(owner.get("kind", "")), str(owner.get("name", "")), str(owner.get("uid", ""))


def same_stamp(live: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether the object was last applied from this very manifest, by this release, at this fence."""
    have, want = live["metadata"], wanted["metadata"]
    notes = have.get("annotations") or {}
    return (
        notes.get(DIGEST) == want["annotations"][DIGEST]
        and notes.get(FENCE) == want["annotations"][FENCE]
        and (have.get("labels") or {}).get(RELEASE) == want["labels"][RELEASE]
    )


def handed_over(managed: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]] | None:
    """`metadata.managedFields` where all that is written under Slipway's own names is what its applies own; None where
    that is so already. The entry of our POST is turned into that, and whatever somebody else wrote under one of these
    names: nobody could tell it from ours, and it would be in the way of what is.
    """
    rest = [copy.deepcopy(dict(entry)) for entry in managed if not _is_own(entry)]
    ours = [entry for entry in managed if _is_own(entry)]
    if all(_is_in_place(entry) for entry in ours):
        return None
    parts: dict[str, dict[str, Any]] = {MANAGER: {}, REPLICAS_MANAGER: {}}
    for entry in ours:
        fields, has_replicas = _without_replicas(entry.get("fieldsV1") or {})
        parts[MANAGER] = union(parts[MANAGER], fields)
        if has_replicas:
            parts[REPLICAS_MANAGER] = {"f:spec": {"f:replicas": {}}}
    for manager, fields in parts.items():
        if fields:
            known = [one for one in ours if one.get("manager") == manager and _is_apply(one)] or ours
            shape = {key: known[0][key] for key in ("apiVersion", "time") if key in known[0]}
            add_to(rest, manager, fields, shape)
    return rest


def owns_replicas(live: Mapping[str, Any]) -> bool:
    """Whether the replicas manager's own entry names `spec.replicas`."""
    return any(
        entry.get("manager") == REPLICAS_MANAGER
        and entry.get("operation") == "Apply"
        and "f:replicas" in ((entry.get("fieldsV1") or {}).get("f:spec") or {})
        for entry in live["metadata"].get("managedFields") or []
    )


def has_number(live: Mapping[str, Any]) -> bool:
    """Whether anybody says that the number of instances is theirs. Nobody does from the moment on in which a workload
    was taken over, until its number is set.
    """
    entries = live["metadata"].get("managedFields") or []
    return any("f:replicas" in ((entry.get("fieldsV1") or {}).get("f:spec") or {}) for entry in entries)


def _is_own(entry: Mapping[str, Any]) -> bool:
    return entry.get("manager") in (MANAGER, REPLICAS_MANAGER) and entry.get("subresource") != "status"


def _is_apply(entry: Mapping[str, Any]) -> bool:
    return entry.get("operation") == "Apply" and not entry.get("subresource")


def _is_in_place(entry: Mapping[str, Any]) -> bool:
    """Whether an entry of Slipway's is an apply of what is written under its name."""
    others, has_replicas = _without_replicas(entry.get("fieldsV1") or {})
    return _is_apply(entry) and not (has_replicas if entry.get("manager") == MANAGER else others)


def add_to(entries: list[dict[str, Any]], manager: str, fields: dict[str, Any], shape: Mapping[str, Any]) -> None:
    """Let a manager own these fields too, by what it applied."""
    for entry in entries:
        if entry.get("manager") == manager and entry.get("operation") == "Apply" and not entry.get("subresource"):
            entry["fieldsV1"] = union(entry.get("fieldsV1") or {}, fields)
            return
    entries.append({"manager": manager, "operation": "Apply", **shape, "fieldsType": "FieldsV1", "fieldsV1": fields})


def _without_replicas(fields: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    spec = fields.get("f:spec") or {}
    if "f:replicas" not in spec:
        return dict(fields), False
    rest = {key: value for key, value in spec.items() if key != "f:replicas"}
    others = {key: value for key, value in fields.items() if key != "f:spec"}
    return {**others, "f:spec": rest} if set(rest) - {"."} else others, True


def union(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """All that is in either `fieldsV1`."""
    merged = dict(one)
    for key, value in other.items():
        merged[key] = union(merged[key], value) if isinstance(merged.get(key), dict) else value
    return merged
