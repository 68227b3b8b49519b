"""The platform as the subject of operations: they add clusters and tenants to it, and say who operates it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext as _

from apps_mgmt import rule_makers
from portal.access import Locator, Ref
from portal.access.ref import CLUSTER, PLATFORM
from portal.audit.recording import Subject
from portal.errors import Refused
from portal.operations.kinds import Kind
from portal.operations.operation import Operation
from portal.operations.pickers import Pickers
from portal.operations.subject import Preview, Saved, Saving, register_subject
from releases.clusters import identity, keeping, showing
from releases.clusters.values import NewCluster
from tenants import freezes, platform, roles
from tenants.models import Cluster, Tenant
from tenants.rules import rules_now
from tenants.values import PlatformValue

# The platform has no row to lock; two people who add one name at once take turns by this number.
_TURN = 0x51_1F_0A_0C


@dataclass(frozen=True)
class Platform:
    """There is one."""


class PlatformAdapter:
    """See `portal.operations.subject.SubjectAdapter`."""

    def describe(self, subject: Platform) -> Subject:
        return Subject(PLATFORM, "", "the platform", None, "")

    def version(self, subject: Platform) -> int:
        return 0

    def lock(self, subject: Platform) -> Platform:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_TURN])
        return subject

    def value(self, subject: Platform, kind: Kind) -> PlatformValue:
        people, away = roles.platform_roles()
        return PlatformValue(
            clusters=frozenset(Cluster.objects.values_list("name", flat=True)),
            tenants=frozenset(Tenant.objects.values_list("name", flat=True)),
            roles=people,
            away=away,
            rules=rules_now(),
            freezes=freezes.of_platform(),
        )

    def blocked(self, subject: Platform, operation: type[Operation]) -> str | None:
        return None

    def check(self, subject: Platform, operation: type[Operation], after: PlatformValue) -> None:
        if not isinstance(after.new, NewCluster):
            platform.check(after)
            return
        if after.new.name in after.clusters:
            sentence = _("There is a cluster {name} already. Choose another name, or renew the access of that one.")
            raise Refused(sentence.format(name=after.new.name), field="name")
        identity.refuse_twin(after.new)

    def diff(self, before: PlatformValue, after: PlatformValue) -> list[dict[str, Any]]:
        if isinstance(after.new, NewCluster):
            return showing.rows_of_new(after.new)
        return platform.rows_of_change(before, after)

    def preview(self, subject: Platform, operation: type[Operation], before: Any, after: PlatformValue) -> Preview:
        warnings = showing.said_of(after.new) if isinstance(after.new, NewCluster) else []
        if after.rules != before.rules:
            warnings = rule_makers.said_of(after.rules)
        warnings = [*warnings, *freezes.met(before.freezes, after.freezes)]
        return Preview(spec=self.diff(before, after), warnings=warnings)

    def quota(self, subject: Platform) -> Sequence[Mapping[str, Any]]:
        return ()

    def usage(self, subject: Platform, operation: type[Operation], after: PlatformValue) -> None:
        """Clusters have no quota."""

    def save(self, subject: Platform, saving: Saving) -> Saved:
        if not isinstance(saving.after.new, NewCluster):
            return platform.keep(saving.before, saving.after, actor=saving.actor)
        cluster = keeping.add(saving.after.new)
        url = reverse("platform-cluster", args=[cluster.name])
        # A form showed them before; who adds by command or API sees them here.
        warnings = showing.said_of(saving.after.new)
        return Saved(
            version_before=None,
            version_after=cluster.version,
            result={"cluster": cluster.name, "url": url, "warnings": warnings},
            subject=Subject(CLUSTER, str(cluster.pk), cluster.name, None, ""),
        )

    def effects(self, subject: Platform, saved: Saved) -> None:
        """Agents are told when the row is kept."""

    def pickers(self, subject: Platform) -> Mapping[str, list[tuple[str, str]]]:
        return Pickers(
            freeze=lambda: [(one.name, f"{one.name}: {one.words}") for one in freezes.of_platform()],
            tenant=lambda: list(Tenant.objects.order_by("name").values_list("name", "title")),
        )

    def url(self, ref: Ref) -> str:
        return reverse("platform-clusters")

    def trail(self, subject: Platform, ref: Ref) -> Sequence[tuple[Any, str]]:
        return [(_("Platform"), "")]

    def confirmation(self, subject: Platform) -> str:
        return "platform"


def register() -> None:
    locator = Locator(model=None, find=lambda ref: Platform(), tenant_path="")
    register_subject(PLATFORM, PlatformAdapter(), locator=locator)
