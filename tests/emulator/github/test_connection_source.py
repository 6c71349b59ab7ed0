"""A pipeline whose source is a repository of GitHub, through a connection: what it takes, who may, what starts it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rehearsal.embedded_aws import EmbeddedAws
from tests.emulator.codepipeline.conftest import ACCOUNT, ROLE, Lab, action, approval, stage
from tests.emulator.conftest import Client

pytestmark = pytest.mark.emulator

REPOSITORY = "acme/models"


@pytest.fixture(scope="module")
def lab(client: Client) -> Lab:
    return Lab(client)


@pytest.fixture(scope="module")
def connection(world: EmbeddedAws, lab: Lab) -> str:
    """A connection that a person has finished."""
    made = lab.client("codeconnections").create_connection(ConnectionName="github", ProviderType="GitHub")
    world.services.connections.finish(made["ConnectionArn"])
    world.github.create(REPOSITORY, {"train/a.py": b"1\n", "README.md": b"models\n"}, message="first")
    return str(made["ConnectionArn"])


def source(connection: str, branch: str = "main", **more: str) -> dict[str, Any]:
    configuration = {"ConnectionArn": connection, "FullRepositoryId": REPOSITORY, "BranchName": branch, **more}
    return stage("Source", action("Source", "Source", "CodeStarSourceConnection", configuration, out=["src"],
                                  namespace="Src"))  # fmt: skip


def gate() -> dict[str, Any]:
    return stage("Gate", approval())


def trigger(**git: Any) -> list[dict[str, Any]]:
    return [{"providerType": "CodeStarSourceConnection", "gitConfiguration": {"sourceActionName": "Source", **git}}]


def commit(world: EmbeddedAws, branch: str, path: str, text: bytes, message: str = "more") -> str:
    """A push; everything that it starts has been started when this returns."""
    repository = world.github.repositories.at(REPOSITORY)
    if branch not in repository.git.branches():
        repository.git.update(f"refs/heads/{branch}", repository.git.branches()["main"], None)
    made = world.github.commit(repository, branch, {path: text}, message, login="ada")
    world.github.bus.drained()
    return made


@pytest.fixture
def made(world: EmbeddedAws, lab: Lab, connection: str) -> Iterator[Any]:
    """Makes pipelines, and deletes them at the end, so that none hears of another test's pushes."""
    names: list[str] = []

    def make(name: str, *, branch: str = "main", configuration: dict[str, str] | None = None, **more: Any) -> str:
        names.append(name)
        world.github.bus.drained()
        return lab.create(name, source(connection, branch, **(configuration or {})), gate(), first="", **more)

    yield make
    for each in names:
        lab.pipelines.delete_pipeline(name=each)


def test_a_connection_waits_for_a_person(world: EmbeddedAws, lab: Lab) -> None:
    for service in ("codeconnections", "codestar-connections"):
        client = lab.client(service)
        arn = client.create_connection(ConnectionName=service, ProviderType="GitHub")["ConnectionArn"]
        assert arn.startswith(f"arn:aws:{service}:us-east-1:{ACCOUNT}:connection/")
        assert client.get_connection(ConnectionArn=arn)["Connection"]["ConnectionStatus"] == "PENDING"
        assert world.services.connections.find(arn) is None
        with pytest.raises(ClientError, match="exists already"):
            client.create_connection(ConnectionName=service, ProviderType="GitHub")
        client.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "b"}])
        assert client.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "b"}]
        world.services.connections.finish(arn)
        other = lab.client("codestar-connections").get_connection(ConnectionArn=arn)["Connection"]
        assert other["ConnectionStatus"] == "AVAILABLE"
        client.delete_connection(ConnectionArn=arn)
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            client.get_connection(ConnectionArn=arn)


