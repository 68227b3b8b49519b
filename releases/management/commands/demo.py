"""`manage.py demo`: the demo's people, clusters and apps. Passwords are made once and printed once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from portal.errors import SlipwayError
from portal.operations.printing import PlainCommand
from releases import demo
from tenants.demo import seed


class Command(PlainCommand):
    help = "Set up the demo: people, clusters and Google's Online Boutique. Safe to repeat."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(settings.SLIPWAY_HOME) / "clusters"
        try:
            logins = seed()
            clusters = demo.add_clusters(folder)
            self._print_logins(logins)
            if clusters:
                deployed = list(demo.add_apps(on=[one.name for one in clusters]))
                if deployed:
                    self.stdout.write(f"Deploying {len(deployed)} apps to {', '.join(one.name for one in clusters)}.")
        except SlipwayError as error:
            raise CommandError(f"The demo could not be set up: {error}") from error

    def _print_logins(self, logins: list[Any]) -> None:
        for one in logins:
            if one.password is not None:
                where = f" of {one.tenant}" if one.tenant else ""
                self.stdout.write(f"login {one.username} {one.password} {one.role}{where}")
