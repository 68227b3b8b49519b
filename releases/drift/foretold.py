"""What others changed in the clusters, or set there too, in sentences for the preview of a release: for what it is
refused comes first, then what it leaves to them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps_mgmt.leaving import field_title
from apps_mgmt.models import App
from apps_mgmt.values import load_left
from releases import observation
from releases.drift.comparing import Drift, Value
from releases.drift.leaving import stays
from releases.drift.looking import binds, is_left, is_scaling, looked, would_meet, would_stay
from releases.gateway.ownership import is_mark
from releases.lanes import Lane
from releases.models import Observation
from releases.scaled import REPLICAS

MOST = 5
"""How many sentences of each sort are said."""


def sentences(
    app: App,
    seen: Mapping[UUID, Observation],
    lanes: Callable[[], Iterable[Lane]],
    *,
    strategy: str,
    only: Sequence[str] = (),
    taken: Collection[tuple[str, str, str]] = (),
    emptied: Collection[str] = (),
) -> list[str]:
    """What somebody changed on the clusters: where nobody has decided about it, the release is refused there; what was
    left to whoever changed it stays, whatever the lines of the manifests say.

    `lanes`: what the release, which goes by the `strategy`, would bring; asked for only where that matters. `taken`:
    (cluster, object, field) of what it takes over; on these objects it prevails over whoever is in its way. `emptied`:
    the clusters where everything is removed, so that nobody is in its way there.
    """
    facts = {pk: observation.load(row.facts) or observation.Observation() for pk, row in seen.items()}
    sentence = _(
        "{manager} changed the {field} of {what} on {cluster}. A release that writes something else there is refused: "
        "take it over (drift.take_over) or leave it (drift.leave) first."
    )
    scaling = _(
        "An autoscaler (HorizontalPodAutoscaler) that is not Slipway's sets the number of instances of {what} on "
        "{cluster}. It is kept: a release changes nothing about it. To have the number of Slipway, delete the "
        "autoscaler there and take it over (drift.take_over); or leave it (drift.leave)."
    )
    down = _(
        "An autoscaler (HorizontalPodAutoscaler) that is not Slipway's sets the number of instances of {what} on "
        "{cluster}, now {live}. The release takes all of them away and begins with the number of Slipway, from which "
        "the autoscaler goes on. To keep its number, choose the strategy rolling (release.strategy)."
    )
    added = _(
        "{manager} added the {field} to {what} on {cluster}. A release leaves it there: take it over (drift.take_over) "
        "to have it taken out."
    )
    mark = _("{manager} changed the {field} of {what} on {cluster}. The next release puts it back.")
    forced = {(cluster, key) for cluster, key, _field in taken}
    changed, beside = ([one for one in rows if not only or one.cluster in only] for rows in looked(app, seen=facts))
    gone = [_not_along(one) for one in changed if one.cluster in emptied and one.field == REPLICAS and one.live]
    changed, beside = ([one for one in rows if one.cluster not in emptied] for rows in (changed, beside))
    theirs = [one for one in (*changed, *beside) if not one.added]
    found = [one for one in changed if not is_left(app, one) and (one.cluster, one.object) not in forced]
    beside = [one for one in beside if (one.cluster, one.object) not in forced]
    left = [one for one in load_left(app.left) if any(binds(one, drift) for drift in theirs) and one.place not in taken]
    more = len(left) - MOST
    refused: list[str] = []
    kept: list[str] = []
    for one in found:
        if one.manager:  # what is gone and of nobody is simply written again; a number is said, as instances come
            scaled = down if strategy == "recreate" else scaling
            words = added if one.added else scaled if is_scaling(one) else mark if is_mark(one.field) else sentence
            what, live = one.object.partition("/")[2], one.live
            told = words.format(
                manager=one.manager, field=field_title(one.field), what=what, cluster=one.cluster, live=live
            )
            (refused if words is sentence else kept).append(told)
        elif one.field == REPLICAS and one.live is not None:
            kept.append(_of_nobody(one))
    met, dropped = _of_shared(app, beside, lanes, strategy=strategy)
    rest = [_("{count} more fields stay with those to whom they were left.").format(count=more)] if more > 0 else []
    open_ones = _first_of([*refused, *met], [*kept, *dropped])
    return [*open_ones, *(stays(one) for one in left[:MOST]), *rest, *gone[:MOST]]


def _not_along(drift: Drift) -> str:
    """That a number which somebody set goes with what it is the number of."""
    sentence = _(
        "{manager} set the number of instances of {what} on {cluster} to {live}. That is removed with them, and does "
        "not go along to other clusters."
    )
    what = drift.object.partition("/")[2]
    return sentence.format(manager=drift.manager or _("Somebody"), what=what, cluster=drift.cluster, live=drift.live)


def _of_nobody(drift: Drift) -> str:
    """That a number which nobody owns is set again: whoever sets 0 by the scale subresource has nothing afterwards."""
    sentence = _(
        "Somebody set the number of instances of {what} on {cluster} to {live}. A release sets it again, to the number "
        "of Slipway. To have {live} there, scale with Slipway, or stop the app."
    )
    return sentence.format(what=drift.object.partition("/")[2], cluster=drift.cluster, live=drift.live)


def _of_shared(
    app: App, beside: Iterable[Drift], lanes: Callable[[], Iterable[Lane]], *, strategy: str
) -> tuple[list[str], list[str]]:
    """For what it would be refused, and what would stay."""
    beside = [one for one in beside if not is_left(app, one)]
    if not beside:
        return [], []
    brought = list(lanes())
    met = would_meet(app, beside, brought, counts=strategy != "rolling")
    return [_shared(one, then) for one, then in met], [_dropped(one) for one in would_stay(app, beside, brought)]


def _first_of(refused: Iterable[str], kept: Iterable[str]) -> list[str]:
    """The first sentences of both, what a release is refused for before what it leaves, and how many more there are."""
    refused, kept = list(dict.fromkeys(refused)), list(dict.fromkeys(kept))
    found = refused[:MOST]
    if (more := len(refused) - MOST) > 0:
        sentence = ngettext(
            "{count} more field that others have: a release that writes something else there is refused, too. Look at "
            "the app's page.",
            "{count} more fields that others have: a release that writes something else there is refused, too. Look at "
            "the app's page.",
            more,
        )
        found.append(sentence.format(count=more))
    found += kept[:MOST]
    if (more := len(kept) - MOST) > 0:
        sentence = ngettext(
            "{count} more field that others have on the clusters stays as it is.",
            "{count} more fields that others have on the clusters stay as they are.",
            more,
        )
        found.append(sentence.format(count=more))
    return found


def _dropped(drift: Drift) -> str:
    """That somebody set a field too, so that it stays when a release drops it."""
    sentence = _(
        "{manager} set the {field} of {what} on {cluster} too, as Slipway did. A release that drops it leaves it "
        "there: take it over (drift.take_over) first to have it taken out."
    )
    what = drift.object.partition("/")[2]
    return sentence.format(manager=drift.manager, field=field_title(drift.field), what=what, cluster=drift.cluster)


def _shared(drift: Drift, then: Value) -> str:
    """That somebody set a field to the very value that Slipway did, and a release that sets another one is refused."""
    known = _(
        "{manager} set the {field} of {what} on {cluster} too, to {live}, as Slipway did. A release that sets {then} "
        "there is refused: take it over (drift.take_over) or leave it (drift.leave) first."
    )
    hidden = _(
        "{manager} set the {field} of {what} on {cluster} too, as Slipway did. A release that sets another value there "
        "is refused: take it over (drift.take_over) or leave it (drift.leave) first."
    )
    sentence = hidden if None in (drift.live, then) or drift.live == then else known
    words = {"field": field_title(drift.field), "what": drift.object.partition("/")[2], "cluster": drift.cluster}
    return sentence.format(manager=drift.manager, live=drift.live, then=then, **words)
