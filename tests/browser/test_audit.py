"""The log from end to end: who changed a variable last week is found, taken away as a file, and proved to be whole."""

from __future__ import annotations

import csv
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Locator, Page, expect

from portal.local.home import read_environment
from tests.browser.conftest import Visit
from tests.browser.outside import Api
from tests.browser.stack import Stack

APP, VARIABLE = "recommendationservice", "CACHE_TTL"


@pytest.fixture
def changed(api: Api) -> None:
    """What Bob did to a variable, and took back at last: nothing else waits in the draft."""
    for value in ("60", "30"):
        assert api.operate(APP, "env.set", env=[{"name": VARIABLE, "value": value}]).status == 200
    for _time in range(2):
        assert api.operate(APP, "draft.undo").status == 200


def entries(page: Page) -> Locator:
    """The rows of the log."""
    return page.get_by_role("table").get_by_role("row").filter(has=page.get_by_role("cell"))


def saved(page: Page, link: str, folder: Path) -> Path:
    """The file that a link gives."""
    with page.expect_download() as waited:
        page.get_by_role("link", name=link, exact=True).click()
    file = folder / waited.value.suggested_filename
    waited.value.save_as(file)
    return file


def verified(verifier: Path, log: Path, *more: str) -> tuple[int, str]:
    """What the verifier says where there is no Slipway, and its exit code."""
    done = subprocess.run(
        [sys.executable, "-I", str(verifier), str(log), *more], cwd=log.parent, env={}, capture_output=True, text=True
    )
    return done.returncode, done.stdout + done.stderr


def test_that_alice_finds_who_changed_a_variable_last_week(
    visit: Visit, stack: Stack, changed: None, tmp_path: Path
) -> None:
    page = visit("alice")
    page.goto("/t/boutique/")
    page.get_by_role("link", name="Activity", exact=True).click()
    page.get_by_label("Text").fill(VARIABLE)
    page.get_by_label("Until").fill((datetime.now(UTC) - timedelta(days=1)).date().isoformat())
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()

    page.get_by_label("Until").fill("")
    page.get_by_label("When").select_option("Last 7 days")
    page.get_by_role("button", name="Find").click()
    expect(entries(page)).to_have_count(4)
    page.get_by_role("search").get_by_label("Operation").select_option("env.set")
    page.get_by_role("button", name="Find").click()
    expect(entries(page)).to_have_count(2)
    newest = entries(page).first
    expect(newest).to_contain_text("bob")
    newest.locator("summary").click()
    newest.get_by_role("link", name="All about this entry").click()

    expect(page.get_by_role("main")).to_contain_text(f"{APP}: set {VARIABLE}")
    change = page.get_by_role("group", name="Changes")
    expect(change.get_by_role("deletion")).to_contain_text("60")
    expect(change.get_by_role("insertion")).to_contain_text("30")

    page.get_by_role("link", name="All of this object").click()
    expect(entries(page).filter(has_text="took back the last change")).not_to_have_count(0)

    page.goto(f"/t/boutique/activity/?q={VARIABLE}&operation=env.set&last=7")
    with saved(page, "CSV", tmp_path).open(encoding="utf-8", newline="") as file:
        assert [row["actor_name"] for row in csv.DictReader(file)] == ["bob", "bob"]
    code, said = verified(saved(page, "The verifier", tmp_path), saved(page, "The whole log", tmp_path))
    assert code == 0 and "whole" in said and "(boutique)" in said
    assert "whole" in stack.manage("audit", "verify", "--chain", "boutique")


def test_that_a_variable_leads_to_who_changed_it(visit: Visit, changed: None) -> None:
    page = visit("vera")
    page.goto(f"/t/boutique/apps/{APP}/configure/")
    page.get_by_role("link", name="Who changed this: PORT").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Recommendations")
    expect(page.get_by_label("Text")).to_have_value("PORT")


def test_that_an_auditor_proves_the_log_of_all_tenants(
    visit: Visit, stack: Stack, changed: None, tmp_path: Path
) -> None:
    ada = visit("ada")
    ada.goto("/")
    log = ada.locator("section", has=ada.get_by_role("heading", name="Audit log"))
    expect(log).to_contain_text("Online Boutique")
    log.get_by_role("link", name="Online Boutique").click()
    expect(entries(ada).filter(has_text=f"set {VARIABLE}")).not_to_have_count(0)

    stack.manage("audit", "checkpoint", "--to", str(tmp_path / "checkpoints"))
    key = stack.manage("audit", "key").strip()
    verifier, file = saved(ada, "The verifier", tmp_path), saved(ada, "The whole log", tmp_path)
    outside = ("--checkpoints", str(tmp_path / "checkpoints"), "--key", key)
    code, said = verified(verifier, file, *outside)
    assert code == 0, said
    assert "(boutique)" in said and "(harbor)" in said and "1 checkpoints fit" in said

    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    place = next(place for place, line in enumerate(lines) if VARIABLE in line)
    file.write_text("".join([*lines[:place], lines[place].replace('"bob"', '"eve"'), *lines[place + 1 :]]), "utf-8")
    code, said = verified(verifier, file, *outside)
    assert code == 1 and "is changed" in said


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_auditentry SET note = 'x'", "ALTER TABLE audit_auditentry DISABLE TRIGGER ALL", "CREATE ROLE other"],
)
def test_the_processes_use_a_database_role_that_can_only_append(stack: Stack, statement: str) -> None:
    address = read_environment(stack.home / "env")["DATABASE_URL"]
    refused = r"permission denied|must be owner"
    with psycopg.connect(address) as connection, pytest.raises(psycopg.DatabaseError, match=refused):
        connection.execute(statement)
