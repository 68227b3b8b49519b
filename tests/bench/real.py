"""A real control plane for the deploys that want one: started for them alone, and forgotten when they are through.

It would cost the other rows a good part of a core while it does nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from portal.local.kubernetes import assets, background
from portal.local.problem import LocalProblem
from tests.bench.world import World
from tests.cluster.outsider import connection_by

NAME = "bench-real"
NODES = 4


def missing() -> str:
    """Why there is none, in a sentence; empty when its programs are built."""
    try:
        assets.find()
    except LocalProblem as problem:
        return str(problem)
    return ""


@contextmanager
def control_plane(world: World) -> Iterator[str]:
    """The name of a cluster that is a real control plane. What was deployed there is deleted at the end."""
    home = world.installation.home / "bench" / NAME
    kubeconfig = background.up(NAME, home, nodes=NODES, with_process=os.getpid())
    try:
        world.join(connection_by(kubeconfig), name=NAME)
        yield NAME
        world.leave(NAME)
    finally:
        background.down(NAME, home)
