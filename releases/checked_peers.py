"""Connections that look at the address they arrived at before anything is sent: a name may resolve to anything by then.

Used for whatever is reached at an address that somebody gave: API servers of clusters, the copy of the audit log, what
steps of releases call.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from tenants.clusters.servers import peer_allowed


def checked_pools(
    *,
    allowed: Callable[[], Sequence[str]],
    refusal: Callable[[str], Exception],
    opened: Callable[[socket.socket], None] = lambda _sock: None,
) -> dict[str, type[urllib3.HTTPConnectionPool]]:
    """The `pool_classes_by_scheme` of a urllib3 manager. `allowed` are the servers listed besides public ones, asked
    for each connection; `refusal` makes what is raised for a host that leads elsewhere. `opened` is told of each
    connection that may be used.
    """

    class Peer(HTTPConnection):
        def _new_conn(self) -> Any:
            sock = super()._new_conn()
            host, port, peer = str(self.host).strip("[]"), int(self.port or 0), str(sock.getpeername()[0])
            if not peer_allowed(host, port=port, peer=peer, allowed=allowed()):
                sock.close()
                raise refusal(host)
            opened(sock)
            return sock

    class TlsPeer(Peer, HTTPSConnection):
        pass

    class Pool(urllib3.HTTPConnectionPool):
        ConnectionCls = Peer

    class TlsPool(urllib3.HTTPSConnectionPool):
        ConnectionCls = TlsPeer

    return {"http": Pool, "https": TlsPool}
