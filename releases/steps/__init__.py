"""The steps a plan is made of, a class in a file each.

A step answers two pure questions: which effects it needs, and what an observation means for it. Steps import
the frozen values of `releases` (snapshot, effects, events, observation, states) and nothing that reads a
database, a clock or a network.
"""

from releases.steps.apply import ApplyPart
from releases.steps.approval import Approval
from releases.steps.base import StepLogic
from releases.steps.build import Build
from releases.steps.delete_instance import DeleteOneInstance
from releases.steps.freeze import Freeze
from releases.steps.gate import Gate
from releases.steps.hold import Hold
from releases.steps.http_call import HttpCall
from releases.steps.http_check import HttpCheck
from releases.steps.job import Job
from releases.steps.metric_check import MetricCheck
from releases.steps.note import Note
from releases.steps.notify import Notify
from releases.steps.open_tracks import OpenTracks
from releases.steps.others_back import WaitForOthers
from releases.steps.prune import PruneLeftovers
from releases.steps.scale_down import ScaleDown
from releases.steps.set_replicas import SetInstanceCounts
from releases.steps.soak import Soak
from releases.steps.trade import Trade
from releases.steps.traffic import MoveTraffic
from releases.steps.wait_gone import WaitGone
from releases.steps.wait_ready import WaitReady
from releases.steps.window import Window

STEPS: dict[str, StepLogic] = {
    "apply": ApplyPart(),
    "set_replicas": SetInstanceCounts(),
    "wait_ready": WaitReady(),
    "others_back": WaitForOthers(),
    "scale_down": ScaleDown(),
    "prune": PruneLeftovers(),
    "wait_gone": WaitGone(),
    "delete_instance": DeleteOneInstance(),
    "hold": Hold(),
    "gate": Gate(),
    "approval": Approval(),
    "note": Note(),
    "notify": Notify(),
    "soak": Soak(),
    "window": Window(),
    "freeze": Freeze(),
    "open_tracks": OpenTracks(),
    "trade": Trade(),
    "traffic": MoveTraffic(),
    "job": Job(),
    "build": Build(),
    "http_call": HttpCall(),
    "http_check": HttpCheck(),
    "metric_check": MetricCheck(),
}

OUTSIDE = frozenset({"http_call", "http_check", "metric_check"})
"""Kinds that wait for servers other than clusters."""
