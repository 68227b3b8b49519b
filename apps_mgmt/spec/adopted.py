"""Workloads that ran before Slipway took them over: they keep their names, their selectors, and what they run."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from apps_mgmt.spec.base import LongText, ShortText, SpecModel
from apps_mgmt.spec.life import Pair


class Adopted(SpecModel):
    """The Deployment `workload` that is a process on one cluster, since it was taken over there without a restart.

    `kept` is its spec at that moment, as JSON, without selector and number of instances; `written` is what Slipway
    would have written for the process, in the same form. Only what differs between `written` and what is written for
    the process today was changed since: that, and nothing else, goes into `kept`. So the two say the same, each in its
    own spelling, and what nobody changes stays to the letter. `container` is the one that is the process's own; `uid`
    says which Deployment it was, so that none of the same name is taken for it.
    """

    KEY: ClassVar[tuple[str, ...]] = ("cluster",)

    cluster: ShortText
    workload: ShortText
    uid: ShortText
    container: ShortText
    selector: tuple[Pair, ...] = Field(min_length=1)
    kept: LongText
    written: LongText = "{}"
