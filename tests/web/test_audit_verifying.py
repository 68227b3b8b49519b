"""Verify it yourself: the command on the page of the log checks what is downloaded there, as it is downloaded."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests import cast
from tests.operations.stage import Shop, open_shop


@pytest.fixture(name="shop")
def _shop(db: None) -> Shop:
    return open_shop()


def download(client: Client, address: str, folder: Path) -> str:
    """Save a file as a browser would, under the name it comes with."""
    answer: Any = client.get(address)
    name = re.search(r'filename="([^"]+)"', answer["Content-Disposition"])
    assert name
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    (folder / name[1]).write_bytes(content)
    return name[1]


@pytest.mark.parametrize(
    ("who", "page", "named"),
    [
        ("alice", "/t/boutique/activity/", r"audit-boutique-\d{4}-\d\d-\d\d\.jsonl"),
        ("olga", "/platform/audit/", r"audit-all-\d{4}-\d\d-\d\d\.jsonl"),
    ],
)
def test_the_command_that_is_copied_checks_the_two_files_that_are_downloaded_beside_it(
    shop: Shop, tmp_path: Path, who: str, page: str, named: str
) -> None:
    client = cast.signed_in(getattr(shop.people, who))
    card = client.get(page).text.partition('id="verifying"')[2]
    whole, verifier = (html.unescape(one) for one in re.findall(r'class="button"\s+href="([^"]+)"', card))
    assert re.fullmatch(named, download(client, whole, tmp_path))
    download(client, verifier, tmp_path)

    command = re.search(r'id="verify-file"[^>]*>([^<]+)<', card)
    assert command
    words = html.unescape(command[1]).split()
    assert words[0] == "python3"
    ran = subprocess.run([sys.executable, *words[1:]], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
