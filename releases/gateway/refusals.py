"""From the `Status` a cluster answers with to an error of ours. Pure: takes the answer, returns the exception.

What a cluster says about a Secret can quote the secret, so of those answers only the names of fields are passed on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from portal.errors import ClusterAway, PlatformError, SlipwayError
from releases.gateway.errors import (
    Busy,
    CredentialsRefused,
    FenceLost,
    FieldConflict,
    ManifestRefused,
    QuotaRefused,
    Redirected,
    RightMissing,
    Unsigned,
    Vanished,
)
from releases.gateway.lost import Rival
from releases.gateway.trimming import plain_text

MAX_SENTENCE = 600
BUSY_SECONDS = 1.0
"""After which a cluster is asked again that is busy and does not say for how long."""
_NAME = r"[\w.:/@-]+"
_LACKS = re.compile(
    rf'User "({_NAME})" cannot (\w+) resource "({_NAME})" in API group "([\w.-]*)"(?: in the namespace "({_NAME})")?'
)
_ACCOUNT = "system:serviceaccount:"
# Of all that is said of an object that is too long these words hold nothing of it.
_TOO_LONG = re.compile(
    r"Too long: may not be more than \d+ bytes|Request entity too large: limit is \d+|etcdserver: request is too large"
)
_UNMERGED = "failed to create typed patch object"
_UNSIGNED = ("local issuer certificate", "self-signed certificate", "self signed certificate", "signature failure")


class Refusal(Exception):
    """An answer the gateway itself deals with; it never leaves this package."""


class Outdated(Refusal):
    """The object changed, went or was made anew between reading and writing: read it again and decide anew.

    409 Conflict; and 422 about `metadata.uid`, which an API server answers to an apply with the uid of another object.
    """


class AlreadyThere(Refusal):
    """A POST found an object of that name (409 AlreadyExists)."""


class Absent(Refusal):
    """404: the object, its namespace or its kind is not there."""


def refusal(
    status: int,
    body: str | bytes | None,
    *,
    cluster: str,
    what: str,
    retry_after: str | None = None,
    location: str | None = None,
) -> Exception:
    """The exception for an answer that is not 2xx. `what` names the object for people, e.g. `Deployment shop--web`;
    `retry_after` and `location` are the headers of these names."""
    answer = _status(body)
    message = str(answer.get("message") or "")
    reason = str(answer.get("reason") or "")
    if status == 404:
        return Absent(what)
    if status == 409:
        return _conflict(answer, reason, what=what)
    if status == 422 and any(cause.get("field") == "metadata.uid" for cause in _raw_causes(answer)):
        return Outdated(what)
    if status == 401:
        return CredentialsRefused(
            _(
                "Cluster {cluster} does not accept Slipway's credentials. A platform operator can renew them "
                "(cluster.renew); or, if another cluster stands there by now, remove this one as gone (cluster.remove)."
            ).format(cluster=cluster)
        )
    if status == 403:
        return _forbidden(body, message, cluster=cluster, what=what)
    if status == 400 and not answer and _wants_tls(body):
        return away(cluster, _("it takes https only, and its address begins with http://"))
    # What fits through the API server may still be too large for its store, which it tells as a fault of its own.
    # So is a list with two rows of one key, which it cannot merge.
    theirs = status == 500 and (_TOO_LONG.search(message) or message.startswith(_UNMERGED))
    if status in (400, 405, 413, 415, 422) or theirs:
        return ManifestRefused(
            _("Cluster {cluster} refuses {what}: {why}").format(
                cluster=cluster, what=what, why=_causes(answer, message, what=what)
            )
        )
    if status == 500 and "failed calling webhook" in message:
        return _unchecked(message, cluster=cluster, what=what)
    if status == 429:
        sentence = _("Cluster {cluster} has too much to do at the moment ({what}). It is tried again.")
        return Busy(sentence.format(cluster=cluster, what=what), after=_seconds(retry_after))
    if 300 <= status < 400 and location:
        return _redirected(cluster, location)
    return away(cluster, _("it answers {status}").format(status=status))


def away(cluster: str, why: str) -> ClusterAway:
    """The error for a cluster that cannot be reached or does not answer as it should."""
    return ClusterAway(_no_answer(cluster, why), why=why)


def handshake(cluster: str, reason: str) -> ClusterAway:
    """Why no TLS came about, by the words of OpenSSL, which names the answer of a plain server by what it lacks."""
    if "WRONG_VERSION_NUMBER" in reason or "RECORD_LAYER_FAILURE" in reason:
        return away(cluster, _("it speaks no TLS, and its address begins with https://"))
    if "mismatch, certificate is not valid for" in reason:
        return away(cluster, _("its certificate is for another address"))
    if "certificate has expired" in reason:
        return away(cluster, _("its certificate has expired"))
    why = _("its certificate is not the one expected")
    if any(words in reason for words in _UNSIGNED):
        return Unsigned(_no_answer(cluster, why), why=why)
    return away(cluster, why)


def vanished(what: str) -> Vanished:
    return Vanished(_("{what} was deleted while it was being changed. Deploy again to create it.").format(what=what))


def fence_lost(what: str, *, cluster: str) -> FenceLost:
    return FenceLost(
        _("A newer release has taken over {what} on cluster {cluster}.").format(what=what, cluster=cluster)
    )


def in_the_way(what: str, rivals: Sequence[Rival]) -> FieldConflict:
    """The conflict with what others put in the place of fields that Slipway sets; a cluster itself would only say that
    the two do not go together.
    """
    told = (
        _("{manager} has {theirs} in the place of {ours}").format(
            manager=one.manager or _("somebody"), theirs=one.told, ours=one.field
        )
        for one in rivals
    )
    sentence = _("Of {what}, which Slipway sets too, {rivals}. Take it over, or leave it as it is there.")
    owners = {one.field: one.manager for one in rivals}
    return FieldConflict(_short(sentence.format(what=what, rivals="; ".join(told))), owners=owners, what=what)


def _no_answer(cluster: str, why: str) -> str:
    return _("Cluster {cluster} does not answer ({why}). Slipway keeps trying.").format(cluster=cluster, why=why)


def _redirected(cluster: str, location: str) -> Redirected:
    """Only the host is told: what stands behind it may be a secret of whoever sent the answer."""
    try:
        host = plain_text(urlsplit(location).hostname or "", limit=253)
    except ValueError:
        host = ""
    why = _("it redirects to {host}").format(host=host) if host else _("it redirects to another path")
    return Redirected(_no_answer(cluster, why), why=why, host=host)


def _wants_tls(body: str | bytes | None) -> bool:
    """What Go's server, nginx and Apache answer to plain HTTP where they speak TLS; none of it is a `Status`."""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body or ""
    return "HTTP request to an HTTPS server" in text or "plain HTTP" in text


