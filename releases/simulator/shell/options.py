"""How a write is meant, by its query; 422 for what nothing can be meant by."""

from __future__ import annotations

from aiohttp import web

from ..core import deletion, errors
from ..core.access import User
from ..core.api import APPLY_PATCH, Write
from ..core.objects import Object
from ..core.validate import names
from .queries import Query, flag

_KINDS = {"POST": "CreateOptions", "PUT": "UpdateOptions", "PATCH": "PatchOptions", "DELETE": "DeleteOptions"}
_LONGEST = 128
_VALIDATIONS = ("", "Ignore", "Strict", "Warn")


def write_of(request: web.Request, query: Query, user: User, *, deleted: Object | None = None) -> Write:
    """``deleted``: the options of a deletion, which may ask for a trial themselves."""
    dry = query.get("dryRun")
    asked = [dry] if dry is not None else (deleted or {}).get("dryRun") or []
    causes = _of_patch(request, query) if request.method == "PATCH" else []
    causes += deletion.faults(deleted) if deleted is not None else _of_manager(query.get("fieldManager", ""))
    if set(asked) - {"All"}:
        causes.append(names.unsupported("dryRun", asked, ("All",)))
    validation = query.get("fieldValidation", "")
    if validation not in _VALIDATIONS and deleted is None:
        causes.append(names.unsupported("fieldValidation", validation, _VALIDATIONS))
    if causes:
        raise errors.invalid_options(causes, kind=_KINDS[request.method])
    return Write(
        manager=query.get("fieldManager") or request.headers.get("User-Agent", "unknown").split("/")[0] or "unknown",
        dry_run=bool(asked),
        force=flag(query, "force"),
        validation=validation or "Warn",
        user=user,
    )


def _of_patch(request: web.Request, query: Query) -> list[errors.Cause]:
    applies = request.content_type == APPLY_PATCH
    if applies and not query.get("fieldManager"):
        return [names.required("fieldManager", "is required for apply patch")]
    if not applies and "force" in query:
        return [names.forbidden("force", "may not be specified for non-apply patch")]
    return []


def _of_manager(manager: str) -> list[errors.Cause]:
    if len(manager.encode()) > _LONGEST:
        words = f"Too long: may not be more than {_LONGEST} bytes"
        return [errors.Cause("fieldManager", "FieldValueTooLong", words)]
    for place, letter in enumerate(manager):
        if not letter.isprintable():
            shown = "".join(one if one.isprintable() else f"\\x{ord(one):02x}" for one in manager)
            words = f"invalid character U+{ord(letter):04X} (at position {place})"
            return [errors.Cause("fieldManager", "FieldValueInvalid", f'Invalid value: "{shown}": {words}')]
    return []
