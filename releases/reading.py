"""From raw Kubernetes JSON to facts: which instances are new, which are in trouble, and in whose words. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from releases import straying
from releases.observation import Foreign, ForeignField, Instance, Observation, Task, Trouble, WorkloadFacts
from releases.states import Problem

Raw = Mapping[str, Any]

APP, PROCESS, TRACK = "slipway.dev/app", "slipway.dev/process", "slipway.dev/track"
ADOPTED, RUN = "slipway.dev/adopted", "slipway.dev/run"
REVISION = "deployment.kubernetes.io/revision"
HASH = "pod-template-hash"
ASTRAY = Trouble(problem=Problem.ASTRAY, words="")
OWN_FINALIZERS = frozenset({"foregroundDeletion", "orphan", "batch.kubernetes.io/job-tracking"})
MOST_HELD, MOST_WORDS = 5, 300
# Where a Deployment and a CloneSet say that their rollout is held.
PAUSES = (".spec.paused", ".spec.updateStrategy.paused")

_CONTAINER_PROBLEMS = {
    "CrashLoopBackOff": Problem.CRASH_LOOP,
    "ImagePullBackOff": Problem.IMAGE_PULL,
    "ErrImagePull": Problem.IMAGE_PULL,
    "ErrImageNeverPull": Problem.IMAGE_PULL,
    "InvalidImageName": Problem.BAD_CONFIG,
    "CreateContainerConfigError": Problem.BAD_CONFIG,
    "CreateContainerError": Problem.BAD_CONFIG,
    "RunContainerError": Problem.BAD_CONFIG,
}


def read(snapshot: Mapping[str, Any]) -> Observation:
    """The facts in what the agent or the gateway listed of one app: `workloads`, `replicasets` and `pods`, raw."""
    pods, replica_sets = snapshot.get("pods", ()), snapshot.get("replicasets", ())
    workloads = [*snapshot.get("workloads", ()), *straying.found(snapshot)]
    facts = (_workload(raw, pods=pods, replica_sets=replica_sets) for raw in workloads)
    named = {_identity(raw)[PROCESS] for raw in workloads} - {""}
    adopted = {_uid(raw) for raw in workloads if ADOPTED in _labels(raw)}
    chains = _chains(replica_sets)
    return Observation(
        workloads=tuple(sorted(facts, key=lambda w: (w.process, w.name))),
        orphans=sum(
            _labels(pod).get(PROCESS, "") not in named and not _owners_of(pod, chains) & adopted for pod in pods
        ),
        tasks=tuple(sorted((_task(pod) for pod in pods if RUN in _labels(pod)), key=lambda one: one.name)),
        held=tuple(sorted(_held_back((*snapshot.get("workloads", ()), *replica_sets, *pods)))[:MOST_HELD]),
    )


def _held_back(items: Iterable[Raw]) -> Iterator[tuple[str, str]]:
    """What was deleted and waits for finalizers that the cluster's own controllers do not see to."""
    for one in items:
        meta = _meta(one)
        others = [str(name) for name in meta.get("finalizers") or () if name not in OWN_FINALIZERS]
        if meta.get("deletionTimestamp") and others:
            yield f"{one.get('kind', '')} {meta.get('name', '')}".strip(), ", ".join(others)[:MOST_WORDS]


def app_named_in(raw: Raw) -> str:
    """The name of the app that an object was made for; "" where it does not say."""
    return _identity(raw)[APP]


def _task(pod: Raw) -> Task:
    meta, status = _meta(pod), pod.get("status", {})
    containers = [*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())]
    return Task(
        run=str(_labels(pod)[RUN]),
        name=meta["name"],
        ended=status.get("phase") in ("Succeeded", "Failed"),
        trouble=_pod_trouble(status, containers, log=()),
    )


