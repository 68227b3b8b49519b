"""Why something changed: a code with values, put into words only when somebody reads it (see `wording`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Reason:
    """A code from `sentences.SENTENCES` and the JSON values of its sentence.

    `values["words"]`, where present, are the cluster's own words (a waiting message, the last log line).
    """

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def dump(self) -> dict[str, Any]:
        return {"code": self.code, "values": dict(self.values)}

    @classmethod
    def load(cls, raw: Mapping[str, Any] | None) -> "Reason | None":
        """The reason stored as JSON; None and an empty mapping mean there was none."""
        return cls(raw["code"], raw.get("values", {})) if raw else None
