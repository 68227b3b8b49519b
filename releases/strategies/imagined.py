"""A cluster that does at once whatever it is told: how many old and new instances each workload has. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from releases.effects import Apply, Effect, Prune, Scale, SetPartition, SetReplicas, SetTraffic
from releases.observation import Observation, WorkloadFacts
from releases.snapshot import Target, Workload

STABLE, BOTH, CANARY = "stable", "both", "canary"


@dataclass(slots=True, kw_only=True)
class Instances:
    """Those of one workload. `written`: what comes to it from now on is new. `stay` are as they shall be already."""

    workload: Workload
    old: int = 0
    new: int = 0
    stay: int = 0
    written: bool = False
    partition: int = 0

    @property
    def total(self) -> int:
        return self.old + self.new + self.stay

    def scale(self, number: int) -> None:
        """Old ones go first; of a partition, the newest."""
        more = max(0, number - self.total)
        fewer = max(0, self.total - number)
        if more and self.written:
            self.new += more
        elif more:
            self.old += more
        for name in ("new", "old", "stay") if self.partition else ("old", "new", "stay"):
            gone = min(fewer, getattr(self, name))
            setattr(self, name, getattr(self, name) - gone)
            fewer -= gone

    def roll(self) -> None:
        """What was written replaces the old instances, but for those that a partition holds back."""
        if self.written:
            held = min(self.partition, self.old + self.new)
            self.old, self.new = held, self.old + self.new - held

    def facts(self) -> WorkloadFacts:
        """What the cluster says of them."""
        one, total = self.workload, self.total
        return WorkloadFacts(
            kind=one.kind,
            name=one.name,
            process=one.process,
            track=one.track,
            uid="",
            resource_version="",
            generation=0,
            observed_generation=0,
            wanted=total,
            total=total,
            updated=total - self.old if self.written else total,
            ready=total,
            available=total,
            unavailable=0,
        )


@dataclass(slots=True, kw_only=True)
class Imagined:
    """What runs on it, and where its traffic leads: to one track, to both, or by the share that a route gives."""

    known: Mapping[str, Workload]
    running: dict[str, Instances] = field(default_factory=dict)
    leads: str = STABLE
    share: int | None = None
    header: str = ""

    def observation(self) -> Observation:
        """What it says when it is looked at."""
        return Observation(workloads=tuple(one.facts() for one in self.running.values()))

    def settle(self) -> None:
        """All that was begun has come to its end."""
        for one in self.running.values():
            one.roll()

    def do(self, effect: Effect) -> dict[str, object]:
        """Carry an effect out, and answer as a cluster does. Effects that move no instance and no traffic are nothing
        here.
        """
        if isinstance(effect, Apply):
            self._lead(effect.doors or (STABLE if effect.back else ""))
            return {"objects": {key: {"created": True} for key in effect.objects if self._write(key)}}
        if isinstance(effect, SetReplicas):
            self._scale(effect.workloads)
        elif isinstance(effect, SetPartition):
            for row in effect.workloads:
                self._write(f"{row.kind}/{row.name}")
                self.running[f"{row.kind}/{row.name}"].partition = row.replicas
        elif isinstance(effect, Prune):
            stays = {*effect.keep, *effect.let_go}
            self.running = {key: one for key, one in self.running.items() if key in stays}
        elif isinstance(effect, SetTraffic):
            self._lead(effect.doors)
            self.share, self.header = effect.share, effect.header
        return {}

    def _lead(self, doors: str) -> None:
        if doors:
            self.leads, self.share, self.header = doors, None, ""

    def _write(self, key: str) -> bool:
        """Whether that made a workload. One that stays as it is rolls nothing."""
        workload = self.known.get(key)
        if workload is None:
            return False
        made = key not in self.running
        self.running.setdefault(key, Instances(workload=workload)).written = True
        self.running[key].partition = 0
        return made

    def _scale(self, rows: Iterable[Scale]) -> None:
        for row in rows:
            if one := self.running.get(f"{row.kind}/{row.name}"):
                one.scale(row.replicas)


def imagined(target: Target, *, same: Iterable[str] = ()) -> Imagined:
    """The cluster of a target as it was last seen, else with what was frozen of it. `same` are the keys of workloads
    whose instances are as they shall be already.
    """
    after = {one.key: one for one in (*target.after.workloads, *target.after.second)}
    cluster = Imagined(known={**{one.key: one for one in target.before.workloads}, **after})
    if target.observation is not None:
        for facts in target.observation.workloads:
            found = Workload(
                kind=facts.kind, name=facts.name, process=facts.process, replicas=facts.wanted, track=facts.track
            )
            cluster.running[found.key] = Instances(workload=found, old=facts.wanted)
    else:
        for one in target.before.workloads:
            cluster.running[one.key] = Instances(workload=one, old=one.replicas)
    for there in (cluster.running[key] for key in same if key in cluster.running):
        there.stay, there.old = there.old, 0
    return cluster
