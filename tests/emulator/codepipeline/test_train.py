"""`model-cicd train`: a person who may start one pipeline starts it and follows it, and no other."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from model_cicd.aws.place import Place
from model_cicd.aws.policy import document as policy_document
from model_cicd.cli import main
from model_cicd.constructs.scientists import training_starting
from model_cicd.operate import train
from model_cicd.operate.access import Access, DeniedError
from model_cicd.operate.records import Trainer
from model_cicd.operate.trainings import trainings
from model_cicd.text.errors import ModelCicdError
from rehearsal.embedded_aws import EmbeddedAws
from tests.emulator.codepipeline.conftest import ACCOUNT, Lab, action, stage
from tests.unit.operate.conftest import make_group
from tests.unit.pipeline.scripted_github import ScriptedGitHub, scripted_github

MANIFEST = Path(__file__).parents[3] / "manifests/github/deployment.yaml"
REGION = "us-east-1"


@pytest.fixture
def found(lab: Lab) -> train.Found:
    """The group of the manifest that a pipeline trains, as if this account were the tooling account."""
    topology, group = train.find(MANIFEST, "connected")
    assert group.training is not None
    place = Place("aws", ACCOUNT, REGION)
    arn = place.arn("codepipeline", group.training.name)
    project = replace(group.training.project, arn=place.arn("codebuild", f"project/{group.training.project.name}"))
    group = replace(group, training=replace(group.training, arn=arn, project=project))
    assert group.training is not None
    tooling = replace(topology.tooling, place=place)
    if group.training.name not in [each["name"] for each in lab.pipelines.list_pipelines()["pipelines"]]:
        lab.commit("training", "main", {"a.txt": "a"})
        ask = action("Decide", "Approval", "Manual", {})
        for name in (group.training.name, "another"):
            lab.create(name, lab.source("training"), stage("Build", ask), first="")
            first = lab.executions(name)[0]["pipelineExecutionId"]
            lab.decide(name, "Build", "Decide", "Approved")
            lab.ended(name, first)
    return replace(topology, tooling=tooling), group


@pytest.fixture
def person(world: EmbeddedAws, lab: Lab, found: train.Found, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Access]:
    """Somebody with the data scientist policy that the module publishes, and nothing else."""
    topology, group = found
    assert group.training is not None
    for name, value in world.client_environment(ACCOUNT, REGION).items():
        monkeypatch.setenv(name, value)
    iam = lab.client("iam", ACCOUNT)
    if "scientist" not in [each["RoleName"] for each in iam.list_roles()["Roles"]]:
        trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
        policy = json.dumps(policy_document(training_starting(group.training, topology.tooling.place)))
        iam.create_role(RoleName="scientist", AssumeRolePolicyDocument=document(trust))
        made = iam.create_policy(PolicyName="starter", PolicyDocument=policy)["Policy"]["Arn"]
        iam.attach_role_policy(RoleName="scientist", PolicyArn=made)
    return lambda: Access(region=REGION, role_arn=f"arn:aws:iam::{ACCOUNT}:role/scientist")


def document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.parametrize(("decision", "status"), [("Approved", "Succeeded"), ("Rejected", "Failed")])
def test_a_training_is_started_and_followed(
    lab: Lab, found: train.Found, person: Callable[[], Access], decision: str, status: str
) -> None:
    assert found[1].training is not None
    name = found[1].training.name
    looks: list[float] = []

    def wait(seconds: float) -> None:
        looks.append(seconds)
        if len(looks) == 1:
            lab.decide(name, "Build", "Decide", decision)
            lab.ended(name, lab.executions(name)[0]["pipelineExecutionId"])

    if status == "Succeeded":
        lines = train.by_pipeline(person, found, dry=False, wait=wait)
        assert lines[1] == "it succeeded"
    else:
        with pytest.raises(ModelCicdError, match="it ended as Failed"):
            train.by_pipeline(person, found, dry=False, wait=wait)
    assert looks
    assert lab.executions(name)[0]["status"] == status


def test_who_sees_one_account_sees_half_of_the_trainings(
    lab: Lab, found: train.Found, person: Callable[[], Access]
) -> None:
    """With the policy of the tooling account alone: the runs of the pipeline, and what is missing for the rest."""
    assert found[1].training is not None
    name = found[1].training.name
    execution = lab.start(name)
    lab.decide(name, "Build", "Decide", "Rejected", "not today")
    lab.ended(name, execution)
    group = make_group(tooling_account=ACCOUNT, trainer=Trainer("churn-training", name))
    told = trainings(person(), group)
    assert told.unseen == f"no permission: sts:AssumeRole on {group.build_lookup_role_arn}"
    newest = told.failed[0]
    assert (newest.execution, newest.status, newest.step) == (execution, "Failed", "Build")
    assert newest.reason is not None
    assert newest.reason.kind == "other"
    assert len(newest.commit) == 40
    other = make_group(tooling_account=ACCOUNT, trainer=Trainer("churn-training", "another"))
    with pytest.raises(DeniedError):
        trainings(person(), other)


def test_another_pipeline_is_not_theirs(found: train.Found, person: Callable[[], Access]) -> None:
    topology, group = found
    assert group.training is not None
    other = replace(group, training=replace(group.training, name="another"))
    with pytest.raises(DeniedError, match="may not codepipeline:StartPipelineExecution on pipeline another") as error:
        train.by_pipeline(person, (topology, other), dry=False, wait=None)
    assert group.training_scientist is not None
    assert f"the policy {group.training_scientist.arn} allows it" in str(error.value)


def test_trainings_are_watched_and_not_decided(lab: Lab, found: train.Found, person: Callable[[], Access]) -> None:
    """The console's and the CLI's calls: what a data scientist looks at is there, what others decide is refused."""
    assert found[1].training is not None
    name = found[1].training.name
    client = person().client("codepipeline", account=ACCOUNT, region=REGION)
    execution = client.start_pipeline_execution(name=name)["pipelineExecutionId"]
    token = lab.token(name, "Build", "Decide")
    assert execution in {
        each["pipelineExecutionId"]
        for each in client.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"]
    }
    assert [each["stageName"] for each in client.get_pipeline_state(name=name)["stageStates"]] == ["Source", "Build"]
    assert client.list_action_executions(pipelineName=name)["actionExecutionDetails"]
    refused: list[tuple[Callable[..., Any], dict[str, Any]]] = [
        (client.get_pipeline, {"name": name}),
        (client.stop_pipeline_execution, {"pipelineName": name, "pipelineExecutionId": execution}),
        (client.delete_pipeline, {"name": name}),
        (client.get_pipeline_state, {"name": "another"}),
        (
            client.put_approval_result,
            {
                "pipelineName": name,
                "stageName": "Build",
                "actionName": "Decide",
                "token": token,
                "result": {"status": "Approved", "summary": ""},
            },
        ),
    ]
    for call, given in refused:
        with pytest.raises(ClientError) as error:
            call(**given)
        assert error.value.response["Error"]["Code"] == "AccessDeniedException", call
    lab.decide(name, "Build", "Decide", "Approved")
    lab.ended(name, execution)


def test_a_dry_run_starts_nothing_and_asks_nobody(lab: Lab, found: train.Found) -> None:
    assert found[1].training is not None
    before = len(lab.executions(found[1].training.name))

    def nobody() -> Access:
        raise AssertionError("AWS was asked")

    (line,) = train.by_pipeline(nobody, found, dry=True, wait=None)
    assert found[1].training.name in line
    assert len(lab.executions(found[1].training.name)) == before


def test_a_workflow_is_dispatched_on_the_group_s_branch(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, str, Any]] = []

    def answer(method: str, path: str, body: Any) -> tuple[int, Any]:
        seen.append((method, path, body))
        return 200, None

    with scripted_github() as hub:
        monkeypatch.setattr(hub, "answer", answer)
        monkeypatch.setenv("GITHUB_API_URL", hub.url)
        monkeypatch.setenv("GITHUB_TOKEN", "token")
        given = ["train", "actions", "--manifest", str(MANIFEST), "--param", "A=1", "--param", "B=x y"]
        assert main(given) == 0
        refused(hub, given)
    path = "/repos/acme/price-model/actions/workflows/train.yml/dispatches"
    assert seen == [("POST", path, {"ref": "dev", "inputs": {"group": "actions", "parameters": "A=1;B=x y"}})]


def refused(hub: ScriptedGitHub, given: list[str]) -> None:
    hub.answer = lambda *_: (403, {"message": "no"})  # type: ignore[method-assign]
    assert main(given) == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["connectd"], "did you mean 'connected'?"),
        (["connected", "--param", "A=1"], "set pipelineParameters of the group"),
        (["actions", "--wait"], "gh run watch"),
        (["actions", "--param", "A=1;B=2"], "--param: A: got a semicolon"),
    ],
)
def test_what_cannot_be_is_said(given: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", *given, "--manifest", str(MANIFEST)]) == 1
    assert said in capsys.readouterr().err


def test_without_a_token_the_command_is_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GITHUB_TOKEN", "GH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    assert main(["train", "actions", "--manifest", str(MANIFEST), "--param", "A=$(id)"]) == 0
    assert "--ref dev --raw-field group=actions --raw-field 'parameters=A=$(id)'" in capsys.readouterr().out
