from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from portal.access import Actor, Ref
from portal.access.ref import CLUSTER, PLATFORM
from portal.errors import SlipwayError
from portal.local.kubernetes import background
from portal.local.problem import LocalProblem
from portal.operations.commanding import acting, add_user
from portal.operations.outcome import Outcome
from portal.operations.performing import perform
from portal.operations.printing import PlainCommand
from tenants.models import Cluster
from tenants.models.tenant import check_name


class Command(PlainCommand):
    help = "Add a cluster from a kubeconfig (add), or run a real control plane on this machine (up, down)."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        add = actions.add_parser("add", help="add a cluster, or renew the access to the one of this name")
        add.add_argument("name", help="short name, as in north")
        add.add_argument("--title", default="", help="what people read; the name by default")
        add.add_argument("--kubeconfig", required=True, type=Path, help="file with server, CA and token or certificate")
        add.add_argument("--context", default="", help="which context of the file; its current one by default")
        add.add_argument("--tenants", default="", help="names of tenants that may use it, with commas between")
        add_user(add)
        up = actions.add_parser("up", help="start a control plane of `make kubernetes` on the loopback address")
        up.add_argument("name")
        up.add_argument("--nodes", type=int, default=4, help="how many nodes kwok plays (4)")
        down = actions.add_parser("down", help="end it; what is in it is kept")
        down.add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['action']}")(options)
        except (SlipwayError, LocalProblem) as error:
            raise CommandError(str(error)) from error

    def _add(self, options: dict[str, Any]) -> None:
        try:
            text = options["kubeconfig"].read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no text"
            raise CommandError(f"The kubeconfig {options['kubeconfig']} cannot be read: {why}.") from error
        with transaction.atomic():
            self._register(text, options)

    def _up(self, options: dict[str, Any]) -> None:
        name = options["name"]
        if options["nodes"] < 1:
            raise CommandError("A cluster needs at least one node: --nodes 1.")
        kubeconfig = background.up(name, _folder(name), nodes=options["nodes"])
        self.stdout.write(f"The cluster {name} is ready.")
        self.stdout.write(f"  kubectl --kubeconfig {kubeconfig} get nodes")
        self.stdout.write(f"  manage.py cluster add {name} --kubeconfig {kubeconfig} --tenants …")

    def _down(self, options: dict[str, Any]) -> None:
        background.down(options["name"], _folder(options["name"]))
        self.stdout.write(f"The cluster {options['name']} is ended; `cluster up` goes on where it was.")

    def _register(self, text: str, options: dict[str, Any]) -> None:
        name, title, actor = options["name"], options["title"], acting(options["user"])
        given = {"kubeconfig": text, "use_context": options["context"]}
        there = Cluster.objects.filter(name=name).exists()
        if there:
            taken = _do("cluster.renew", name, given, actor=actor)
        else:
            taken = perform("cluster.add", actor=actor, ref=Ref(PLATFORM), data=given | {"name": name, "title": title})
        if there and title:
            _do("cluster.describe", name, {"title": title}, actor=actor)
        for tenant in _listed(options["tenants"]):
            _do("cluster.grant", name, {"tenant": tenant}, actor=actor)
        server = Cluster.objects.get(name=name).server
        self.stdout.write(f"Cluster {name} is at {server}; its access is {'renewed' if there else 'kept'}.")
        for sentence in taken.result.get("warnings", ()):
            self.stdout.write(f"  ! {sentence}")


def _do(operation: str, name: str, data: dict[str, Any], *, actor: Actor) -> Outcome:
    return perform(operation, actor=actor, ref=Ref(CLUSTER, cluster=name), data=data)


def _folder(name: str) -> Path:
    try:
        check_name(name)
    except ValidationError as error:
        raise CommandError(f"{name}: {error.messages[0]}") from error
    return settings.SLIPWAY_HOME / "kubernetes" / name


def _listed(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
