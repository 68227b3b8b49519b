"""The programs that are broken: `python -m tests.chaos.house` runs them until SIGTERM, however often they die."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

from portal.local import stack
from portal.local.home import Home, open_home
from portal.local.program import Program
from portal.local.supervisor import RestartPolicy, Supervisor

SPEED = "20"
"""Seconds of a cluster that pass in one: instances come and go at once."""
AT_ONCE = RestartPolicy(limit=100_000, window=3.0, delay=0.05)
"""Dying is what they are here for."""


def main() -> int:
    """Exit code 0 after SIGTERM."""
    home = open_home(Path(os.environ["SLIPWAY_HOME"]))
    asyncio.run(_run(home, port=int(os.environ["PORT"])))
    return 0


async def _run(home: Home, *, port: int) -> None:
    began = time.monotonic()

    def say(sentence: str) -> None:
        print(f"{time.monotonic() - began:7.1f} s  {sentence}", flush=True)

    supervisor = Supervisor(logs=home.folder("logs"), pids=home.folder("run"), say=say, policy=AT_ONCE)

    async def start() -> None:
        servers = stack.servers(home, say=say)
        os.environ.update(home.write_environment(servers.addresses, embedded=servers.embedded))
        clusters = [_fast(program) for program in stack.simulated_clusters(home)]
        await supervisor.start(*servers.programs, *clusters)
        web, *others = stack.processes(port)
        await supervisor.once(_migrate(servers), show=say)
        second = [replace(one, name=f"{one.name}-2") for one in others if one.name in ("worker", "agent")]
        await supervisor.start(web, *others, *second)
        say("Slipway is ready: two workers, two agents.")

    await supervisor.run(start)


def _fast(cluster: Program) -> Program:
    return replace(cluster, argv=(*cluster.argv, "--speed", SPEED))


def _migrate(servers: stack.Servers) -> Program:
    program = stack.prepare(servers)
    return replace(program, argv=(*program.argv, "--without-demo"))


if __name__ == "__main__":
    sys.exit(main())
