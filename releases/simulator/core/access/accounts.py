"""What a service account asks for when it asks for a token."""

from __future__ import annotations

from typing import Any

from .. import errors
from ..objects import Object
from ..schema.model import INTEGER, TEXTS, Struct, struct
from ..typecheck import check

_SHORTEST, _LONGEST, _HOUR = 600, 2**32, 3600
_REQUEST = Struct({"spec": struct(audiences=TEXTS, expirationSeconds=INTEGER)}, open=True)


def token_spec(body: Any, *, audience: str) -> Object:
    """For whom the token is meant and for how many seconds; 422 when that is too short or too long."""
    if not isinstance(body, dict):
        raise errors.bad_request("the body of the request is not an object")
    spec = check(body, _REQUEST)[0].get("spec") or {}
    seconds = spec.get("expirationSeconds", _HOUR)
    words = "less than 10 minutes" if seconds < _SHORTEST else "larger than 2^32 seconds" if seconds > _LONGEST else ""
    if words:
        message = f"Invalid value: {seconds}: may not specify a duration {words}"
        raise errors.invalid_token_request(errors.Cause("spec.expirationSeconds", "FieldValueInvalid", message))
    return {"audiences": spec.get("audiences") or [audience], "expirationSeconds": seconds}