def test_a_source_takes_the_files_and_the_words_of_the_commit(
    world: EmbeddedAws, lab: Lab, connection: str, made: Any
) -> None:
    execution = made("plain")
    lab.token("plain", "Gate", "Approve")
    (found,) = [lab.actions("plain", execution)["Source"]]
    sha = world.github.repositories.at(REPOSITORY).git.branches()["main"]
    (artifact,) = found["output"]["outputArtifacts"]
    assert lab.unzip(artifact["s3location"])["train/a.py"] == b"1\n"
    variables = found["output"]["outputVariables"]
    assert (variables["CommitId"], variables["BranchName"], variables["CommitMessage"]) == (sha, "main", "first")
    assert (variables["FullRepositoryName"], variables["ConnectionArn"]) == (REPOSITORY, connection)
    assert variables["ProviderType"] == "GitHub"


def test_a_push_to_the_branch_starts_it_and_one_to_another_does_not(world: EmbeddedAws, lab: Lab, made: Any) -> None:
    made("detects")
    made("sleeps", configuration={"DetectChanges": "false"})
    commit(world, "other", "b", b"1")
    assert len(lab.executions("detects")) == 1
    sha = commit(world, "main", "b", b"1")
    newest = lab.executions("detects")[0]
    assert newest["trigger"]["triggerType"] == "WebhookV2"
    assert len(lab.executions("detects")) == 2
    assert len(lab.executions("sleeps")) == 1
    found = lab.until(lambda: lab.actions("detects", newest["pipelineExecutionId"]), lambda each: "Source" in each)
    lab.until(lambda: lab.get("detects", newest["pipelineExecutionId"])["artifactRevisions"], bool)
    (revision,) = lab.get("detects", newest["pipelineExecutionId"])["artifactRevisions"]
    assert revision["revisionId"] == sha, found


PUSHES: list[tuple[str, dict[str, Any], str, str, bool]] = [
    ("branch", {"branches": {"includes": ["rel-*"]}}, "rel-1", "x", True),
    ("other-branch", {"branches": {"includes": ["rel-*"]}}, "main", "x", False),
    ("slash", {"branches": {"includes": ["feature/*"]}}, "feature/a/b", "x", False),
    ("double", {"branches": {"includes": ["feature/**"]}}, "feature/a/c", "x", True),
    ("excluded", {"branches": {"includes": ["**"], "excludes": ["tmp"]}}, "tmp", "x", False),
    ("path", {"branches": {"includes": ["main"]}, "filePaths": {"includes": ["train/**"]}}, "main", "train/n.py", True),
    ("other-path", {"filePaths": {"includes": ["train/**"]}}, "main", "n.md", False),
    ("no-docs", {"filePaths": {"excludes": ["**.md"]}}, "main", "docs/n.md", False),
]  # fmt: skip


@pytest.mark.parametrize(("name", "push", "branch", "path", "starts"), PUSHES, ids=lambda each: str(each)[:20])
def test_filters_of_pushes(
    world: EmbeddedAws, lab: Lab, made: Any, *, name: str, push: dict[str, Any], branch: str, path: str, starts: bool
) -> None:
    made(name, pipelineType="V2", triggers=trigger(push=[push]))
    sha = commit(world, branch, path, name.encode())
    found = lab.executions(name)
    assert len(found) == 1 + starts
    if starts:
        run = lab.until(
            lambda: lab.actions(name, found[0]["pipelineExecutionId"]).get("Source", {}),
            lambda each: each.get("status") == "Succeeded",
        )
        variables = run["output"]["outputVariables"]
        assert (variables["CommitId"], variables["BranchName"]) == (sha, branch)


def test_a_pull_request_starts_what_asks_for_its_base_and_one_of_a_fork_nothing(
    world: EmbeddedAws, lab: Lab, made: Any
) -> None:
    made("pulls", pipelineType="V2", triggers=trigger(pullRequest=[{"branches": {"includes": ["main"]},
                                                                    "events": ["OPEN", "UPDATED"]}]))  # fmt: skip
    base = world.github.repositories.at(REPOSITORY)
    commit(world, "idea", "idea", b"1")
    assert len(lab.executions("pulls")) == 1
    pull = world.github.pulls.open(base, {"head": "idea", "base": "main", "title": "An idea"}, "ada")
    world.github.bus.drained()
    assert len(lab.executions("pulls")) == 2
    sha = commit(world, "idea", "idea", b"2")
    newest = lab.executions("pulls")[0]["pipelineExecutionId"]
    assert len(lab.executions("pulls")) == 3
    run = lab.until(
        lambda: lab.actions("pulls", newest).get("Source", {}), lambda each: each.get("status") == "Succeeded"
    )
    variables = run["output"]["outputVariables"]
    assert (variables["CommitId"], variables["BranchName"]) == (sha, "idea")
    assert (variables["PullRequestId"], variables["DestinationBranchName"]) == (str(pull["number"]), "main")
    fork = world.github.repositories.create("eve/models", parent=base)
    world.github.commit(fork, "main", {"evil": b"1"}, "evil", login="eve")
    world.github.pulls.open(base, {"head": "eve:main", "base": "main", "title": "evil"}, "eve")
    world.github.bus.drained()
    assert len(lab.executions("pulls")) == 3


