"""One simulator process from start to SIGTERM."""

from __future__ import annotations

import asyncio
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from ..core.cluster import Cluster
from ..core.seed import NodeSize
from . import kubeconfig, state
from .app import Shell
from .auth import Tokens, read_or_make
from .runner import Runner
from .write_ahead import WriteAhead

_GOODBYE = 1.0


@dataclass(frozen=True, slots=True)
class Options:
    """How a simulator is to run. Port 0 takes a free one; ``speed`` is cluster seconds per real second."""

    name: str = "simulated"
    host: str = "127.0.0.1"
    port: int = 0
    token_file: Path = Path("token")
    state: Path | None = None
    kubeconfig: Path | None = None
    speed: float = 1.0
    nodes: int = 3
    node_size: NodeSize = field(default_factory=NodeSize)


def build(options: Options) -> Runner:
    """The cluster of these options, from its state file where there is one."""
    saved = state.read(options.state) if options.state else None
    cluster = Cluster(name=options.name, now=time.time(), nodes=options.nodes, node_size=options.node_size, state=saved)
    return Runner(cluster, speed=options.speed)


async def serve(options: Options) -> None:
    """Serve until SIGTERM or SIGINT; prints one line with the address when it answers."""
    token = read_or_make(options.token_file)
    runner = build(options)
    ahead = state.begin(options.state, runner.cluster) if options.state else None
    web_runner = web.AppRunner(
        Shell(runner, Tokens(token)).application(),
        access_log=None,
        handler_cancellation=True,
        shutdown_timeout=_GOODBYE,
        keepalive_timeout=90.0,
    )
    await web_runner.setup()
    site = web.TCPSite(web_runner, options.host, options.port)
    try:
        await site.start()
    except OSError as error:
        await web_runner.cleanup()
        raise SystemExit(
            f"Cluster {options.name} cannot listen on {options.host}:{options.port} ({error.strerror}). "
            "Give another --port, or 0 for a free one."
        ) from error
    port = web_runner.addresses[0][1]
    url = f"http://{options.host}:{port}"
    if options.kubeconfig:
        kubeconfig.write(options.kubeconfig, name=options.name, url=url, token=token)
    print(f"cluster {options.name} listens on {url}", flush=True)
    await _until_told(options, runner, ahead)
    await web_runner.cleanup()
    if options.state and ahead:
        state.write(options.state, ahead, clean=True)


async def _until_told(options: Options, runner: Runner, ahead: WriteAhead | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    tasks = [asyncio.create_task(runner.run())]
    if options.state and ahead:
        tasks.append(asyncio.create_task(state.keep(options.state, runner, ahead)))
    waiting = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait([waiting, *tasks], return_when=asyncio.FIRST_COMPLETED)
    for task in [waiting, *tasks]:
        task.cancel()
    for task in done - {waiting}:
        task.result()
