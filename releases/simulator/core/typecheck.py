"""Types and unknown fields of a body, before anything else looks at it.

Numbers that arrive as text and the like are refused as a decoder refuses them; fields nobody knows are dropped and
reported, so that the caller can warn, refuse or stay silent as ``fieldValidation`` asks.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from . import errors, quantities
from .objects import Object
from .schema.model import QUANTITY, ListOf, MapOf, Scalar, Schema, Struct

_GO_NAMES = {"integer": "int32", "string": "string", "boolean": "bool", "bytes": "[]uint8", "number": "float64"}


_LONG = ("Seconds", "eneration", ".runAsUser", ".runAsGroup", ".fsGroup", "]")
"""How the paths of 64-bit integers end; the others have 32."""


def _json_name(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    names: dict[type, str] = {str: "string", dict: "object", list: "array"}
    return names.get(type(value), "value")


def _zero(schema: Schema) -> Any:
    """What a null inside a list or map is read as."""
    if isinstance(schema, Scalar):
        return {"integer": 0, "boolean": False, "number": 0, "quantity": "0", "any": None}.get(schema.type, "")
    return [] if isinstance(schema, ListOf) else {}


class _Checker:
    def __init__(self, *, drop_empty: bool, canonical: bool) -> None:
        self.unknown: list[str] = []
        self.canonical = canonical
        self.drop_empty = drop_empty

    def wrong(self, path: str, value: Any, expected: str) -> errors.ApiError:
        return errors.bad_request(
            f"json: cannot unmarshal {_json_name(value)} into Go struct field {path.lstrip('.')} of type {expected}"
        )

    def scalar(self, value: Any, schema: Scalar, path: str) -> Any:
        kind = schema.type
        if kind == "any" or value is None:
            return value
        if kind in ("string", "time", "bytes") and not isinstance(value, str):
            raise self.wrong(path, value, _GO_NAMES.get(kind, "string"))
        if kind == "boolean" and not isinstance(value, bool):
            raise self.wrong(path, value, "bool")
        if kind == "integer":
            return self.integer(value, path)
        if kind == "int-or-string":
            return value if isinstance(value, str) else self.integer(value, path)
        if kind == "quantity":
            return self.quantity(value, path)
        if kind == "bytes":
            self.encoded(value, path)
        return value

    def integer(self, value: Any, path: str) -> int:
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.wrong(path, value, "int32")
        bits = 64 if path.endswith(_LONG) else 32
        if not -(2 ** (bits - 1)) <= value < 2 ** (bits - 1):
            raise errors.bad_request(
                f"json: cannot unmarshal number {value} into Go struct field {path.lstrip('.')} of type int{bits}"
            )
        return value

    def quantity(self, value: Any, path: str, *, places: int = quantities.NANO) -> str:
        """As it is kept: in its canonical form where the kind is built in."""
        try:
            quantities.parse(value)
            return quantities.canonical(str(value), places=places) if self.canonical else str(value)
        except ValueError as error:
            raise errors.bad_request(
                f"unable to parse quantity's suffix or number at {path.lstrip('.')}: {value!r}; quantities must match "
                "the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
            ) from error

    def encoded(self, value: str, path: str) -> None:
        try:
            base64.b64decode(value, validate=True)
        except binascii.Error as error:
            raise errors.bad_request(f"illegal base64 data at {path.lstrip('.')}") from error

    def walk(self, value: Any, schema: Schema, path: str) -> Any:
        if isinstance(schema, Scalar):
            return self.scalar(value, schema, path)
        if value is None:
            return None
        if isinstance(schema, ListOf):
            if not isinstance(value, list):
                raise self.wrong(path, value, "slice")
            rows = [self.walk(item, schema.item, f"{path}[{place}]") for place, item in enumerate(value)]
            return [_zero(schema.item) if row is None else row for row in rows]
        if not isinstance(value, dict):
            raise self.wrong(path, value, "map" if isinstance(schema, MapOf) else "struct")
        if isinstance(schema, MapOf):
            found = {key: self.member(item, schema, f"{path}.{key}") for key, item in value.items()}
            return {key: _zero(schema.value) if item is None else item for key, item in found.items()}
        return self.struct(value, schema, path)

    def member(self, value: Any, schema: MapOf, path: str) -> Any:
        """Amounts by the name of the resource have no more than three decimal places."""
        if schema.value == QUANTITY and value is not None:
            return self.quantity(value, path, places=quantities.MILLI)
        return self.walk(value, schema.value, path)

    def drops(self, value: Any, schema: Schema) -> bool:
        """Whether it is left out, as one that is empty."""
        tells = isinstance(schema, ListOf) and schema.tells_empty
        return self.drop_empty and not value and isinstance(schema, ListOf | MapOf) and not tells

    def struct(self, value: Object, schema: Struct, path: str) -> Object:
        known: Object = {}
        for key, item in value.items():
            field = schema.fields.get(key)
            if field is not None:
                checked = self.walk(item, field, f"{path}.{key}")
                if checked is not None and not self.drops(checked, field):
                    known[key] = checked
            elif schema.open:
                known[key] = item
            else:
                self.unknown.append(f"{path}.{key}".lstrip("."))
        return known


def check(obj: Object, schema: Struct, *, drop_empty: bool = True, canonical: bool = False) -> tuple[Object, list[str]]:
    """The object with known fields only, and the paths that nobody knows; 400 for a wrong type.

    ``canonical``: quantities are given their canonical form. Null fields are left out, and empty lists and maps too
    unless told otherwise: built-in kinds hardly ever show them.
    """
    checker = _Checker(drop_empty=drop_empty, canonical=canonical)
    return checker.struct(obj, schema, ""), checker.unknown
