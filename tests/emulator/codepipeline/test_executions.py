"""Executions: order, variables, approvals, stop, retry, modes, events."""

from __future__ import annotations

import datetime
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rehearsal.codepipeline import models
from rehearsal.codepipeline.actions import base
from rehearsal.embedded_aws import EmbeddedAws
from tests.emulator.roles import open_to

from .conftest import ACCOUNT, ROLE, Lab, action, approval, stage


def test_creation_starts_a_first_execution_that_archives_the_branch(lab: Lab) -> None:
    commit = lab.commit("arch", "main", {"a.txt": "hello", "dir/b.py": "print()"}, "first words\n\nmore")
    first = lab.create("archive-of-a-branch-with-a-long-name", lab.source("arch"), stage("Gate", approval()), first="")
    name = "archive-of-a-branch-with-a-long-name"
    lab.token(name, "Gate", "Approve")
    run = lab.actions(name, first)["Source"]
    (artifact,) = run["output"]["outputArtifacts"]
    assert artifact["name"] == "src"
    assert artifact["s3location"]["key"].startswith("archive-of-a-branch-/src/")
    assert lab.unzip(artifact["s3location"]) == {"a.txt": b"hello", "dir/b.py": b"print()"}
    variables = run["output"]["outputVariables"]
    assert (variables["CommitId"], variables["BranchName"], variables["RepositoryName"]) == (commit, "main", "arch")
    assert variables["CommitMessage"] == "first words\n\nmore"
    shown = lab.get(name, first)
    assert shown["status"] == "InProgress"
    assert shown["trigger"]["triggerType"] == "CreatePipeline"
    assert [(each["name"], each["revisionId"]) for each in shown["artifactRevisions"]] == [("src", commit)]
    state = lab.pipelines.get_pipeline_state(name=name)["stageStates"]
    assert [each["latestExecution"]["status"] for each in state] == ["Succeeded", "InProgress"]
    assert "inboundTransitionState" not in state[0]
    assert state[1]["inboundTransitionState"]["enabled"] is True
    lab.decide(name, "Gate", "Approve", "Approved", "fine")
    assert lab.ended(name, first)["status"] == "Succeeded"
    found = lab.actions(name, first)["Approve"]
    assert found["output"]["executionResult"]["externalExecutionSummary"] == "fine"
    assert found["updatedBy"] == f"arn:aws:iam::{ACCOUNT}:user/administrator"


def test_the_artifact_is_encrypted_with_the_key_of_the_store(lab: Lab) -> None:
    lab.commit("enc", "main", {"a": "1"})
    key = lab.client("kms").create_key()["KeyMetadata"]["Arn"]
    store = {"type": "S3", "location": lab.bucket, "encryptionKey": {"id": key, "type": "KMS"}}
    stages = [lab.source("enc"), stage("Gate", approval())]
    lab.pipelines.create_pipeline(pipeline={"name": "enc", "roleArn": ROLE, "artifactStore": store, "stages": stages})
    lab.token("enc", "Gate", "Approve")
    (artifact,) = lab.actions("enc", lab.executions("enc")[0]["pipelineExecutionId"])["Source"]["output"][
        "outputArtifacts"
    ]
    where = artifact["s3location"]
    head = lab.s3.head_object(Bucket=where["bucket"], Key=where["key"])
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)


def test_a_failing_source_says_why(lab: Lab) -> None:
    lab.commit("nobranch", "main", {"a": "1"})
    execution = lab.create("nobranch", lab.source("nobranch", "prod"), stage("Gate", approval()), first="Failed")
    error = lab.actions("nobranch", execution)["Source"]["output"]["executionResult"]["errorDetails"]
    assert error["code"] == "ConfigurationError"
    assert "branch prod of CodeCommit repository nobranch" in error["message"]
    assert lab.state("nobranch", "Source", "Source")["errorDetails"] == error
    # what failed can be tried again once it is repaired
    lab.commit("nobranch", "prod", {"a": "2"})
    lab.pipelines.retry_stage_execution(
        pipelineName="nobranch", stageName="Source", pipelineExecutionId=execution, retryMode="FAILED_ACTIONS"
    )
    lab.decide("nobranch", "Gate", "Approve", "Approved")
    assert lab.ended("nobranch", execution)["status"] == "Succeeded"
    with pytest.raises(ClientError, match="StageNotRetryableException"):
        lab.pipelines.retry_stage_execution(
            pipelineName="nobranch", stageName="Source", pipelineExecutionId=execution, retryMode="FAILED_ACTIONS"
        )


