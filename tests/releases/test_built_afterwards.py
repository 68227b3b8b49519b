"""What comes after a release that built an image: restarts, edits and parts that go back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from apps_mgmt import drafts
from apps_mgmt.models import App
from tests.releases.servers import Outside, outside
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
DIGEST = f"sha256:{'a1' * 32}"
IMAGE = f"registry.example.com/shop@{DIGEST}"


@pytest.fixture
def ci() -> Iterator[Outside]:
    with outside(lambda _asked: (200, {"image": IMAGE})) as running:
        yield running


@pytest.fixture
def stage(ci: Outside) -> Stage:
    """Release 1 has built and brought its image."""
    stage = Stage()
    build = {"kind": "build", "name": "make", "processes": "web", "url": f"{ci.url}/build"}
    stage.on_app("release.waves", across="together")
    stage.on_app("release.strategy", kind="rolling", steps=[build, {"kind": "apply", "name": "everything"}])
    stage.deployed()
    return stage


def app(stage: Stage) -> App:
    return App.objects.get(pk=stage.app.pk)


def image(stage: Stage, number: int) -> str:
    return str(stage.release(number).revision.spec["processes"][0]["image"])


def test_a_restart_keeps_what_was_built_and_leaves_the_draft_alone(stage: Stage, ci: Outside) -> None:
    draft = app(stage).draft_id
    stage.on_app("process.restart", process="web")
    assert image(stage, 2) == IMAGE
    assert (app(stage).draft_id, len(ci.asked)) == (draft, 1)
    assert drafts.undeployed(app(stage)).count == 0


def test_an_edit_after_it_is_the_one_change_that_waits(stage: Stage) -> None:
    stage.on_app("env.set", env=[{"name": "A", "value": "1"}])
    assert [one.operation for one in drafts.undeployed(app(stage)).changes] == ["env.set"]