def _seconds(retry_after: str | None) -> float:
    """An API server gives a number of seconds; a date, which a proxy might give, is not looked at."""
    given = (retry_after or "").strip()
    return float(given) if given.isascii() and given.isdigit() else BUSY_SECONDS


def _status(body: str | bytes | None) -> Mapping[str, Any]:
    try:
        answer = json.loads(body or "{}")
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _conflict(answer: Mapping[str, Any], reason: str, *, what: str) -> Exception:
    causes = [cause for cause in _raw_causes(answer) if cause.get("reason") == "FieldManagerConflict"]
    if not causes:
        return AlreadyThere(what) if reason == "AlreadyExists" else Outdated(what)
    owners = {str(cause.get("field") or ""): _manager(str(cause.get("message") or "")) for cause in causes}
    sentence = _(
        "{managers} changed {fields} of {what}, which Slipway sets too. Take it over, or leave it as it is there."
    ).format(managers=", ".join(sorted(set(owners.values()))), fields=", ".join(sorted(owners)), what=what)
    return FieldConflict(_short(sentence), owners=owners, what=what)


def _forbidden(body: str | bytes | None, message: str, *, cluster: str, what: str) -> SlipwayError:
    if "exceeded quota" in message:
        why = _short(message[message.index("exceeded quota") :])
        return QuotaRefused(
            _("Cluster {cluster} has no room for {what}: {why}. Ask for a higher quota or free some.").format(
                cluster=cluster, what=what, why=why
            )
        )
    if "denied the request" in message or "denied request" in message:
        why = _("an admission rule denies it") if _is_secret(what) else _short(message)
        return ManifestRefused(_("Cluster {cluster} refuses {what}: {why}").format(cluster=cluster, what=what, why=why))
    return _right_missing(body, cluster=cluster, what=what)


def lacking(body: str | bytes | None) -> tuple[str, str] | None:
    """(account, right) by a 403: who may not do what; None where the answer does not name it. A service account is
    told as namespace/name.
    """
    found = _LACKS.search(str(_status(body).get("message") or ""))
    if found is None:
        return None
    user, verb, resource, group, namespace = found.groups(default="")
    right = f"{verb} {resource}.{group}" if group else f"{verb} {resource}"
    if namespace:
        right = _("{right} in the namespace {namespace}").format(right=right, namespace=namespace)
    account = user.removeprefix(_ACCOUNT)
    return account if account == user else account.replace(":", "/"), right


def _right_missing(body: str | bytes | None, *, cluster: str, what: str) -> RightMissing:
    found = lacking(body)
    if found is None:
        sentence = _("Slipway may not do this on cluster {cluster} ({what}). Its account there needs the right.")
        return RightMissing(sentence.format(cluster=cluster, what=what))
    account, right = found
    sentence = _(
        "Slipway may not do this on cluster {cluster} ({what}). Its account there needs the right: {account} cannot "
        "{right}. A platform operator can make the cluster ready again, or renew the access."
    )
    return RightMissing(sentence.format(cluster=cluster, what=what, account=account, right=right))


def _unchecked(message: str, *, cluster: str, what: str) -> PlatformError:
    """An admission webhook of the cluster does not answer: the cluster itself does, so its breaker stays closed."""
    why = _("an admission webhook fails") if _is_secret(what) else _short(message[message.index("failed calling") :])
    return PlatformError(
        _("Cluster {cluster} cannot have {what} checked: {why}. It is tried again.").format(
            cluster=cluster, what=what, why=why
        )
    )


def _causes(answer: Mapping[str, Any], message: str, *, what: str) -> str:
    causes = _raw_causes(answer)
    if _is_secret(what):
        long = _TOO_LONG.search(message)
        fields = ", ".join(sorted({str(cause.get("field") or "") for cause in causes if cause.get("field")}))
        return (long[0] if long else fields) or _("it is not valid")
    said = "; ".join(f"{cause.get('field') or ''}: {cause.get('message') or ''}".strip(": ") for cause in causes)
    return _short(said or message or _("it is not valid"))


def _raw_causes(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    details = answer.get("details")
    causes = details.get("causes") if isinstance(details, dict) else None
    return [cause for cause in causes if isinstance(cause, dict)] if isinstance(causes, list) else []


def _manager(message: str) -> str:
    """The manager in `conflict with "kubectl-edit" using apps/v1`, with what the server adds left out."""
    parts = message.split('"')
    return plain_text(parts[1]) if len(parts) > 2 else _("another tool")


def _is_secret(what: str) -> bool:
    return what.startswith("Secret")


def _short(text: str) -> str:
    text = plain_text(text)
    return text if len(text) <= MAX_SENTENCE else text[: MAX_SENTENCE - 1] + "…"
