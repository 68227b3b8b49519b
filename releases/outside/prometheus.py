"""One number from a cluster's Prometheus: an instant query, and what its answer comes to."""

from __future__ import annotations

import json
import math
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.utils.translation import gettext as _

from portal.errors import PlatformError, Refused
from releases.outside.answers import short
from releases.outside.sending import send
from tenants.models import Cluster

WORDS = 300


def ask(cluster_id: str, query: str) -> float | None:
    """What the query is now; None for an answer without a value. Raises Refused for what it can never be, and
    PlatformError while Prometheus does not answer.
    """
    cluster = Cluster.objects.filter(pk=cluster_id).only("name", "prometheus").first()
    if cluster is None or not cluster.prometheus:
        name = cluster.name if cluster else "?"
        raise Refused(_("No Prometheus is known of {cluster}. Ask a platform operator.").format(cluster=name))
    answer = send(
        "POST",
        f"{cluster.prometheus}/api/v1/query",
        headers={"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "Slipway"},
        body=urlencode({"query": query, "timeout": "8s"}),
        allowed=settings.SLIPWAY_CLUSTER_SERVERS_ALLOWED,
    )
    try:
        told = json.loads(answer.text)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict) or answer.status >= 500:
        raise PlatformError(_("Prometheus answered {status}.").format(status=answer.status))
    if told.get("status") != "success":
        raise Refused(_("Prometheus said: {words}").format(words=short(str(told.get("error", "")), WORDS)))
    return value_of(told.get("data") or {})


def value_of(data: dict[str, Any]) -> float | None:
    """The number of a result: of a scalar, or of the one series of a vector. Raises Refused for several."""
    result, kind = data.get("result"), data.get("resultType")
    if kind == "vector" and isinstance(result, list):
        if len(result) > 1:
            sentence = _("The query gives {count} series. Bring them down to one, with sum() or max().")
            raise Refused(sentence.format(count=len(result)))
        result = result[0].get("value") if result else None
    elif kind != "scalar":
        raise Refused(_("The query gives a {kind} and not one number.").format(kind=kind))
    try:
        number = float(result[1]) if result else math.nan
    except (TypeError, ValueError, IndexError):
        number = math.nan
    return number if math.isfinite(number) else None
