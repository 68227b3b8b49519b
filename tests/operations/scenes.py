"""Where every registered operation has something to do: an app that never ran, a release under way, two that are over.

An operation that is not named here is done to the app that never ran. What it needs beyond its scene is in `BEFORE`.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from portal import access
from portal.access import Actor, Ref
from portal.access.permissions import PLATFORM as PLATFORM_RIGHTS
from portal.access.permissions import TENANT_MEMBERS, TENANT_QUOTA, TENANT_STRATEGIES
from portal.access.ref import APP, CLUSTER, PLATFORM, RELEASE, TENANT
from portal.operations import registry
from portal.operations.operation import Operation
from portal.operations.outcome import Outcome
from portal.operations.performing import perform
from portal.operations.subject import SubjectAdapter, adapter_of
from releases.models import Release
from tenants import clusters, tokens
from tests import cast, east, kept
from tests.operations.stage import Shop, open_shop
from tests.releases.canary import Canary
from tests.releases.stage import Stage
from tests.web import phone

ASKED = ("quota.request", {"dimension": "memory", "value": "1 TiB", "reason": "A larger cache"})
NOT_BOBS = {*PLATFORM_RIGHTS, TENANT_MEMBERS, TENANT_QUOTA, TENANT_STRATEGIES}
FROZEN = {"begins": "2099-12-20T18:00", "ends": "2100-01-02T08:00", "reason": "The books are closed"}
BEFORE: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "app.unlock": [("app.lock", {"reason": "audit"})],
    "env.unset": [("env.set", {"env": [{"name": "LOG_LEVEL", "value": "debug"}]})],
    "draft.undo": [("process.scale", {"process": "web", "replicas": 5})],
    "release.resume": [("release.pause", {})],
    "drift.reclaim": [("drift.leave", {"cluster": "north"})],
    "cluster.revoke": [("cluster.grant", {"tenant": "boutique"})],
    "quota.withdraw": [ASKED],
    "quota.decide": [ASKED],
    "cluster.unrestrict": [("cluster.restrict", {"reason": "production"})],
    "role.remove": [("role.define", {"name": "release-manager", "title": "Release manager", "rights": ["app.view"]})],
    "strategy.retire": [("strategy.save", {"name": "careful", "title": "Careful", "kind": "batches"})],
    "freeze.lift": [("freeze.set", {"name": "Year end", **FROZEN})],
    "platform.thaw": [("platform.freeze", {"name": "Data centre move", **FROZEN})],
    "tenant.resume": [("tenant.suspend", {"reason": "an open invoice", "confirm": "boutique"})],
    "access.revoke": [("access.grant", {"user": "vera", "role": "operator"})],
    "account.enable": [("account.disable", {"user": "dora"})],
    "platform.take_role": [("platform.give_role", {"user": "dora", "role": "auditor"})],
}
REFS = {
    TENANT: Ref(TENANT, "boutique"),
    APP: Ref(APP, "boutique", "shop"),
    RELEASE: Ref(RELEASE, "boutique", "shop", 1),
    CLUSTER: Ref(CLUSTER, cluster=east.NAME),
    PLATFORM: Ref(PLATFORM),
}
NOWHERE = {
    TENANT: Ref(TENANT, "nobody"),
    APP: Ref(APP, "boutique", "nothing"),
    RELEASE: Ref(RELEASE, "boutique", "nothing", 1),
    CLUSTER: Ref(CLUSTER, cluster="nowhere"),
    PLATFORM: Ref(PLATFORM),
}
OF_PLATFORM = (CLUSTER, PLATFORM)


def named(operation: type[Operation]) -> str:
    return operation.name


def ref_of(operation: type[Operation]) -> Ref:
    return REFS[operation.subject]


def example(operation: type[Operation]) -> dict[str, Any]:
    """The example of an operation, on names there are."""
    data = copy.deepcopy(dict(operation.example))
    if operation.name == "app.create":
        data["name"] = "other"
    if operation.name == "cluster.add":
        data["name"] = "west"
    if operation.name == "token.revoke":
        data["token"] = str(tokens.working_in(cast.present().boutique)[0].pk)
    if "kubeconfig" in data:
        data["kubeconfig"] = east.kubeconfig()
    return data


def who(shop: Shop, operation: type[Operation]) -> Actor:
    """Somebody who may do it: the admin of the tenant, or who operates the platform."""
    if operation.name == "member.leave":
        return shop.bob
    return cast.actor(shop.people.olga) if operation.permission in PLATFORM_RIGHTS else shop.alice


def done(shop: Shop, operation: type[Operation], **options: Any) -> Outcome:
    """Perform its example, or what `data` says, as somebody who may."""
    given = {"actor": who(shop, operation), "data": example(operation)} | options
    return perform(operation.name, ref=ref_of(operation), **given)


def scene_of(request: pytest.FixtureRequest) -> Shop:
    """The scene of the operation that a test is run over, or the app that never ran."""
    params = request.node.callspec.params if hasattr(request.node, "callspec") else {}
    operation = params.get("operation")
    return open_scene(operation) if isinstance(operation, type) else open_shop()


def open_scene(operation: type[Operation]) -> Shop:
    """Everything there that the example of the operation needs to succeed."""
    scene = _SCENES.get(operation.name, _under_way if operation.subject == RELEASE else None)
    if scene is None:
        shop = open_shop()
    else:
        kept.rows(scene.__name__, scene)
        shop = Shop(cast.present())
    if operation.subject in OF_PLATFORM and operation.name != "cluster.add":
        east.registered()
    if "dora" in operation.example.values():
        dora = cast.person("dora")
        if operation.name == "account.end_sessions":
            cast.signed_in(dora)
        if operation.name == "account.reset_factor":
            phone.paired(dora)
    if operation.name == "token.revoke":
        tokens.issue(shop.people.bob, tenant=shop.people.boutique, name="laptop")
    if operation.name == "app.adopt":
        east.with_legacy()
    for name, data in BEFORE.get(operation.name, []):
        before = registry.find(name)
        actor = (
            who(shop, before)
            if before.permission in (*PLATFORM_RIGHTS, TENANT_MEMBERS, TENANT_QUOTA, TENANT_STRATEGIES)
            else shop.bob
        )
        perform(name, actor=actor, ref=ref_of(before), data=data)
    return shop


def facts(operation: type[Operation], actor: Actor) -> tuple[SubjectAdapter, Any]:
    """The subject as it is now, and what speaks for it."""
    return adapter_of(operation.subject), access.get(actor, ref_of(operation), operation.permission)


def _with_legacy() -> None:
    """The tenant has a namespace on `east` in which somebody made a Deployment long ago."""
    open_shop()
    clusters.grant(cast.present().boutique, east.registered(), namespace="legacy")


def _under_way() -> None:
    """Release 1 waits for the instances on north; south has not begun."""
    stage = Stage()
    stage.on_app("release.start")
    stage.work()


def _failed_on_north() -> None:
    """Release 1 goes on with south, as one cluster may fail."""
    stage = Stage()
    stage.on_app("release.start")
    Release.objects.update(failure_budget=1)
    stage.work()
    stage.crashes(stage.north)
    stage.work()


def _stopped() -> None:
    """Release 1 has succeeded, and release 2 stopped the app."""
    stage = Stage()
    stage.deployed()
    stage.on_app("app.stop")
    stage.stops()


def _runs() -> None:
    """Release 1 has succeeded, and the clusters tell of its instances."""
    stage = Stage()
    stage.deployed()
    stage.runs_on(stage.north)


def _over() -> None:
    """Releases 1 and 2 have succeeded, and the draft differs from what runs."""
    stage = Stage()
    stage.deployed()
    stage.on_app("image.set", process="web", image="registry.example.com/shop:2")
    stage.deployed(image="registry.example.com/shop:2")
    stage.on_app("process.scale", process="web", replicas=6)


def _free_to_move() -> None:
    """Release 1 has succeeded, and the tenant has one cluster more than it is on."""
    stage = Stage()
    cast.cluster("west", tenants=[stage.people.boutique])
    stage.deployed()


def _canary() -> None:
    """Release 1 is a canary that waits, with new instances on both clusters; what it replaces came before that."""
    stage = Canary()
    stage.waits()
    for number in (1, 2):
        Release.objects.filter(number=number).update(number=number - 1)


def _changed_on_north() -> None:
    """Release 1 has succeeded, and somebody has set another image on north since."""
    stage = Stage()
    stage.deployed()
    stage.edited(stage.north)


def _frozen() -> None:
    """Release 1 waits, because everything is frozen."""
    stage = Stage()
    stage.frozen()
    stage.on_app("release.start")


def _between_waves() -> None:
    """Release 1 is on north, and waits for somebody who lets it go on to south; else it goes back."""
    stage = Stage()
    stage.on_app("release.auto_rollback", on=True)
    stage.on_app("release.waves", pause=-1)
    stage.on_app("release.start")
    stage.work()
    stage.ready(stage.north)
    stage.work()


_SCENES: dict[str, Callable[[], None]] = {
    "app.adopt": _with_legacy,
    "app.start": _stopped,
    "app.stop": _over,
    "draft.discard": _over,
    "drift.leave": _changed_on_north,
    "drift.reclaim": _changed_on_north,
    "drift.take_over": _changed_on_north,
    "instance.delete": _runs,
    "placement.move": _free_to_move,
    "process.restart": _over,
    "release.forbid": _over,
    "release.redeploy": _over,
    "release.rollback": _over,
    "release.approve": _between_waves,
    "release.override": _frozen,
    "release.promote": _between_waves,
    "release.promote_full": _between_waves,
    "release.reject": _between_waves,
    "release.retry": _failed_on_north,
    "route.weight": _canary,
}
