"""Which servers a cluster may have: public https ones, and what the platform's allow-list adds.

Slipway sends credentials to these addresses from inside its own network, so a cluster must not be a way to reach the
rest of that network. A name is checked twice: as it is written, and by the address it has when a connection is opened
(a name can change its address after it was checked). Addresses of cloud metadata services and link-local ones are
refused whatever the allow-list says.

Patterns of the allow-list: `host`, `host:port`, `*.suffix`, `*.suffix:port`, or a network such as `10.0.0.0/8`.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from portal.errors import Invalid

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_METADATA = frozenset(
    ipaddress.ip_address(text)
    for text in ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254")
)
_METADATA_NAMES = frozenset({"metadata", "metadata.google.internal", "instance-data", "instance-data.ec2.internal"})
_PRIVATE_SUFFIXES = (".localhost", ".local", ".internal", ".svc", ".cluster.local", ".home.arpa", ".lan")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_COMPATIBLE = ipaddress.ip_network("::/96")


@dataclass(frozen=True)
class Server:
    """A checked server. `url` has no trailing slash; `host` is lower case, without brackets."""

    url: str
    scheme: str
    host: str
    port: int


def check_server(url: str, *, allowed: Sequence[str]) -> Server:
    """The server behind `url`, as far as its text tells. Raises Invalid with a sentence when it may not be used."""
    server = _split(url)
    address = _literal(server.host)
    if server.host in _METADATA_NAMES or (address is not None and _never(address)):
        raise Invalid(
            _("{server} is a link-local or metadata address. Give the address of the cluster's API server.").format(
                server=server.host
            ),
            code="server_forbidden",
        )
    if _listed(server.host, server.port, address, allowed=allowed):
        return server
    if server.scheme == "http":
        raise Invalid(
            _("{server} is plain http, where credentials could be read on the way. Use its https address.").format(
                server=server.url
            ),
            code="server_plain",
        )
    if _private_name(server.host) if address is None else not address.is_global:
        raise Invalid(
            _("{server} is a private address. Ask a platform operator to add it to the allowed servers.").format(
                server=server.host
            ),
            code="server_private",
        )
    return server


def peer_allowed(host: str, *, port: int, peer: str, allowed: Sequence[str]) -> bool:
    """Whether a connection to `host` that arrived at the address `peer` may be used."""
    address = _unwrapped(ipaddress.ip_address(peer.partition("%")[0]))
    if _never(address):
        return False
    return address.is_global or _listed(host.lower(), port, address, allowed=allowed)


def _split(url: str) -> Server:
    wrong = Invalid(
        _("The server has to be an address like https://cluster.example.com:6443."), code="server_malformed"
    )
    if len(url) > 500 or any(ord(letter) <= 32 or ord(letter) == 127 for letter in url) or "\\" in url:
        raise wrong
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise wrong from None
    host = (parts.hostname or "").rstrip(".")
    if not host.isascii():
        # As whoever connects will read it: there are many ways to write the digits of an address, and its dots.
        try:
            host = host.encode("idna").decode("ascii").rstrip(".")
        except UnicodeError:
            raise wrong from None
        parts = parts._replace(netloc=host if parts.port is None else f"{host}:{parts.port}")
    if parts.scheme not in ("https", "http") or not host or parts.username is not None or "@" in parts.netloc:
        raise wrong
    if parts.query or parts.fragment or ".." in parts.path:
        raise wrong
    return Server(url=parts.geturl().rstrip("/"), scheme=parts.scheme, host=host, port=port)


def _literal(host: str) -> Address | None:
    """The address that `host` spells, if it spells one. Spellings that only C libraries read are refused."""
    try:
        return _unwrapped(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        pass
    try:
        socket.inet_aton(host)
    except (OSError, UnicodeError):
        return None
    raise Invalid(
        _("Write the server's address in its usual form, four numbers from 0 to 255."), code="server_malformed"
    )


def _unwrapped(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one, where there is one: it is what is reached in the end."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    inner = address.ipv4_mapped or address.sixtofour
    # `::1` and `::` are addresses of IPv6 itself; whatever else begins like them holds an IPv4 address.
    if inner is None and (address in _NAT64 or (address in _COMPATIBLE and int(address) > 1)):
        inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return inner or address


def _never(address: Address) -> bool:
    return address.is_link_local or address.is_multicast or address.is_unspecified or address in _METADATA


def _private_name(host: str) -> bool:
    return "." not in host or host.endswith(_PRIVATE_SUFFIXES)


def _listed(host: str, port: int, address: Address | None, *, allowed: Sequence[str]) -> bool:
    return any(_matches(pattern.strip().lower(), host, port, address) for pattern in allowed)


def _matches(pattern: str, host: str, port: int, address: Address | None) -> bool:
    if "/" in pattern:
        return address is not None and address in ipaddress.ip_network(pattern, strict=False)
    if pattern.startswith("["):
        name, _closing, tail = pattern[1:].partition("]")
        wanted_port = tail.lstrip(":")
    elif pattern.count(":") > 1:
        name, wanted_port = pattern, ""
    else:
        name, _colon, wanted_port = pattern.partition(":")
    if wanted_port and wanted_port != str(port):
        return False
    if name.startswith("*."):
        return host.endswith(name[1:])
    return bool(name) and host == name
