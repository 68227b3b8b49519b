"""The command line: the same operations, sentences on stderr, exit codes that scripts can rely on."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps_mgmt.models import App, Revision, SecretVersion
from portal.audit.models import AuditEntry
from portal.operations import registry
from tests.operations.stage import Shop, open_shop

ROOT = Path(__file__).resolve().parents[2]
ON_SHOP = ["--tenant", "boutique", "--app", "shop"]


def run(*words: str) -> str:
    """What a command prints; CommandError is what a person sees on stderr, with exit code 1."""
    out = io.StringIO()
    call_command(*words, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def refused(*words: str) -> str:
    with pytest.raises(CommandError) as caught:
        run(*words)
    assert caught.value.returncode == 1
    return str(caught.value)


def test_an_operation_says_what_it_did(shop: Shop) -> None:
    said = run("operate", "process.scale", *ON_SHOP, "process=web", "replicas=3")

    assert said.splitlines() == ["Scaled web to 3.", "Revision 2, version 2."]
    entry = AuditEntry.objects.latest("id")
    assert (entry.how, entry.actor_name) == ("command", "manage.py")


def test_values_may_stand_before_and_behind_the_options(shop: Shop) -> None:
    run("operate", "process.scale", "process=web", *ON_SHOP, "replicas:=4")

    assert shop.again().draft.spec["processes"][0]["replicas"] == 4  # type: ignore[union-attr]  # there is a draft


def test_somebody_can_be_named_who_does_it(shop: Shop) -> None:
    run("operate", "process.scale", *ON_SHOP, "process=web", "replicas=3", "--user", "bob", "--note", "why not")

    entry = AuditEntry.objects.latest("id")
    assert (entry.how, entry.actor_name, entry.note) == ("command", "bob", "why not")


def test_json_in_and_json_out(shop: Shop) -> None:
    said = run("operate", "env.set", *ON_SHOP, 'env:=[{"name": "A", "value": "a=b:=c"}]', "--json")

    assert json.loads(said)["revision"] == 2
    assert shop.again().draft.spec["env"][0]["value"] == "a=b:=c"  # type: ignore[union-attr]  # there is a draft


def test_text_with_equal_signs_stays_whole(shop: Shop) -> None:
    run("operate", "app.describe", *ON_SHOP, "title=a=b", "description=x:=y")

    app = App.objects.get(pk=shop.app.pk)
    assert (app.title, app.description) == ("a=b", "x:=y")


def test_a_dry_run_shows_what_would_change(shop: Shop) -> None:
    said = run("operate", "process.scale", *ON_SHOP, "process=web", "replicas=5", "--dry-run")

    assert "2 → 5" in said and "Instances: you use 2, 5 after this" in said
    assert Revision.objects.count() == 1
    body = json.loads(run("operate", "process.scale", *ON_SHOP, "process=web", "replicas=5", "--dry-run", "--json"))
    assert body["dry_run"] is True and body["spec"]


def test_a_dry_run_says_amounts_with_their_units_and_what_a_release_takes_while_it_rolls(shop: Shop) -> None:
    shop.runs()
    lines = run("operate", "process.scale", *ON_SHOP, "process=web", "replicas=5", "--dry-run").splitlines()

    cpu, memory = (next(line for line in lines if name in line) for name in ("CPU:", "Memory:"))
    unit = r"[\d.]+ {0}, [\d.]+ {0} after this, [\d.]+ {0} while a release of it rolls, of [\d.]+ {0}"
    assert re.search(rf"you use {unit.format('CPU')}", cpu), cpu
    assert re.search(rf"you use {unit.format('[KMGT]iB')}", memory), memory
    assert any(
        re.search(r"Instances: you use 2, 5 after this, 7 while a release of it rolls, of \d+$", one) for one in lines
    )


def test_what_is_lost_for_good_has_to_be_named(shop: Shop) -> None:
    assert "send its name, shop, in the field confirm" in refused("operate", "app.delete", *ON_SHOP)
    assert App.objects.get(pk=shop.app.pk).deleted_at is None

    assert "Deleted the app shop." in run("operate", "app.delete", *ON_SHOP, "confirm=shop")


def test_nothing_to_change_is_no_error(shop: Shop) -> None:
    assert "Nothing changes" in run("operate", "process.scale", *ON_SHOP, "process=web", "replicas=2")


def test_input_comes_from_a_file(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.yaml").write_text("env:\n  - name: A\n    value: from yaml\n")
    (tmp_path / "b.json").write_text('{"env": [{"name": "B", "value": "from json"}]}')
    run("operate", "env.set", *ON_SHOP, "--file", str(tmp_path / "a.yaml"))
    run("operate", "env.set", *ON_SHOP, "--file", str(tmp_path / "b.json"), "process=web")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"name: KEY\nvalue: hush\n")))
    said = run("operate", "secret.set", *ON_SHOP, "--file", "-")

    assert "hush" not in said and SecretVersion.objects.count() == 1
    names = [one["name"] for one in shop.again().draft.spec["env"]]  # type: ignore[union-attr]  # there is a draft
    assert sorted(names) == ["A", "KEY"]


def test_a_reading_operation_prints_what_it_shows(shop: Shop) -> None:
    reads = next(one for one in registry.all_operations() if one.kind == "read" and one.subject == "app")

    assert json.loads(run("operate", reads.name, *ON_SHOP))


def test_a_release_is_started_with_its_number(shop: Shop) -> None:
    assert "Release 1." in run("operate", "release.start", *ON_SHOP)
    assert "aborted release 1" in run("operate", "release.abort", *ON_SHOP, "--release", "1").lower()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["proces.scale", *ON_SHOP], "Did you mean process.scale"),
        (["process.scale", *ON_SHOP, "--user", "nobody"], "no active user nobody"),
        (["process.scale", "--tenant", "nobody", "--app", "shop"], "not yours to see"),
        (["process.scale", "--tenant", "boutique", "--app", "nothing"], "not yours to see"),
        (["process.scale", "--tenant", "boutique"], "with --app"),
        (["process.scale"], "with --tenant and --app"),
        (["process.scale", *ON_SHOP, "--user", "vera", "process=web", "replicas=3"], "You need the right app.scale"),
        (["process.scale", *ON_SHOP, "--user", "charlie", "process=web", "replicas=3"], "not yours to see"),
        (
            ["process.scale", *ON_SHOP, "process=web", "replicas=many"],
            "replicas: This is not a whole number. Write one in digits",
        ),
        (["process.scale", *ON_SHOP, "process=web"], "replicas: This is missing. Give it a value."),
        (["process.scale", *ON_SHOP, "process=web", "replicas=3", "x=1"], "Unknown fields: x"),
        (["process.scale", *ON_SHOP, "process=web", "replicas"], "not of the form key=value"),
        (["process.scale", *ON_SHOP, "=3"], "not of the form key=value"),
        (["process.scale", *ON_SHOP, ":=3"], "not of the form key=value"),
        (["process.scale", *ON_SHOP, "process=web", "replicas:={"], "not valid JSON"),
        (["process.scale", *ON_SHOP, "process=web", "replicas:=NaN"], "NaN"),
        (["process.scale", *ON_SHOP, "process=web", "replicas=499"], "short"),
        (["env.set", *ON_SHOP, "env=A"], "env"),
        (["placement.targets", *ON_SHOP, 'targets:=[{"cluster": "mars"}]'], "mars"),
        (["app.unlock", *ON_SHOP], "not locked"),
        (["release.abort", *ON_SHOP, "--release", "7"], "not yours to see"),
        (["process.scale", *ON_SHOP, "process=web", "replicas=3", "--if-version", "7"], "it is at version 1 now"),
        (["process.scale", *ON_SHOP, "process=web", "replicas=3", "--if-version", "7"], "now, 3 asked for"),
        (["process.scale", *ON_SHOP, "--file", "/nowhere/at/all"], "cannot be read"),
        (["process.scale", *ON_SHOP, "--file", "/"], "cannot be read"),
    ],
    ids=lambda value: str(value)[-50:],
)
def test_what_is_wrong_is_said_in_a_sentence(shop: Shop, words: list[str], sentence: str) -> None:
    assert sentence in refused("operate", *words)
    assert shop.again().version == 1


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (BOMB, "Anchors and aliases"),
        ("process: web\nreplicas: &x 3\n", "Anchors and aliases"),
        ("process: web\nprocess: api\n", "given twice"),
        ("1: web\n", "Keys have to be text"),
        ("- a\n- b\n", "one object"),
        ("just text", "one object"),
        ("", "one object"),
        ("a: b\n---\nc: d\n", "not valid YAML"),
        ("a: [1, 2\n", "not valid YAML"),
        ("a: !!python/object/apply:os.system ['true']\n", "not valid YAML"),
        ("<<: {process: web}\n", "not valid YAML"),
        ("a: " + "[" * 200 + "]" * 200 + "\n", "deeper than"),
        ("a: " + "{a: " * 40 + "1" + "}" * 40 + "\n", "deeper than"),
        ("process: web\nreplicas: " + "9" * 100_000 + "\n", "too long"),
        ("process: web\nreplicas: 1" + ":1" * 100_000 + "\n", "too long"),
        ("process: web\nreplicas: 0x" + "f" * 100_000 + "\n", "too long"),
        ("process: web\nreplicas: .inf\n", "too large"),
        ("process: web\nreplicas: .nan\n", "too large"),
        ("process: web\nreplicas: 2020-01-01\n", "replicas"),
        ("process: !!binary aGVsbG8=\nreplicas: 1\n", "process"),
        ("process: !!set {web}\nreplicas: 1\n", "process"),
        ("x" * (1024 * 1024 + 1), "larger than"),
        ("\x00", "not valid YAML"),
        ("process: web\nreplicas: on\n", "replicas"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_file_made_to_hurt_is_refused_soon(shop: Shop, tmp_path: Path, text: str, sentence: str) -> None:
    file = tmp_path / "input.yaml"
    file.write_text(text)
    began = time.process_time()

    assert sentence in refused("operate", "process.scale", *ON_SHOP, "--file", str(file))
    assert time.process_time() - began < 5 and shop.again().version == 1


def test_bytes_that_are_no_text_are_refused(shop: Shop, tmp_path: Path) -> None:
    for name in ("input.yaml", "input.json"):
        (tmp_path / name).write_bytes(b"process: \xff\xfe\xc3\x28")
        assert "not valid" in refused("operate", "process.scale", *ON_SHOP, "--file", str(tmp_path / name))


def test_a_secret_in_a_refused_command_is_not_said_back(shop: Shop) -> None:
    said = refused("operate", "secret.set", *ON_SHOP, "name=1 bad", "value=hush-hush")

    assert "hush-hush" not in said


def test_the_list_of_operations_has_them_all() -> None:
    names = [one.name for one in registry.all_operations()]

    assert [line.split()[0] for line in run("operations").splitlines()] == names
    facts = json.loads(run("operations", "--json"))
    assert [one["name"] for one in facts] == names
    assert all(one["about"] and one["permission"] and one["kind"] for one in facts)
    assert all({field["name"] for field in one["fields"]} >= set(one["example"]) for one in facts)


def test_a_token_is_printed_last_and_works(shop: Shop) -> None:
    out, err = io.StringIO(), io.StringIO()
    call_command("token", "--user", "bob", "--tenant", "boutique", "--name", "ci", stdout=out, stderr=err)
    token = out.getvalue().strip().splitlines()[-1]

    from django.test import Client

    answer = Client().get("/api/v1/tenants/boutique/apps/", headers={"authorization": f"Token {token}"})
    assert answer.status_code == 200 and token not in err.getvalue()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"user": "nobody"}, "no active user"),
        ({"tenant": "nobody"}, "no tenant"),
        ({"tenant": "harbor"}, "not a member"),
        ({"name": ""}, "name"),
        ({"days": "9999"}, "lasts"),
        ({"permissions": "app.everything"}, "app.everything"),
        ({"permissions": "platform.audit"}, "platform.audit"),
    ],
    ids=str,
)
def test_a_token_that_cannot_be_is_refused(shop: Shop, options: dict[str, str], words: str) -> None:
    given = {"user": "bob", "tenant": "boutique", "name": "ci"} | options
    assert words in refused("token", *(f"--{key}={value}" for key, value in given.items()))


@pytest.mark.django_db(transaction=True)
def test_as_a_process_it_has_exit_codes_and_no_traceback() -> None:
    open_shop()

    def manage(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        database: dict[str, Any] = connection.settings_dict
        url = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=os.environ | {"DATABASE_URL": url},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
        )

    done = manage("operate", "process.scale", *ON_SHOP, "--user", "bob", "process=web", "replicas=3")
    assert (done.returncode, done.stdout, done.stderr) == (0, "Scaled web to 3.\nRevision 2, version 2.\n", "")
    refusal = manage("operate", "process.scale", *ON_SHOP, "--user", "vera", "process=web", "replicas=4")
    assert refusal.returncode == 1 and refusal.stdout == ""
    assert "You need the right app.scale" in refusal.stderr and "Traceback" not in refusal.stderr
    unknown = manage("operate", "process.scale", *ON_SHOP, "--file", "-", stdin="a: &a [*a]")
    assert unknown.returncode == 1 and "aliases" in unknown.stderr and "Traceback" not in unknown.stderr


def test_a_field_that_is_given_twice_or_a_reason_that_is_too_long_is_refused(shop: Shop) -> None:
    assert "replicas is given twice" in refused("operate", "process.scale", *ON_SHOP, "replicas=1", "replicas:=2")
    scale = ["operate", "process.scale", *ON_SHOP, "process=web", "replicas=3"]
    assert "longer than 2000 characters" in refused(*scale, "--note", "x" * 2001)
    assert shop.again().version == 1
