"""Effects that reach out: the request stands in the frozen step, its secrets are looked up here and nowhere else."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from apps_mgmt import secrets
from portal.errors import PlatformError, Refused
from releases import building
from releases.effects import AskMetric, CallHttp, Outside, ProbeHttp
from releases.having import GIVEN
from releases.insets import filled_in
from releases.models import Step
from releases.outside import answers, prometheus
from releases.outside.sending import Answer, Unreached, send

WORDS = 300
"""Characters that are shown of what a server said."""

_LATER = frozenset({429, 502, 503, 504})
"""What a server answers that is not there just now: asked again, as one that does not answer."""

_ACCEPTED = 202

_KEYS = uuid.UUID("6f1f3f4e-3f0a-4a55-9b59-0d4c7d7f2f6e")


def reach_out(effect: Outside, step: Step, *, cluster_id: str, attempt: int) -> dict[str, Any]:
    """Carry an effect out; what came of it, as JSON. Raises Refused for an answer that says no, PlatformError for none.

    Doing it again sends the same idempotency key.
    """
    if isinstance(effect, CallHttp):
        return _call(effect, step, key=_key(step, cluster_id, attempt))
    if isinstance(effect, ProbeHttp):
        return _probe(step)
    if isinstance(effect, AskMetric):
        return {"sample": {"value": prometheus.ask(cluster_id, step.options["query"])}}
    raise TypeError(f"Nothing outside does {type(effect).__name__}.")


def _call(effect: CallHttp, step: Step, *, key: str) -> dict[str, Any]:
    answer, hidden = _send(step, inputs=effect.inputs, key=key)
    if answer.status in _LATER:
        raise PlatformError(_("The server answered {status}.").format(status=answer.status))
    if not _is_right(answer, step):
        raise Refused(_said(answer, hidden))
    given = answers.masked(answers.read(answer.text), hidden)
    if step.kind == "build":
        return {"status": answer.status, **_built(answer, given, step)}
    return {"status": answer.status, GIVEN: given}


def _built(answer: Answer, given: Any, step: Step) -> dict[str, Any]:
    """What a server that builds has made. One that has accepted it and names nothing is still at it."""
    if answer.status == _ACCEPTED and not (isinstance(given, dict) and (given.get("image") or given.get("digest"))):
        return {}
    return {"ended": {"well": True, "words": ""}, GIVEN: building.made(given, step)}


def _probe(step: Step) -> dict[str, Any]:
    try:
        answer, hidden = _send(step, inputs={}, key="")
    except Unreached as error:
        return {"sample": {"right": False, "words": str(error)}}
    return {"sample": {"right": _is_right(answer, step), "words": _said(answer, hidden)}}


def _send(step: Step, *, inputs: Mapping[str, str], key: str) -> tuple[Answer, list[str]]:
    """What a server says to the request of a step, and the secrets that were told to it."""
    request = step.options["request"]
    headers, hidden = _headers(request["headers"], app_id=step.release.app_id)
    if request["body"] and not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = "application/json" if _as_json(request["body"]) else "text/plain; charset=utf-8"
    headers |= {"User-Agent": "Slipway", "Accept": headers.get("Accept", "application/json, */*")}
    if key:
        headers["Idempotency-Key"] = key
    answer = send(
        request["method"],
        request["url"],
        headers=headers,
        body=_body(request["body"], inputs),
        allowed=settings.SLIPWAY_CALL_SERVERS_ALLOWED,
    )
    return answer, hidden


def _headers(rows: list[dict[str, Any]], *, app_id: uuid.UUID) -> tuple[dict[str, str], list[str]]:
    wanted = [(row["secret"]["name"], str(row["secret"]["version"])) for row in rows if row["secret"]]
    values = secrets.reveal(app_id, wanted) if wanted else {}
    headers = {}
    for row in rows:
        named = row["secret"]
        headers[row["name"]] = values[named["name"], str(named["version"])].strip() if named else row["value"]
    if any(ord(letter) < 32 or ord(letter) == 127 for value in headers.values() for letter in value):
        raise Refused(_("A secret of several lines cannot be sent in a header."))
    # Of “Bearer abc” the second word is the secret.
    return headers, [word for value in values.values() for word in (value.strip(), *value.split())]


def _body(text: str, inputs: Mapping[str, str]) -> str:
    """The body with `{name}` filled in; inside JSON a value stays a text, whatever quotes it holds."""
    if not inputs:
        return text
    found = _as_json(text)
    return filled_in(text, inputs) if found is None else json.dumps(_in_json(found, inputs), ensure_ascii=False)


def _as_json(text: str) -> Any:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict | list) else None


def _in_json(value: Any, inputs: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return filled_in(value, inputs)
    if isinstance(value, dict):
        return {key: _in_json(one, inputs) for key, one in value.items()}
    return [_in_json(one, inputs) for one in value] if isinstance(value, list) else value


def _is_right(answer: Answer, step: Step) -> bool:
    statuses = step.options["request"]["statuses"]
    return answer.status in statuses if statuses else 200 <= answer.status < 300


def _said(answer: Answer, hidden: list[str]) -> str:
    words = answers.short(str(answers.masked(answer.text, hidden)), WORDS)
    return f"{answer.status} {words}".strip()


def _key(step: Step, cluster_id: str, attempt: int) -> str:
    return str(uuid.uuid5(_KEYS, f"{step.release_id}/{cluster_id}/{step.number}/{attempt}"))
