"""What came of `perform`, in the same shape for form, API and command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from portal.access import Ref
from portal.operations.subject import Preview


@dataclass(frozen=True)
class Outcome:
    """`changed` is False when the input leaves everything as it is: then nothing was written.

    `version` is the subject's version now, `revision` the number of the revision that was made, `result` what a NOW
    operation started, such as `{"release": 12}`. A dry run has a `preview` and wrote nothing.
    """

    operation: str
    ref: Ref
    changed: bool
    message: str
    version: int | None = None
    revision: int | None = None
    result: Mapping[str, Any] = field(default_factory=dict)
    preview: Preview | None = None
    url: str = ""

    def as_json(self) -> dict[str, Any]:
        """The answer of the API."""
        answer: dict[str, Any] = {
            "operation": self.operation,
            "changed": self.changed,
            "message": self.message,
            "version": self.version,
        }
        if self.preview is not None:
            # The message says what happens.
            shown = {name: one for name, one in asdict(self.preview).items() if name != "happens"}
            return answer | {"dry_run": True} | shown
        return answer | {"revision": self.revision, "result": dict(self.result), "url": self.url}
