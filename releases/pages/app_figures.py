"""The view models of an app: its head, processes, clusters, releases, draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps_mgmt.models import App, Deployed
from apps_mgmt.ruling import broken
from apps_mgmt.spec import AppSpec, Process, load
from apps_mgmt.spec.quantity import human_bytes, human_millicores
from apps_mgmt.spec.usage import per_instance
from releases import finding, holding, missing, standing, status
from releases.models import Observation, Release
from releases.observation import Observation as Facts
from releases.observation import WorkloadFacts
from releases.observation import load as load_facts
from releases.pages import ending_figures, links, silent_figures
from releases.pages.inside_figures import inside
from releases.pages.instance_figures import images_of, instances_of, short_image, troubles
from releases.standing import Place
from releases.states import LOST, Problem
from releases.wording import advice_of, kind_title
from tenants.clusters import grants_of
from tenants.isolation import Isolation
from tenants.models import Cluster
from tenants.rules import rules_now

RECENT = 5
Records = Mapping[str, Cluster]


def head(app: App) -> dict[str, Any]:
    """What every page of an app shows above."""
    row = app.status
    last = row.last_release
    return {
        "id": str(app.pk),
        "name": app.name,
        "title": app.title or app.name,
        "colour": app.colour,
        "url": links.app_url(app),
        "list_url": f"/t/{app.tenant.name}/apps/",
        "actions_url": links.page_url("app-actions", app),
        "rescue_url": links.page_url("app-rescue", app),
        "drift_url": links.page_url("app-drift", app),
        "draft_url": links.page_url("app-draft", app),
        "locked_reason": app.locked_reason,
        "deleted": deleted_words(app),
        "status": {
            "state": row.state,
            "image": images_of(row),
            "addresses": [{"title": one, "url": f"https://{one}"} for one in row.addresses],
            "release": last,
            "release_url": links.release_url(app, last),
            "released_at": row.last_release_at,
            "released_by": "",
            "owner": "",
            "tags": [],
        },
    }


def deleted_words(app: App) -> str:
    """That it was deleted, and by whom where that is known; blank for an app that is there."""
    if app.deleted_at is None:
        return ""
    if not app.deleted_by:
        return _("This app was deleted.")
    return _("This app was deleted by {who}.").format(who=app.deleted_by)


def seen_of(app: App) -> dict[UUID, Facts]:
    """What each cluster said last."""
    rows = Observation.objects.filter(app=app).order_by("cluster_id")
    return {row.cluster_id: load_facts(row.facts) or Facts() for row in rows}


def _with_missing(app: App, facts: dict[str, Facts], records: Records) -> dict[str, Facts]:
    """Beside them what is missing, or of no release. Nothing is asked unless the app's status tells of any."""
    down = {row["name"] for row in app.status.clusters if row["wanted"] > facts.get(row["name"], Facts()).wanted}
    lost = down | {row["name"] for row in app.status.clusters if {*LOST, Problem.COPIED} & {*row.get("trouble", ())}}
    ids = {records[name].pk: name for name in lost if name in records and name in facts}
    told = missing.filled(app, {pk: facts[name] for pk, name in ids.items()}) if ids else {}
    return facts | {ids[pk]: one for pk, one in told.items()}


def full(
    app: App, *, spec: AppSpec, seen: Mapping[UUID, Facts], places: Sequence[Place] | None = None
) -> dict[str, Any]:
    """The app with everything its live fragments show: the same for everyone who may see it. `places`: what stands
    where, if that was read already.
    """
    grants = grants_of(app.tenant_id)
    names = {one.cluster_id: one.cluster.name for one in grants}
    by_name = {one.cluster.name: one.cluster for one in grants}
    there = standing.places(app) if places is None else places
    known = {pk: load(one) for pk, one in {place.revision.pk: place.revision.spec for place in there}.items()}
    running = [*known.values()]
    facts = _with_missing(app, dict(sorted((names.get(pk, "?"), one) for pk, one in seen.items())), by_name)
    return head(app) | {
        "trouble": [
            {
                "title": _("{instance} on {cluster}: {reason}").format(**voice),
                "raw": voice["raw"],
                "words": voice["words"],
                "instance": voice["instance"],
            }
            for cluster, seen in facts.items()
            for voice in troubles(seen, cluster=cluster)
        ],
        "processes": [_process(app, one, facts, running, records=by_name) for one in spec.processes],
        "clusters": _clusters(app, spec, facts, by_name, there),
        "places": [one.cluster for one in spec.placement.targets],
        "releases": release_rows(_recent(app), app=app),
        "releases_url": "" if app.deleted_at else links.page_url("releases", app),
        "facts": _facts(
            app,
            spec,
            {one.cluster: known[one.revision.pk] for one in there},
            granted={one.cluster.name: one.namespace for one in grants},
        ),
    }