def test_variables_of_pipeline_source_and_execution(lab: Lab) -> None:
    lab.commit("vars", "main", {"a": "1"})
    commit = lab.commit("vars", "main", {"a": "2"})
    text = "#{variables.Model} at #{SourceVariables.CommitId} by #{codepipeline.PipelineExecutionId}"
    first = lab.create(
        "vars",
        lab.source("vars"),
        stage("Gate", approval(CustomData=text)),
        first="Failed",
        pipelineType="V2",
        variables=[{"name": "Model"}, {"name": "Size", "defaultValue": "small"}],
    )
    assert "needs values of the variables Model" in lab.get("vars", first)["statusSummary"]
    with pytest.raises(ClientError, match="needs values of the variables Model"):
        lab.start("vars")
    with pytest.raises(ClientError, match="has no variable Modell"):
        lab.start("vars", variables=[{"name": "Modell", "value": "x"}])
    execution = lab.start("vars", variables=[{"name": "Model", "value": "arn:m"}])
    lab.token("vars", "Gate", "Approve")
    shown = lab.actions("vars", execution)["Approve"]["input"]
    assert shown["configuration"]["CustomData"] == text
    assert shown["resolvedConfiguration"]["CustomData"] == f"arn:m at {commit} by {execution}"
    variables = {each["name"]: each["resolvedValue"] for each in lab.get("vars", execution)["variables"]}
    assert variables == {"Model": "arn:m", "Size": "small"}


def test_requests_with_one_token_at_the_same_time_start_one_execution(lab: Lab) -> None:
    lab.commit("twice", "main", {"a": "1"})
    first = lab.create("twice", lab.source("twice"), stage("Gate", approval()), first="")
    with ThreadPoolExecutor(8) as pool:
        started = set(pool.map(lambda _: lab.start("twice", clientRequestToken="change"), range(8)))
    assert len(started) == 1
    assert {each["pipelineExecutionId"] for each in lab.executions("twice")} == {first, *started}


def test_a_source_revision_and_a_request_token(lab: Lab) -> None:
    old = lab.commit("rev", "main", {"a": "1"})
    lab.commit("rev", "main", {"a": "2"})
    lab.create("rev", lab.source("rev"), stage("Gate", approval()), first="")
    lab.decide("rev", "Gate", "Approve", "Approved")
    revision = {"actionName": "Source", "revisionType": "COMMIT_ID", "revisionValue": old}
    execution = lab.start("rev", sourceRevisions=[revision], clientRequestToken="once")
    assert lab.start("rev", clientRequestToken="once") == execution
    lab.token("rev", "Gate", "Approve")
    run = lab.actions("rev", execution)["Source"]
    assert lab.unzip(run["output"]["outputArtifacts"][0]["s3location"]) == {"a": b"1"}
    assert lab.executions("rev")[0]["sourceRevisions"][0]["revisionId"] == old
    with pytest.raises(ClientError, match="takes COMMIT_ID, got IMAGE_DIGEST"):
        lab.start("rev", sourceRevisions=[revision | {"revisionType": "IMAGE_DIGEST"}])


def test_rejection_fails_the_execution_and_a_token_counts_once(lab: Lab) -> None:
    lab.commit("reject", "main", {"a": "1"})
    after = stage("After", approval("Never"))
    execution = lab.create("reject", lab.source("reject"), stage("Gate", approval()), after, first="")
    token = lab.token("reject", "Gate", "Approve")
    with pytest.raises(ClientError, match="InvalidApprovalTokenException"):
        lab.pipelines.put_approval_result(
            pipelineName="reject",
            stageName="Gate",
            actionName="Approve",
            result={"status": "Approved", "summary": ""},
            token="11111111-1111-1111-1111-111111111111",
        )
    lab.decide("reject", "Gate", "Approve", "Rejected", "worse than before")
    assert lab.ended("reject", execution)["status"] == "Failed"
    found = lab.actions("reject", execution)
    assert set(found) == {"Source", "Approve"}
    assert "worse than before" in found["Approve"]["output"]["executionResult"]["errorDetails"]["message"]
    with pytest.raises(ClientError, match="ApprovalAlreadyCompletedException"):
        lab.pipelines.put_approval_result(
            pipelineName="reject",
            stageName="Gate",
            actionName="Approve",
            token=token,
            result={"status": "Approved", "summary": ""},
        )


