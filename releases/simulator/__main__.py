"""``python -m releases.simulator``: one simulated cluster as a process."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
from pathlib import Path

from .core.seed import NodeSize
from .shell.serve import Options, serve


def _positive(text: str) -> float:
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError("must be greater than 0")
    return value


def _options() -> Options:
    parser = argparse.ArgumentParser(prog="python -m releases.simulator", description="Run a simulated cluster.")
    parser.add_argument("--name", default="simulated", help="the cluster's name, also in node names")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 takes a free one and prints it")
    parser.add_argument("--token-file", type=Path, required=True, help="file with the bearer token; made if missing")
    parser.add_argument("--state", type=Path, help="file to keep the cluster in between runs")
    parser.add_argument("--kubeconfig", type=Path, help="file to write a kubeconfig to")
    parser.add_argument("--speed", type=_positive, default=1.0, help="cluster seconds that pass in a real one")
    parser.add_argument("--nodes", type=int, default=3, help="how many nodes a new cluster has")
    parser.add_argument("--node-cpu", type=int, default=32, help="cores of each node")
    parser.add_argument("--node-memory", type=int, default=128, help="GiB of memory of each node")
    parser.add_argument("--node-pods", type=int, default=250, help="pods each node takes")
    given = parser.parse_args()
    size = NodeSize(cpu=given.node_cpu, memory=given.node_memory, pods=given.node_pods)
    return Options(
        name=given.name,
        host=given.host,
        port=given.port,
        token_file=given.token_file,
        state=given.state,
        kubeconfig=given.kubeconfig,
        speed=given.speed,
        nodes=given.nodes,
        node_size=size,
    )


def main() -> None:
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    options = _options()
    # What is loaded by now stays for ever: the collector need not look at it again.
    gc.collect()
    gc.freeze()
    asyncio.run(serve(options))


if __name__ == "__main__":
    main()
