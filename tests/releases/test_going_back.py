"""Which release a rollback returns to, and what comes out of it."""

from __future__ import annotations

import pytest
from django.utils import timezone

from apps_mgmt.models import SecretVersion
from apps_mgmt.spec import AppSpec, EnvVar, Process, SecretRef
from portal.access import Ref
from portal.access.ref import APP
from portal.errors import Refused
from portal.live.models import TopicVersion
from portal.operations.performing import perform
from releases.going_back import mixed, with_secrets
from releases.models import Release
from tests.pure.golden.specs import rich
from tests.releases.stage import Stage

OLD = AppSpec(processes=(Process(name="web", image="shop:1", env=(EnvVar(name="A", value="old"),)),))
NEW = AppSpec(processes=(Process(name="web", image="shop:2", env=(EnvVar(name="A", value="new"),)),))


def told(spec: AppSpec) -> tuple[str, str | None]:
    return spec.processes[0].image, spec.processes[0].env[0].value


@pytest.mark.parametrize(
    ("what", "image", "value"),
    [("both", "shop:1", "old"), ("image", "shop:1", "new"), ("configuration", "shop:2", "old")],
)
def test_what_comes_back(what: str, image: str, value: str) -> None:
    assert told(mixed(OLD, NEW, what=what)) == (image, value)


def test_secrets_are_todays_wherever_they_are_named() -> None:
    old = OLD.change(env=(EnvVar(name="S", secret=SecretRef(name="key", version=1)),))
    secret = with_secrets(old, {"key": 4, "other": 9}).env[0].secret
    assert secret is not None and secret.version == 4
    everywhere = with_secrets(rich(), {name: 9 for name, _version in rich().secrets()})
    assert everywhere.secrets() == tuple((name, 9) for name, _version in rich().secrets())
    assert everywhere.process("web").sidecars[0].env[1].secret == SecretRef(name="TOKEN", version=9)


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.mark.django_db
def test_there_has_to_be_something_to_go_back_to(stage: Stage) -> None:
    with pytest.raises(Refused, match="nothing to go back to"):
        stage.on_app("release.rollback")


@pytest.mark.django_db
@pytest.mark.parametrize("deployed", [False, True])
@pytest.mark.parametrize("targets", [["nowhere"], ["north", "nowhere"]])
def test_a_cluster_that_is_not_there_is_named_before_that_nothing_succeeded(
    stage: Stage, deployed: bool, targets: list[str]
) -> None:
    if deployed:
        stage.deployed()
    sentence = r"^There is no cluster nowhere for this tenant\. It may use north, south\.$"
    with pytest.raises(Refused, match=sentence) as caught:
        stage.on_app("release.rollback", targets=targets)
    assert caught.value.field == "targets"


@pytest.mark.django_db
def test_what_ran_before_has_to_be_another_revision(stage: Stage) -> None:
    stage.deployed()
    with pytest.raises(Refused, match=r"^No earlier release of shop succeeded, so there is nothing to go back to\.$"):
        stage.on_app("release.rollback")
    stage.on_app("release.redeploy", release=1)
    stage.finish()
    with pytest.raises(Refused) as caught:
        stage.on_app("release.rollback")
    assert str(caught.value) == (
        "All releases of shop that succeeded brought revision 1, so there is nothing older to go back to. Change shop "
        "and deploy it, or deploy the same again (release.redeploy)."
    )


@pytest.mark.django_db
def test_a_release_that_is_not_there_is_named(stage: Stage) -> None:
    with pytest.raises(Refused, match="no release 7"):
        stage.on_app("release.rollback", release=7)


@pytest.mark.django_db
def test_nobody_goes_back_to_a_release_that_failed(stage: Stage) -> None:
    stage.deployed()
    stage.on_app("image.set", process="web", image="registry.example.com/shop:crash")
    stage.on_app("release.start")
    Release.objects.filter(number=2).update(state="failed", ended_at=timezone.now())

    shop = Ref(APP, "boutique", "shop")
    with pytest.raises(Refused, match=r"Release 2 did not succeed, so nobody goes back to it\. Choose one that did: 1"):
        perform("release.rollback", actor=stage.bob, ref=shop, data={"release": 2}, dry_run=True)


@pytest.mark.django_db
def test_after_a_success_the_one_before_is_meant(stage: Stage) -> None:
    stage.deployed()
    stage.on_app("image.set", process="web", image="registry.example.com/shop:2")
    assert stage.deployed("registry.example.com/shop:2") == 2
    assert stage.release(2).state == "succeeded"
    assert stage.on_app("release.rollback").result["back_to"] == 1


@pytest.mark.django_db
def test_old_configuration_comes_back_with_todays_secret(stage: Stage) -> None:
    stage.on_app("secret.set", name="KEY", value="first value", process="web")
    stage.deployed()
    stage.on_app("secret.set", name="KEY", value="second value", process="web")
    stage.deployed()
    stage.on_app("release.rollback", release=1)
    number = SecretVersion.objects.order_by("-number").values_list("number", flat=True)[0]
    spec = stage.release(3).revision.spec
    assert number == 2
    assert [row["secret"]["version"] for row in spec["processes"][0]["env"]] == [2]


@pytest.mark.django_db
def test_secrets_as_they_were_then_bring_the_very_revision_back(stage: Stage) -> None:
    stage.on_app("secret.set", name="KEY", value="first value", process="web")
    stage.deployed()
    stage.on_app("secret.set", name="KEY", value="second value", process="web")
    stage.deployed()
    stage.on_app("release.rollback", release=1, secrets="frozen")
    assert stage.release(3).revision == stage.release(1).revision


@pytest.mark.django_db
def test_the_page_of_a_failed_release_hears_that_somebody_goes_back(stage: Stage) -> None:
    stage.deployed()
    stage.on_app("image.set", process="web", image="registry.example.com/shop:crash")
    stage.on_app("release.start")
    stage.work()
    stage.crashes(stage.north)
    topic = f"release:{stage.release(2).pk}"
    offered = TopicVersion.objects.get(topic=topic).version
    stage.on_app("release.rollback")
    begun = TopicVersion.objects.get(topic=topic).version
    stage.work()
    stage.ready(stage.north)
    stage.work()
    stage.ready(stage.south)
    stage.work()
    assert offered < begun < TopicVersion.objects.get(topic=topic).version
