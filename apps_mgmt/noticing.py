"""What somebody should notice about variables, health checks and numbers before a change is saved. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps_mgmt.spec import AppSpec
from apps_mgmt.spec.config import EnvVar
from apps_mgmt.spec.placement import divide, own_numbers
from apps_mgmt.spec.process import Process


def of_change(before: AppSpec, after: AppSpec) -> list[str]:
    """All there is to notice."""
    return [*of_variables(before, after), *of_probes(before, after), *of_numbers(before, after)]


def of_variables(before: AppSpec, after: AppSpec) -> list[str]:
    """Sentences where a secret takes the place of a plain variable or the other way, or one of all is not for all."""
    return [*_replaced(before, after), *_out_of_reach(before, after)]


def of_probes(before: AppSpec, after: AppSpec) -> list[str]:
    """A sentence per process that is asked by HTTP from now on at a port that is not for HTTP."""
    was = {(process.name, name): probe for process in before.processes for name, probe in process.probes.given()}
    sentence = _(
        "{process} is asked by HTTP from now on at its port {port}, which is for {protocol}: where it does not answer "
        "HTTP it counts as unhealthy, and is started again and again."
    )
    said = []
    for process in after.processes:
        for name, probe in process.probes.given():
            port = next((one for one in process.ports if probe.port in ("", one.name)), None)
            if (
                probe.kind != "http"
                or probe == was.get((process.name, name))
                or port is None
                or port.protocol == "http"
            ):
                continue
            said.append(sentence.format(process=process.name, port=port.name, protocol=port.protocol))
    return [*dict.fromkeys(said)]


def of_numbers(before: AppSpec, after: AppSpec) -> list[str]:
    """A sentence for each process of which clusters ask, since this change, for more instances than there are, or all
    of them together for fewer, so that they get more than they ask for.

    Whoever writes too large numbers is refused (see `placement.targets`); here it is the total that changed.
    """
    if after.stopped:
        return []
    was = {one.name: (one.ceiling, own_numbers(before, one), before.placement.targets) for one in before.processes}
    said = []
    for process in after.processes:
        own = own_numbers(after, process)
        if process.suspended or not own or was.get(process.name) == (process.ceiling, own, after.placement.targets):
            continue
        given = divide(process.ceiling, after.placement.targets, own=own)
        if sum(own.values()) > process.ceiling > 0:
            said.append(_cut(process, own, given))
        elif any(given[cluster] > number for cluster, number in own.items()):
            said.append(_spare(process, own, given))
    return said


def _cut(process: Process, own: Mapping[str, int], given: Mapping[str, int]) -> str:
    """What becomes of numbers that are too large."""
    less = _("{cluster} gets {number} of {own}")
    sentence = ngettext(
        "Clusters ask for {asked} instances of {process} of their own, more than the {most} there is: {given}.",
        "Clusters ask for {asked} instances of {process} of their own, more than the {most} there are: {given}.",
        process.ceiling,
    )
    cut = [
        less.format(cluster=cluster, number=given[cluster], own=number)
        for cluster, number in sorted(own.items())
        if given[cluster] < number
    ]
    return _asking(sentence, process, own, cut)


def _spare(process: Process, own: Mapping[str, int], given: Mapping[str, int]) -> str:
    """What becomes of the instances that nobody asks for: there is no cluster without a number of its own."""
    gets = _("{cluster} gets {number}")
    sentence = ngettext(
        "Clusters ask for {asked} of the {most} instance of {process} of their own, and no other takes the rest: "
        "{given}. Scale it to {asked}, or leave the own number of one cluster blank.",
        "Clusters ask for {asked} of the {most} instances of {process} of their own, and no other takes the rest: "
        "{given}. Scale it to {asked}, or leave the own number of one cluster blank.",
        process.ceiling,
    )
    return _asking(sentence, process, own, [gets.format(cluster=one, number=given[one]) for one in sorted(own)])


def _asking(sentence: str, process: Process, own: Mapping[str, int], given: list[str]) -> str:
    numbers = {"asked": sum(own.values()), "most": process.ceiling}
    return sentence.format(process=process.name, given=", ".join(given), **numbers)


def _replaced(before: AppSpec, after: AppSpec) -> Iterator[str]:
    was = dict(_variables(before))
    for key, now in _variables(after):
        old = was.get(key)
        if old is None or (old.secret is None) == (now.secret is None):
            continue
        if now.secret is not None:
            sentence = _(
                "{name} is a plain variable now: the secret replaces it. Its old value stays readable in earlier "
                "revisions, so choose a new one for the secret."
            )
        else:
            sentence = _(
                "{name} is a secret now: a plain value replaces it, which everybody who may see the app can read."
            )
        yield sentence.format(name=now.name)


def _out_of_reach(before: AppSpec, after: AppSpec) -> Iterator[str]:
    """A process's own variable counts more than that of the app."""
    known = {one.name: one for one in before.env}
    fresh = {one.name: one for one in after.env if known.get(one.name) != one}
    plain = _("{process} has a plain variable {name} of its own, which counts there. Remove that one first.")
    other = _("{process} has {name} of its own, which counts there: what is set for all does not reach it.")
    for process in after.processes:
        for one in process.env:
            if one.name in fresh:
                hides = fresh[one.name].secret is not None and one.secret is None
                yield (plain if hides else other).format(process=process.name, name=one.name)


def _variables(spec: AppSpec) -> Iterator[tuple[tuple[str, str], EnvVar]]:
    """Every variable by its owner (`""`: the app) and name."""
    for owner, rows in (("", spec.env), *((one.name, one.env) for one in spec.processes)):
        for row in rows:
            yield (owner, row.name), row
