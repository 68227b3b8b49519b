"""The tables of releases: what was frozen, how far it is on each cluster, and what the clusters last said."""

from releases.agent.models import AgentPresence, ClusterLease
from releases.models.observed import Observation, Sweep
from releases.models.plan import Step, StepRun, Target, TimelineEvent
from releases.models.provision import Provision
from releases.models.release import Release

__all__ = [
    "AgentPresence",
    "ClusterLease",
    "Observation",
    "Provision",
    "Release",
    "Step",
    "StepRun",
    "Sweep",
    "Target",
    "TimelineEvent",
]
