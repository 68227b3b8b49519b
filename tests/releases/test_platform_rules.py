"""Rules of the platform: no edit breaks one anew, a release keeps them all, and what runs runs on."""

from __future__ import annotations

from typing import Any

import pytest

from apps_mgmt.ruling import broken
from apps_mgmt.spec import load
from portal.access import Ref
from portal.access.ref import APP, PLATFORM
from portal.audit.models import AuditEntry
from portal.errors import Refused
from portal.operations.performing import perform
from tenants.rules import PlatformRules
from tests import cast
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
WEB: dict[str, Any] = {
    "name": "web",
    "image": "registry.example.com/team/shop:1",
    "ports": [{"name": "http", "port": 80}],
}
HUB = ("docker.io", "docker.io/library/", "docker.io/library/nginx", "docker.io/nginx", "index.docker.io/library")
OFFICIAL = ("nginx:1", "library/nginx:1", "docker.io/nginx:1", "docker.io/library/nginx:1", "index.docker.io/nginx:1")


@pytest.fixture
def stage() -> Stage:
    return Stage()


def rule(stage: Stage, **data: Any) -> None:
    perform("platform.rules", actor=cast.actor(stage.people.olga), ref=Ref(PLATFORM), data=data)


def said(rules: PlatformRules, *, process: dict[str, Any] | None = None, **spec: Any) -> list[str]:
    return [one.sentence for one in broken(load({"processes": [{**WEB, **(process or {})}], **spec}), rules)]


def test_going_back_to_what_runs_is_let_through_whatever_was_ruled_since(stage: Stage) -> None:
    stage.deployed()
    stage.on_app("image.set", process="web", image="registry.example.com/shop:2")
    stage.on_app("release.start")
    stage.on_release("release.abort", 2, after="hold")
    stage.work()
    rule(stage, registries="other.example.com")

    assert stage.on_app("release.rollback", release=1).result["back_to"] == 1


def test_going_back_to_what_runs_is_warned_of_a_rule_that_it_breaks(stage: Stage) -> None:
    stage.deployed()
    rule(stage, registries="other.example.com")
    ref = Ref(APP, "boutique", "shop")
    shown = perform("release.rollback", actor=stage.bob, ref=ref, data={"release": 1}, dry_run=True).preview

    assert shown is not None
    assert "allowed registries" in shown.warnings[0] and "let through all the same" in shown.warnings[1]


@pytest.mark.parametrize(
    ("operation", "data"),
    [("release.rollback", {"release": 1}), ("release.redeploy", {"release": 1}), ("release.redeploy", {})],
)
def test_what_is_let_through_names_the_rule_in_the_answer_and_in_the_log(
    stage: Stage, operation: str, data: dict[str, Any]
) -> None:
    stage.deployed()
    rule(stage, registries="other.example.com")
    told = stage.on_app(operation, **data)

    assert "let through although it breaks rules of the platform (Rule “allowed registries”: web uses" in told.message
    entry = AuditEntry.objects.get(operation=operation)
    assert entry.result["broken_rules"] == told.result["broken_rules"]


def test_starting_what_was_stopped_names_the_rule_before_and_in_the_answer(stage: Stage) -> None:
    stage.deployed()
    stage.on_app("app.stop")
    stage.stops()
    rule(stage, registries="other.example.com")
    ref = Ref(APP, "boutique", "shop")
    shown = perform("app.start", actor=stage.bob, ref=ref, data={}, dry_run=True).preview

    assert shown is not None and "allowed registries" in shown.warnings[0]
    assert "let through although it breaks rules of the platform" in stage.on_app("app.start").message


def test_going_back_to_what_keeps_the_rules_says_nothing_of_them(stage: Stage) -> None:
    stage.deployed()
    rule(stage, registries="registry.example.com")
    told = stage.on_app("release.redeploy")

    assert told.message.endswith("again with release 2.") and "broken_rules" not in told.result


def test_an_earlier_release_that_breaks_a_rule_is_not_deployed_again(stage: Stage) -> None:
    stage.deployed()
    stage.on_app("image.set", process="web", image="registry.example.com/shop:2")
    stage.deployed("registry.example.com/shop:2")
    rule(stage, registries="other.example.com")

    with pytest.raises(Refused, match="allowed registries"):
        stage.on_app("release.redeploy", release=1)


