"""The page of a release tells what was, once it has ended, and only what is true while it runs."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.utils import timezone

from releases import observing
from releases.models import Release, StepRun
from releases.observation import KEPT_INSTANCES, load
from releases.reasons import Reason
from tenants import clusters
from tenants.models import Cluster
from tests import cast
from tests.releases.stage import Stage
from tests.web.reading import said_on

pytestmark = pytest.mark.django_db

CRASH = "registry.example.com/shop:crash"


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.deployed()
    return stage


def crashing(stage: Stage) -> int:
    """A release whose new instance on north crashed once, so that it is not given up yet."""
    stage.on_app("image.set", process="web", image=CRASH)
    number = int(stage.on_app("release.start").result["release"])
    stage.work()
    stage.crashes(stage.north, restarts=1)
    return number


def failed(stage: Stage) -> int:
    number = crashing(stage)
    stage.crashes(stage.north, restarts=3)
    assert stage.release(number).state == "failed"
    return number


def page(stage: Stage, path: str) -> str:
    return said_on(f"/t/boutique/apps/shop/{path}", stage.people.bob)


def test_a_failed_release_keeps_the_words_and_numbers_of_its_end(stage: Stage) -> None:
    number = failed(stage)
    stage.deployed_back()
    stage.ready(stage.north, count=2)

    said = page(stage, f"releases/{number}/")
    assert "panic: no such table" in said and "3 restarts" in said
    assert "2 of 2 ready" in said
    assert "south Stopped not touched by this release" in said
    assert len(re.findall(r"\d of \d ready", said)) == 1


def test_what_a_release_removed_at_its_end_is_not_shown_as_running_then(stage: Stage) -> None:
    stage.on_app("image.set", process="web", image="registry.example.com/shop:2")
    number = int(stage.on_app("release.start").result["release"])
    for cluster in (stage.north, stage.south):
        stage.work(on=cluster)
        said = stage.says(cluster, image="registry.example.com/shop:2", count=2)
        leaving = stage.says(cluster, image="registry.example.com/shop:1", count=3)["workloads"][0]
        leaving["metadata"] |= {"name": "shop--worker", "uid": "uid-worker"}
        observing.observe(cluster.pk, stage.app.pk, {**said, "workloads": [*said["workloads"], leaving]})
        stage.tells("Prune", {"removed": ["Deployment/shop--worker"]})
    stage.work()

    assert stage.release(number).state == "succeeded"
    assert re.findall(r"\d of \d ready", page(stage, f"releases/{number}/")) == ["2 of 2 ready"] * 2


def test_where_it_failed_what_it_had_removed_before_is_shown_as_the_cluster_told_it(stage: Stage) -> None:
    number = crashing(stage)
    prepared = StepRun.objects.filter(release=stage.release(number), cluster_id=stage.north.pk, state="done").first()
    assert prepared is not None
    StepRun.objects.filter(pk=prepared.pk).update(output={"removed": ["Deployment/shop--web"]})
    stage.crashes(stage.north, restarts=3)

    assert stage.release(number).state == "failed"
    assert "2 of 2 ready" in page(stage, f"releases/{number}/")


def test_why_a_release_failed_stands_in_one_place_to_which_its_cluster_points(stage: Stage) -> None:
    release = Release.objects.get(number=failed(stage))
    why = release.targets.get(cluster_name="north").why
    text = cast.signed_in(stage.people.bob).get(f"/t/boutique/apps/shop/releases/{release.number}/").text
    panel, lanes = (
        html.unescape(re.split(rf'id="release-{release.pk}-{part}"', text)[1].split('id="release-')[0])
        for part in ("failure", "lanes")
    )

    assert why and panel.count(why) == 1 and "panic: no such table" in panel
    assert why not in lanes and f'href="#release-{release.pk}-failure">Why it failed</a>' in lanes


def test_each_cluster_that_failed_for_a_reason_of_its_own_is_told(stage: Stage) -> None:
    release = Release.objects.get(number=failed(stage))
    reason = Reason("refused", {"cluster": "south", "words": "south says no", "code": "refused"}).dump()
    release.targets.filter(cluster_name="south").update(state="failed", reason=reason)

    assert page(stage, f"releases/{release.number}/").count("south says no") == 1


def test_a_later_crash_is_not_shown_with_an_older_release(stage: Stage) -> None:
    number = failed(stage)
    stage.deployed_back()
    stage.crashes(stage.north, restarts=7, log="panic: quite another")

    assert "quite another" not in page(stage, f"releases/{number}/")


def test_where_nothing_was_kept_no_number_is_shown(stage: Stage) -> None:
    number = failed(stage)
    Release.objects.get(number=number).targets.update(ended_with=None, failed_with=None)

    assert not re.search(r"\d of \d ready", page(stage, f"releases/{number}/"))


def test_after_a_rollback_the_failed_release_says_which_one_it_was(stage: Stage) -> None:
    number = failed(stage)
    assert "Roll back to what ran before" in page(stage, f"releases/{number}/")

    back = int(stage.on_app("release.rollback").result["release"])
    assert f"Release {back} is bringing revision 1 back." in page(stage, f"releases/{number}/")
    stage.finish()
    said = page(stage, f"releases/{number}/")
    assert f"Release {back} brought revision 1 back." in said
    assert "Roll back to what ran before" not in said


def test_what_is_kept_is_bounded(stage: Stage) -> None:
    crashing(stage)
    stage.crashes(stage.north, restarts=3, pods=KEPT_INSTANCES + 40, log="x" * 5000)

    kept = load(Release.objects.get(number=2).targets.get(cluster_id=stage.north.pk).failed_with)
    assert kept is not None
    pods = kept.workloads[0].instances
    assert len(pods) == KEPT_INSTANCES
    assert sum(bool(pod.log) for pod in pods) == 6
    assert max(len(line) for pod in pods for line in pod.log) == 500


def test_an_instance_in_its_next_attempt_stays_failing_with_its_last_words(stage: Stage) -> None:
    number = crashing(stage)
    stage.tries_again(stage.north)

    said = page(stage, f"releases/{number}/")
    assert stage.release(number).state == "running"
    assert "shop--web-1: crashing" in said
    assert "panic: no such table" in said

    stage.tries_again(stage.north, ready=True)
    said = page(stage, f"releases/{number}/")
    assert "shop--web-1: ready" in said and "panic" not in said


def test_a_crash_says_when_it_is_given_up_and_no_more_than_can_be_done(stage: Stage) -> None:
    number = crashing(stage)
    said = page(stage, f"releases/{number}/")
    assert re.search(r"The release gives up on north when they crash again, at the latest at \d\d:\d\d:\d\d\.", said), (
        said
    )
    assert "until its deadline" not in said
    assert "roll back" not in said.lower()

    stage.crashes(stage.north, restarts=3)
    assert "Roll back to release 1" in page(stage, f"releases/{number}/")


@pytest.mark.parametrize(
    ("waiting", "word"),
    [
        ("ContainerCreating", "pulling"),
        ("", "starting"),
        ("CrashLoopBackOff", "crashing"),
        ("ImagePullBackOff", "image not found"),
        ("CreateContainerConfigError", "cannot start"),
    ],
)
def test_what_an_instance_does_is_said_in_words_of_ours(stage: Stage, waiting: str, word: str) -> None:
    state: dict[str, Any] = {"waiting": {"reason": waiting}} if waiting else {"running": {}}
    pod = stage.pod(restarts=0, state=state)
    said = stage.says(stage.north, image=CRASH, count=2)
    observing.observe(stage.north.pk, stage.app.pk, {**said, "pods": [pod]})

    shown = cast.signed_in(stage.people.bob).get("/t/boutique/apps/shop/").content.decode()
    assert f'<span class="vh">shop--web-1: {word}</span>' in shown
    assert f"shop--web-1 · {word}" in shown
    assert "ContainerCreating" not in page(stage, "")


def running(stage: Stage, image: str) -> None:
    """North says that two instances run this image, and that no other is wanted."""
    pods = [stage.pod(number, restarts=0, state={"running": {}}, ready=True) for number in (1, 2)]
    for pod in pods:
        pod["spec"]["containers"][0]["image"] = image
    said = stage.says(stage.north, image=image, count=2)
    observing.observe(stage.north.pk, stage.app.pk, {**said, "pods": pods})


def test_instances_are_old_until_their_cluster_says_something_of_the_new_ones(stage: Stage) -> None:
    running(stage, "registry.example.com/shop:1")
    stage.on_app("image.set", process="web", image="registry.example.com/shop:2")
    number = int(stage.on_app("release.start").result["release"])
    stage.work()

    def tones() -> list[str]:
        text = cast.signed_in(stage.people.bob).get(f"/t/boutique/apps/shop/releases/{number}/").text
        return re.findall(r'<li class="instance (\w+)"', text)

    assert tones() == ["old", "old"]
    running(stage, "registry.example.com/shop:2")
    assert tones() == ["ready", "ready"]


def test_deploy_leads_to_its_form_while_a_release_runs_and_deploys_at_once_else(stage: Stage) -> None:
    bob, form = cast.signed_in(stage.people.bob), "/t/boutique/apps/shop/do/release.start/"
    stage.on_app("process.scale", process="web", replicas=3)
    assert f'method="post" action="{form}"' in bob.get("/t/boutique/apps/shop/").text

    stage.on_app("release.start")
    stage.on_app("process.scale", process="web", replicas=4)

    page = bob.get("/t/boutique/apps/shop/").text
    assert f'href="{form}"' in page and f'action="{form}"' not in page
    assert "Queue behind the release under way" in bob.get(form).text


def test_a_lane_whose_cluster_does_not_answer_says_so(stage: Stage) -> None:
    number = crashing(stage)
    Cluster.objects.filter(pk=stage.north.pk).update(state=Cluster.State.AWAY, state_since=timezone.now())
    observing.cluster_lost(stage.north.pk, "no connection")

    said = page(stage, f"releases/{number}/")
    assert re.search(r"north Away .*?Waiting for north, which does not answer, as seen at \d\d:\d\d:\d\d", said), said
    assert "Wait for ready : waiting" in said
    assert "nothing is heard of north" in said

    Cluster.objects.filter(pk=stage.north.pk).update(state=Cluster.State.READY)
    observing.cluster_back(stage.north.pk)
    said = page(stage, f"releases/{number}/")
    assert "north Running" in said and "north is heard of again" in said


def test_a_lane_whose_cluster_does_not_let_slipway_look_says_that_and_not_that_it_is_away(stage: Stage) -> None:
    number = crashing(stage)
    why = "The account slipway/slipway-observer may not list pods."
    clusters.mark(stage.north.pk, state="blind", reason=why)
    observing.cluster_lost(stage.north.pk, why)

    said = page(stage, f"releases/{number}/")
    assert re.search(r"north May not look .*?where Slipway may not look since \d\d:\d\d:\d\d: The account", said), said
    assert "Away" not in said and "does not answer" not in said
    assert "May not look" in page(stage, "") and why in page(stage, "")


CALL = {"kind": "http-call", "name": "report", "url": "https://ci.example.com/", "retries": 2, "backoff": 3600}


def calling(stage: Stage, answer: dict[str, Any] | Reason) -> int:
    """A release whose first step of its own is a call that is told this."""
    batch = {"kind": "batch", "name": "all", "replicas": "100%"}
    stage.on_app("release.strategy", kind="canary", steps=[CALL, batch])
    stage.on_app("image.set", process="web", image="registry.example.com/shop:2")
    number = int(stage.on_app("release.start").result["release"])
    stage.tells("CallHttp", answer)
    return number


def test_what_steps_gave_and_wrote_is_on_the_page_as_text(stage: Stage) -> None:
    number = calling(stage, {"output": {"version": "<b>7</b>"}, "log": ["line <one>", "line two"]})
    said = page(stage, f"releases/{number}/")
    assert "Call: report" in said and "What steps said" in said
    assert '"version": "<b>7</b>"' in said and "line <one>" in said


def test_a_step_that_is_tried_again_later_says_when_and_why(stage: Stage) -> None:
    number = calling(stage, Reason("call_refused", {"step": "report", "words": "409 no"}))
    assert stage.release(number).state == "running"
    said = page(stage, f"releases/{number}/")
    assert "Call: report : waiting" in said
    assert "It is tried again at" in said and "409 no" in said


def test_the_rail_numbers_steps_as_whoever_skips_one_names_them(stage: Stage) -> None:
    number = failed(stage)
    steps = list(Release.objects.get(app=stage.app, number=number).steps.filter(back=False))
    said = page(stage, f"releases/{number}/")
    for cluster in ("north", "south"):
        assert re.findall(rf"{cluster} · step (\d+)", said) == [str(one.number) for one in steps]
