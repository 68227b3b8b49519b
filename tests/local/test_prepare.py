"""`manage.py prepare`, the step of `make run` between its servers and its processes."""

from __future__ import annotations

import os
import subprocess
import sys

from portal.local.__main__ import with_earlier
from portal.local.stack import ROOT


def test_that_a_database_that_is_away_is_named_with_a_next_step() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "prepare"],
        env={**os.environ, "DATABASE_URL": "postgres://slipway:secret@127.0.0.1:9/slipway"},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 1
    assert "The database at 127.0.0.1:9 cannot be used" in done.stderr
    assert "Check DATABASE_URL" in done.stderr
    assert "secret" not in done.stderr
    assert "Traceback" not in done.stderr


def test_that_passwords_shown_earlier_stay_when_a_later_version_brings_another_account() -> None:
    before = ["login alice one Tenant admin of boutique", "login bob two Developer of boutique"]
    assert with_earlier(before, ["login ada three Auditor"]) == [*before, "login ada three Auditor"]
    assert with_earlier(before, ["login bob four Viewer"]) == [before[0], "login bob four Viewer"]