def test_an_edit_that_leaves_a_rule_broken_says_that_it_cannot_be_deployed(stage: Stage) -> None:
    rule(stage, registries="other.example.com")
    ref = Ref(APP, "boutique", "shop")
    data = {"process": "web", "replicas": 3}
    shown = perform("process.scale", actor=stage.bob, ref=ref, data=data, dry_run=True).preview

    assert shown is not None
    assert "This can be saved, but not deployed. Rule “allowed registries”" in shown.warnings[-1]


def test_going_back_further_is_refused_for_a_rule(stage: Stage) -> None:
    stage.deployed()
    stage.on_app("image.set", process="web", image="registry.example.com/shop:2")
    stage.deployed("registry.example.com/shop:2")
    rule(stage, registries="other.example.com")

    with pytest.raises(Refused, match="allowed registries"):
        stage.on_app("release.rollback", release=1)


@pytest.mark.parametrize(
    ("rules", "process", "words"),
    [
        ({"registries": ("other.example.com",)}, {}, "allowed registries"),
        ({"registries": ("registry.example.com/te",)}, {}, "allowed registries"),
        ({"registries": ("docker.io/library",)}, {"image": "team/nginx:1"}, "web uses team/nginx:1"),
        ({"registries": ("docker.io/nginx",)}, {"image": "team/nginx:1"}, "web uses team/nginx:1"),
        ({"registries": ("docker.io",)}, {"image": "registry.example.com/library/nginx:1"}, "allowed registries"),
        (
            {"registries": ("registry.example.com",)},
            {"sidecars": [{"name": "p", "image": "envoy:1"}]},
            "p uses envoy:1",
        ),
        ({"tagged": True}, {"image": "registry.example.com/shop:latest"}, "images need a version"),
        ({"tagged": True}, {"image": "registry.example.com/shop"}, "images need a version"),
        ({"probed": True}, {}, "needs a readiness probe"),
        ({"cpu": "100m"}, {"resources": {"size": "medium"}}, "most CPU of one instance"),
        ({"memory": "64Mi"}, {"resources": {"size": "medium"}}, "most memory of one instance"),
    ],
)
def test_a_rule_that_is_broken_is_named(rules: dict[str, Any], process: dict[str, Any], words: str) -> None:
    (sentence,) = said(PlatformRules(**rules), process=process)
    assert sentence.startswith("Rule “") and words in sentence


@pytest.mark.parametrize(
    ("rules", "process"),
    [
        ({"registries": ("registry.example.com/team/",)}, {}),
        ({"registries": ("registry.example.com",)}, {}),
        *(({"registries": (rule,)}, {"image": image}) for rule in HUB for image in OFFICIAL),
        ({"tagged": True, "requested": True}, {}),
        ({"probed": True}, {"probes": {"readiness": {"path": "/ready"}}}),
        ({"probed": True}, {"ports": []}),
        ({"cpu": "64", "memory": "512Gi"}, {}),
    ],
)
def test_what_keeps_a_rule_is_left_alone(rules: dict[str, Any], process: dict[str, Any]) -> None:
    assert not said(PlatformRules(**rules), process=process)


def test_an_image_from_elsewhere_on_one_cluster_counts() -> None:
    placement = {
        "targets": [{"cluster": "south"}],
        "overrides": [{"cluster": "south", "registry": "mirror.example.com"}],
    }
    (sentence,) = said(PlatformRules(registries=("registry.example.com",)), placement=placement)
    assert "mirror.example.com/team/shop:1" in sentence


def test_annotations_begin_as_they_have_to() -> None:
    rows = [{"key": "example.com/team", "value": "a"}, {"key": "other.example.org/x", "value": "b"}]
    (sentence,) = said(PlatformRules(annotations=("example.com/",)), annotations=rows)
    assert "other.example.org/x" in sentence