def other_isolation(app: App) -> str:
    """What is not applied yet, when what runs was released under another isolation of the tenant; else empty."""
    isolation = Isolation.load(app.tenant.isolation)
    running = Deployed.objects.filter(app=app).exclude(release_id=None).values("release_id")
    others = Release.objects.filter(app=app, pk__in=running).exclude(isolation=isolation.of_pods)
    if not others.exists():
        return ""
    sentence = _("The isolation of the tenant was changed: {words}. What runs here follows with the next release.")
    return sentence.format(words=isolation.words)


def broken_rules(spec: AppSpec) -> list[str]:
    """The rules of the platform that the next release has to mend, a sentence each."""
    return [one.sentence for one in broken(spec, rules_now())]


def release_rows(releases: Sequence[Release], *, app: App | None = None) -> list[dict[str, Any]]:
    """Releases as lists show them, of one app or of their own."""
    removed = standing.went_back_to_nothing(releases)
    hidden = finding.named_again(releases) if app is None else frozenset()
    return [_release(one, app=app or one.app, removed=removed, hidden=hidden) for one in releases]


def _release(release: Release, *, app: App, removed: frozenset[UUID], hidden: frozenset[UUID]) -> dict[str, Any]:
    """A row. The page of what is `hidden` would be that of another, as would that of an app that is deleted."""
    begun, ended = release.started_at or release.created_at, release.ended_at
    return {
        "number": release.number,
        "url": links.release_url(app, release.number) if release.pk not in hidden else "",
        "app": app.name,
        "app_url": links.app_url(app) if app.deleted_at is None else "",
        "key": str(release.pk),
        "kind": kind_title(release.kind),
        "state": ending_figures.looks(release, removed=removed),
        "why": "" if release.is_over else release.why or holding.waits_for(release),
        "tenant": app.tenant.name,
        "who": release.actor_name,
        "started_at": begun,
        "seconds": (ended - begun).total_seconds() if ended else None,
        "note": release.note,
        "revision": release.revision.number,
    }


def _process(
    app: App, process: Process, facts: Mapping[str, Facts], running: Sequence[AppSpec], *, records: Records
) -> dict[str, Any]:
    """What runs of a process; where the draft has another size or number, that apart, and said to be the draft's."""
    seen: list[tuple[str, WorkloadFacts]] = [
        (cluster, one) for cluster, all_of in facts.items() for one in all_of.workloads if one.process == process.name
    ]
    ready, wanted = sum(one.ready for _c, one in seen), sum(one.wanted for _c, one in seen)
    workloads = [one for _c, one in seen]
    silent, unheard = silent_figures.of_process(seen, records)
    state = silent or (status.state_of(workloads, busy=status.is_busy(app)) if seen else "new")
    runs = [one for spec in running for one in spec.processes if one.name == process.name]
    sizes, scalings = ([*dict.fromkeys(of(one) for one in runs or [process])] for of in (_size, _scaling))
    drafted = [word for word, now in ((_size(process), sizes), (_scaling(process), scalings)) if now != [word]]
    images = sorted({short_image(one.runs) for one in workloads if one.runs})
    return {
        "name": process.name,
        "kind": process.kind,
        "state": state,
        "ready": ready,
        "wanted": wanted,
        "trouble": " ".join(filter(None, (unheard, advice_of(Facts(workloads=tuple(workloads)).problems())))),
        "image": ", ".join(images) or short_image(process.image),
        "size": " / ".join(filter(None, sizes)),
        "scaling": " / ".join(scalings),
        "draft": " · ".join(filter(None, drafted)),
        "instances": [view for cluster, one in seen for view in instances_of([one], cluster=cluster)],
        "actions": [],
    }


