"""Rules that look at one line at a time."""

from __future__ import annotations

from tests.house.rules import Rule, ending, lines, python
from tests.house.tree import File

_NOSCRIPT = "no page needs a script of another site; the content policy would refuse it"


def _is_test(file: File) -> bool:
    return file.path.startswith("tests/") and file.suffix == ".py"


LINE_RULES = [
    Rule(
        "nothing unfinished",
        "A later change is an issue, not a remark in the code.",
        ending(".py", ".html", ".css", ".js"),
        lines(
            r"\b(TODO|FIXME|XXX|HACK)\b|NotImplementedError|\bnot implemented\b|\bfor now\b"
            r"|(?<![.:\"'\w])placeholder(?!\s*[=:|\"'])"
        ),
        bad=("x = 1  # TODO: ask the registry", "raise NotImplementedError", '"""A placeholder until later."""'),
        good=("placeholder: str = ''", '<input placeholder="name">', "# for nowhere"),
    ),
    Rule(
        "the same servers everywhere",
        "One kind of database and broker, small and large; no branch for tests.",
        ending(".py"),
        lines(r"\bTESTING\b|PYTEST|sqlite|locmem|InMemoryChannelLayer|(?i:task_always_eager)"),
        bad=("if settings.TESTING:", 'ENGINE = "django.db.backends.sqlite3"', "CELERY_TASK_ALWAYS_EAGER = True"),
        good=('ENGINE = "django.db.backends.postgresql"',),
    ),
    Rule(
        "no sleeping",
        "Releases are driven by events: wait for one, with a limit.",
        ending(".py"),
        lines(r"\btime\.sleep\(|\bfrom time import .*\bsleep\b"),
        bad=("time.sleep(0.5)", "from time import monotonic, sleep"),
        good=("stopped.wait(timeout=0.5)", "await asyncio.sleep(delay)"),
    ),
    Rule(
        "whoever is told to end ends",
        "Python 3.11 loses a cancellation that comes in the moment in which what `wait_for` waits for has ended.",
        lambda file: file.suffix == ".py" and not file.path.startswith("tests/"),
        lines(r"\basyncio\.wait_for\("),
        bad=("await asyncio.wait_for(ended.wait(), 5)",),
        good=("async with asyncio.timeout(5):", "changed.wait_for(lambda: wanted)"),
    ),
    Rule(
        "silence has a reason",
        "A silenced check or a broad except says on its line why it may.",
        lambda file: file.suffix == ".py" and "migrations" not in file.folders and not file.path.startswith("tests/h"),
        lines(
            r"# noqa(?!: [A-Z]+\d+(, [A-Z]+\d+)* .{10,})|# type: ignore(?!\[[a-z-]+(, ?[a-z-]+)*\]\s+# .{10,})"
            r"|except (Base)?Exception( as \w+)?:(?!\s+# .{10,})|except:"
        ),
        bad=("import x  # noqa", "x = y  # type: ignore[arg-type]", "except Exception:", "except:  # whatever it is"),
        good=(
            "import x  # noqa: F401 (registers the tasks)",
            "x = y  # type: ignore[arg-type]  # the stubs know no lazy text",
            "except Exception:  # one broken release must not stop the others",
            "except ValueError:",
        ),
    ),
    Rule(
        "every test runs",
        "A test that is left out tests nothing; only what is no part of the repository may be missing.",
        lambda file: _is_test(file) and file.path != "tests/cluster/planes.py",
        lines(r"\bski[p]\(|\bski[p]if\b|\bxfai[l]\b|importorski[p]"),
        bad=("@pytest.mark.ski" + "pif(True)", "pytest.xfai" + "l('later')"),
        good=("def test_skipping_a_step() -> None: ...",),
        example_path="tests/pure/example.py",
    ),
    Rule(
        "no path of one machine",
        "Whoever clones this has other folders.",
        lambda file: not file.path.startswith(".ci/"),
        lines(rf"(^|[^.\w])/({'|'.join(['work', 'root', 'tmp', 'home'])})/(?!\$)"),
        bad=("cd /" + "tmp/x", 'HOME = "/' + 'root/slipway"'),
        good=("cd ./home/x", "/tmp/$name"),
    ),
    Rule(
        "no signals",
        "What follows from a change is written beside it, in its transaction.",
        ending(".py"),
        lines(r"django\.db\.models\.signals|django\.dispatch|\bpost_save\b|\bpre_save\b|@receiver\("),
        bad=("from django.db.models.signals import post_save", "from django.dispatch import receiver"),
        good=("import signal", "loop.add_signal_handler(signal.SIGTERM, stop)"),
    ),
    Rule(
        "scripts and styles are files",
        "The content policy allows no inline script, style or event attribute.",
        ending(".html"),
        lines(r"<style\b|\sstyle=|\son[a-z]+=|hx-on|javascript:|<script(?![^>]*(\bsrc=|type=\"module\"\s*$))"),
        bad=('<p style="color: red">', '<a onclick="go()">', "<script>go()</script>", '<a href="javascript:go()">'),
        good=('<script src="{% static "a.js" %}"></script>', '<p class="on">', '<div data-confirm="">'),
        example_path="templates/example.html",
    ),
    Rule(
        "nothing from other sites",
        _NOSCRIPT,
        ending(".html", ".css", ".js"),
        lines(r"(?<![\w.])(https?:)?//[a-z0-9-]+\.[a-z](?!3\.org/)"),
        bad=('<script src="https://cdn.example.com/a.js">', "@import url(//fonts.example.com/x);"),
        good=("// a comment", '<a href="{{ url }}">', 'xmlns="http://www.w3.org/2000/svg"'),
        example_path="templates/example.html",
    ),
    Rule(
        "words are escaped",
        "A word of a person or a cluster that is marked safe is a script on somebody's page.",
        ending(".py", ".html"),
        lines(r"\bmark_safe\(|\bSafeString\(|\|\s*safe\b|autoescape off|\bsafeseq\b"),
        bad=("return mark_safe(title)", "{{ app.title|safe }}", "{% autoescape off %}"),
        good=('return format_html("<b>{}</b>", title)', "{{ app.title }}", "is_safe = True"),
        example_path="templates/example.html",
        excepted={
            "portal/ui/templatetags/ui.py": "marks of our own, without a word of anybody",
            "portal/ui/icons.py": "drawings of the set; their one word is written as an attribute of XML",
        },
    ),
    Rule(
        "no superuser for people",
        "Rights come from roles, through the doorway.",
        python(),
        lines(r"\bis_superuser\b|\bis_staff\b|\.has_perm\("),
        bad=("if user.is_superuser:", "user.has_perm('tenants.view_app')"),
        good=("access.require(actor, permissions.APP_VIEW, tenant_id=tenant.pk)",),
        excepted={"tenants/models/user.py": "the model has the column from Django; nothing reads it"},
    ),
]