def test_an_edit_that_breaks_a_rule_is_refused(stage: Stage) -> None:
    rule(stage, registries="registry.example.com")
    with pytest.raises(Refused, match="Rule “allowed registries”: web uses nginx:1") as refusal:
        stage.on_app("image.set", process="web", image="nginx:1")
    assert refusal.value.code == "rule"


def test_an_app_that_breaks_a_new_rule_can_be_edited_but_not_released(stage: Stage) -> None:
    rule(stage, registries="other.example.com")
    assert stage.on_app("process.scale", process="web", replicas=6).changed
    with pytest.raises(Refused, match="Rule “allowed registries”"):
        stage.on_app("release.start")
    stage.on_app("image.set", process="web", image="other.example.com/shop:1")
    assert stage.on_app("release.start").changed


def test_its_page_and_the_preview_say_what_has_to_be_mended(stage: Stage) -> None:
    stage.deployed()
    rule(stage, registries="other.example.com", probed=True)
    client = cast.signed_in(stage.people.bob)
    for page in (client.get("/t/boutique/apps/shop/").text, client.get("/t/boutique/apps/shop/do/release.start/").text):
        assert "allowed registries" in page and "needs a readiness probe" in page


def test_a_new_app_keeps_the_rules(stage: Stage) -> None:
    rule(stage, tagged=True, probed=True)
    with pytest.raises(Refused, match="images need a version"):
        stage.on_tenant("app.create", name="other", image="registry.example.com/other", port=80)
    assert stage.on_tenant("app.create", name="other", image="registry.example.com/other:1", port=80).changed


@pytest.mark.parametrize(
    ("field", "values"),
    [
        (
            "registries",
            ("*", ",", "team", "registry.example.com/team:1", "a.example.com, b.example.com", "Shop/x", "/"),
        ),
        ("annotations", ("*", ",", "a b/c/d", "/x")),
        ("cpu", ("0", "0m")),
        ("memory", ("0", "0Gi")),
    ],
)
def test_a_rule_that_nothing_could_keep_is_refused(stage: Stage, field: str, values: tuple[str, ...]) -> None:
    for value in values:
        with pytest.raises(Refused, match="Write") as refusal:
            rule(stage, **{field: value})
        assert refusal.value.field == field


def test_a_registry_with_or_without_a_path_is_a_rule(stage: Stage) -> None:
    rule(stage, registries="docker.io/team/ registry.example.com localhost:5000", annotations="example.com/ team")


def test_the_preview_counts_what_is_deployed_and_breaks_the_rules(stage: Stage) -> None:
    stage.deployed()
    actor = cast.actor(stage.people.olga)
    said = {}
    for registry in ("other.example.com", "registry.example.com"):
        data = {"registries": registry}
        shown = perform("platform.rules", actor=actor, ref=Ref(PLATFORM), data=data, dry_run=True).preview
        assert shown is not None
        said[registry] = list(shown.warnings)
    broken_by = "1 deployed app breaks these rules: boutique/shop. It runs on, and its next release has to keep them."
    assert said == {"other.example.com": [broken_by], "registry.example.com": []}


@pytest.mark.parametrize("amount", ["4", "64", "4k", "5Mi"])
def test_so_little_that_no_container_starts_with_it_is_refused_with_why(stage: Stage, amount: str) -> None:
    with pytest.raises(Refused, match=r"no container starts with less than 6 MiB.*such as 8Gi") as refusal:
        rule(stage, memory=amount)
    assert refusal.value.field == "memory"


def test_the_least_that_a_container_starts_with_can_be_ruled(stage: Stage) -> None:
    rule(stage, memory="6Mi", cpu="1m")


@pytest.mark.parametrize(("field", "value"), [("cpu", "many"), ("memory", "8 GB!")])
def test_an_amount_that_is_none_is_refused(stage: Stage, field: str, value: str) -> None:
    with pytest.raises(Refused) as refusal:
        rule(stage, **{field: value})
    assert refusal.value.field == field


def test_the_page_of_the_rules_shows_them(stage: Stage) -> None:
    rule(stage, registries="b.example.com a.example.com", memory="8Gi")
    page = cast.signed_in(stage.people.olga).get("/platform/rules/").text
    assert "a.example.com, b.example.com" in page and "8Gi" in page and "not ruled" in page
