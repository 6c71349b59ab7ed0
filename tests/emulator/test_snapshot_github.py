"""A snapshot keeps the hosts outside of AWS: repositories, tokens, keys of the issuer, runs, and who listens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.snapshot import archive
from rehearsal.workflows.results import WorkflowRun
from rehearsal.workflows.service import Workflows
from tests.emulator.test_snapshot import A, fresh, save

NAME, PATH = "octo/models", ".github/workflows/train.yml"
ISSUER = "https://token.actions.githubusercontent.com"
TEXT = b"""\
on: push
permissions: {contents: read, id-token: write}
jobs:
  train:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: |
          curl -sSf -H "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" "$ACTIONS_ID_TOKEN_REQUEST_URL" > token
          echo "read $(cat data.txt), of ${{ vars.PLACE }}, $(grep -c value token) token"
"""


def pushed(aws: EmbeddedAws, text: bytes) -> WorkflowRun:
    """The run of a push, at its end."""
    repository = aws.github.repositories.at(NAME)
    aws.github.commit(repository, "main", {"data.txt": text}, "data", login="mona")
    aws.github.bus.drained()
    runner: Any = aws.github.runs.runner
    run: WorkflowRun = runner.wait(NAME, timeout=120)[-1]
    assert run.conclusion == "success", run.job("train").log()
    return run


def test_repositories_and_workflows_at_github_go_on(tmp_path: Path) -> None:
    aws = fresh(tmp_path / "aws")
    try:
        made: Any = aws.github
        made.runs.runner = Workflows.on(aws, made, aws.services.codebuild.scheduler.toolchain)
        made.create(NAME, {PATH: TEXT, "data.txt": b"nothing"}).variables["PLACE"] = "here"
        first = pushed(aws, b"one")
        port, keys, token = made.listen().port, made.keys_of(ISSUER), made.person_token("mona")
        file = save(aws, tmp_path / "a.snapshot", seconds=60)
        made.runs.runner.close()
    finally:
        aws.close()

    header = archive.header(file)
    (tmp_path / "aws").rename(tmp_path / "gone")
    (tmp_path / "aws").mkdir()
    archive.bring_files(file, tmp_path / "aws")
    running = fresh(tmp_path / "aws", header.port)
    try:
        archive.fill(running, file, lambda line: None)
        github: Any = running.github
        assert github.listen().port == port, "a clone of yesterday reaches it"
        assert github.keys_of(ISSUER) == keys
        assert github.tokens.of_header(f"Bearer {token}").login == "mona"
        (kept,) = [run for run in github.runs.runner.runs(NAME) if run.id == first.id]
        assert (kept.conclusion, kept.job("train").log()) == ("success", first.job("train").log())
        later = pushed(running, b"two")
        assert (later.number, later.id > first.id) == (first.number + 1, True)
        assert "read two, of here, 1 token" in later.job("train").log()
        assert running.client("sts", account=A, region="us-east-1").get_caller_identity()
        github.runs.runner.close()
    finally:
        running.close()
