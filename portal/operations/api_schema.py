"""What the schema of the API says beyond what the serializers do."""

from __future__ import annotations

from typing import Any


def without_unknown_fields(result: dict[str, Any], **_given: Any) -> dict[str, Any]:
    """Say of every input, and of the rows in it, that a field it does not know is refused.

    A hook of drf-spectacular, called with the whole schema; inputs are its components whose names end in `Request`.
    """
    for name, component in result.get("components", {}).get("schemas", {}).items():
        if name.endswith("Request") and component.get("type") == "object":
            component["additionalProperties"] = False
    return result