def _size(process: Process) -> str:
    amounts = process.resources
    return " · ".join(filter(None, [amounts.size, amounts.cpu_request, amounts.memory_request]))


def _scaling(process: Process) -> str:
    if process.autoscaler:
        return _("scales by itself, {least} to {most}").format(
            least=process.autoscaler.least, most=process.autoscaler.most
        )
    return ngettext("{number} instance", "{number} instances", process.replicas).format(number=process.replicas)


def _asked(spec: AppSpec, seen: Facts) -> dict[str, str]:
    """What the instances on a cluster ask for, together."""
    each = {process.name: per_instance(process) for process in spec.processes}
    total = {"cpu": 0, "memory": 0}
    for workload in seen.workloads:
        for name in total:
            total[name] += workload.wanted * each.get(workload.process, {}).get(name, 0)
    return {"cpu": human_millicores(total["cpu"]), "memory": human_bytes(total["memory"])}


def _clusters(
    app: App, spec: AppSpec, facts: Mapping[str, Facts], records: Records, places: Sequence[Place]
) -> list[dict[str, Any]]:
    views = []
    for row in places:
        seen, record = facts.get(row.cluster, Facts()), records.get(row.cluster)
        unseen = record if record is not None and record.state in Cluster.UNSEEN else None
        views.append(
            {
                "name": row.cluster,
                "title": record.title if record else row.cluster,
                "state": unseen.state if unseen else status.state_of(seen.workloads, busy=status.is_busy(app)),
                "sentence": unseen.state_reason if unseen else advice_of(seen.problems()) or _half_way(row),
                "ready": seen.ready,
                "wanted": seen.wanted,
                **_asked(spec, seen),
                "release": row.release,
                "release_url": links.release_url(app, row.release),
            }
        )
    there = {row.cluster for row in places}
    rest = [row.cluster for row in spec.placement.targets if row.cluster not in there] if there else []
    coming = standing.under_way_to(app, rest) if rest else {}
    return [*views, *(_not_yet(name, records.get(name), coming.get(name)) for name in rest)]


def _half_way(row: Place) -> str:
    failed, ended = _("Release {number} failed and ended half way here."), _("Release {number} ended half way here.")
    return (failed if row.failed else ended).format(number=row.release) if row.half_way else ""


def _not_yet(name: str, record: Cluster | None, release: int | None) -> dict[str, Any]:
    """A cluster that the draft places the app on, where nothing of it stands; `release`: what is under way to it."""
    brings = _("The draft places it here. Deploy it to bring it.")
    if record is None:
        brings = _("The tenant has no such cluster any more. Choose others (placement.targets).")
    if release is not None:
        brings = _("Release {number}, which is not over yet, brings it.").format(number=release)
    unseen = record if record is not None and record.state in Cluster.UNSEEN else None
    told = {
        "state": unseen.state if unseen else "new" if release is None else "waiting",
        "sentence": f"{unseen.state_reason.rstrip('.')}. {brings}" if unseen and unseen.state_reason else brings,
    }
    return {"name": name, "title": record.title if record else name, "ready": 0, "wanted": 0, **told}


def _recent(app: App) -> list[Release]:
    return list(Release.objects.filter(app=app).select_related("revision").order_by("-number")[:RECENT])


def _facts(
    app: App, spec: AppSpec, standing: Mapping[str, AppSpec], *, granted: Mapping[str, str]
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {"title": title, "text": text, "mono": True}
        for text, title in inside(app, spec, standing, granted=granted).items()
    ]
    if spec.dependencies:
        rows.append({"title": _("Needs"), "text": ", ".join(one.app for one in spec.dependencies)})
    if app.description:
        rows.append({"title": _("About"), "text": app.description})
    return rows
