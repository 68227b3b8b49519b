"""The release as the subject of operations. Operations on it are events for the engine; nothing is saved here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from apps_mgmt.app_subject import blocked_by_app
from apps_mgmt.models import App
from portal.access import Locator, Ref
from portal.access.ref import RELEASE
from portal.audit.recording import Subject
from portal.operations.kinds import Kind
from portal.operations.operation import Operation
from portal.operations.pickers import Pickers
from portal.operations.subject import Preview, Saved, Saving, register_subject
from releases import routing
from releases.asking import ReleaseFacts, Spot
from releases.models import Release, Target
from releases.open_runs import under_way
from releases.skipping import spots
from releases.states import ReleaseKind, ReleaseState
from releases.waiting import waits

VERSION = 1


def find_release(ref: Ref) -> Release | None:
    releases = Release.objects.select_related("app__tenant", "revision")
    return (
        releases.filter(app__tenant__name=ref.tenant, app__name=ref.app, number=ref.number)
        .order_by("-app__deleted_at")
        .first()
    )


class ReleaseAdapter:
    """See `portal.operations.subject.SubjectAdapter`."""

    def describe(self, subject: Release) -> Subject:
        tenant = subject.app.tenant
        return Subject(RELEASE, str(subject.pk), f"{subject.app.name} #{subject.number}", tenant.pk, tenant.name)

    def version(self, subject: Release) -> int:
        """Always the same: a release moves by itself. Words that are meant for one of its steps name it."""
        return VERSION

    def lock(self, subject: Release) -> Release:
        App.objects.select_for_update(of=("self",), no_key=True).get(pk=subject.app_id)
        rows = Release.objects.select_for_update(of=("self",)).select_related("app__tenant", "revision")
        return rows.get(pk=subject.pk)

    def value(self, subject: Release, kind: Kind) -> ReleaseFacts:
        found, weighed = under_way(subject), routing.weighable(subject)
        now = waits(found.runs)
        return ReleaseFacts(
            app=subject.app.name,
            number=subject.number,
            kind=ReleaseKind(subject.kind),
            state=ReleaseState(subject.state),
            failed_on=found.failed,
            clusters=found.clusters,
            waits_for_word=now.word,
            waits_for_approval=now.approval,
            waits_for_day=bool(now.day),
            can_be_overridden=bool(now.overridable),
            word_at=now.word_at,
            approval_at=now.approval_at,
            day_at=now.day_at,
            override_at=now.override_at,
            spots=spots(subject, found),
            weighed=tuple(sorted(weighed.hosts.items())),
            unweighed=weighed.without,
        )

    def blocked(self, subject: Release, operation: type[Operation]) -> str | None:
        if subject.is_over:
            return _("Release {number} is over. Start a new one.").format(number=subject.number)
        # What holds or ends a release may be said at any time; what lets more of it go out waits for the suspension.
        return None if operation.allowed_while_suspended else blocked_by_app(subject.app, operation)

    def check(self, subject: Release, operation: type[Operation], after: Any) -> None:
        """The machine decides what an event means."""

    def diff(self, before: Any, after: Any) -> list[dict[str, Any]]:
        return []

    def preview(self, subject: Release, operation: type[Operation], before: Any, after: Any) -> Preview:
        return Preview()

    def quota(self, subject: Release) -> Sequence[Mapping[str, Any]]:
        return ()

    def usage(self, subject: Release, operation: type[Operation], after: Any) -> None:
        """Reserved when the release was frozen."""

    def save(self, subject: Release, saving: Saving) -> Saved:
        return Saved(version_before=VERSION, version_after=VERSION)

    def effects(self, subject: Release, saved: Saved) -> None:
        """Sent by the engine."""

    def pickers(self, subject: Release) -> Mapping[str, list[tuple[str, str]]]:
        names = Target.objects.filter(release=subject).values_list("cluster_name", flat=True)
        return Pickers(
            cluster=lambda: [(name, name) for name in names],
            step=lambda: _steps(spots(subject, under_way(subject))),
            weighed=lambda: [(host, host) for host in sorted(routing.weighable(subject).hosts)],
        )

    def url(self, ref: Ref) -> str:
        return reverse("release", args=[ref.tenant, ref.app, ref.number])

    def trail(self, subject: Release, ref: Ref) -> Sequence[tuple[Any, str]]:
        app = [ref.tenant, ref.app]
        return [
            (_("Apps"), reverse("apps", args=[ref.tenant])),
            (ref.app, reverse("app", args=app)),
            (_("Releases"), reverse("releases", args=app)),
            (str(ref.number), self.url(ref)),
        ]

    def confirmation(self, subject: Release) -> str:
        return subject.app.name


def _steps(found: Sequence[Spot]) -> list[tuple[str, str]]:
    """Steps by number, with where they are under way or have failed."""
    clusters: dict[tuple[int, str], list[str]] = {}
    for one in found:
        clusters.setdefault((one.step, one.title), []).append(one.cluster)
    return [(str(number), f"{title} ({', '.join(names)})") for (number, title), names in clusters.items()]


def register() -> None:
    locator = Locator(model=Release, find=find_release, tenant_path="app__tenant_id", app_path="app_id")
    register_subject(RELEASE, ReleaseAdapter(), locator=locator)
