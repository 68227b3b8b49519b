"""Refusals of the API as ``Status`` objects, worded as a real control plane words them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .kinds import Kind


@dataclass(frozen=True, slots=True)
class Cause:
    """One field that is wrong: its path, the machine-readable reason and the sentence."""

    field: str
    reason: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


class ApiError(Exception):
    """A request that is refused; ``status`` is the whole ``Status`` object to answer with."""

    def __init__(self, code: int, reason: str, message: str, *, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.status: dict[str, Any] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": message,
            **({"reason": reason} if reason else {}),
            **({"details": details} if details is not None else {}),
            "code": code,
        }


def _details(kind: Kind, name: str, *, causes: list[dict[str, str]] | None = None) -> dict[str, Any]:
    details: dict[str, Any] = {"name": name, "group": kind.group, "kind": kind.plural}
    if causes:
        details["causes"] = causes
    return {key: value for key, value in details.items() if value}


def not_found(kind: Kind, name: str) -> ApiError:
    return ApiError(404, "NotFound", f'{kind.resource} "{name}" not found', details=_details(kind, name))


def no_such_path() -> ApiError:
    return ApiError(404, "NotFound", "the server could not find the requested resource", details={})


def already_exists(kind: Kind, name: str) -> ApiError:
    return ApiError(409, "AlreadyExists", f'{kind.resource} "{name}" already exists', details=_details(kind, name))


def conflict(kind: Kind, name: str, why: str) -> ApiError:
    return _conflict(kind, kind.plural, name, why)


def scale_conflict(kind: Kind, name: str, why: str) -> ApiError:
    return _conflict(kind, f"{kind.plural}/scale", name, why)


def precondition(kind: Kind, name: str, why: str) -> ApiError:
    """A deletion that is meant for another object, which is named by its kind and not by its resource."""
    return _conflict(kind, kind.kind, name, why)


def _conflict(kind: Kind, called: str, name: str, why: str) -> ApiError:
    qualified = f"{called}.{kind.group}" if kind.group else called
    details = {"name": name, "group": kind.group, "kind": called}
    message = f'Operation cannot be fulfilled on {qualified} "{name}": {why}'
    return ApiError(409, "Conflict", message, details={key: value for key, value in details.items() if value})


def modified(kind: Kind, name: str) -> ApiError:
    return conflict(
        kind, name, "the object has been modified; please apply your changes to the latest version and try again"
    )


def manager_conflict(message: str, causes: list[Cause]) -> ApiError:
    rows = [{"reason": cause.reason, "message": cause.message, "field": cause.field} for cause in causes]
    return ApiError(409, "Conflict", message, details={"causes": rows})


def invalid(kind: Kind, name: str, causes: list[Cause]) -> ApiError:
    return _invalid(kind.group, kind.kind, name, causes)


def invalid_options(causes: list[Cause], *, kind: str = "ListOptions") -> ApiError:
    """How something is asked for is wrong, or does not go together."""
    return _invalid("meta.k8s.io", kind, "", causes)


def invalid_patch(patched: object, error: ApiError) -> ApiError:
    """What came of a patch cannot be read as an object of its kind."""
    text = json.dumps(json.dumps(patched, separators=(",", ":")), ensure_ascii=False)
    cause = Cause("patch", "FieldValueInvalid", f"Invalid value: {text}: {error}")
    return _invalid("", "", "", [cause])


def invalid_token_request(cause: Cause) -> ApiError:
    return _invalid("authentication.k8s.io", "TokenRequest", "", [cause])


def invalid_log_options(pod: str, causes: list[Cause]) -> ApiError:
    return _invalid("", "PodLogOptions", pod, causes)


def untyped(obj: dict[str, Any], faults: list[str]) -> ApiError:
    """What is applied cannot be merged: the server tells it as a fault of its own, without a reason."""
    meta = obj.get("metadata") or {}
    called = f"{meta.get('namespace', '')}/{meta.get('name', '')}; {obj['apiVersion']}, Kind={obj['kind']}"
    if obj["apiVersion"].count("/") == 0:
        called = f"{meta.get('namespace', '')}/{meta.get('name', '')}; /{obj['apiVersion']}, Kind={obj['kind']}"
    said = faults[0] if len(faults) == 1 else "errors:\n" + "\n".join(f"  {one}" for one in faults)
    return ApiError(500, "", f"failed to create typed patch object ({called}): {said}")


def invalid_review(field: str, message: str) -> ApiError:
    """A question about rights that is none; such refusals name no kind."""
    return _invalid("authorization.k8s.io", "", "", [Cause(field, "FieldValueInvalid", f"Invalid value: {message}")])


def _invalid(group: str, kind: str, name: str, causes: list[Cause]) -> ApiError:
    rows = [{"reason": cause.reason, "message": cause.message, "field": cause.field} for cause in causes]
    said = list(dict.fromkeys(str(cause) for cause in causes))
    text = said[0] if len(said) == 1 else "[" + ", ".join(said) + "]"
    details: dict[str, Any] = {"name": name, "group": group, "kind": kind, "causes": rows}
    message = f'{kind}{"." if group else ""}{group} "{name}" is invalid: {text}'
    return ApiError(422, "Invalid", message, details={key: value for key, value in details.items() if value})


def forbidden(kind: Kind, name: str, why: str, *, causes: list[dict[str, str]] | None = None) -> ApiError:
    message = f'{kind.resource} "{name}" is forbidden: {why}'
    return ApiError(403, "Forbidden", message, details=_details(kind, name, causes=causes))


def bad_request(message: str) -> ApiError:
    return ApiError(400, "BadRequest", message)


def unauthorized() -> ApiError:
    return ApiError(401, "Unauthorized", "Unauthorized")


def gone(message: str, *, token: str = "") -> ApiError:
    """Too old. With a `token`, the rest of the list can be had, as it is by now."""
    expired = ApiError(410, "Expired", message)
    if token:
        expired.status["metadata"] = {"continue": token}
    return expired


def too_new(asked: int, *, current: int) -> ApiError:
    message = f"Timeout: Too large resource version: {asked}, current: {current}"
    causes = [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]
    return ApiError(504, "Timeout", message, details={"causes": causes, "retryAfterSeconds": 1})


def method_not_allowed() -> ApiError:
    return ApiError(
        405, "MethodNotAllowed", "the server does not allow this method on the requested resource", details={}
    )


def over_budget(why: str, *, wait: int = 0) -> ApiError:
    """An eviction that would leave too few pods; ``wait`` is for how many seconds to wait before asking again."""
    message = "Cannot evict pod as it would violate the pod's disruption budget."
    details: dict[str, Any] = {"causes": [{"reason": "DisruptionBudget", "message": why}]}
    if wait:
        details["retryAfterSeconds"] = wait
    return ApiError(429, "TooManyRequests", message, details=details)


def unsupported_media(accepted: tuple[str, ...], *, hint: str = "") -> ApiError:
    message = "the body of the request was in an unknown format - accepted media types include: " + ", ".join(accepted)
    if hint:
        message = f"{message}. {hint}"
    return ApiError(415, "UnsupportedMediaType", message)


def too_large(limit: int) -> ApiError:
    return ApiError(413, "RequestEntityTooLarge", f"Request entity too large: limit is {limit}")


def unavailable(message: str) -> ApiError:
    return ApiError(503, "ServiceUnavailable", message, details={"retryAfterSeconds": 1})
