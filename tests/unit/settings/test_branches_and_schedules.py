from __future__ import annotations

import subprocess

import pytest

from model_cicd.aws.branches import branch_complaint
from model_cicd.aws.schedules import schedule_complaint

BRANCHES = [
    "main", "feature/x", "a.b", "a@b", "release-1.2", "UPPER", "a/b/c", "ünï", "@a", "a{b}",
    "a b", "a..b", "a~b", "a^b", "a:b", "a?b", "a*b", "a[b", "a\\b", "a@{b", "/a", "a/", "a//b", ".a", "a/.b",
    "a.lock", "a.lock/b", "a.", "-a", "a\tb", "a\x7fb", "",
]  # fmt: skip


@pytest.mark.programs
@pytest.mark.parametrize("name", BRANCHES)
def test_branches_are_judged_as_git_judges_them(name: str) -> None:
    git = subprocess.run(["git", "check-ref-format", "--branch", name], capture_output=True, check=False)
    assert (branch_complaint(name) is None) == (git.returncode == 0)


@pytest.mark.parametrize("name", ["@", "HEAD", "refs/heads/main", "x" * 257])
def test_names_that_git_takes_and_a_pipeline_does_not(name: str) -> None:
    assert branch_complaint(name)


@pytest.mark.parametrize(
    "text",
    [
        "rate(1 minute)",
        "rate(5 minutes)",
        "rate(1 hour)",
        "rate(12 hours)",
        "rate(1 day)",
        "rate(30 days)",
        "cron(0 6 * * ? *)",
        "cron(0/15 * ? * MON-FRI *)",
        "cron(0 8 1 * ? *)",
        "cron(0 8 L * ? 2026)",
        "cron(0 8 ? * 6#3 *)",
        "cron(0 8 ? * 6L *)",
        "cron(0 8 15W JAN,jul ? *)",
        "cron(5,35 14 * * ? 2025-2030)",
    ],
)
def test_schedules(text: str) -> None:
    assert schedule_complaint(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "expected 'rate(1 day)' or"),
        ("every day", "expected 'rate(1 day)' or"),
        ("rate(1 days)", "expected 'rate(1 day)'"),
        ("rate(5 minute)", "expected 'rate(5 minutes)'"),
        ("rate(0 days)", "a value of at least 1"),
        ("rate(-1 days)", "a value of at least 1"),
        ("rate(5)", "expected 'rate(value unit)'"),
        ("rate(5 weeks)", "got the unit 'weeks'"),
        ("rate(5 minuts)", "(did you mean 'minutes'?)"),
        ("cron(0 6 * * *)", "got 5 fields in 'cron(0 6 * * *)', expected 6: minutes, hours, day-of-month"),
        ("cron(0 6 * * * *)", "expected '?' in exactly one of day-of-month and day-of-week"),
        ("cron(0 6 ? * ? *)", "expected '?' in exactly one of"),
        ("cron(60 6 * * ? *)", "got '60' as minutes, expected 0 to 59"),
        ("cron(0 24 * * ? *)", "got '24' as hours, expected 0 to 23"),
        ("cron(0 6 32 * ? *)", "got '32' as day-of-month"),
        ("cron(0 6 * 13 ? *)", "got '13' as month"),
        ("cron(0 6 ? * MOO *)", "got 'MOO' as day-of-week"),
        ("cron(0 6 * * ? 1969)", "got '1969' as year"),
        ("cron(0/0 6 * * ? *)", "got the step 0"),
        ("cron(? 6 * * ? *)", "got '?' as minutes"),
    ],
)
def test_bad_schedules(text: str, expected: str) -> None:
    complaint = schedule_complaint(text)
    assert complaint is not None
    assert expected in complaint
