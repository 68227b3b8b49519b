"""The entry of whatever makes something else run says what is different: who changed a variable is found there, too."""

from __future__ import annotations

from typing import Any

import pytest

from portal.audit.models import AuditEntry
from tests import cast
from tests.releases.stage import Stage

LOG = "/t/boutique/activity/"


@pytest.fixture(name="stage")
def _stage(db: None) -> Stage:
    return Stage()


def limited(stage: Stage, value: str, *, image: str = "registry.example.com/shop:1") -> None:
    """A release that brings RATE_LIMIT with this value, to its end."""
    stage.on_app("env.set", process="web", env=[{"name": "RATE_LIMIT", "value": value}])
    stage.deployed(image)


@pytest.fixture(name="limits")
def _limits(stage: Stage) -> Stage:
    """Release 1 brought RATE_LIMIT=5, release 2 brought 10."""
    for value in ("5", "10"):
        limited(stage, value)
    return stage


def changes(operation: str) -> list[tuple[str, str | None, str | None]]:
    """What the last entry of an operation says is different: (label, before, after)."""
    entry = AuditEntry.objects.filter(operation=operation, outcome=AuditEntry.DONE).order_by("-sequence")[0]
    return [(row["label"], row["before"], row["after"]) for row in entry.diff]


def found(stage: Stage, query: str) -> list[str]:
    """Operation of each entry that a search in the tenant's log gives."""
    path = f"/api/v1/tenants/boutique/audit/?{query}"
    return [one["operation"] for one in cast.signed_in(stage.people.alice).get(path).json()]


@pytest.mark.parametrize("what", ["configuration", "both"])
def test_going_back_says_what_it_brings_back(limits: Stage, what: str) -> None:
    limits.on_app("release.rollback", release=1, what=what)

    assert changes("release.rollback") == [("web · variable RATE_LIMIT", "10", "5")]
    assert "release.rollback" in found(limits, "q=RATE_LIMIT")
    page = cast.signed_in(limits.people.alice).get(f"{LOG}?q=RATE_LIMIT&operation=release.rollback").text
    assert "variable RATE_LIMIT" in page


def test_going_back_to_the_image_alone_changes_no_variable(limits: Stage) -> None:
    limits.on_app("image.set", process="web", image="registry.example.com/shop:2")
    limits.deployed("registry.example.com/shop:2")
    limits.on_app("release.rollback", release=1, what="image")

    images = ("registry.example.com/shop:2", "registry.example.com/shop:1")
    assert changes("release.rollback") == [("web · image", *images)]
    assert "release.rollback" not in found(limits, "q=RATE_LIMIT")


def test_an_older_release_that_is_released_again_says_what_it_brings_back(limits: Stage) -> None:
    limits.on_app("release.redeploy", release=1)

    assert changes("release.redeploy") == [("web · variable RATE_LIMIT", "10", "5")]


def test_a_deploy_says_what_runs_differently_after_it(limits: Stage) -> None:
    assert changes("release.start") == [("web · variable RATE_LIMIT", "5", "10")]


def test_what_queues_is_compared_with_what_it_finds(limits: Stage) -> None:
    limits.on_app("env.set", process="web", env=[{"name": "RATE_LIMIT", "value": "20"}])
    limits.on_app("release.start")
    limits.on_app("release.rollback", release=1, what="configuration", wait=True)

    assert changes("release.rollback") == [("web · variable RATE_LIMIT", "20", "5")]


@pytest.mark.parametrize(
    ("operation", "data"), [("app.stop", {}), ("process.restart", {"process": "web"}), ("release.redeploy", {})]
)
def test_what_leaves_the_app_as_it_is_says_no_difference(limits: Stage, operation: str, data: dict[str, Any]) -> None:
    limits.on_app(operation, **data)

    assert changes(operation) == []


def test_of_a_secret_it_is_said_that_it_changed_and_never_what_it_is(stage: Stage) -> None:
    for value in ("quokka-one", "quokka-two"):
        stage.on_app("secret.set", name="API_KEY", value=value)
        stage.deployed()
    stage.on_app("release.rollback", release=1, secrets="frozen")

    assert [label for label, _before, _after in changes("release.rollback")] == ["variable API_KEY"]
    assert not AuditEntry.objects.filter(diff__icontains="quokka").exists()
    assert "release.rollback" in found(stage, "q=API_KEY")