def _workload(raw: Raw, *, pods: Sequence[Raw], replica_sets: Sequence[Raw]) -> WorkloadFacts:
    meta, spec, status = _meta(raw), raw.get("spec", {}), raw.get("status", {})
    identity = _identity(raw)
    if ADOPTED in _labels(raw):
        # Its instances have labels of their own: they are told by the ReplicaSets that are its.
        chains = _chains(replica_sets)
        mine = [pod for pod in pods if _uid(raw) in _owners_of(pod, chains)]
    else:
        mine = [pod for pod in pods if all(_labels(pod).get(key, "") == value for key, value in identity.items())]
    current = _current_hash(raw, replica_sets)
    wanted = spec.get("replicas")
    return WorkloadFacts(
        kind=str(raw["kind"]),
        name=meta["name"],
        process=identity[PROCESS],
        track=identity[TRACK] or "stable",
        uid=meta.get("uid", ""),
        resource_version=meta.get("resourceVersion", ""),
        generation=int(meta.get("generation", 0)),
        observed_generation=int(status.get("observedGeneration", 0)),
        wanted=1 if wanted is None else int(wanted),
        total=int(status.get("replicas", 0)),
        updated=int(status.get("updatedReplicas", 0)),
        ready=int(status.get("readyReplicas", 0)),
        available=int(status.get("availableReplicas", 0)),
        unavailable=int(status.get("unavailableReplicas", 0)),
        image=_image(_pod_spec(raw)),
        trouble=ASTRAY if raw.get("astray") else _workload_trouble(status.get("conditions", ())) or _held(raw),
        instances=tuple(
            sorted(
                (_instance(pod, workload=raw, current_hash=current) for pod in mine),
                key=lambda pod: (pod.created.isoformat() if pod.created else "", pod.name),
            )
        ),
        foreign=tuple(_foreign(one) for one in raw.get("foreign", ())),
        untold=raw.get("untold", 0),
    )


def _identity(workload: Raw) -> dict[str, str]:
    """App, process and track of a workload: as its selector has them, which nobody can change, else its labels."""
    chosen = workload.get("spec", {}).get("selector", {}).get("matchLabels") or {}
    labels = _labels(workload)
    return {key: str(chosen.get(key) or labels.get(key, "")) for key in (APP, PROCESS, TRACK)}


def _foreign(raw: Raw) -> Foreign:
    fields = tuple(
        ForeignField(
            path=one["path"],
            value=one["value"],
            shown=one["shown"],
            gone=one.get("gone", False),
            shared=one.get("shared", False),
            seal=one.get("seal", ""),
        )
        for one in raw["fields"]
    )
    return Foreign(manager=raw["manager"], operation=raw["operation"], at=_moment(raw["at"]), fields=fields)


def _current_hash(workload: Raw, replica_sets: Sequence[Raw]) -> str:
    """The template hash of the ReplicaSet that carries the workload's newest template.

    Empty when no ReplicaSet is known. Lists of different kinds may be of different age: a Deployment that names a
    revision whose ReplicaSet was not listed yet has no current instance, whatever the older ones look like. And one
    that is held has none of a template that was written since.
    """
    status = workload.get("status", {})
    if _held(workload) and status.get("replicas") and not status.get("updatedReplicas"):
        return "none"
    meta = _meta(workload)
    owned = [rs for rs in replica_sets if any(o.get("uid") == meta.get("uid") for o in _owners(rs))]
    if not owned:
        return str(workload.get("status", {}).get("updateRevision", ""))
    revision = _revision(workload)
    if revision:
        match = next((rs for rs in owned if _revision(rs) == revision), None)
        return str(_labels(match).get(HASH, "")) if match else "none"
    newest = max(owned, key=lambda rs: (_revision(rs), _meta(rs).get("creationTimestamp", "")))
    return str(_labels(newest).get(HASH, ""))


def _instance(pod: Raw, *, workload: Raw, current_hash: str) -> Instance:
    meta, status = _meta(pod), pod.get("status", {})
    containers = [*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())]
    main = status.get("containerStatuses", [{}])[0] if status.get("containerStatuses") else {}
    labels = _labels(pod)
    pod_hash = labels.get(HASH) or labels.get("controller-revision-hash", "")
    same_image = _image(pod.get("spec", {})) == _image(_pod_spec(workload))
    told = pod.get("words") or {}
    log = tuple(str(line) for line in told.get("log", ()))
    trouble = _pod_trouble(status, containers, log=log)
    waiting: Raw = next((c["state"]["waiting"] for c in containers if c.get("state", {}).get("waiting")), {})
    return Instance(
        name=meta["name"],
        uid=meta.get("uid", ""),
        image=_image(pod.get("spec", {})),
        phase=status.get("phase", "Pending"),
        ready=any(c.get("type") == "Ready" and c.get("status") == "True" for c in status.get("conditions", ())),
        current=pod_hash == current_hash if current_hash and pod_hash else same_image,
        going="deletionTimestamp" in meta,
        restarts=max((int(c.get("restartCount", 0)) for c in containers), default=0),
        reason=str(waiting.get("reason", "") or status.get("reason", "")),
        message=trouble.words if trouble else str(waiting.get("message", "")),
        node=pod.get("spec", {}).get("nodeName", ""),
        track=labels.get(TRACK, "stable"),
        created=_moment(meta.get("creationTimestamp")),
        started=_moment(main.get("state", {}).get("running", {}).get("startedAt") or status.get("startTime")),
        trouble=trouble,
        log=log,
        events=tuple(f"{event.get('reason', '')}: {event.get('message', '')}" for event in told.get("events", ())),
    )