def test_an_approval_tells_its_topic(lab: Lab) -> None:
    lab.commit("topic", "main", {"a": "1"})
    sns, sqs = lab.client("sns"), lab.client("sqs")
    topic = sns.create_topic(Name="approvals")["TopicArn"]
    url = sqs.create_queue(QueueName="approvals")["QueueUrl"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{ACCOUNT}:approvals")
    gate = approval(NotificationArn=topic, CustomData="commit #{SourceVariables.CommitId}")
    execution = lab.create("topic", lab.source("topic"), stage("Gate", gate), first="")
    token = lab.token("topic", "Gate", "Approve")
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    told = json.loads(json.loads(message["Body"])["Message"])["approval"]
    assert (told["token"], told["actionName"]) == (token, "Approve")
    assert told["customData"].startswith("commit ")
    assert lab.get("topic", execution)["status"] == "InProgress"


def test_run_order_and_parallel_actions(lab: Lab) -> None:
    lab.commit("order", "main", {"a": "1"})
    gates = stage("Gate", approval("A"), approval("B"), approval("Last", order=2))
    execution = lab.create("order", lab.source("order"), gates, first="")
    for name in ("A", "B"):
        lab.token("order", "Gate", name)  # both wait at the same time
    assert "token" not in lab.state("order", "Gate", "Last")
    lab.decide("order", "Gate", "A", "Approved")
    time.sleep(0.2)
    assert "Last" not in lab.actions("order", execution)
    lab.decide("order", "Gate", "B", "Approved")
    lab.decide("order", "Gate", "Last", "Approved")
    assert lab.ended("order", execution)["status"] == "Succeeded"


def test_retry_runs_only_what_failed(lab: Lab) -> None:
    lab.commit("retry", "main", {"a": "1"})
    execution = lab.create("retry", lab.source("retry"), stage("Gate", approval("A"), approval("B")), first="")
    lab.decide("retry", "Gate", "A", "Approved")
    lab.decide("retry", "Gate", "B", "Rejected")
    assert lab.ended("retry", execution)["status"] == "Failed"
    lab.pipelines.retry_stage_execution(
        pipelineName="retry", stageName="Gate", pipelineExecutionId=execution, retryMode="FAILED_ACTIONS"
    )
    lab.until(lambda: lab.state("retry", "Gate", "B"), lambda found: found["status"] == "InProgress")
    lab.decide("retry", "Gate", "B", "Approved")
    assert lab.ended("retry", execution)["status"] == "Succeeded"
    found = lab.pipelines.list_action_executions(pipelineName="retry", filter={"pipelineExecutionId": execution})
    names = [each["actionName"] for each in found["actionExecutionDetails"]]
    assert sorted(names) == ["A", "B", "B", "Source"]
    with pytest.raises(ClientError, match="StageNotFoundException"):
        lab.pipelines.retry_stage_execution(
            pipelineName="retry", stageName="No", pipelineExecutionId=execution, retryMode="FAILED_ACTIONS"
        )


def test_stop_and_wait_and_stop_and_abandon(lab: Lab) -> None:
    lab.commit("stop", "main", {"a": "1"})
    stages = [lab.source("stop"), stage("Gate", approval()), stage("After", approval("Never"))]
    waits = lab.create("stop", *stages, first="")
    lab.token("stop", "Gate", "Approve")
    lab.pipelines.stop_pipeline_execution(pipelineName="stop", pipelineExecutionId=waits, reason="enough")
    assert lab.get("stop", waits)["status"] == "Stopping"
    with pytest.raises(ClientError, match="DuplicatedStopRequestException"):
        lab.pipelines.stop_pipeline_execution(pipelineName="stop", pipelineExecutionId=waits)
    lab.decide("stop", "Gate", "Approve", "Approved")
    assert lab.ended("stop", waits)["status"] == "Stopped"
    assert set(lab.actions("stop", waits)) == {"Source", "Approve"}
    with pytest.raises(ClientError, match="PipelineExecutionNotStoppableException"):
        lab.pipelines.stop_pipeline_execution(pipelineName="stop", pipelineExecutionId=waits)
    left = lab.start("stop")
    lab.reached("stop", left, "Approve")
    lab.pipelines.stop_pipeline_execution(pipelineName="stop", pipelineExecutionId=left, abandon=True, reason="now")
    assert lab.ended("stop", left)["status"] == "Stopped"
    assert lab.actions("stop", left)["Approve"]["status"] == "Abandoned"
    assert lab.executions("stop")[0]["stopTrigger"] == {"reason": "now"}


def test_a_newer_execution_supersedes_the_one_that_waits(lab: Lab) -> None:
    lab.commit("super", "main", {"a": "1"})
    first = lab.create("super", lab.source("super"), stage("Gate", approval()), first="")
    lab.token("super", "Gate", "Approve")
    second = lab.start("super")
    waiting = lambda: lab.pipelines.get_pipeline_state(name="super")["stageStates"][1].get("inboundExecution", {})  # noqa: E731
    lab.until(waiting, lambda found: found.get("pipelineExecutionId") == second)
    third = lab.start("super")
    assert lab.ended("super", second)["status"] == "Superseded"
    lab.decide("super", "Gate", "Approve", "Approved")
    assert lab.ended("super", first)["status"] == "Succeeded"
    lab.reached("super", third, "Approve")
    lab.decide("super", "Gate", "Approve", "Approved")
    assert lab.ended("super", third)["status"] == "Succeeded"
    assert [each["status"] for each in lab.executions("super")] == ["Succeeded", "Superseded", "Succeeded"]


def test_queued_executions_keep_their_order_and_none_is_lost(lab: Lab) -> None:
    lab.commit("queue", "main", {"a": "1"})
    stages = [lab.source("queue"), stage("Gate", approval())]
    started = [lab.create("queue", *stages, first="", pipelineType="V2", executionMode="QUEUED")]
    started += [lab.start("queue") for _ in range(3)]
    for execution in started:
        lab.reached("queue", execution, "Approve")
        lab.decide("queue", "Gate", "Approve", "Approved")
        assert lab.ended("queue", execution)["status"] == "Succeeded"


def test_parallel_executions_do_not_wait_for_each_other(lab: Lab) -> None:
    lab.commit("par", "main", {"a": "1"})
    stages = [lab.source("par"), stage("Gate", approval())]
    started = [lab.create("par", *stages, first="", pipelineType="V2", executionMode="PARALLEL")]
    started += [lab.start("par") for _ in range(2)]
    for execution in started:
        lab.reached("par", execution, "Approve")


def test_a_disabled_transition_holds_executions_back(lab: Lab) -> None:
    lab.commit("hold", "main", {"a": "1"})
    first = lab.create("hold", lab.source("hold"), stage("Gate", approval()), first="")
    lab.decide("hold", "Gate", "Approve", "Approved")
    lab.ended("hold", first)
    lab.pipelines.disable_stage_transition(
        pipelineName="hold", stageName="Gate", transitionType="Inbound", reason="freeze"
    )
    execution = lab.start("hold")
    lab.until(
        lambda: lab.actions("hold", execution), lambda found: found.get("Source", {}).get("status") == "Succeeded"
    )
    time.sleep(0.2)
    state = lab.pipelines.get_pipeline_state(name="hold")["stageStates"][1]
    assert state["inboundTransitionState"]["disabledReason"] == "freeze"
    assert "Approve" not in lab.actions("hold", execution)
    lab.pipelines.enable_stage_transition(pipelineName="hold", stageName="Gate", transitionType="Inbound")
    lab.reached("hold", execution, "Approve")


def test_a_deleted_pipeline_runs_nothing_more(lab: Lab) -> None:
    lab.commit("gone", "main", {"a": "1"})
    lab.create("gone", lab.source("gone"), stage("Gate", approval()), first="")
    lab.token("gone", "Gate", "Approve")
    lab.pipelines.delete_pipeline(name="gone")
    with pytest.raises(ClientError, match="PipelineNotFoundException"):
        lab.executions("gone")


def test_an_s3_source(lab: Lab) -> None:
    lab.s3.create_bucket(Bucket="sources")
    config = {"S3Bucket": "sources", "S3ObjectKey": "app.zip", "PollForSourceChanges": "false"}
    source = stage("Source", action("Source", "Source", "S3", config, out=["src"], namespace="Src"))
    lab.s3.put_object(Bucket="sources", Key="app.zip", Body=b"zip one")
    execution = lab.create("s3", source, stage("Gate", approval(CustomData="#{Src.VersionId}")), first="Failed")
    error = lab.actions("s3", execution)["Source"]["output"]["executionResult"]["errorDetails"]
    assert "must be versioned" in error["message"]
    lab.s3.put_bucket_versioning(Bucket="sources", VersioningConfiguration={"Status": "Enabled"})
    old = lab.s3.put_object(Bucket="sources", Key="app.zip", Body=b"zip two")["VersionId"]
    lab.s3.put_object(Bucket="sources", Key="app.zip", Body=b"zip three")
    revision = {"actionName": "Source", "revisionType": "S3_OBJECT_VERSION_ID", "revisionValue": old}
    execution = lab.start("s3", sourceRevisions=[revision])
    lab.token("s3", "Gate", "Approve")
    found = lab.actions("s3", execution)
    where = found["Source"]["output"]["outputArtifacts"][0]["s3location"]
    assert lab.s3.get_object(Bucket=where["bucket"], Key=where["key"])["Body"].read() == b"zip two"
    assert found["Approve"]["input"]["resolvedConfiguration"]["CustomData"] == old


def test_a_new_version_of_an_object_starts_the_pipelines_that_poll_it(lab: Lab) -> None:
    lab.s3.create_bucket(Bucket="polled")
    lab.s3.put_bucket_versioning(Bucket="polled", VersioningConfiguration={"Status": "Enabled"})
    for key in ("app.zip", "other.zip"):
        lab.s3.put_object(Bucket="polled", Key=key, Body=b"one")
    asked: list[tuple[str, str, dict[str, str]]] = [
        ("polls", "app.zip", {}),
        ("is-told", "app.zip", {"PollForSourceChanges": "false"}),
        ("polls-other", "other.zip", {"PollForSourceChanges": "true"}),
    ]
    for name, key, polls in asked:
        config = {"S3Bucket": "polled", "S3ObjectKey": key, **polls}
        source = stage("Source", action("Source", "Source", "S3", config, out=["src"], namespace="Src"))
        first = lab.create(name, source, stage("Gate", approval(CustomData="#{Src.VersionId}")), first="")
        lab.decide(name, "Gate", "Approve", "Approved")
        lab.ended(name, first)
    version = lab.s3.put_object(Bucket="polled", Key="app.zip", Body=b"two")["VersionId"]
    lab.token("polls", "Gate", "Approve")
    newest, _ = lab.executions("polls")
    shown = lab.get("polls", newest["pipelineExecutionId"])
    assert shown["trigger"]["triggerType"] == "PollForSourceChanges"
    assert shown["artifactRevisions"][0]["revisionId"] == version
    assert [len(lab.executions(name)) for name in ("is-told", "polls-other")] == [1, 1]


def test_a_push_starts_the_pipelines_of_its_branch_by_rule_or_poll(world: EmbeddedAws, lab: Lab) -> None:
    lab.commit("push", "main", {"a": "1"})
    lab.commit("push", "dev", {"a": "2"})
    for name, branch, polls in (("by-rule", "main", "false"), ("other", "dev", "false"), ("by-poll", "main", "true")):
        first = lab.create(name, lab.source("push", branch, polls), stage("Gate", approval()), first="")
        lab.decide(name, "Gate", "Approve", "Approved")
        lab.ended(name, first)
    events = lab.client("events")
    for name, branch in (("by-rule", "main"), ("other", "dev")):
        pattern = {
            "source": ["aws.codecommit"], "detail-type": ["CodeCommit Repository State Change"],
            "resources": [f"arn:aws:codecommit:us-east-1:{ACCOUNT}:push"],
            "detail": {"event": ["referenceCreated", "referenceUpdated"], "referenceType": ["branch"],
                       "referenceName": [branch]},
        }  # fmt: skip
        events.put_rule(Name=name, EventPattern=json.dumps(pattern))
        target = {"Id": "p", "Arn": f"arn:aws:codepipeline:us-east-1:{ACCOUNT}:{name}", "RoleArn": ROLE}
        events.put_targets(Rule=name, Targets=[target])
    commit = lab.commit("push", "main", {"a": "3"})
    for name, kind in (("by-rule", "CloudWatchEvent"), ("by-poll", "PollForSourceChanges")):
        lab.token(name, "Gate", "Approve")
        newest, _ = lab.executions(name)
        shown = lab.get(name, newest["pipelineExecutionId"])
        assert shown["trigger"]["triggerType"] == kind
        assert shown["artifactRevisions"][0]["revisionId"] == commit
    time.sleep(0.3)
    assert len(lab.executions("other")) == 1
    assert world.services.events.failures == []


def test_a_rule_passes_variables_and_revisions(world: EmbeddedAws, lab: Lab) -> None:
    old = lab.commit("passed", "main", {"a": "1"})
    lab.commit("passed", "main", {"a": "2"})
    first = lab.create(
        "passed",
        lab.source("passed"),
        stage("Gate", approval(CustomData="#{variables.Model}")),
        first="",
        pipelineType="V2",
        variables=[{"name": "Model", "defaultValue": "none"}],
    )
    lab.decide("passed", "Gate", "Approve", "Approved")
    lab.ended("passed", first)
    events = lab.client("events")
    events.put_rule(Name="passed", EventPattern='{"source": ["model.approved"]}')
    template = (
        '{"variables": [{"name": "Model", "value": <model>}], "sourceRevisions": '
        '[{"actionName": "Source", "revisionType": "COMMIT_ID", "revisionValue": "<commit>"}]}'
    )
    paths = {"model": "$.detail.arn", "commit": "$.detail.commit"}
    target = {
        "Id": "p", "Arn": f"arn:aws:codepipeline:us-east-1:{ACCOUNT}:passed", "RoleArn": ROLE,
        "InputTransformer": {"InputPathsMap": paths, "InputTemplate": template},
    }  # fmt: skip
    events.put_targets(Rule="passed", Targets=[target])
    detail = json.dumps({"arn": "arn:model/1", "commit": old})
    events.put_events(Entries=[{"Source": "model.approved", "DetailType": "x", "Detail": detail}])
    newest = lab.until(lambda: lab.executions("passed"), lambda found: len(found) == 2)[0]["pipelineExecutionId"]
    lab.token("passed", "Gate", "Approve")
    assert lab.actions("passed", newest)["Approve"]["input"]["resolvedConfiguration"]["CustomData"] == "arn:model/1"
    assert lab.get("passed", newest)["artifactRevisions"][0]["revisionId"] == old
    bad = {**target, "InputTransformer": {"InputPathsMap": paths, "InputTemplate": '{"name": <model>}'}}
    events.put_targets(Rule="passed", Targets=[bad])
    before = len(world.services.events.failures)
    events.put_events(Entries=[{"Source": "model.approved", "DetailType": "x", "Detail": detail}])
    lab.until(lambda: world.services.events.failures[before:], lambda found: len(found) == 1)
    assert "got name, expected sourceRevisions or variables" in world.services.events.failures[-1].cause


def test_state_changes_are_events(lab: Lab) -> None:
    events, sqs = lab.client("events"), lab.client("sqs")
    url = sqs.create_queue(
        QueueName="pipeline-events",
        Attributes=open_to("events.amazonaws.com", "arn:aws:sqs:us-east-1:111111111111:pipeline-events"),
    )["QueueUrl"]
    events.put_rule(
        Name="all", EventPattern=json.dumps({"source": ["aws.codepipeline"], "detail": {"pipeline": ["told"]}})
    )
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:pipeline-events"
    events.put_targets(Rule="all", Targets=[{"Id": "q", "Arn": arn}])
    lab.commit("told", "main", {"a": "1"})
    execution = lab.create("told", lab.source("told"), stage("Gate", approval()), first="")
    lab.decide("told", "Gate", "Approve", "Rejected")
    lab.ended("told", execution)
    seen: list[Any] = []

    def read() -> list[Any]:
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            seen.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return seen

    lab.until(read, lambda found: len(found) >= 10)
    shown = {
        (
            each["detail-type"].split()[1],
            each["detail"].get("stage"),
            each["detail"].get("action"),
            each["detail"]["state"],
        )
        for each in seen
    }
    assert shown == {
        ("Pipeline", None, None, "STARTED"),
        ("Pipeline", None, None, "FAILED"),
        ("Stage", "Source", None, "STARTED"),
        ("Stage", "Source", None, "SUCCEEDED"),
        ("Stage", "Gate", None, "STARTED"),
        ("Stage", "Gate", None, "FAILED"),
        ("Action", "Source", "Source", "STARTED"),
        ("Action", "Source", "Source", "SUCCEEDED"),
        ("Action", "Gate", "Approve", "STARTED"),
        ("Action", "Gate", "Approve", "FAILED"),
    }
    assert {each["detail"]["execution-id"] for each in seen} == {execution}
    assert {each["resources"][0] for each in seen} == {f"arn:aws:codepipeline:us-east-1:{ACCOUNT}:told"}


def test_an_action_role_must_trust_the_pipeline_role(lab: Lab) -> None:
    lab.commit("foreign", "main", {"a": "1"})
    role = lab.role("closed", {"AWS": "arn:aws:iam::333333333333:root"}, "222222222222")
    gate = stage("Gate", {**approval(), "roleArn": role})
    execution = lab.create("foreign", lab.source("foreign"), gate, first="Failed")
    error = lab.actions("foreign", execution)["Approve"]["output"]["executionResult"]["errorDetails"]
    assert error["code"] == "PermissionError"
    assert role in error["message"]


def test_an_approval_that_nobody_answers_expires(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.commit("late", "main", {"a": "1"})
    patient, hasty = approval("Patient"), approval("Hasty") | {"timeoutInMinutes": 5}
    execution = lab.create("late", lab.source("late"), stage("Gate", patient, hasty), first="")
    token = lab.token("late", "Gate", "Patient")
    lab.token("late", "Gate", "Hasty")
    monkeypatch.setattr(base, "now", lambda: models.now() + datetime.timedelta(minutes=6))
    found = lab.until(lambda: lab.actions("late", execution), lambda each: each["Hasty"]["status"] != "InProgress")
    assert (found["Hasty"]["status"], found["Patient"]["status"]) == ("Failed", "InProgress")
    details = found["Hasty"]["output"]["executionResult"]["errorDetails"]
    assert "within 5 minutes" in details["message"]
    # AWS's default
    monkeypatch.setattr(base, "now", lambda: models.now() + datetime.timedelta(days=7, minutes=1))
    assert lab.ended("late", execution)["status"] == "Failed"
    assert "within 10080 minutes" in str(lab.actions("late", execution)["Patient"])
    with pytest.raises(ClientError, match="ApprovalAlreadyCompletedException"):
        lab.pipelines.put_approval_result(
            pipelineName="late",
            stageName="Gate",
            actionName="Patient",
            token=token,
            result={"status": "Approved", "summary": ""},
        )


def test_only_approvals_have_a_timeout_and_not_a_longer_one(lab: Lab) -> None:
    late = stage("Gate", approval() | {"timeoutInMinutes": 86401})
    with pytest.raises(ClientError, match="less than or equal to 86400"):
        lab.create("limits", lab.source("late"), late)
    source = lab.source("late")
    source["actions"][0]["timeoutInMinutes"] = 60
    with pytest.raises(ClientError, match="timeoutInMinutes is for manual approvals only"):
        lab.create("limits", source, stage("Gate", approval()))
