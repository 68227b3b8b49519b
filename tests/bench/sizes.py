"""How large everything is: by default for some minutes on two cores, `--full` as the aims say, `--quick` to try it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Of pages, `apps` are in one tenant and `all_apps` in all; a fifth of everything is measured before."""

    name: str
    settle: bool = True
    """Whether to wait until the demo is deployed and quiet before anything is measured."""
    apps: int
    all_apps: int
    audit: int
    log: int
    """Audit entries of one tenant, for the pages and the export of the log alone."""
    requests: int
    deploys: int
    real_deploys: int
    """On a real control plane, where one is built; it is not started for none."""
    sockets: int
    watching: int
    changes: int
    together: int
    clusters: int
    apps_per_cluster: int
    rounds: int
    idle_seconds: float
    starts: int
    instances: int
    """Of which the agent first watches as many, then twice as many."""


DEFAULT = Sizes(
    name="default",
    apps=2_000,
    all_apps=5_000,
    audit=100_000,
    log=300_000,
    requests=150,
    deploys=60,
    real_deploys=60,
    sockets=200,
    watching=50,
    changes=20,
    together=100,
    clusters=50,
    apps_per_cluster=2,
    rounds=4,
    idle_seconds=30,
    starts=3,
    instances=1_000,
)
FULL = Sizes(
    name="full",
    apps=10_000,
    all_apps=100_000,
    audit=3_000_000,
    log=3_000_000,
    requests=300,
    deploys=100,
    real_deploys=100,
    sockets=1_000,
    watching=50,
    changes=30,
    together=1_000,
    clusters=50,
    apps_per_cluster=4,
    rounds=4,
    idle_seconds=60,
    starts=5,
    instances=2_000,
)
QUICK = Sizes(
    name="quick",
    settle=False,
    apps=20,
    all_apps=50,
    audit=200,
    log=2_000,
    requests=2,
    deploys=2,
    real_deploys=0,
    sockets=6,
    watching=3,
    changes=1,
    together=3,
    clusters=2,
    apps_per_cluster=1,
    rounds=1,
    idle_seconds=1,
    starts=1,
    instances=2,
)
