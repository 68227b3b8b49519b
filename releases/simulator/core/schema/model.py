"""The small language the shapes are written in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar


@dataclass(frozen=True, slots=True)
class Scalar:
    """``type`` is string, integer, boolean, number, quantity, int-or-string, bytes, time or any.

    ``standing``: as of a ``Struct``; an empty one says as much as none.
    """

    type: str
    standing: bool = False


@dataclass(frozen=True, slots=True)
class Struct:
    """Named fields. ``open`` keeps fields it does not know; ``atomic`` is owned and replaced as one.

    ``standing``: as long as what it lies in is there, so is it, however empty; nobody adds it or takes it away.
    """

    fields: Mapping[str, Schema]
    atomic: bool = False
    open: bool = False
    standing: bool = False


@dataclass(frozen=True, slots=True)
class MapOf:
    value: Schema
    atomic: bool = False


@dataclass(frozen=True, slots=True)
class ListOf:
    """``mode`` is atomic, set or map; ``keys`` identify a row of a map list; ``merge_key`` is strategic merge's one.

    ``tells_empty``: an empty one is another thing than none, so that it is kept. ``standing``: as of a ``Struct``.
    """

    item: Schema
    mode: str = "atomic"
    keys: tuple[str, ...] = ()
    merge_key: str = ""
    key_defaults: Mapping[str, object] = field(default_factory=dict)
    tells_empty: bool = False
    standing: bool = False


Schema = Scalar | Struct | MapOf | ListOf

STRING = Scalar("string")
INTEGER = Scalar("integer")
BOOLEAN = Scalar("boolean")
NUMBER = Scalar("number")
QUANTITY = Scalar("quantity")
INT_OR_STRING = Scalar("int-or-string")
BYTES = Scalar("bytes")
TIME = Scalar("time")
ANY = Scalar("any")
STRINGS = MapOf(STRING)
TEXTS = ListOf(STRING)
OPEN = Struct({}, open=True)


def struct(*texts: str, **fields: Schema) -> Struct:
    """A struct; names given as plain words are strings."""
    return Struct({**dict.fromkeys(texts, STRING), **fields})


def atomic(*texts: str, **fields: Schema) -> Struct:
    return Struct({**dict.fromkeys(texts, STRING), **fields}, atomic=True)


def rows(item: Schema, *keys: str, merge: str = "", **defaults: object) -> ListOf:
    """A list whose rows are told apart by ``keys``."""
    return ListOf(item, "map", keys, merge or keys[0], defaults)


_Standing = TypeVar("_Standing", Scalar, Struct, ListOf)


def standing(schema: _Standing) -> _Standing:
    """One that is always there."""
    return replace(schema, standing=True)


LABEL_SELECTOR = Struct(
    {
        "matchLabels": STRINGS,
        "matchExpressions": ListOf(struct("key", "operator", values=TEXTS)),
    },
    atomic=True,
)
META = struct(
    "name",
    "generateName",
    "namespace",
    "uid",
    "resourceVersion",
    "selfLink",
    generation=INTEGER,
    creationTimestamp=TIME,
    deletionTimestamp=TIME,
    deletionGracePeriodSeconds=INTEGER,
    labels=STRINGS,
    annotations=STRINGS,
    ownerReferences=rows(
        atomic("apiVersion", "kind", "name", "uid", controller=BOOLEAN, blockOwnerDeletion=BOOLEAN), "uid"
    ),
    finalizers=ListOf(STRING, "set", merge_key="-"),
    managedFields=ListOf(OPEN),
)
CONDITIONS = rows(
    struct(
        "type",
        "status",
        "reason",
        "message",
        lastTransitionTime=TIME,
        lastUpdateTime=TIME,
        lastProbeTime=TIME,
        observedGeneration=INTEGER,
    ),
    "type",
)


def whole(**fields: Schema) -> Struct:
    """A top-level object of a built-in kind with the given sections beside ``metadata``."""
    return custom(**{name: standing(one) if isinstance(one, Struct) else one for name, one in fields.items()})


def custom(**fields: Schema) -> Struct:
    """The same of a custom kind: of what it has, all that is there was written by somebody."""
    return Struct({"apiVersion": STRING, "kind": STRING, "metadata": META, **fields})
