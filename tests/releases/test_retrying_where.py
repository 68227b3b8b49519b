"""What is tried again has failed: on another cluster it is refused in these words."""

from __future__ import annotations

import pytest

from portal.errors import Refused
from releases.models import Release
from tests import cast
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
NEW = "registry.example.com/shop:crash"
FORM = "/t/boutique/apps/shop/releases/2/do/release.retry/"
WORDS = "Release 2 has not failed on south. Try it again where it has: north."


@pytest.fixture
def stage() -> Stage:
    """Release 2 has failed on north and goes on, on south."""
    stage = Stage()
    stage.deployed()
    stage.on_app("release.waves", failures=1)
    stage.on_app("image.set", process="web", image=NEW)
    stage.on_app("release.start")
    stage.work()
    stage.crashes(stage.north, restarts=3)
    stage.work()
    assert Release.objects.get(number=2).state == "running"
    return stage


def test_another_cluster_is_refused_by_name(stage: Stage) -> None:
    with pytest.raises(Refused) as refused:
        stage.on_release("release.retry", 2, cluster="south")
    assert str(refused.value) == WORDS and refused.value.field == "cluster"
    stage.on_release("release.retry", 2, cluster="north")


def test_the_form_begins_with_the_one_that_failed_and_says_it_at_the_field(stage: Stage) -> None:
    client = cast.signed_in(stage.people.bob)
    assert '<option value="north" selected' in client.get(FORM).text
    page = client.post(FORM, {"cluster": "south", "version": "1"})
    assert page.status_code == 422 and WORDS in page.text and "not possible while" not in page.text
