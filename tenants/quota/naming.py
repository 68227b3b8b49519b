"""Which apps a sentence about quota may name: to each person those that they may see, and to none all of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from portal.access import Actor
from portal.operations.context import Context
from tenants.values import TenantRecord

Names = Callable[[Actor, Collection[str]], Mapping[str, str]]
knowing: list[Names] = []
"""Who knows what apps are called: the names by id of those that somebody may see; from the room above."""


def told(context: Context) -> TenantRecord:
    """The record as it is, with the names that may be told to who asks.

    For trying in `resolve` what `apply` does under the lock, which knows nobody: so what is refused is worded for one.
    """
    record: TenantRecord = context.value
    names = {pk: name for known in knowing for pk, name in known(context.actor, record.quota.apps).items()}
    return record.change(quota=replace(record.quota, names=names))
