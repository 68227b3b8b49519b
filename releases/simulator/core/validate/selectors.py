"""Label selectors, wherever they stand."""

from __future__ import annotations

from ..errors import Cause
from ..objects import Object
from . import names

_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")


def label_selector(selector: Object, field: str) -> list[Cause]:
    causes = names.labels(f"{field}.matchLabels", selector.get("matchLabels"))
    for place, row in enumerate(selector.get("matchExpressions") or ()):
        here = f"{field}.matchExpressions[{place}]"
        causes += names.qualified_name(f"{here}.key", row.get("key", ""))
        if row.get("operator") not in _OPERATORS:
            causes.append(names.bad(f"{here}.operator", row.get("operator", ""), "not a valid selector operator"))
        elif row["operator"] in ("In", "NotIn") and not row.get("values"):
            causes.append(names.required(f"{here}.values", "must be specified when `operator` is 'In' or 'NotIn'"))
        elif row["operator"] in ("Exists", "DoesNotExist") and row.get("values"):
            sentence = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
            causes.append(names.forbidden(f"{here}.values", sentence))
    return causes
