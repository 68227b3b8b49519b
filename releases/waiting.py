"""What a release waits for that people say, and who may say it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from portal import access
from portal.access import Actor, permissions
from portal.errors import Refused
from releases.models import Release, Step, StepRun
from releases.open_runs import Open
from releases.snapshot import RunRef, Snapshot
from releases.states import RunState
from tenants.held import roles_of, who_holds
from tenants.roles import rights_of_roles

FOR_A_WORD = ("gate", "hold", "note")
"""Kinds of steps that anybody who may deploy lets go on."""

FOR_APPROVAL = ("approval", "gate")
"""Kinds of steps that somebody who may approve answers."""


FREEZE, WINDOW = "freeze", "window"
FOR_A_DAY = (FREEZE, WINDOW)
"""Kinds of steps that wait for the calendar, and that somebody who may approve overrides: a window where it allows it.
"""

FOR_PEOPLE = frozenset({*FOR_A_WORD, *FOR_APPROVAL, *FOR_A_DAY})

NOT_SKIPPED = {
    "approval": _lazy(
        "It waits for an approval, which nobody skips. Somebody who may approve releases can approve or reject it; or "
        "abort the release."
    ),
    WINDOW: _lazy(
        "It waits for its window, which nobody skips. Somebody who may approve releases can override it where the step "
        "allows that; or abort the release."
    ),
    **dict.fromkeys(
        ("apply", "traffic"),
        _lazy(
            "It leads requests on as soon as an instance there is ready to answer them, and nobody skips that: the "
            "steps behind it take away the instances that answer now. See to it that one becomes ready, or abort the "
            "release."
        ),
    ),
    FREEZE: _lazy("It waits for the end of a freeze. Somebody who may approve releases can override that."),
}
"""What is said to whoever wants to skip what is not skipped, by the kind of the step."""


@dataclass(frozen=True)
class Waits:
    """`word`: somebody can let it go on. `approval`: somebody can approve it, or say that it shall not go on.

    `day`: it waits for the calendar, for these kinds of steps, of which somebody can override `overridable`.
    `word_at`, `approval_at`, `day_at`, `override_at`: the steps, in order.
    """

    word: bool = False
    approval: bool = False
    day: tuple[str, ...] = ()
    overridable: tuple[str, ...] = ()
    word_at: tuple[int, ...] = ()
    approval_at: tuple[int, ...] = ()
    day_at: tuple[int, ...] = ()
    override_at: tuple[int, ...] = ()


def waits(runs: Iterable[Open]) -> Waits:
    """What a release waits for of which this is under way."""
    # A further attempt that has yet to begin waits for its time and for nobody.
    waiting = sorted(
        {(one.step, one.kind): one for one in runs if one.state is RunState.WATCHING and one.begun}.items()
    )
    steps = [one for _key, one in waiting]
    word, approval = (tuple(one.step for one in steps if one.kind in kinds) for kinds in (FOR_A_WORD, FOR_APPROVAL))
    days = [one for one in steps if one.kind in FOR_A_DAY]
    open_to = [one for one in days if one.kind == FREEZE or one.options.get("override")]
    return Waits(
        bool(word),
        bool(approval),
        day=tuple(one.kind for one in days),
        overridable=tuple(one.kind for one in open_to),
        word_at=word,
        approval_at=approval,
        day_at=tuple(one.step for one in days),
        override_at=tuple(one.step for one in open_to),
    )


def asks(snapshot: Snapshot) -> frozenset[tuple[RunRef, tuple[str, ...]]]:
    """What a release asks people for: the runs that wait for a word, and who has said theirs already."""
    kinds = {step.number for step in snapshot.plan if step.kind in FOR_PEOPLE}
    return frozenset(
        (run.ref, tuple(run.output.get("approved", ())))
        for run in snapshot.open_runs
        if run.state is RunState.WATCHING and run.ref.step in kinds
    )


def check_approver(release: Release, *, actor: Actor, steps: Collection[int] = ()) -> tuple[int, ...]:
    """The steps for which an approval of this person counts, of those that wait, or of `steps` if there are any named.

    Raises Refused where it counts for none of them. None where nothing waits for an approval.
    """
    waiting: dict[int, tuple[Step, list[StepRun]]] = {}
    for step, run in _open(release, FOR_APPROVAL):
        if not steps or step.number in steps:
            waiting.setdefault(step.number, (step, []))[1].append(run)
    counts, refused = [], None
    for number, (step, runs) in sorted(waiting.items()):
        try:
            _check_one(release, step, actor=actor, approved=[name for run in runs for name in _approved(run)])
        except Refused as error:
            refused = refused or error
        else:
            counts.append(number)
    if refused and not counts:
        raise refused
    return tuple(counts)


def may_approve(release: Release, *, actor: Actor) -> tuple[int, ...]:
    """The steps for which an approval of this person counts now."""
    try:
        return check_approver(release, actor=actor)
    except Refused:
        return ()


def _approved(run: StepRun) -> list[str]:
    return list(run.output.get("approved", ()))


def is_for(options: Mapping[str, Any], *, username: str, roles: Collection[str]) -> bool:
    """Whether a step of these options asks somebody with these roles on the app; it asks anybody if it names none."""
    members, wanted = options.get("members") or (), options.get("roles") or ()
    return (not members and not wanted) or username in members or not set(wanted).isdisjoint(roles)


def _check_one(release: Release, step: Step, *, actor: Actor, approved: Collection[str]) -> None:
    options, app = step.options, release.app
    if actor.username in approved:
        raise Refused(_("You have approved it already. Somebody else has to, too."))
    if step.kind != "approval":
        return
    if not options.get("author") and actor.username == release.actor_name:
        raise Refused(_("You started this release, so somebody else has to approve it."))
    members, roles = options.get("members") or (), options.get("roles") or ()
    if not members and not roles:
        return
    mine = roles_of(actor.user_id, app.tenant_id).on(app.pk)
    if is_for(options, username=actor.username, roles=mine):
        return
    # Whose word does not count again, or not at all, is nobody to ask.
    but = [*approved, *([] if options.get("author") else [release.actor_name])]
    holders = who_holds(roles, tenant=app.tenant, app_id=app.pk, but=but)
    named = ", ".join([*members, *roles])
    if people := [*dict.fromkeys([*members, *holders])]:
        sentence = _("This is for others to approve: {named}. Ask {people}.")
        raise Refused(sentence.format(named=named, people=", ".join(people)))
    known = rights_of_roles(app.tenant)
    if not any(permissions.RELEASE_APPROVE in known.get(role, ()) for role in roles):
        sentence = _(
            "This is for others to approve: {named}. No role of that name may approve releases. Stop this release, and "
            "ask {may} in the strategy."
        )
        may = ", ".join(role for role, rights in known.items() if permissions.RELEASE_APPROVE in rights)
        raise Refused(sentence.format(named=named, may=may))
    rights = frozenset[str]().union(*(known.get(role, frozenset()) for role in roles))
    sentence = _("This is for others to approve: {named}. Nobody else has that role; ask {admins} to give it.")
    admins = access.who_can_give(app.tenant_id, rights & permissions.APP) or [_("a tenant admin")]
    raise Refused(sentence.format(named=named, admins=", ".join(admins)))


def _open(release: Release, kinds: Collection[str]) -> list[tuple[Step, StepRun]]:
    steps = {one.number: one for one in Step.objects.filter(release=release, kind__in=kinds)}
    runs: Iterable[StepRun] = StepRun.objects.filter(release=release, state=RunState.WATCHING, step__in=steps)
    return [(steps[run.step], run) for run in runs]
