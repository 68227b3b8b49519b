"""The shape of every kind: which fields exist, their types, and how lists and maps merge.

One description serves type checks, unknown fields, server-side apply, strategic merge and the OpenAPI documents.
"""

from .model import ListOf, MapOf, Scalar, Schema, Struct
from .registry import schema_of

__all__ = ["ListOf", "MapOf", "Scalar", "Schema", "Struct", "schema_of"]
