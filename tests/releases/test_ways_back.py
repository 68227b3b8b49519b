"""Going back from a release that failed: each of its clusters gets what ran there, and no other cluster is touched."""

from __future__ import annotations

import re

import pytest

from apps_mgmt.models import Deployed
from portal.access import Ref
from portal.access.ref import APP as APP_KIND
from portal.errors import Refused
from portal.operations.performing import perform
from tests import cast
from tests.releases.stage import Stage
from tests.web.reading import said_on

pytestmark = pytest.mark.django_db
APP = "/t/boutique/apps/shop/"
IMAGE = "registry.example.com/shop:{}"


@pytest.fixture
def stage() -> Stage:
    """Release 1 brought image 1 to both clusters."""
    stage = Stage()
    succeeds(stage, 1, on=("north", "south"))
    return stage


def started(stage: Stage, tag: int | str, *, on: tuple[str, ...]) -> int:
    stage.on_app("image.set", process="web", image=IMAGE.format(tag))
    return int(stage.on_app("release.start", targets=list(on)).result["release"])


def carried(stage: Stage, number: int) -> None:
    """What a release wants is done and told, on every cluster."""
    for _round in range(4):
        for target in stage.release(number).targets.order_by("position"):
            cluster = {"north": stage.north, "south": stage.south}[target.cluster_name]
            stage.work(on=cluster)
            made = [one["spec"]["template"]["spec"] for one in target.manifests if one["kind"] == "Deployment"]
            for pod in made:
                stage.ready(cluster, image=pod["containers"][0]["image"], count=target.workloads[0]["replicas"])
            if not made:
                stage.gone(cluster)
    stage.work()
    assert stage.release(number).state == "succeeded", stage.release(number).why


def succeeds(stage: Stage, tag: int, *, on: tuple[str, ...]) -> None:
    carried(stage, started(stage, tag, on=on) if tag > 1 else int(stage.on_app("release.start").result["release"]))


def fails(stage: Stage, *, on: tuple[str, ...]) -> int:
    number = started(stage, "crash", on=on)
    stage.work()
    for name in on:
        stage.crashes({"north": stage.north, "south": stage.south}[name], old=2)
    assert stage.release(number).state == "failed"
    return number


def runs(stage: Stage) -> dict[str, str]:
    rows = Deployed.objects.filter(app=stage.app).select_related("revision")
    return {row.cluster_name: row.revision.spec["processes"][0]["image"].rpartition(":")[2] for row in rows}


def click(stage: Stage, path: str, title: str) -> int:
    """The only button that goes back, on a page; the number of the release that it started."""
    client = cast.signed_in(stage.people.bob)
    form = re.findall(r'<form[^>]*action="([^"]*release\.rollback[^"]*)"', client.get(path).content.decode())
    assert len(set(form)) == 1 and title in said_on(path, stage.people.bob)
    assert client.post(form[0].replace("&amp;", "&")).status_code == 303
    return int(stage.app.releases.order_by("-number").values_list("number", flat=True)[0])


@pytest.mark.parametrize("place", ["its page", "the app's page", "home"])
def test_one_click_brings_back_what_ran_where_it_failed(stage: Stage, place: str) -> None:
    succeeds(stage, 2, on=("north",))
    number = fails(stage, on=("south",))
    path = {"its page": f"{APP}releases/{number}/", "the app's page": APP, "home": "/t/boutique/overview/"}[place]
    back = click(stage, path, "Roll back south to release 1")
    assert [one.cluster_name for one in stage.release(back).targets.all()] == ["south"]
    carried(stage, back)
    assert runs(stage) == {"north": "2", "south": "1"}


def test_asked_for_no_release_it_goes_back_to_what_ran_there(stage: Stage) -> None:
    succeeds(stage, 2, on=("north",))
    fails(stage, on=("south",))
    foretold = perform(
        "release.rollback", actor=stage.bob, ref=Ref(APP_KIND, "boutique", "shop"), data={}, dry_run=True
    )
    assert foretold.preview and {one["cluster"] for one in foretold.preview.manifests} == {"south"}
    carried(stage, int(stage.on_app("release.rollback").result["release"]))
    assert runs(stage) == {"north": "2", "south": "1"}


def test_where_different_releases_ran_each_has_its_own_way(stage: Stage) -> None:
    succeeds(stage, 2, on=("north",))
    number = fails(stage, on=("north", "south"))
    said = said_on(f"{APP}releases/{number}/", stage.people.bob)
    assert "Roll back north to release 2…" in said and "Roll back south to release 1…" in said
    with pytest.raises(Refused, match="release 2 on north, release 1 on south"):
        stage.on_app("release.rollback")
    back = int(stage.on_app("release.rollback", release=2, targets=["north"]).result["release"])
    carried(stage, back)
    back = int(stage.on_app("release.rollback", release=1, targets=["south"]).result["release"])
    carried(stage, back)
    assert runs(stage) == {"north": "2", "south": "1"}


def test_a_cluster_that_is_new_is_left_again(stage: Stage) -> None:
    stage.on_app("placement.targets", targets=[{"cluster": "north"}])
    carried(stage, int(stage.on_app("release.start").result["release"]))
    stage.on_app("placement.targets", targets=[{"cluster": "north"}, {"cluster": "south"}])
    number = fails(stage, on=("south",))
    back = click(stage, f"{APP}releases/{number}/", "Roll back south to release 2")
    assert [(one.cluster_name, one.manifests) for one in stage.release(back).targets.all()] == [("south", [])]


def test_a_failure_everywhere_goes_back_as_a_whole(stage: Stage) -> None:
    number = fails(stage, on=("north", "south"))
    back = click(stage, f"{APP}releases/{number}/", "Roll back to release 1")
    assert stage.release(back).targets.count() == 2