def test_only_a_finished_connection_of_the_account_is_used(world: EmbeddedAws, lab: Lab, connection: str) -> None:
    pending = lab.client("codeconnections").create_connection(ConnectionName="pending", ProviderType="GitHub")
    foreign = "arn:aws:codeconnections:us-east-1:222222222222:connection/00000000-0000-0000-0000-000000000000"
    world.services.connections.finish(foreign)
    lab.create("pending", source(pending["ConnectionArn"]), gate(), first="Failed")
    lab.create("missing", source(connection.rpartition("/")[0] + "/00000000-0000-0000-0000-000000000001"), gate(),
               first="Failed")  # fmt: skip
    with pytest.raises(ClientError, match="not authorized to perform: codeconnections:PassConnection"):
        lab.create("foreign", source(foreign), gate(), first="Failed")


def policy(lab: Lab, **condition: str) -> None:
    """The pipeline's role may use connections under conditions alone, and do everything else."""
    use: dict[str, Any] = {"Effect": "Allow", "Action": "codeconnections:UseConnection", "Resource": "*"}
    if condition:
        use["Condition"] = {"StringEquals": {f"codeconnections:{key}": value for key, value in condition.items()}}
    rest = {"Effect": "Allow", "NotAction": "codeconnections:UseConnection", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [rest, use]})
    lab.client("iam").put_role_policy(
        RoleName=ROLE.rpartition("/")[2], PolicyName="everything", PolicyDocument=document
    )


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ({}, True),
        ({"FullRepositoryId": REPOSITORY}, True),
        ({"FullRepositoryId": "acme/other"}, False),
        ({"ProviderPermissionsRequired": "read_only"}, True),
        ({"ProviderPermissionsRequired": "read_write"}, False),
        ({"ProviderAction": "GetBranch"}, False),
    ],
    ids=str,
)
def test_the_role_has_to_be_allowed_to_use_it(lab: Lab, made: Any, condition: dict[str, str], allowed: bool) -> None:
    policy(lab, **condition)
    try:
        execution = made("decided")
        if allowed:
            lab.token("decided", "Gate", "Approve")
        else:
            assert lab.ended("decided", execution)["status"] == "Failed"
            (details,) = [lab.actions("decided", execution)["Source"]["output"]["executionResult"]["errorDetails"]]
            assert "codeconnections:UseConnection" in details["message"]
    finally:
        policy(lab)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"triggers": trigger(push=[{"branches": {"includes": ["a"]}}])}, "type V2 only"),
        ({"pipelineType": "V2", "triggers": trigger()}, "neither push nor pullRequest"),
        ({"pipelineType": "V2", "triggers": trigger(push=[{"tags": {"includes": ["a"]},
                                                           "branches": {"includes": ["a"]}}])}, "no other filter"),
    ],
)  # fmt: skip
def test_wrong_triggers_are_refused(lab: Lab, connection: str, more: dict[str, Any], message: str) -> None:
    with pytest.raises(ClientError, match=message):
        lab.create("wrong", source(connection), gate(), first="", **more)


@pytest.mark.parametrize("key", ["OutputArtifactFormat", "DetectChanges", "PollForSourceChanges"])
def test_wrong_configuration_is_refused(lab: Lab, connection: str, key: str) -> None:
    with pytest.raises(ClientError, match=key):
        lab.create("wrong", source(connection, **{key: "nonsense"}), gate(), first="")
