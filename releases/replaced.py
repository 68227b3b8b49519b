"""How a release replaces instances, in a sentence of its preview: by the strategy by which it really goes."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from apps_mgmt.spec import Strategy


def of_restart(app: str, processes: Sequence[str], strategy: Strategy) -> str:
    """What becomes of the instances of these processes; and of all others, where everything goes first."""
    if strategy.kind == "recreate":
        return _away_first(app, ())
    sentence = _("Every instance of {processes} is replaced by a new one, a few at a time.")
    return sentence.format(processes=", ".join(processes))


def of_taken_over(app: str, strategy: Strategy, *, clusters: Sequence[str], inside: bool, hidden: bool) -> str:
    """What becomes of the instances on the clusters it goes to (none: wherever the app goes). Blank where they stay.

    `inside`: what is taken over is part of the instances; `hidden`: and nobody can tell whether any of it differs.
    """
    if strategy.kind == "recreate":
        return _away_first(app, clusters)
    if inside and hidden:
        return _("Where one of the values that are not shown differs, instances are replaced by new ones.")
    if inside and strategy.kind == "rolling":
        return _("Instances are replaced by new ones, a few at a time.")
    if inside:
        sentence = _("Instances are replaced by new ones, by the strategy of {app} ({strategy}).")
        return sentence.format(app=app, strategy=strategy.kind)
    return ""


def _away_first(app: str, clusters: Sequence[str]) -> str:
    """It does not matter what differs: each workload of the app goes before any of it is written."""
    somewhere = _(
        "On {clusters} every instance of {app} is taken away first, then new ones come: nothing answers there "
        "meanwhile."
    )
    everywhere = _(
        "On each cluster every instance of {app} is taken away first, then new ones come: nothing answers there "
        "meanwhile."
    )
    return (somewhere if clusters else everywhere).format(app=app, clusters=", ".join(clusters))
