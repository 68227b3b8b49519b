"""Asking an instance in the cluster whether it is well, for the checks of a release."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from portal.errors import Refused
from releases.effects import ProbeInstance
from releases.gateway import Gateway
from releases.outside.answers import short

WORDS, MOST_BYTES = 300, 4_096


def probe(gateway: Gateway, effect: ProbeInstance) -> dict[str, Any]:
    """`{right, words}` of one question. Raises ClusterAway while the cluster does not answer."""
    pod = gateway.find("Pod", effect.instance) if effect.instance else None
    if pod is None:
        return {"right": False, "words": _("no new instance is there")}
    try:
        status, body = gateway.look(effect.instance, port=_number(pod, effect.port), path=effect.path, most=MOST_BYTES)
    except ValueError as error:
        raise Refused(_("{path} cannot be asked for.").format(path=effect.path)) from error
    words = short(f"{status} {body.decode('utf-8', 'replace')}", WORDS)
    return {"right": 200 <= status < 300, "words": f"{effect.instance}: {words}"}


def _number(pod: Mapping[str, Any], name: str) -> int:
    """The port of that name; the first one for none. Raises Refused where the instance has none."""
    rows = [row for one in pod["spec"]["containers"] for row in one.get("ports") or ()]
    found = next((row for row in rows if name in ("", row.get("name"))), None)
    if found is None:
        raise Refused(_("{instance} has no port {name}.").format(instance=pod["metadata"]["name"], name=name or "?"))
    return int(found["containerPort"])
