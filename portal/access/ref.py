"""`Ref`: the name of one thing an operation can be performed on, as URLs, API and command line spell it."""

from __future__ import annotations

from dataclasses import dataclass

APP = "app"
TENANT = "tenant"
RELEASE = "release"
CLUSTER = "cluster"
PLATFORM = "platform"


@dataclass(frozen=True)
class Ref:
    """`kind` says which of the other fields count: a release has tenant, app and number, a platform has none."""

    kind: str
    tenant: str = ""
    app: str = ""
    number: int = 0
    cluster: str = ""

    def __str__(self) -> str:
        parts = [self.tenant, self.app, str(self.number or ""), self.cluster]
        return "/".join([self.kind, *(part for part in parts if part)])
