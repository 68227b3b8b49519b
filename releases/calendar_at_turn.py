"""The calendar that a release keeps to which waited for its turn: that of the day on which the turn comes.

A freeze may have been planned or lifted since it was queued, and what it brings may have become newer than what runs.
So its line of the plan is written anew before it begins: it is then held, overridden and let go on as any other.
"""

from __future__ import annotations

from collections.abc import Sequence

from apps_mgmt.spec import load
from releases import hindrances, planning
from releases.models import Release, Step, Target
from releases.states import ReleaseKind
from releases.strategies import gates
from releases.waiting import FREEZE


def calendar_of(release: Release) -> list[dict[str, str]]:
    """What is or will be frozen of the app, as `planning.calendar` has it for one that starts today."""
    names = Target.objects.filter(release=release).exclude(object_keys=[]).values_list("cluster_name", flat=True)
    return planning.calendar(release.app, ReleaseKind(release.kind), load(release.revision.spec), only=set(names))


def foretold(release: Release) -> str:
    """That it would wait for the end of a freeze if its turn was now; blank where it would not."""
    return " ".join(hindrances.of_freezes(calendar_of(release)))


def keep(release: Release) -> None:
    """Write the line of a release that has not begun, which has no runs yet. The lines behind it move along.

    One that nothing holds or will hold has no such line, like one that is started today: what goes back to what ran
    before is held by nothing that is planned afterwards either.
    """
    lines = list(Step.objects.filter(release=release).order_by("number"))
    known = next((line for line in lines if line.kind == FREEZE and not line.back), None)
    calendar = calendar_of(release)
    if known is not None and calendar:
        known.options = {**known.options, "freezes": calendar}
        known.save(update_fields=["options"])
    elif known is not None:
        _write(release, [line for line in lines if line is not known])
    for new in gates.frozen(calendar) if known is None else ():
        place = 1 if lines and lines[0].kind == "gate" else 0
        line = Step(release=release, kind=new.kind, timeout=new.timeout, options=dict(new.options))
        _write(release, [*lines[:place], line, *lines[place:]])


def _write(release: Release, lines: Sequence[Step]) -> None:
    Step.objects.filter(release=release).delete()
    for number, one in enumerate(lines, 1):
        one.pk, one.number = None, number
    Step.objects.bulk_create(lines)
