"""The tenant as the subject of operations: SPEC ones add apps, RECORD ones change members, roles and state."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps_mgmt import approvers, asked_roles, granting, preview_rows, previewing, strategies
from apps_mgmt.creating import create_app
from apps_mgmt.deleting import still_going
from apps_mgmt.models import App
from apps_mgmt.rules import check_clusters, check_edit, check_strategies
from apps_mgmt.spec import AppSpec, check_for
from apps_mgmt.values import TenantValue
from portal import access
from portal.access import Actor, Locator, Ref
from portal.access.permissions import APP_VIEW, PLATFORM, PLATFORM_AUDIT, SENTENCES, TENANT_MEMBERS, TENANT_STRATEGIES
from portal.access.permissions import TENANT as TENANT_RIGHTS
from portal.access.ref import APP, TENANT
from portal.audit.recording import Subject
from portal.errors import Refused
from portal.operations import inputs
from portal.operations.kinds import RECORD, Kind
from portal.operations.operation import Operation
from portal.operations.pickers import Pickers
from portal.operations.subject import Preview, Saved, Saving, register_subject
from tenants import freezes, records, tokens
from tenants.clusters import clusters_of, dedicated, restricting
from tenants.isolation import Isolation
from tenants.members import members_of, titles_of_roles
from tenants.models import Tenant
from tenants.quota import ledger, naming
from tenants.quota import records as quota_records
from tenants.values import TenantRecord


class TenantAdapter:
    """See `portal.operations.subject.SubjectAdapter`. `follow_up` is what *Save and deploy* does with a new app."""

    follow_up = "release.start"

    def describe(self, subject: Tenant) -> Subject:
        return Subject(TENANT, str(subject.pk), subject.name, subject.pk, subject.name)

    def version(self, subject: Tenant) -> int:
        return subject.version

    def lock(self, subject: Tenant) -> Tenant:
        ledger.lock(subject.pk)
        return Tenant.objects.select_for_update(of=("self",), no_key=True).get(pk=subject.pk)

    def value(self, subject: Tenant, kind: Kind) -> TenantValue | TenantRecord:
        if kind is RECORD:
            record = records.record_of(subject)
            saved = strategies.of(subject)
            return record.change(on_apps=granting.roles_on_apps(subject), strategies=saved)
        names = App.objects.filter(tenant=subject, deleted_at=None).values_list("name", flat=True)
        clusters = tuple(one.name for one in clusters_of(subject.pk))
        return TenantValue(name=subject.name, apps=frozenset(names), clusters=clusters)

    def blocked(self, subject: Tenant, operation: type[Operation]) -> str | None:
        if operation.permission in PLATFORM or operation.allowed_while_locked:
            return None
        return records.suspended_words(subject)

    def check(self, subject: Tenant, operation: type[Operation], after: TenantValue | TenantRecord) -> None:
        if isinstance(after, TenantRecord):
            _check_freezes(subject, after)
            if operation.permission == TENANT_STRATEGIES:
                saved = strategies.of(subject)
                check_strategies(after.strategies, before=saved)
                old = [step for one in saved for step in one.strategy.steps]
                new = [step for one in after.strategies for step in one.strategy.steps]
                asked_roles.refuse_unknown(new, subject, field="steps", before=old)
            if operation.permission == TENANT_MEMBERS:
                gone = {one.name for one in records.own_roles(subject)} - {one.name for one in after.roles}
                asked_roles.refuse_asked_for(subject, sorted(gone))
            if after.isolation != Isolation.load(subject.isolation):
                dedicated.check_nodes(subject.pk, after.isolation)
            return
        if after.new is None:
            return
        if after.new.name in after.apps:
            sentence = _("There is an app {name} in {tenant} already. Choose another name.")
            raise Refused(sentence.format(name=after.new.name, tenant=subject.name), field="name")
        if still_going(subject.pk, after.new.name):
            sentence = _("An app {name} is still being deleted. Try again when it is gone, or choose another name.")
            raise Refused(sentence.format(name=after.new.name), field="name")
        check_for(after.new.spec, app=after.new.name)
        check_clusters(after.new.spec, allowed=after.clusters)
        check_edit(after.new.spec)

    def diff(self, before: Any, after: TenantValue | TenantRecord) -> list[dict[str, Any]]:
        if isinstance(after, TenantRecord):
            saved = strategies.rows_of_change(before.strategies, after.strategies)
            return [*records.rows_of_change(before, after), *saved]
        return preview_rows.spec_rows(AppSpec(), after.new.spec) if after.new else []

    def preview(self, subject: Tenant, operation: type[Operation], before: Any, after: Any) -> Preview:
        if isinstance(after, TenantRecord):
            quota = quota_records.quota_rows(before.quota, after.quota)
            return Preview(spec=self.diff(before, after), quota=quota, warnings=_warnings(subject, before, after))
        if after.new is None:
            return Preview()
        app = App(tenant=subject, name=after.new.name, title=after.new.title)
        return previewing.preview_spec(app, AppSpec(), after.new.spec)

    def quota(self, subject: Tenant) -> Sequence[Mapping[str, Any]]:
        return previewing.quota_now(subject.pk)

    def usage(self, subject: Tenant, operation: type[Operation], after: Any) -> None:
        """Reserved by `save`, which knows the id of the app."""

    def save(self, subject: Tenant, saving: Saving) -> Saved:
        if isinstance(saving.after, TenantRecord):
            version = subject.version
            strategies.keep(subject, saving.before.strategies, saving.after.strategies, by=saving.actor.username)
            records.keep(subject, saving.before, saving.after, actor=saving.actor)
            changed = set(saving.after.roles) - set(saving.before.roles)
            granting.follow_roles(subject, [one.name for one in changed])
            left = saving.before.role_of(saving.actor.username) and not saving.after.role_of(saving.actor.username)
            # Who took themselves out has nothing left to see in the tenant.
            result: dict[str, Any] = {"url": reverse("tenants")} if left else {}
            result |= quota_records.told(saving.before.quota, saving.after.quota)
            met = freezes.met(saving.before.freezes, saving.after.freezes, tenant_id=subject.pk)
            if said := [*saving.after.notes, *met]:
                result["warnings"] = said
            return Saved(version_before=version, version_after=subject.version, result=result)
        app = create_app(
            subject,
            saving.after.new,
            operation=saving.operation.name,
            input=inputs.redacted(saving.operation(), saving.resolved),
            actor_name=saving.actor.username,
            note=saving.note,
        )
        url = reverse("app", args=[subject.name, app.name])
        return Saved(
            version_before=None,
            version_after=app.version,
            revision=1,
            result={"app": app.name, "url": url},
            subject=Subject(APP, str(app.pk), app.name, subject.pk, subject.name),
        )

    def effects(self, subject: Tenant, saved: Saved) -> None:
        """Touched by `save`."""

    def pickers(self, subject: Tenant) -> Mapping[str, list[tuple[str, str]]]:
        return Pickers(
            cluster=lambda: [(one.name, restricting.named(one)) for one in clusters_of(subject.pk)],
            member=lambda: [(one.user.username, one.user.shown_name) for one in members_of(subject)],
            role=lambda: list(titles_of_roles(subject).items()),
            quota_request=lambda: quota_records.choices(subject),
            token=lambda: [(str(one.pk), f"{one.name} · {one.user.username}") for one in tokens.working_in(subject)],
            app=lambda: list(_apps(subject).values_list("name", "name")),
            freeze=lambda: [(one.name, f"{one.name}: {one.words}") for one in freezes.load(subject.freezes)],
            strategy=lambda: strategies.choices(subject),
            own_role=lambda: [(one.name, one.title) for one in records.own_roles(subject)],
            right=lambda: [(right, str(SENTENCES[right])) for right in SENTENCES if right in TENANT_RIGHTS],
        )

    def url(self, ref: Ref) -> str:
        return reverse("tenant", args=[ref.tenant])

    def trail(self, subject: Tenant, ref: Ref) -> Sequence[tuple[Any, str]]:
        return [(subject.title, self.url(ref))]

    def confirmation(self, subject: Tenant) -> str:
        return subject.name


def _apps(tenant: Tenant) -> QuerySet[App]:
    return App.objects.filter(tenant=tenant, deleted_at=None).order_by("name")


def _check_freezes(tenant: Tenant, after: TenantRecord) -> None:
    """Refuse a freeze of an app there is not, unless that was in the calendar already."""
    known = set(freezes.load(tenant.freezes))
    named = {name for one in after.freezes if one not in known for name in one.only}
    if named and (unknown := sorted(named - set(_apps(tenant).values_list("name", flat=True)))):
        sentence = _("There is no app {names} in {tenant}. Choose from those there are.")
        raise Refused(sentence.format(names=", ".join(unknown)[:200], tenant=tenant.name), field="only")


def _names(actor: Actor, ids: Collection[str]) -> dict[str, str]:
    """The names of those of these apps that somebody may see, or may read of in the log over all tenants; deleted ones
    are among them, which count until nothing is left of them.
    """
    rows = access.visible(actor, App, APP_VIEW)
    if PLATFORM_AUDIT in access.platform_rights(actor):
        rows = App.objects.all()
    return {str(pk): name for pk, name in rows.filter(pk__in=ids).values_list("pk", "name")}


def _warnings(tenant: Tenant, before: TenantRecord, after: TenantRecord) -> list[str]:
    """What does not happen at once: instances are held to another isolation by the next release of their app. And who
    is asked by a changed strategy and is not there any more; and which releases a new freeze meets.
    """
    changed = [step for one in after.strategies if one not in before.strategies for step in one.strategy.steps]
    met = freezes.met(before.freezes, after.freezes, tenant_id=tenant.pk)
    said = [*after.notes, *met, *approvers.gone(changed, tenant)]
    if before.isolation.of_pods == after.isolation.of_pods:
        return said
    count = App.objects.filter(tenant=tenant, deleted_at=None, deployed__isnull=False).distinct().count()
    sentence = ngettext(
        "It takes effect with the next release of each app; {count} app runs on as it does until then.",
        "It takes effect with the next release of each app; {count} apps run on as they do until then.",
        count,
    )
    return [sentence.format(count=count), *said]


def find_tenant(ref: Ref) -> Tenant | None:
    return Tenant.objects.filter(name=ref.tenant).first()


def register() -> None:
    naming.knowing.append(_names)
    register_subject(TENANT, TenantAdapter(), locator=Locator(model=Tenant, find=find_tenant, tenant_path="pk"))