def _pod_trouble(status: Raw, containers: Sequence[Raw], *, log: Sequence[str]) -> Trouble | None:
    for container in containers:
        waiting = container.get("state", {}).get("waiting") or {}
        problem = _CONTAINER_PROBLEMS.get(waiting.get("reason", ""))
        if problem:
            return Trouble(problem=problem, words=_words(waiting, container, log), since=_last_end(container))
        ended = container.get("state", {}).get("terminated") or {}
        if ended.get("exitCode") and int(container.get("restartCount", 0)):
            return Trouble(problem=Problem.CRASH_LOOP, words=_words(ended, container, log), since=_last_end(container))
    for condition in status.get("conditions", ()):
        if condition.get("type") == "PodScheduled" and condition.get("reason") == "Unschedulable":
            since = _moment(condition.get("lastTransitionTime"))
            return Trouble(problem=Problem.UNSCHEDULABLE, words=str(condition.get("message", "")), since=since)
    return None


def _words(state: Raw, container: Raw, log: Sequence[str]) -> str:
    """What the instance says itself: the last line it wrote, how it ended, else why it waits."""
    last = container.get("lastState", {}).get("terminated") or container.get("state", {}).get("terminated") or {}
    # One that never ran has no words of its own: what stands in the log is somebody else's.
    lines = log if last or container.get("restartCount") else ()
    own = str(last.get("message", "")).strip() or next((line for line in reversed(lines) if line.strip()), "")
    code = f"exit code {last['exitCode']}" if "exitCode" in last else ""
    said = str(state.get("message", "")).strip() or str(state.get("reason", ""))
    # When to try again is the cluster's word, not the instance's: it only counts while there is nothing better.
    parts = (own, code) if own else (code, said)
    return " · ".join(dict.fromkeys(part for part in parts if part))


def _last_end(container: Raw) -> datetime | None:
    last = container.get("lastState", {}).get("terminated") or container.get("state", {}).get("terminated") or {}
    return _moment(last.get("finishedAt"))


def _held(raw: Raw) -> Trouble | None:
    """Somebody has paused the rollout of a Deployment or CloneSet: no new instance comes, whatever is written there.

    Its words are the name of the manager that did, as far as the cluster tells.
    """
    spec = raw.get("spec", {})
    if not (spec.get("paused") or (spec.get("updateStrategy") or {}).get("paused")):
        return None
    rows = raw.get("foreign", ())
    by = next((one["manager"] for one in rows if any(field["path"] in PAUSES for field in one["fields"])), "")
    return Trouble(problem=Problem.HELD, words=str(by))


def _workload_trouble(conditions: Iterable[Raw]) -> Trouble | None:
    for condition in conditions:
        kind, bad = condition.get("type"), condition.get("status")
        since, words = _moment(condition.get("lastTransitionTime")), str(condition.get("message", ""))
        if kind == "Progressing" and condition.get("reason") == "ProgressDeadlineExceeded":
            return Trouble(problem=Problem.PROGRESS_DEADLINE, words=words, since=since)
        if kind == "ReplicaFailure" and bad == "True":
            problem = Problem.QUOTA if "exceeded quota" in words else Problem.REFUSED
            return Trouble(problem=problem, words=words, since=since)
    return None


def _meta(raw: Raw) -> Raw:
    meta: Raw = raw.get("metadata", {})
    return meta


def _labels(raw: Raw) -> Raw:
    return _meta(raw).get("labels") or {}


def _owners(raw: Raw) -> Sequence[Raw]:
    return _meta(raw).get("ownerReferences") or ()


def _uid(raw: Raw) -> str:
    return str(_meta(raw).get("uid", ""))


def _chains(replica_sets: Sequence[Raw]) -> Mapping[str, set[str]]:
    """ReplicaSet → whose it is, by uid."""
    return {_uid(one): {str(owner.get("uid", "")) for owner in _owners(one)} for one in replica_sets}


def _owners_of(pod: Raw, chains: Mapping[str, set[str]]) -> set[str]:
    """The workloads that a pod belongs to by the ReplicaSet that made it."""
    return {uid for owner in _owners(pod) for uid in chains.get(str(owner.get("uid", "")), ())}


def _revision(raw: Raw) -> int:
    text = str((_meta(raw).get("annotations") or {}).get(REVISION, "0"))
    return int(text) if text.isdigit() else 0


def _pod_spec(workload: Raw) -> Raw:
    spec: Raw = workload.get("spec", {}).get("template", {}).get("spec", {})
    return spec


def _image(pod_spec: Raw) -> str:
    containers: Sequence[Raw] = pod_spec.get("containers") or ({},)
    return str(containers[0].get("image", ""))


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(str(text)) if text else None
