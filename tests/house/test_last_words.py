"""`make test` ends with what failed, whatever was printed since."""

from __future__ import annotations

from pathlib import Path

from tests.__main__ import failures

REPORT = """<testsuites><testsuite>
<testcase classname="tests.pure.test_names" name="test_a_name_that_is_good"/>
<testcase classname="tests.pure.test_names" name="test_a_name_that_is_bad"><failure>first line
E  assert 1 == 2</failure></testcase>
<testcase classname="tests.web.test_home" name="test_a_home"><error>no database</error></testcase>
</testsuite></testsuites>"""


def test_each_failure_and_each_error_is_told_with_its_last_lines(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT)
    assert list(failures(report)) == [
        "- tests.pure.test_names::test_a_name_that_is_bad",
        "    first line",
        "    E  assert 1 == 2",
        "- tests.web.test_home::test_a_home",
        "    no database",
    ]


def test_a_run_that_broke_off_before_its_report_tells_nothing(tmp_path: Path) -> None:
    assert list(failures(tmp_path / "none.xml")) == []
