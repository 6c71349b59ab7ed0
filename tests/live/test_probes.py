"""Every probe on the embedded AWS: it sees what is expected, or says by name why it cannot be shown there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rehearsal.embedded_aws import EmbeddedAws
from scripts import live_facts
from tests.live import run as command
from tests.live import table
from tests.live.probe import AS_EXPECTED, DIFFERENT, FAILED, NOT_SHOWN, Fact, Probe, Scene, probes, run

ROOT = Path(__file__).parents[2]
ACCOUNTS = ("111111111111", "222222222222")
REGION = "us-east-1"
ALL = list(probes())


@pytest.fixture(scope="module")
def world() -> Iterator[EmbeddedAws]:
    made = EmbeddedAws(accounts=list(ACCOUNTS))
    yield made
    made.close()


def scene(world: EmbeddedAws, mark: str) -> Scene:
    def make(service: str, number: int) -> Any:
        return world.client(service, account=ACCOUNTS[number], region=REGION)

    return Scene(make, ACCOUNTS, REGION, "aws", mark, 10.0)


def inventory(world: EmbeddedAws) -> list[str]:
    """What there is in both accounts of the kinds that probes make."""
    found: list[str] = []
    for account in ACCOUNTS:

        def client(service: str, account: str = account) -> Any:
            return world.client(service, account=account, region=REGION)

        found += [each["RoleName"] for each in client("iam").list_roles()["Roles"]]
        found += [each["Name"] for each in client("s3").list_buckets()["Buckets"]]
        found += [each["ModelName"] for each in client("sagemaker").list_models()["Models"]]
        found += [each["Name"] for each in client("events").list_rules()["Rules"]]
        found += [each["Name"] for each in client("events").list_event_buses()["EventBuses"]]
        found += client("sqs").list_queues().get("QueueUrls", [])
        found += [each["name"] for each in client("stepfunctions").list_state_machines()["stateMachines"]]
        groups = client("sagemaker").list_model_package_groups()["ModelPackageGroupSummaryList"]
        found += [each["ModelPackageGroupName"] for each in groups]
        found += [each["PipelineName"] for each in client("sagemaker").list_pipelines()["PipelineSummaries"]]
        found += [each["repositoryName"] for each in client("codecommit").list_repositories()["repositories"]]
        found += [each["StackName"] for each in client("cloudformation").describe_stacks()["Stacks"]]
    return sorted(found)


@pytest.mark.parametrize(("fact", "call"), ALL, ids=[fact.name for fact, _ in ALL])
def test_a_fact(world: EmbeddedAws, fact: Fact, call: Probe) -> None:
    before = inventory(world)
    seen = run(fact, call, scene(world, "test"), embedded=True)
    assert (seen.outcome, seen.seen) == ((NOT_SHOWN, fact.embedded) if fact.embedded else (AS_EXPECTED, fact.expected))
    assert seen.left == ()
    assert inventory(world) == before


def test_a_probe_that_fails_takes_everything_away_and_says_what_it_could_not(world: EmbeddedAws) -> None:
    fact = Fact("fails", "a", "b", "c")
    gone: list[str] = []

    def fails(scene: Scene) -> str:
        scene.undo("first", gone.append, "first")
        scene.undo("second", scene.client("iam").delete_role, RoleName="nobody")
        scene.undo("third", gone.append, "third")
        raise ValueError("no")

    seen = run(fact, fails, scene(world, "fails"), embedded=True)
    assert (seen.outcome, seen.seen) == (FAILED, "ValueError: no")
    assert gone == ["third", "first"]
    assert [each.partition(":")[0] for each in seen.left] == ["second"]


def test_what_is_seen_otherwise_is_different_and_what_cannot_be_shown_is_no_pass(world: EmbeddedAws) -> None:
    fact = Fact("f", "a", "b", "expected")
    assert run(fact, lambda _: "something", scene(world, "m"), embedded=True).outcome == DIFFERENT
    alone = Scene(lambda service, number: None, ACCOUNTS[:1], REGION, "aws", "m", 1.0)
    seen = run(fact, lambda it: str(it.client("iam", 1)), alone, embedded=False)
    assert (seen.outcome, seen.seen) == (NOT_SHOWN, "it takes two accounts")


def test_the_command_asks_before_it_does_anything(
    world: EmbeddedAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in world.client_environment(ACCOUNTS[0], REGION).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    out = tmp_path / "seen.json"
    options = ["--manifest", str(ROOT / "manifests/local/deployment.yaml"), "--out", str(out), "--only", "quota-codes"]
    monkeypatch.setattr("builtins.input", lambda _: "y")
    assert command.main(options) == 1
    assert "nothing was done" in capsys.readouterr().out
    assert not out.exists()
    monkeypatch.setattr("builtins.input", lambda _: "yes")
    assert command.main(options) == 0
    printed = capsys.readouterr().out
    assert "1 probes in 111111111111, us-east-1." in printed
    assert "1 as expected, 0 different, 0 failed, 0 not shown here" in printed
    (record,) = json.loads(out.read_text(encoding="utf-8"))
    assert (record["fact"], record["outcome"]) == ("quota-codes", AS_EXPECTED)
    assert command.main([*options, "--yes", "--only", "nonsense"]) == 2


def test_the_table_as_markdown(tmp_path: Path) -> None:
    fact = Fact("f", "a", "b", "expected")
    seen = run(fact, lambda _: "other", Scene(lambda *_: None, (), REGION, "aws", "m", 1.0), embedded=False)
    table.write(tmp_path / "seen.md", [seen])
    assert "| f | expected | other | different |" in (tmp_path / "seen.md").read_text(encoding="utf-8")


def test_the_page_of_facts_is_up_to_date() -> None:
    """`python scripts/live_facts.py` writes it."""
    assert live_facts.PAGE.read_text(encoding="utf-8") == live_facts.page()
