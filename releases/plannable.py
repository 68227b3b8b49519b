"""What a plan of steps can never come to, said before the release begins: where its steps stand, where it calls, and
what it works out.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.utils.translation import gettext as _

from apps_mgmt.spec import AppSpec, SpecError
from apps_mgmt.spec.request import Request
from apps_mgmt.spec.second_sets import check_second_sets
from apps_mgmt.spec.steps import leaves
from apps_mgmt.spec.steps_placed import check_places
from portal.errors import Refused
from releases.expressions import why_unreadable
from releases.outside.sending import OffLimits, check_address

_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "idempotency-key", "upgrade", "te"})


def refuse_impossible(spec: AppSpec) -> None:
    """Raise Refused for a strategy that something of the app cannot go by, and for the first step that could not be
    done, whatever happens before it.
    """
    check_second_sets(spec, spec.release.strategy.kind)
    try:
        check_places(spec.release.strategy, hooks=spec.release.hooks.before)
    except SpecError as error:
        raise Refused(str(error), field="strategy") from None
    for step in leaves(spec.release.steps):
        for text in (step.condition, *(row.value for row in step.inputs)):
            if why := text and why_unreadable(text):
                raise Refused(_("{step}: {why}").format(step=step.name, why=why), field="strategy")
        for request in _requests(step):
            try:
                check_address(request.url, allowed=settings.SLIPWAY_CALL_SERVERS_ALLOWED)
            except OffLimits as error:
                raise Refused(_("{step}: {why}").format(step=step.name, why=error), field="strategy") from None
            for row in request.headers:
                if row.name.lower() in _OURS:
                    sentence = _("{step} cannot set the header {name}: Slipway does. Take it out.")
                    raise Refused(sentence.format(step=step.name, name=row.name), field="strategy")


def _requests(step: object) -> Iterator[Request]:
    request = getattr(step, "request", None)
    if isinstance(request, Request):
        yield request
