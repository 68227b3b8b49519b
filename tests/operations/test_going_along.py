"""What a form says that goes out with an edit when it is deployed: the changes of the draft that waited before."""

from __future__ import annotations

from io import StringIO
from typing import Any

from django.core.management import call_command

from tests import cast
from tests.operations.stage import Shop
from tests.operations.test_drafts import deploy
from tests.operations.test_drafts_beside import beside

SCALE = {"process": "web", "replicas": 3}
FORM = "/t/boutique/apps/shop/do/process.scale/"


def along(shop: Shop, operation: str = "process.scale", **data: Any) -> Any:
    preview = shop.preview(operation, **(data or SCALE)).preview
    assert preview is not None
    return preview.deploying


def crashing(shop: Shop) -> None:
    """What is deployed, and a change of the image that waits."""
    shop.runs()
    shop.do("image.set", image="registry.example.com/shop:crash")


def test_an_edit_says_how_many_changes_go_out_with_it(shop: Shop) -> None:
    crashing(shop)

    assert along(shop)["sentence"] == "1 undeployed change goes with it when you deploy."


def test_an_edit_shows_all_that_deploying_it_brings(shop: Shop) -> None:
    crashing(shop)
    found = along(shop)

    assert {row["path"] for row in found["spec"]} == {"processes.web.image", "processes.web.replicas"}
    assert {row["kind"] for row in found["manifests"]} == {"Deployment", "Deployment/scale"}
    assert any("shop:crash" in line["text"] for row in found["manifests"] for line in row["lines"])


def test_an_edit_of_a_draft_that_runs_brings_nothing_else(shop: Shop) -> None:
    shop.runs()

    assert along(shop) is None


def test_an_app_that_runs_nowhere_is_not_compared_with_anything(shop: Shop) -> None:
    assert along(shop) is None


def test_an_edit_that_leads_back_to_what_runs_brings_nothing(shop: Shop) -> None:
    crashing(shop)

    assert along(shop, "image.set", process="web", image="registry.example.com/shop:1.0") is None


def test_what_a_rollback_beside_the_draft_took_back_is_said_to_come_again(shop: Shop) -> None:
    deploy(shop, 1)
    deploy(shop, beside(shop, 1))

    assert along(shop)["sentence"] == "The draft differs from what runs already. That goes with it when you deploy."


def test_the_form_shows_it_without_a_script(shop: Shop) -> None:
    crashing(shop)
    page = cast.signed_in(shop.people.bob).post(FORM, {**SCALE, "_preview": "1"}).content.decode()

    assert "Save and deploy brings as well" in page and "shop:crash" in page


def test_the_api_answers_it_in_a_field_of_its_own(shop: Shop) -> None:
    crashing(shop)
    address = "/api/v1/tenants/boutique/apps/shop/operations/process.scale?dry_run=1"
    header = cast.token_header(shop.people.bob, tenant=shop.people.boutique)
    answer = cast.browser().post(address, SCALE, content_type="application/json", headers=header)

    assert answer.json()["deploying"]["undeployed"] == 1


def test_the_command_says_it(shop: Shop) -> None:
    crashing(shop)
    out = StringIO()
    call_command(
        "operate", "process.scale", "process=web", "replicas=3", tenant="boutique", app="shop", dry_run=True, stdout=out
    )

    assert "1 undeployed change goes with it when you deploy." in out.getvalue()
