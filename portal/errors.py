"""The errors of Slipway: sentences for people, each with the HTTP status that every front end answers with.

`UserError` is something the person can mend; `PlatformError` is ours and is tried again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class SlipwayError(Exception):
    """Base of all. `message` is a sentence with a next step (text or lazy translation), `code` a stable word.

    `retry_seconds`: after how long the same request may well be answered otherwise (`Retry-After`); 0: not by itself.
    """

    status: ClassVar[int] = 500
    retry_seconds: ClassVar[int] = 0
    default_code: ClassVar[str] = "error"

    def __init__(self, message: object, *, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code

    def __str__(self) -> str:
        return str(self.message)


class UserError(SlipwayError):
    """Something in the request is not right, and the person can put it right."""

    status = 400
    default_code = "user_error"


class NotFound(UserError):
    """There is no such thing, or it is not this actor's to know of: the answer is the same."""

    status = 404
    default_code = "not_found"


class Forbidden(UserError):
    """A member lacks a right, or somebody signed in one over the platform. It says which, and who can give it."""

    status = 403
    default_code = "forbidden"


class NeedsRight(UserError):
    """The input asks for something that takes a second right. What is typed stays: other input may need none."""

    status = 403
    default_code = "forbidden"


class Invalid(UserError):
    """The input does not parse. `fields` maps a field's name to its sentences."""

    status = 400
    default_code = "invalid"

    def __init__(self, message: object, *, code: str = "", fields: Mapping[str, Sequence[str]] | None = None) -> None:
        super().__init__(message, code=code)
        self.fields = {name: list(sentences) for name, sentences in (fields or {}).items()}


class Refused(UserError):
    """The input parses, but what it asks for cannot be: an invariant, a rule, a state that does not allow it.

    `field` is the path of the input it is about, where there is one (`targets[0].cluster`); a row may also be named by
    its key (`targets.north`), and the path may begin further out, in the value (`placement.targets.north`).
    `others`: further paths with sentences of their own, of what is wrong in the same way.
    """

    status = 422
    default_code = "refused"

    def __init__(
        self, message: object, *, code: str = "", field: str = "", others: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(message, code=code)
        self.field = field
        self.others = dict(others or {})

    @property
    def told(self) -> Mapping[str, Sequence[str]]:
        """The path of each input it is about → its sentences, as `Invalid` has them."""
        return {path: [str(one)] for path, one in {self.field: self.message, **self.others}.items() if path}


class QuotaExceeded(Refused):
    """The change does not fit into the tenant's quota."""

    default_code = "quota_exceeded"


class Conflict(UserError):
    """The object changed since the form was made, is locked, or is busy.

    `current_version` is what it is now; `differences` has a row {field, label, theirs, mine} for each input that
    differs from what the object holds now, without secrets. `fields` maps the fields by
    which one can choose how to go on to their sentences.
    """

    status = 409
    default_code = "conflict"

    def __init__(
        self,
        message: object,
        *,
        code: str = "",
        current_version: int | None = None,
        differences: Sequence[Mapping[str, Any]] = (),
        fields: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        super().__init__(message, code=code)
        self.current_version = current_version
        self.differences = list(differences)
        self.fields = {name: list(sentences) for name, sentences in (fields or {}).items()}


class PlatformError(SlipwayError):
    """Something of ours does not answer. Nothing is lost: the work is tried again."""

    status = 503
    default_code = "platform_error"


class Contended(PlatformError):
    """What was asked for gave way to somebody else's change, and left no trace. `why` is the reason, a few words."""

    default_code = "busy"
    retry_seconds = 5

    def __init__(self, message: object, *, why: str = "", code: str = "") -> None:
        super().__init__(message, code=code)
        self.why = why


class ClusterAway(PlatformError):
    """A cluster does not answer. `why` is the reason alone, a few words such as "no connection"."""

    default_code = "cluster_away"

    def __init__(self, message: object, *, why: str = "", code: str = "") -> None:
        super().__init__(message, code=code)
        self.why = why
