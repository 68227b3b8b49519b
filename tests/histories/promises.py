"""What each kind of step promises, found out beside the machine: from what was heard, not from what it wrote."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from releases import events as e
from releases.changes import RunChange
from releases.machine import Decision
from releases.snapshot import Run, RunRef, Snapshot, Step
from releases.states import ReleaseState, RunState, TargetState
from releases.steps.pairs import pairs, partitioned
from tests.histories.ends import arrived, is_person_skipped
from tests.histories.plans import NEVER

if TYPE_CHECKING:
    from tests.histories.watching import Watched

FINAL = ("rejected", "approval_expired", "too_few_approved", "bad_expression", "skipped_output", "fence_lost")
LEADS_TO = {("traffic", "canary"): "canary", ("apply", "close"): "stable"}
NOT_SKIPPED = ("approval", "freeze", "window")
ASKING = ("http_check", "metric_check")


class Promises:
    """`hold` is asked after each event that changed something; it knows what has been heard so far."""

    def __init__(self, fleet: Watched) -> None:
        self.fleet = fleet
        self.approved: dict[int, set[str]] = defaultdict(set)
        self.answers: dict[RunRef, list[bool]] = defaultdict(list)
        self.ended: dict[RunRef, bool] = {}
        self.overridden: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
        self.calendar: tuple[Mapping[str, Any], ...] | None = None
        self.full = False

    def hold(self, before: Snapshot, event: e.Event, decision: Decision) -> None:
        self._listen(before, event)
        was = {run.ref: run.state for run in before.runs}
        for ref in dict.fromkeys(change.ref for change in decision.changes if isinstance(change, RunChange)):
            run, known = self.fleet.snapshot.run(ref), before.run(ref)
            if run and known and known.is_to_begin and run.is_open and not run.is_to_begin:
                assert run.started == self.fleet.now, f"the time of {ref} began at {run.started}, before it did"
            if run and was.get(ref) is not run.state:
                ends = was.get(ref) is not RunState.STOPPING or run.state is RunState.STOPPED
                assert ends, f"{ref} was told to stop, and is {run.state}"
                step = self.fleet.snapshot.step(ref.step)
                self._judged(run, step, event)
                if run.state is RunState.DONE:
                    self._done(run, step, event)
                if run.sent and not (known and known.sent):
                    self._leads_on(run, step)
        self._once()
        for old, target in zip(before.targets, self.fleet.snapshot.targets, strict=True):
            if target.state is TargetState.DONE is not old.state:
                arrived(self.fleet, target)
                self._was_fit(target.cluster)

    def _leads_on(self, run: Run, step: Step) -> None:
        """What takes all requests from one track to the other finds somebody there, or nobody to take them from."""
        to = LEADS_TO.get((step.kind, step.options.get("doors")))
        target = self.fleet.snapshot.target(run.ref.cluster)
        if to is None or step.back or target is None or target.observation is None:
            return
        ready = {f"{one.kind}/{one.name}": one.ready for one in target.observation.workloads}
        for pair in pairs(target):
            there, here = (pair.canary, pair.stable) if to == "canary" else (pair.stable, pair.canary)
            if f"Service/{pair.stable.name}" in target.after.objects and pair.stable.replicas:
                alone = not ready.get(there.key) and ready.get(here.key)
                assert not alone, f"{run.ref} leads from {here.key} to {there.key}, of which none is ready"

    def _once(self) -> None:
        """What is done once for all clusters is under way on one at a time, and done by one of them: for each failure
        there anew, where it is planned for that.
        """
        snapshot = self.fleet.snapshot
        for number in (step.number for step in snapshot.plan if step.options.get("once")):
            runs = [run for run in snapshot.runs if run.ref.step == number and run.sent]
            doing = {run.ref.cluster for run in runs if run.is_open}
            done = {run.ref.cluster for run in runs if run.state is RunState.DONE}
            assert len(doing) <= 1 and len(done) <= 1, f"step {number} is done once: by {doing}, and was by {done}"

    def _listen(self, before: Snapshot, event: e.Event) -> None:
        waiting = [run for run in before.open_runs if run.state is RunState.WATCHING and not run.is_to_begin]
        if isinstance(event, e.Approved):
            for run in waiting:
                self.approved[run.ref.step].add(event.by)
        elif isinstance(event, e.Promoted):
            self.full = self.full or (event.full and before.state in (ReleaseState.RUNNING, ReleaseState.PAUSED))
        elif isinstance(event, e.Overridden):
            for step in {run.ref.step for run in waiting}:
                known = before.step(step).options.get("freezes", ()) if self.calendar is None else self.calendar
                self.overridden[step] += known
        elif isinstance(event, e.FreezesChanged) and before.state in (ReleaseState.RUNNING, ReleaseState.PAUSED):
            self.calendar = event.freezes
        elif isinstance(event, e.EffectDone):
            step = self.fleet.snapshot.step(event.run.step)
            if step.kind in ASKING and "sample" in event.output:
                self.answers[event.run].append(self._is_right(step, event.output["sample"]))
            if "ended" in event.output:
                self.ended[event.run] = event.output["ended"]["well"]

    def _is_right(self, step: Step, sample: Mapping[str, Any]) -> bool:
        if step.kind == "http_check":
            return bool(sample["right"])
        return bool(step.options.get("most") is None or sample["value"] <= step.options["most"])

    def _judged(self, run: Run, step: Step, event: e.Event) -> None:
        """What holds for every kind: conditions, and further attempts."""
        if step.options.get("condition") == NEVER:
            assert not run.sent and run.state is not RunState.DONE, (
                f"{run.ref} runs, though its condition does not hold"
            )
        if run.state is RunState.FAILED:
            self._tried_again(run, step)
        if is_person_skipped(run):
            doors = step.options.get("doors")
            assert not (step.kind == "traffic" and doors) and not (step.kind == "apply" and doors == "close"), (
                f"somebody skipped {run.ref}, on which the steps behind it rely"
            )
            assert step.kind not in NOT_SKIPPED, f"somebody skipped {run.ref}, which is a step of kind {step.kind}"
        if run.state is RunState.SKIPPED and run.reason and run.reason.code == "not_wanted":
            assert step.options.get("condition"), f"{run.ref} has no condition"
        early = run.ref.attempt > 1 and self.fleet.now < run.started
        assert not (early and run.sent), f"{run.ref} acts before its time"
        if early and not run.is_open:
            stopped = run.state is RunState.STOPPED or is_person_skipped(run)
            assert stopped, f"{run.ref} is {run.state} before it has begun, by {event}"

    def _tried_again(self, run: Run, step: Step) -> None:
        retry = step.options.get("retry") or {"limit": 0, "backoff": 0}
        assert run.reason, f"{run.ref} failed for no reason"
        again = run.ref.attempt <= retry["limit"] and run.reason.code not in FINAL
        then = self.fleet.snapshot.run(RunRef(run.ref.cluster, run.ref.step, run.ref.attempt + 1))
        if again:
            wait = timedelta(seconds=retry["backoff"] * 2 ** (run.ref.attempt - 1))
            assert then, f"{run.ref} is not tried again"
            assert then.started == self.fleet.now + wait, f"{then.ref} begins at {then.started}"

    def _done(self, run: Run, step: Step, event: e.Event) -> None:
        now, options = self.fleet.now, step.options
        lasts = run.started + timedelta(seconds=options.get("lasts") or 0)
        elsewhere = [
            one
            for one in self.fleet.snapshot.runs
            if one.ref.step == step.number and one.ref.cluster != run.ref.cluster
        ]
        word = [one for one in elsewhere if is_person_skipped(one) or "by" in one.output]
        told = isinstance(event, e.Promoted | e.Approved) or self.full
        match step.kind:
            case "approval":
                enough = len(self.approved[step.number]) >= options["count"]
                assert enough, f"{run.ref} passed with {self.approved}"
            case "hold":
                over = bool(options.get("seconds")) and now >= run.started + timedelta(seconds=options["seconds"])
                target = self.fleet.snapshot.target(run.ref.cluster)
                assert target and (told or word or over or not (pairs(target) or partitioned(target))), (
                    f"{run.ref} did not wait"
                )
            case "gate":
                target = self.fleet.snapshot.target(run.ref.cluster)
                pause = options["pauses"].get(str(target.wave), 0) if target else 0
                over = pause >= 0 and now >= run.started + timedelta(seconds=pause)
                wave = {one.cluster for one in self.fleet.snapshot.targets if target and one.wave == target.wave}
                said = told or any(one.ref.cluster in wave for one in word)
                assert said or over, f"{run.ref} did not wait for its wave"
            case "note":
                said = (
                    isinstance(event, e.Promoted)
                    or self.full
                    or any(one.state is RunState.DONE or is_person_skipped(one) for one in elsewhere)
                )
                assert said or not options.get("confirm"), f"nobody said that {run.ref} is done"
            case "soak":
                assert now >= lasts, f"{run.ref} looked on for too short a time"
            case "window":
                by_word = isinstance(event, e.Overridden) and options["override"]
                assert by_word or any(_is_open(row, now) for row in options["hours"]), f"{run.ref} passed at {now}"
            case "freeze":
                rows = options["freezes"] if self.calendar is None else self.calendar
                over = {row["name"] for row in self.overridden[step.number] if _holds(row, now)}
                frozen = [row["name"] for row in rows if _holds(row, now) and row["name"] not in over]
                assert not frozen, f"{run.ref} passed while it was frozen: {frozen}"
            case "http_check":
                assert now >= lasts and self._wrong(run.ref) <= options["failures"], f"{run.ref} passed"
            case "metric_check":
                asked = len(self.answers[run.ref])
                assert asked == options["samples"] and self._wrong(run.ref) <= options["failures"], f"{run.ref} passed"
            case "job":
                assert not run.sent or self.ended.get(run.ref), f"{run.ref} passed, and its job did not end well"
            case _:
                assert not self.fleet.asked.get(run.ref) or self._all_answered(run), f"{run.ref} passed too early"

    def _wrong(self, ref: RunRef) -> int:
        return self.answers[ref].count(False)

    def _all_answered(self, run: Run) -> bool:
        return not run.pending and run.sent == len(self.fleet.asked[run.ref])

    def _was_fit(self, cluster: str) -> None:
        """All instances were new and ready once, after the last change; where somebody skipped a step, who knows."""
        snapshot, things = self.fleet.snapshot, self.fleet.clusters[cluster]
        target = snapshot.target(cluster)
        waits = any(step.kind == "wait_ready" and not step.back for step in snapshot.plan)
        if target is None or not waits or any(map(is_person_skipped, snapshot.runs_on(cluster, back=False))):
            return
        behind = [
            one.key for one in target.after.workloads if things[one.key].fit not in (0, things[one.key].generation)
        ]
        assert not behind, f"{cluster} is done, but {behind} is not"


def _is_open(row: Mapping[str, Any], now: datetime) -> bool:
    clock = f"{now.astimezone(UTC):%H:%M}"
    return bool(row["begin"] <= clock < row["end"])


def _holds(row: Mapping[str, str], now: datetime) -> bool:
    return datetime.fromisoformat(row["begins"]) <= now < datetime.fromisoformat(row["ends"])
