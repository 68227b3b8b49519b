"""The app as the subject of operations: its values, locks, checks, quota, preview and saving."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps_mgmt import (
    asked_roles,
    drafts,
    forbidding,
    going_along,
    granting,
    leaving,
    left_numbers,
    preview_rows,
    previewing,
    secrets,
    strategies,
)
from apps_mgmt.approvers import lacking
from apps_mgmt.models import App, AppStatus, Deployed
from apps_mgmt.rules import check_edit, check_platform_rules, check_waves, refused_later
from apps_mgmt.spec import AppSpec, check_for, check_paths, usage
from apps_mgmt.spec.secrets import secrets_in
from apps_mgmt.values import AppFacts, AppRecord, load_forbidden, load_left
from portal import live, outbox
from portal.access import Locator, Ref
from portal.access.ref import APP
from portal.audit.recording import Subject
from portal.errors import Conflict, NotFound
from portal.operations import inputs
from portal.operations.kinds import NOW, RECORD, Kind
from portal.operations.operation import Operation
from portal.operations.pickers import Pickers
from portal.operations.subject import Preview, Saved, Saving, register_subject
from tenants import waking
from tenants.clusters import clusters_of, grants_of, restricting
from tenants.members import members_of, titles_of_roles
from tenants.quota import ledger
from tenants.records import suspended_words

APP_UNLOCKED = "app.unlocked"
FAILED = "failed"
"""The state of a release that failed, as `AppStatus.last_release_state` has it."""
RELEASING = (AppStatus.State.DEPLOYING, AppStatus.State.DELETING)
LABELS = {
    "title": gettext_lazy("Title"),
    "description": gettext_lazy("Description"),
    "colour": gettext_lazy("Colour"),
    "locked_reason": gettext_lazy("Locked"),
}


def find_app(ref: Ref) -> App | None:
    apps = App.objects.select_related("tenant", "draft", "status")
    return apps.filter(tenant__name=ref.tenant, name=ref.app, deleted_at=None).first()


def lock_app(app_id: uuid.UUID, *, tenant_id: uuid.UUID) -> App:
    """Lock the tenant's usage rows, then the app's row, and read it again. NotFound when it was deleted meanwhile."""
    ledger.lock(tenant_id)
    app = App.objects.select_for_update(of=("self",)).select_related("tenant", "draft").filter(pk=app_id).first()
    if app is None or app.deleted_at is not None:
        raise NotFound(_("The app was deleted meanwhile."))
    return app


more_pickers: dict[str, Callable[[App], list[tuple[str, str]]]] = {}
"""Choices that rooms above know: picker → what it offers of an app."""
queues: list[Callable[[App], bool]] = []
"""Who knows whether a release of an app waits for its turn; from the room above."""
half_stopped: list[Callable[[App], bool]] = []
"""Who knows whether the last release of an app was to stop or to start it, and failed; from the room above."""


class AppAdapter:
    """See `portal.operations.subject.SubjectAdapter`. `follow_up` is what *Save and deploy* does second."""

    follow_up = "release.start"

    def describe(self, subject: App) -> Subject:
        return Subject(APP, str(subject.pk), subject.name, subject.tenant_id, subject.tenant.name)

    def version(self, subject: App) -> int:
        return subject.version

    def lock(self, subject: App) -> App:
        return lock_app(subject.pk, tenant_id=subject.tenant_id)

    def value(self, subject: App, kind: Kind) -> AppSpec | AppRecord | AppFacts:
        if kind is RECORD:
            plain = {name: getattr(subject, name) for name in LABELS}
            return AppRecord(
                **plain,
                left=load_left(subject.left),
                forbidden=load_forbidden(subject.forbidden),
                grants=granting.grants_on(subject),
            )
        if kind is NOW:
            return facts_of(subject)
        return drafts.spec_of(subject)

    def blocked(self, subject: App, operation: type[Operation]) -> str | None:
        return blocked_by_app(subject, operation)

    def check(self, subject: App, operation: type[Operation], after: Any) -> None:
        if isinstance(after, AppSpec):
            check_for(after, app=subject.name)
            check_platform_rules(subject, after)
            before = drafts.spec_of(subject)
            check_edit(after, before=before)
            if not operation.rewinds:
                check_paths(after, before=before)
                check_waves(subject, after, before=before)
                steps = before.release.steps
                asked_roles.refuse_unknown(after.release.steps, subject.tenant, field="steps", before=steps)
            if list(secrets_in(after)) != list(secrets_in(before)):
                secrets.check_fit(subject, after)

    def diff(self, before: Any, after: Any) -> list[dict[str, Any]]:
        if isinstance(after, AppRecord):
            changed = [
                {"label": str(label), "before": old, "after": new, "kind": "changed"}
                for name, label in LABELS.items()
                if (old := getattr(before, name)) != (new := getattr(after, name))
            ]
            return [
                *changed,
                *leaving.rows(before.left, after.left),
                *forbidding.rows(before.forbidden, after.forbidden),
                *granting.rows(before.grants, after.grants),
            ]
        return preview_rows.spec_rows(before, after)

    def preview(self, subject: App, operation: type[Operation], before: Any, after: Any) -> Preview:
        if isinstance(after, AppSpec):
            grants = grants_of(subject.tenant_id)
            known, foresees = previewing.known_of(subject, grants), operation.foresees
            preview = previewing.preview_spec(subject, before, after, grants=grants, foresees=foresees, known=known)
            there = known.standing if known else {}
            return replace(
                preview,
                warnings=[*preview.warnings, *refused_later(after), *(lacking(subject, after) if foresees else ())],
                deploying=None
                if operation.rewinds
                else going_along.with_edit(subject, after, there=there, grants=grants),
            )
        return left_numbers.with_quota(Preview(spec=self.diff(before, after)), subject, after.left)

    def quota(self, subject: App) -> Sequence[Mapping[str, Any]]:
        return previewing.quota_now(subject.tenant_id)

    def usage(self, subject: App, operation: type[Operation], after: Any) -> None:
        if isinstance(after, AppSpec):
            ledger.reserve(subject.tenant_id, subject.pk, source="draft", usage=usage(after))
        else:
            left_numbers.reserve(subject, after.left)

    def save(self, subject: App, saving: Saving) -> Saved:
        before = subject.version
        subject.version += 1
        if isinstance(saving.after, AppRecord):
            _keep_record(subject, saving)
            return Saved(version_before=before, version_after=subject.version)
        if saving.operation.rewinds:
            if subject.draft is None or subject.draft.number != saving.resolved["from"]:
                raise Conflict(_("Somebody changed the draft at this moment. Look at it and try again."))
            subject.draft = subject.revisions.get(number=saving.resolved["revision"])
        else:
            drafts.add_revision(
                subject,
                saving.after,
                operation=saving.operation.name,
                input=inputs.redacted(saving.operation(), saving.resolved),
                actor_name=saving.actor.username,
                note=saving.note,
            )
        subject.save(update_fields=["version", "draft", "created_revisions"])
        assert subject.draft is not None
        return Saved(version_before=before, version_after=subject.version, revision=subject.draft.number)

    def effects(self, subject: App, saved: Saved) -> None:
        live.touch(f"app:{subject.pk}", f"tenant:{subject.tenant_id}")

    def pickers(self, subject: App) -> Mapping[str, list[tuple[str, str]]]:
        def clusters() -> list[tuple[str, str]]:
            return [(one.name, restricting.named(one)) for one in clusters_of(tenant.pk)]

        spec, tenant = drafts.spec_of(subject), subject.tenant
        named = {one.cluster for one in spec.placement.targets}
        ports = [(port.name, f"{port.name} ({port.port})") for one in spec.processes for port in one.ports]
        return Pickers(
            process=lambda: [(one.name, one.name) for one in spec.processes],
            port=lambda: ports,
            env=lambda: [(one, one) for one in dict.fromkeys(one.name for one in spec.every_variable())],
            cluster=clusters,
            placed=lambda: [one for one in clusters() if not named or one[0] in named],
            member=lambda: [(one.user.username, one.user.shown_name) for one in members_of(tenant)],
            role=lambda: list(titles_of_roles(tenant).items()),
            strategy=lambda: strategies.choices(tenant),
            granted=lambda: [(user, user) for user, _role in granting.grants_on(subject)],
            **{name: partial(choices, subject) for name, choices in more_pickers.items()},
        )

    def url(self, ref: Ref) -> str:
        return reverse("app", args=[ref.tenant, ref.app])

    def trail(self, subject: App, ref: Ref) -> Sequence[tuple[Any, str]]:
        return [(_("Apps"), reverse("apps", args=[ref.tenant])), (subject.name, self.url(ref))]

    def confirmation(self, subject: App) -> str:
        return subject.name


def blocked_by_app(app: App, operation: type[Operation]) -> str | None:
    """A sentence when the tenant's suspension or the app's lock forbids an operation on it, or on a release of it.

    A record that may be changed even then takes something away.
    """
    takes = operation.kind is RECORD and operation.allowed_while_locked
    if not takes and (suspended := suspended_words(app.tenant)) is not None:
        return suspended
    if app.locked_reason and operation.kind is not RECORD and not operation.allowed_while_locked:
        return _("{app} is locked by {who}: {reason}. Unlock it first.").format(
            app=app.name, who=app.locked_by, reason=app.locked_reason
        )
    return None


def facts_of(app: App) -> AppFacts:
    """The app as NOW operations see it."""
    deployed = Deployed.objects.filter(app=app).order_by("cluster_name")
    specs = ("revision__spec__processes", "revision__spec__volumes")
    rows = list(deployed.values_list("cluster_name", "revision__number", "stopped", *specs))
    status: AppStatus | None = getattr(app, "status", None)
    running = {process["name"] for *_facts, processes, _volumes in rows for process in processes or ()}
    return AppFacts(
        name=app.name,
        tenant=app.tenant.name,
        version=app.version,
        spec=drafts.spec_of(app),
        draft_revision=app.draft.number if app.draft else 0,
        locked_reason=app.locked_reason,
        deployed=tuple((cluster, number) for cluster, number, *_facts in rows),
        stopped=tuple(cluster for cluster, _number, stopped, *_specs in rows if stopped),
        clusters=tuple(one.name for one in clusters_of(app.tenant_id)),
        deleted=app.deleted_at is not None,
        releasing=status is not None and status.state in RELEASING,
        running=tuple(sorted(running)),
        keeps=tuple(sorted({one["name"] for *_facts, volumes in rows for one in volumes or ()})),
        queued=any(waits(app) for waits in queues),
        half_stopped=any(is_so(app) for is_so in half_stopped),
        failed=status.last_release or 0 if status is not None and status.last_release_state == FAILED else 0,
    )


def register() -> None:
    locator = Locator(model=App, find=find_app, tenant_path="tenant_id", app_path="pk")
    register_subject(APP, AppAdapter(), locator=locator)


def _keep_record(app: App, saving: Saving) -> None:
    after: AppRecord = saving.after
    if after.locked_reason != app.locked_reason:
        app.locked_by = saving.actor.username if after.locked_reason else ""
        app.locked_at = timezone.now() if after.locked_reason else None
        if not after.locked_reason:
            outbox.add(APP_UNLOCKED, {"app": str(app.pk)}, stream=f"app:{app.pk}")
    if after.forbidden != saving.before.forbidden:
        waking.wake(app.tenant_id)
    granting.keep(app, saving.before.grants, after.grants, actor=saving.actor)
    columns = after.columns()
    for name, value in columns.items():
        setattr(app, name, value)
    app.save(update_fields=["version", "locked_by", "locked_at", *columns])
