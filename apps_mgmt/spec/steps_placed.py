"""Where in a plan of people's own steps what was frozen is written: at its rows `apply`, and where it says nothing.

What workloads need is written first of all, workloads once every image is built, what leads to them at the end. A row
`apply` puts any of these elsewhere in the plan, so that something comes before it, as a command or an approval.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps_mgmt.spec.errors import SpecError, say
from apps_mgmt.spec.releasing import Strategy
from apps_mgmt.spec.steps import AnyStep, ParallelStep, leaves
from apps_mgmt.spec.steps_acting import ApplyStep, BatchStep, BuildStep, JobStep, TrafficStep

Part = Literal["needs", "workloads", "leads"]
PARTS: tuple[Part, ...] = ("needs", "workloads", "leads")
_FIELD = "release.strategy"


def parts_of(step: ApplyStep) -> tuple[Part, ...]:
    """What a row writes, in this order."""
    return PARTS if step.part == "all" else (step.part,)


def laid_out(steps: Iterable[AnyStep]) -> list[AnyStep | Part]:
    """The steps, with `needs` and `workloads` where these are written without a row of their own."""
    found: list[AnyStep | Part] = list(steps)
    placed = {part for step in found if isinstance(step, ApplyStep) for part in parts_of(step)}
    if "needs" not in placed:
        found.insert(0, "needs")
    if "workloads" not in placed:
        found.insert(_begins(found), "workloads")
    return found


def builds(steps: Iterable[AnyStep]) -> Iterator[BuildStep]:
    """The steps that make an image, in order."""
    return (step for step in leaves(steps) if isinstance(step, BuildStep))


def check_places(strategy: Strategy, *, hooks: Iterable[AnyStep] = ()) -> None:
    """SpecError for a step that stands where it can do nothing, or would undo what another one did.

    `hooks` are those before everything else: they come once what they read is written, and every image is built.
    """
    steps = strategy.steps
    for step in leaves(steps):
        if isinstance(step, ApplyStep | BuildStep) and step.when != "on-success":
            raise _wrong(_("{name} brings what is new, so it runs while all goes well. Choose that."), step)
        if isinstance(step, ApplyStep) and (step.condition or step.inputs):
            raise _wrong(_("{name} writes in any case what was frozen. Take its condition and inputs out."), step)
    for group in steps:
        if isinstance(group, ParallelStep) and (inside := _first(leaves([group]), ApplyStep)):
            raise _wrong(_("{name} cannot run beside others. Put it before or after them."), inside)
    _check_parts(strategy)
    places = laid_out(steps)
    _check_around(places)
    known = {hook.name for hook in hooks}
    for step in leaves(one for one in places[: _begins(places)] if not isinstance(one, str)):
        if later := next((name for name in step.needs if name in known), ""):
            raise _wrong(_("{name} uses the output of the hook {other}, which runs after it."), step, other=later)


def _check_parts(strategy: Strategy) -> None:
    known: dict[Part, str] = {}
    for step in strategy.steps:
        if not isinstance(step, ApplyStep):
            continue
        for part in parts_of(step):
            if part in known and not (step.part == "all" and set(known) == {"needs"}):
                sentence = _("{name} writes what {other} has written already. Give each of them a part of its own.")
                raise _wrong(sentence, step, other=known[part])
            if later := next((known[one] for one in PARTS[PARTS.index(part) + 1 :] if one in known), ""):
                raise _wrong(_("{name} writes what {other} builds on. Put it before {other}."), step, other=later)
            if part == "leads" and strategy.kind == "canary" and step.part == "leads":
                raise _wrong(_("What leads to instances comes at the end of a canary. Take {name} out."), step)
            known[part] = step.name


def _check_around(places: list[AnyStep | Part]) -> None:
    written: set[Part] = set()
    for place in places:
        if isinstance(place, str):
            written.add(place)
            continue
        for step in leaves([place]):
            if isinstance(step, ApplyStep):
                written |= set(parts_of(step))
            elif isinstance(step, BuildStep) and "workloads" in written:
                sentence = _("{name} makes an image when instances have been written already. Put it before that.")
                raise _wrong(sentence, step)
            elif isinstance(step, JobStep | BuildStep) and _is_in_cluster(step) and "needs" not in written:
                sentence = _(
                    "{name} reads the configuration. Write what workloads need first: put a step apply before it."
                )
                raise _wrong(sentence, step)
            elif isinstance(step, BatchStep | TrafficStep) and "workloads" not in written:
                raise _wrong(_("{name} moves what is not written by then. Put it after the step apply."), step)


def _is_in_cluster(step: JobStep | BuildStep) -> bool:
    return isinstance(step, JobStep) or step.image is not None


def _begins(places: list[AnyStep | Part]) -> int:
    """The first place at which what workloads need is there, and their images are."""
    return max(place for place, one in enumerate(places) if _is_before_workloads(one)) + 1


def _is_before_workloads(place: AnyStep | Part) -> bool:
    if isinstance(place, str):
        return place == "needs"
    return any(
        isinstance(step, BuildStep) or (isinstance(step, ApplyStep) and "needs" in parts_of(step))
        for step in leaves([place])
    )


def _first(steps: Iterable[AnyStep], kind: type[ApplyStep]) -> ApplyStep | None:
    return next((step for step in steps if isinstance(step, kind)), None)


def _wrong(sentence: str | Promise, step: AnyStep, **values: str) -> SpecError:
    return SpecError(say(sentence, name=step.name, **values), field=_FIELD)
