"""How few instances there are meanwhile, where some clusters give theirs up before others have them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps_mgmt.spec import AppSpec, load
from apps_mgmt.spec.placement import shares, targets_of
from releases.foretelling import SIDES
from releases.observation import Observation
from releases.standing import Place

Most = Mapping[str, Mapping[str, int]]
"""Cluster → process → the instances that it is sure to have at most. Of others, and only of them, all are sure."""


def sure_of(places: Iterable[Place], seen: Mapping[str, Observation | None]) -> Most:
    """What half way clusters are sure to have: no more than was deployed there before, and than each said is `seen` to
    have ready; where nothing ran before, nobody knows that anything ever did.
    """
    most: dict[str, Mapping[str, int]] = {}
    for one in places:
        if not one.half_way:
            continue
        spec, said = load(one.before.spec) if one.before else AppSpec(), seen.get(one.cluster)
        deployed = {row.name: _shares(spec, row.name).get(one.cluster, 0) for row in spec.processes}
        ready: Counter[str] = Counter()
        for facts in said.workloads if said else ():
            ready[facts.process] += facts.ready
        most[one.cluster] = {name: min(number, ready[name]) if said else number for name, number in deployed.items()}
    return most


def of_shares(course: Sequence[Mapping[str, Any]], *, most: Most) -> list[str]:
    """What a course, as `Preview.course` has it, comes down to of each process: a sentence where that is less than
    there is both before it and after it.

    Clusters of one wave do not wait for each other, so there may be as few as each of them has before or after it.
    `most`: of what a release that broke off there should have brought, only what is sure counts.
    """
    before, after = [_each(wave, first=True) for wave in course], [_each(wave, first=False) for wave in course]
    sentence = _(
        "Meanwhile {process} has as few as {number} of {all} instances: {giving} before others have theirs. Name "
        "another order of the waves, or none (release.waves), or move the shares step by step."
    )
    said, waves = [], range(len(course))
    for process in sorted({name for rows in (*before, *after) for row in rows.values() for name in row}):
        had = [{name: _at_most(most, name, process, row[process]) for name, row in rows.items()} for rows in before]
        gets = [{cluster: row[process] for cluster, row in rows.items()} for rows in after]
        least, turn = min((_sum(gets[:at]) + _both(had[at], gets[at]) + _sum(had[at + 1 :]), at) for at in waves)
        stays = min(_sum(had), _sum(gets))
        if least < stays:
            falls = [name for at in range(turn + 1) for name in had[at] if gets[at][name] < had[at][name]]
            said.append(sentence.format(process=process, number=least, all=stays, giving=_giving(falls)))
    return said


def of_left_out(before: Mapping[str, AppSpec], spec: AppSpec, *, only: Collection[str], most: Most) -> list[str]:
    """That a release on `only` some clusters gives up instances there that others should get, which it leaves out: a
    sentence for each process. `before`: cluster → what stands there, of which `most` is sure.
    """
    if not only or not spec.placement.targets:
        return []
    sentence = _(
        "{process} has {number} of {all} instances afterwards: {giving}, and {left_out}. Start the release on all "
        "clusters, or on {others} first."
    )
    said = []
    for process in sorted({one.name for found in (spec, *before.values()) for one in found.processes}):
        gets = _shares(spec, process)
        stands = {name: _shares(found, process).get(name, 0) for name, found in before.items()}
        had = {name: _at_most(most, name, process, number) for name, number in stands.items()}
        names = sorted({*gets, *had})
        falls = [name for name in names if name in only and gets.get(name, 0) < had.get(name, 0)]
        rises = [name for name in names if name not in only and gets.get(name, 0) > had.get(name, 0)]
        number = sum((gets if name in only else had).get(name, 0) for name in names)
        least = min(sum(had.values()), sum(gets.values()))
        if falls and rises and number < least:
            others = ", ".join(rises)
            missing = ngettext(
                "{others}, which should get them, is left out",
                "{others}, which should get them, are left out",
                len(rises),
            )
            words = {"giving": _giving(falls), "left_out": missing.format(others=others), "others": others}
            said.append(sentence.format(process=process, number=number, all=least, **words))
    return said


def _giving(clusters: Sequence[str]) -> str:
    words = ngettext("{clusters} gives up its own", "{clusters} give up their own", len(clusters))
    return words.format(clusters=", ".join(clusters))


def _at_most(most: Most, cluster: str, process: str, number: int) -> int:
    return min(number, most[cluster].get(process, 0)) if cluster in most else number


def _shares(spec: AppSpec, process: str) -> dict[str, int]:
    """Cluster → the instances of a process."""
    found = [shares(spec, one, targets_of(spec)) for one in spec.processes if one.name == process]
    return {cluster: share.replicas for one in found for cluster, share in one.items()}


def _each(wave: Mapping[str, Any], *, first: bool) -> dict[str, Counter[str]]:
    """Cluster → process → its instances before a wave, or after the last step of it."""
    rows = wave["before"] if first or not wave["steps"] else wave["steps"][-1]["after"]
    return {
        row["cluster"]: Counter({one["process"]: sum(one[side] for side in SIDES) for one in row["processes"]})
        for row in rows
    }


def _sum(waves: Sequence[Mapping[str, int]]) -> int:
    return sum(number for wave in waves for number in wave.values())


def _both(had: Mapping[str, int], gets: Mapping[str, int]) -> int:
    return sum(min(had[name], gets[name]) for name in had)
