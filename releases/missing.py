"""What a release left running and is there no more: workloads that somebody deleted behind Slipway's back, those of a
second track too, and the instances that a later release took down and did not bring back. And what no release made, and
looks as if one had.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from apps_mgmt.models import App, Deployed
from portal import outbox
from releases.models import Release, Step, StepRun, Target
from releases.observation import Observation, Trouble, WorkloadFacts
from releases.states import ACTIVE, BROKEN_OFF, LOST, Problem, ReleaseKind, TargetState
from tenants.models import Cluster
from tenants.standing import may_deploy

SEARCH = "release.search"
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=5)
MOST_STRANGE = 10
MOST_RECENT = 20  # releases, of which few wait: whatever was last at work on a cluster is looked for among them
_UNDER_WAY = (TargetState.RUNNING, TargetState.ROLLING_BACK)
_ALONGSIDE = (TargetState.RUNNING, *BROKEN_OFF)
"""The states of a target whose second track stands until it is cleaned up."""


def filled(app: App, seen: Mapping[uuid.UUID, Observation]) -> dict[uuid.UUID, Observation]:
    """What these clusters said, and beside it each workload that is missing there: how many instances it wanted.

    One that a release took down, which ended before it was up again, wants as many as it had. What a deletion or a
    release under way takes away is not missing. A second track wants what the first one does not run of its process.
    What is there and no release made is said to be `COPIED`. Two queries, up to two where something lacks, or is down,
    one where a second track lacks, and what `_copied` asks.
    """
    told = dict(seen)
    if app.deleted_at is not None or not seen:
        return told
    found, last = _placed(app, seen)
    for pk, copied in _copied(app, seen, {pk: rows for pk, rows, _stopped in found}).items():
        told[pk] = replace(told[pk], workloads=tuple(_as_copied(one, copied) for one in told[pk].workloads))
    lacking = [(pk, row, stopped) for pk, rows, stopped in found for row in rows if _lacks(seen[pk], row)]
    beside = list(_lost_beside(seen, last))
    kept = _left_there(app) if lacking else {}
    short = {pk for pk, _row, _stopped in lacking} | {pk for pk, _row in beside}
    barred = _barred(app, short) if short else frozenset()
    for pk, row in beside:
        told[pk] = replace(told[pk], workloads=(*told[pk].workloads, _gone(row, _fallen(pk, barred))))
    for pk, row, stopped in lacking:
        key = f"{row['kind']}/{row['name']}"
        if pk not in kept or key in kept[pk]:
            problem = Problem.REPLACED if key in seen[pk].instead else None if stopped else _fallen(pk, barred)
            told[pk] = replace(told[pk], workloads=(*told[pk].workloads, _gone(row, problem)))
    down = [(pk, row) for pk, rows, stopped in found if not stopped for row in rows if _is_down(seen[pk], row)]
    broken_off = _broken_off(app, {pk for pk, _row in down}) if down else frozenset()
    for pk, row in down:
        if pk in broken_off:
            told[pk] = _wanting(told[pk], row)
    return told


def copied(app: App, seen: Mapping[uuid.UUID, Observation]) -> dict[uuid.UUID, list[WorkloadFacts]]:
    """By cluster, the workloads that carry the labels of the app, and that no release made, as they were `seen`. They
    are known by what is deployed there: where nothing is, none is told. One that lost a label is not the app's.
    """
    if app.deleted_at is not None or not seen:
        return {}
    copies = _copied(app, seen, {pk: rows for pk, rows, _stopped in _placed(app, seen)[0]})
    return {
        pk: [
            one
            for one in seen[pk].workloads
            if f"{one.kind}/{one.name}" in keys and not (one.trouble and one.trouble.problem is Problem.ASTRAY)
        ]
        for pk, keys in copies.items()
    }


def is_lost(facts: Observation) -> bool:
    """Whether something that should be there is not, in what `filled` told."""
    return any(one.trouble and one.trouble.problem in LOST for one in facts.workloads)


def ask(app_id: uuid.UUID | str, cluster_id: uuid.UUID | str, *, tries: int = 0) -> None:
    """Within the caller's transaction: ask the cluster what became of a workload that lacks, see `releases.losing`.

    After a pause that grows from try to try; at once at the first.
    """
    later = timezone.now() + min(FIRST_PAUSE * 2 ** min(tries - 1, 10), LONGEST_PAUSE) if tries else None
    payload = {"app": str(app_id), "cluster": str(cluster_id), "tries": tries}
    outbox.add(SEARCH, payload, share=str(cluster_id), not_before=later)


def _placed(
    app: App, seen: Mapping[uuid.UUID, Observation]
) -> tuple[list[tuple[uuid.UUID, list[dict[str, Any]], bool]], list[Target]]:
    """Of each of these clusters where a release is deployed: its workloads as frozen, and whether it is stopped. And
    the targets of whichever release was last at work there. One query.
    """
    here = Deployed.objects.filter(app=app, cluster_id=OuterRef("cluster_id"), release_id=OuterRef("release_id"))
    begun = StepRun.objects.filter(cluster_id=OuterRef("cluster_id"), release_id=OuterRef("release_id"))
    there = Target.objects.filter(release__app=app, cluster_id__in=list(seen))
    whole = Release.objects.filter(app=app).exclude(kind__in=(ReleaseKind.ACT, ReleaseKind.PROVISION))
    written = there.filter(Exists(begun), release__in=whole.order_by("-number").values("pk")[:MOST_RECENT])
    last = written.order_by("cluster_id", "-release__number").distinct("cluster_id").values("pk")
    rows = there.annotate(runs=Exists(here), stopped=F("release__stopped"), is_last=Q(pk__in=last))
    found = list(
        rows.filter(Q(runs=True) | Q(is_last=True)).only("cluster_id", "release_id", "state", "workloads", "second")
    )
    running = [(one.cluster_id, one.workloads, one.stopped) for one in found if one.runs]
    return running, [one for one in found if one.is_last]


def _lost_beside(
    seen: Mapping[uuid.UUID, Observation], last: Iterable[Target]
) -> Iterator[tuple[uuid.UUID, dict[str, Any]]]:
    """The workloads of second tracks that were seen, and that nobody took away on the way out."""
    for target in last:
        facts = seen[target.cluster_id]
        rows = [row for row in target.second.get("workloads", ()) if _lacks(facts, row)]
        if rows and target.state in _ALONGSIDE:
            scaled = _scaled(target)
            yield from (
                (target.cluster_id, {**row, "replicas": _left_over(target, facts, row)})
                for row in rows
                if f"{row['kind']}/{row['name']}" in scaled
            )


def _scaled(target: Target) -> set[str]:
    """What of a release was seen on a cluster and got another number of instances; none once it is cleaned up there."""
    runs = StepRun.objects.filter(release_id=target.release_id, cluster_id=target.cluster_id)
    cleans = Step.objects.filter(release_id=target.release_id, kind="prune", number=OuterRef("step"))
    found = list(runs.annotate(cleans=Exists(cleans)).values_list("output", "cleans"))
    if any(cleans for _output, cleans in found):
        return set()
    # As `steps.base` tells it: `trade` alone scales a second track, and only one that the cluster has told of.
    outputs = (output.get("objects") or {} for output, _cleans in found if "numbers" not in output)
    return {key for answers in outputs for key, answer in answers.items() if not answer.get("created")}


def _left_over(target: Target, facts: Observation, row: Mapping[str, Any]) -> int:
    """How many instances of a process are not those of its first track."""
    of_all = sum(int(one["replicas"]) for one in target.workloads if one["process"] == row["process"])
    return max(0, of_all - sum(one.wanted for one in facts.workloads if one.process == row["process"]))


def _fallen(cluster: uuid.UUID, barred: Iterable[uuid.UUID]) -> Problem:
    return Problem.UNPREPARED if cluster in barred else Problem.GONE


def _copied(
    app: App, seen: Mapping[uuid.UUID, Observation], deployed: Mapping[uuid.UUID, list[dict[str, Any]]]
) -> dict[uuid.UUID, set[str]]:
    """By cluster, the keys of what is there and was never in a release, neither as it is nor as its second track. A
    query for each that is none of what was deployed, of so many.
    """
    found: dict[uuid.UUID, set[str]] = {}
    for pk, rows in deployed.items():
        known = {(row["kind"], row["name"]) for row in rows}
        for one in [one for one in seen[pk].workloads if (one.kind, one.name) not in known][:MOST_STRANGE]:
            key = f"{one.kind}/{one.name}"
            # A second track that is on its way out is told by what it still runs, see `straying`.
            made = Q(object_keys__contains=[key]) | Q(second__workloads__contains=[{"name": one.name}])
            if not Target.objects.filter(made, release__app=app, cluster_id=pk).exists():
                found.setdefault(pk, set()).add(key)
    return found


def _as_copied(one: WorkloadFacts, keys: Iterable[str]) -> WorkloadFacts:
    is_one = f"{one.kind}/{one.name}" in keys
    return replace(one, trouble=Trouble(problem=Problem.COPIED, words="")) if is_one else one


def _barred(app: App, clusters: Iterable[uuid.UUID]) -> frozenset[uuid.UUID]:
    """Those on which nothing of the tenant can be made, as its account there was last found."""
    rows = Cluster.objects.filter(pk__in=clusters).values_list("pk", "capabilities")
    return frozenset(pk for pk, report in rows if not may_deploy(report, app.tenant.name))


def _lacks(facts: Observation, row: Mapping[str, Any]) -> bool:
    return facts.workload(row["kind"], row["name"]) is None


def _is_down(facts: Observation, row: Mapping[str, Any]) -> bool:
    there = facts.workload(row["kind"], row["name"])
    return there is not None and not there.wanted and int(row["replicas"]) > 0


def _broken_off(app: App, clusters: Iterable[uuid.UUID]) -> frozenset[uuid.UUID]:
    """Those on which the last release ended half way. A stop that did so took down what it should."""
    if Release.objects.filter(app=app, state__in=ACTIVE).exists():
        return frozenset()
    rows = Target.objects.filter(release__app=app, release__ended_at__isnull=False, cluster_id__in=clusters)
    rows = rows.exclude(release__kind__in=(ReleaseKind.ACT, ReleaseKind.PROVISION))
    last = rows.order_by("cluster_id", "-release__number").distinct("cluster_id")
    found = last.values_list("cluster_id", "state", "release__kind")
    return frozenset(pk for pk, state, kind in found if state in BROKEN_OFF and kind != ReleaseKind.STOP)


def _wanting(facts: Observation, row: Mapping[str, Any]) -> Observation:
    """The same, and of this workload as many are wanted as it had."""
    has = [
        replace(one, wanted=int(row["replicas"])) if (one.kind, one.name) == (row["kind"], row["name"]) else one
        for one in facts.workloads
    ]
    return replace(facts, workloads=tuple(has))


def _left_there(app: App) -> dict[uuid.UUID, list[str]]:
    """By cluster where a release is under way, what it leaves or makes there: the rest goes on purpose."""
    under_way = Target.objects.filter(release__app=app, release__state__in=ACTIVE, state__in=_UNDER_WAY)
    return dict(under_way.values_list("cluster_id", "object_keys"))


def _gone(row: Mapping[str, Any], problem: Problem | None) -> WorkloadFacts:
    """Without a problem where it is stopped: nothing lacks then, and a start makes it again."""
    return WorkloadFacts(
        kind=row["kind"],
        name=row["name"],
        process=row["process"],
        track=row.get("track", "stable"),
        uid="",
        resource_version="",
        generation=0,
        observed_generation=0,
        wanted=int(row["replicas"]),
        total=0,
        updated=0,
        ready=0,
        available=0,
        unavailable=0,
        trouble=Trouble(problem=problem, words="") if problem else None,
    )
