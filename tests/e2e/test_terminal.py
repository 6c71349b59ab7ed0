"""`rehearse env` in a terminal of a person who has settings of git, and accounts that came while it ran."""

from __future__ import annotations

import os
import subprocess
import textwrap
from pathlib import Path

import pytest

from tests.e2e.by_hand import BIN, DEV_BUILD, TOOLING, ByHand

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("by-hand")]

# how many people have their pushes to GitHub and CodeCommit go by ssh
OWN = """
    [user]
        name = A Person
        email = person@example.org
    [init]
        defaultBranch = trunk
    [url "ssh://nowhere.invalid/"]
        pushInsteadOf = https://git-codecommit.
    [url "ssh://elsewhere.invalid/"]
        insteadOf = https://git-codecommit.us-east-1.amazonaws.com/v1/repos/of-another
    """


def at_terminal(aws: ByHand, home: Path, script: str) -> subprocess.CompletedProcess[str]:
    """A script in a shell whose PATH has none of our commands; `REHEARSE` is the program."""
    home.mkdir(exist_ok=True)
    (home / ".gitconfig").write_text(textwrap.dedent(OWN), encoding="utf-8")
    path = ":".join(part for part in os.environ["PATH"].split(":") if part != str(BIN))
    return subprocess.run(
        ["sh", "-euc", script],
        cwd=aws.directory,
        env=aws.environment | {"HOME": str(home), "PATH": path, "REHEARSE": str(BIN / "rehearse")},
        text=True,
        capture_output=True,
        check=False,
    )


def test_commits_are_the_persons_and_repositories_those_of_the_rehearsal(by_hand: ByHand, tmp_path: Path) -> None:
    ended = at_terminal(
        by_hand,
        tmp_path / "home",
        f"""
        eval "$($REHEARSE env)"
        for each in rehearse seedfarmer; do command -v $each; done
        aws codecommit create-repository --repository-name notes > {tmp_path}/made.json
        git clone --quiet https://git-codecommit.us-east-1.amazonaws.com/v1/repos/notes {tmp_path}/notes
        cd {tmp_path}/notes
        git commit --quiet --allow-empty --message first
        git push --quiet origin HEAD:main
        git ls-remote codecommit://notes main
        git init --quiet {tmp_path}/own && cd {tmp_path}/own
        git commit --quiet --allow-empty --message mine
        git log --format='%an <%ae>' && git branch --show-current
        aws codecommit delete-repository --repository-name notes > {tmp_path}/made.json
        cd {by_hand.directory} && eval "$(rehearse env --undo)"
        echo "profile=$AWS_PROFILE key=$AWS_ACCESS_KEY_ID"
        env | grep -cE 'REHEARSE_ENV|GIT_CONFIG|AWS_ENDPOINT' || true
        command -v rehearse || echo no rehearse any more
        """,
    )
    assert ended.returncode == 0, ended.stderr
    lines = ended.stdout.splitlines()
    assert lines[:2] == [str(BIN / "rehearse"), str(BIN / "seedfarmer")]
    assert lines[2].endswith("refs/heads/main")
    assert lines[3:] == [
        "A Person <person@example.org>",
        "trunk",
        "profile=real-profile key=AKIAREALREALREALREAL",
        "0",
        "no rehearse any more",
    ]
    told = "takes https://git-codecommit.us-east-1.amazonaws.com/v1/repos/of-another elsewhere, not to the rehearsal"
    assert told in ended.stderr


def test_nothing_to_undo_is_said(by_hand: ByHand) -> None:
    ended = by_hand.rehearse("env", "--undo")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "nothing to undo" in ended.stderr


def test_an_account_that_came_later_is_listed_and_known_by_its_name(by_hand: ByHand) -> None:
    assert f"{DEV_BUILD}  lab" in by_hand.rehearse("account", "list").stdout.splitlines()
    assert by_hand.exports("lab")["AWS_ACCESS_KEY_ID"] == by_hand.exports(DEV_BUILD)["AWS_ACCESS_KEY_ID"]
    member = by_hand.client("organizations", DEV_BUILD).describe_organization()["Organization"]
    assert member == by_hand.client("organizations", TOOLING).describe_organization()["Organization"]


def test_an_account_is_added_once_and_needs_an_id_and_a_name_of_its_own(by_hand: ByHand) -> None:
    again = by_hand.rehearse("account", "add", DEV_BUILD)
    assert (again.returncode, again.stderr) == (1, f"rehearse: account add: account {DEV_BUILD} is there already\n")
    named = by_hand.rehearse("account", "add", "123456789099", "--name", "lab")
    assert f"account {DEV_BUILD} has the name 'lab'" in named.stderr
    wrong = by_hand.rehearse("account", "add", "1234")
    assert wrong.returncode == 2
    assert "123456789099" not in by_hand.rehearse("account", "list").stdout


def test_a_stranger_is_added_outside_of_the_organization(by_hand: ByHand) -> None:
    added = by_hand.rehearse("account", "add", "999999999998", "--stranger")
    assert added.returncode == 0, added.stderr
    assert "999999999998  (stranger)" in by_hand.rehearse("account", "list").stdout.splitlines()
    printed = by_hand.run("999999999998", "aws", "organizations", "describe-organization", ok=False)
    assert "AWSOrganizationsNotInUseException" in printed
