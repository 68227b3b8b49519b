"""A simulated cluster `east` per test process, for operations that ask a cluster which answers.

Started by whoever needs it first; it ends with the process.
"""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path

from tenants.models import Cluster
from tests import cast
from tests.cluster.simulators import Simulator, running_simulator

NAME = "east"


@lru_cache(maxsize=1)
def simulator() -> Simulator:
    folder, stack = Path(tempfile.mkdtemp(prefix="slipway-east-")), ExitStack()
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(stack.close)
    return stack.enter_context(running_simulator(folder, name=NAME))


def kubeconfig(*, token: str = "") -> str:
    """As a person would paste it; kubectl wants the token elsewhere where there is no TLS."""
    named = {"name": NAME, "context": {"cluster": NAME, "user": NAME}}
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": NAME,
        "clusters": [{"name": NAME, "cluster": {"server": simulator().url}}],
        "users": [{"name": NAME, "user": {"token": token or simulator().token}}],
        "contexts": [named],
    }
    return json.dumps(document)


def registered() -> Cluster:
    """The record of it, lent to nobody."""
    return cast.cluster(NAME, server=simulator().url, token=simulator().token)
