from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from portal.access import Actor
from portal.errors import SlipwayError
from tenants import clusters, logbook
from tenants.clusters.credentials import ROLES, Credential
from tenants.clusters.kubeconfig import parse_kubeconfig
from tenants.models import Tenant


class Command(BaseCommand):
    help = "Register a cluster from a kubeconfig, or change the one of this name, and let tenants use it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True, help="short name, as in north")
        parser.add_argument("--title", default="", help="what people read; the name by default")
        parser.add_argument(
            "--kubeconfig", required=True, type=Path, help="file with server, CA and token or certificate"
        )
        parser.add_argument(
            "--roles", default=",".join(ROLES), help=f"what it signs in for (default {','.join(ROLES)})"
        )
        parser.add_argument("--tenants", default="", help="names of tenants that may use it, with commas between")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            text = options["kubeconfig"].read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"The kubeconfig cannot be read: {error}.") from error
        try:
            with transaction.atomic():
                self._register(text, options)
        except SlipwayError as error:
            raise CommandError(str(error)) from error

    def _register(self, text: str, options: dict[str, Any]) -> None:
        found = parse_kubeconfig(text, allowed=settings.SLIPWAY_CLUSTER_SERVERS_ALLOWED)
        credential = Credential(token=found.token, client_cert=found.client_cert, client_key=found.client_key)
        cluster = clusters.register(
            options["name"],
            title=options["title"] or options["name"],
            server=found.server,
            ca_pem=found.ca_pem,
            credentials=dict.fromkeys(_listed(options["roles"]), credential),
        )
        for name in _listed(options["tenants"]):
            tenant = Tenant.objects.filter(name=name).first()
            if tenant is None:
                raise CommandError(f"There is no tenant {name!r}. Nothing was registered.")
            clusters.grant(tenant, cluster)
        logbook.note_cluster(
            logbook.CLUSTER_REGISTER, actor=Actor(how="command", username="manage.py"), cluster=cluster
        )
        self.stdout.write(f"Cluster {cluster.name} is registered at {cluster.server}.")


def _listed(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
