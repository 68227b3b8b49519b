"""An approval asks for roles that there are: said when it is written, before a deploy, and when a role shall go."""

from __future__ import annotations

from typing import Any

import pytest

from apps_mgmt.models import Revision
from portal.access import Ref
from portal.access.ref import APP, RELEASE, TENANT
from portal.errors import Refused
from portal.operations.performing import perform
from tenants.models import CustomRole
from tests import cast
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
BATCH = {"kind": "batch", "name": "rest", "replicas": "100%"}
CHECKER = {"name": "checker", "title": "Checker", "rights": ["app.view", "release.approve"]}
NO_ROLE = "ok asks for nobody, which is no role of boutique. Choose one of "


@pytest.fixture
def stage() -> Stage:
    return Stage()


def of_tenant(stage: Stage, operation: str, **data: Any) -> None:
    perform(operation, actor=cast.actor(stage.people.alice), ref=Ref(TENANT, "boutique"), data=data)


def asked(*roles: str) -> dict[str, Any]:
    return {"kind": "canary", "steps": [{"kind": "approval", "name": "ok", "roles": [*roles]}, BATCH]}


def start(stage: Stage, **data: Any) -> list[str]:
    alice, ref = cast.actor(stage.people.alice), Ref(APP, "boutique", "shop")
    outcome = perform("release.start", actor=alice, ref=ref, data=data, dry_run=True)
    assert outcome.preview is not None
    return list(outcome.preview.warnings)


def without_a_word(role: str) -> None:
    """The role goes as it could before anybody looked at who asks for it."""
    CustomRole.objects.filter(name=role).delete()


def test_an_approval_by_a_role_that_there_is_not_is_refused_when_it_is_written(stage: Stage) -> None:
    with pytest.raises(Refused, match=NO_ROLE):
        stage.on_app("release.strategy", **asked("admin", "nobody"))
    with pytest.raises(Refused, match=NO_ROLE):
        of_tenant(stage, "strategy.save", name="careful", title="Careful", **asked("nobody"))


def test_a_role_that_an_app_asks_for_stays(stage: Stage) -> None:
    of_tenant(stage, "role.define", **CHECKER)
    stage.on_app("release.strategy", **asked("checker"))
    of_tenant(stage, "strategy.save", name="careful", title="Careful", **asked("checker"))
    with pytest.raises(Refused, match=r"ask for this role: the strategy careful, the app shop\. Take it out"):
        of_tenant(stage, "role.remove", role="checker")

    stage.on_app("release.strategy", **asked("admin"))
    of_tenant(stage, "strategy.save", name="careful", title="Careful", **asked("admin"))
    of_tenant(stage, "role.remove", role="checker")


def test_a_role_that_is_gone_is_said_before_anything_begins_and_keeps_nobody_from_other_changes(stage: Stage) -> None:
    of_tenant(stage, "role.define", **CHECKER)
    stage.on_app("release.strategy", **asked("checker"))
    without_a_word("checker")

    with pytest.raises(Refused, match="ok asks for checker, which is no role of boutique"):
        stage.on_app("release.start")
    stage.on_app("process.scale", process="web", replicas=3)
    assert Revision.objects.latest("pk").spec["processes"][0]["replicas"] == 3


def test_a_running_release_that_asks_for_a_role_that_is_gone_names_roles_that_may_approve(stage: Stage) -> None:
    of_tenant(stage, "role.define", **CHECKER)
    stage.on_app("release.strategy", **asked("checker"))
    stage.on_app("release.start")
    stage.work()
    without_a_word("checker")
    with pytest.raises(Refused, match=r"No role of that name may approve releases.* ask approver, admin in"):
        perform(
            "release.approve", actor=cast.actor(stage.people.alice), ref=Ref(RELEASE, "boutique", "shop", 1), data={}
        )


def test_a_role_without_the_right_to_approve_is_warned_of(stage: Stage) -> None:
    stage.on_app("release.strategy", **asked("viewer"))
    assert any(
        "ok asks for viewer, and that role does not bring the right release.approve" in one for one in start(stage)
    )

    stage.on_app("release.strategy", **asked("viewer", "admin"))
    assert not any("does not bring the right" in one for one in start(stage))
