"""A control plane of `manage.py cluster up` comes back where it was."""

from __future__ import annotations

import socket
from pathlib import Path

from portal.local.kubernetes import plane


def test_it_comes_back_at_its_port(tmp_path: Path) -> None:
    first = plane.prepare("one", tmp_path / "one")
    assert plane.prepare("one", tmp_path / "one").server == first.server


def test_it_takes_another_port_when_somebody_has_its_own(tmp_path: Path) -> None:
    first = plane.prepare("one", tmp_path / "one")
    with socket.create_server(("127.0.0.1", first.port)):
        assert plane.prepare("one", tmp_path / "one").port != first.port
