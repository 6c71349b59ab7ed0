"""From an approved version to every environment and back, on a kept rehearsal of the default manifest."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.breaking import registry_objects
from tests.e2e.by_hand import BIN, wait
from tests.e2e.promotions import Promotions, archive_of

if TYPE_CHECKING:
    from tests.e2e.by_hand import Kept

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("kept")]

ROOT = Path(__file__).parents[2]
MANIFEST = ROOT / "manifests" / "local" / "deployment.yaml"
TOOLING = "123456789010"
DEV, PROD = "experimenation-deployment-group", "prod-deployment-group"
ROW = ",".join(["0.01"] * 10)


@pytest.fixture(scope="module")
def dev(kept: Kept) -> Promotions:
    """The group without any approval of a stage."""
    return Promotions(kept, DEV, TOOLING, MANIFEST)


@pytest.fixture(scope="module")
def prod(kept: Kept) -> Promotions:
    """The group whose last environment is prod, with an approval before it."""
    return Promotions(kept, PROD, TOOLING, MANIFEST)


def test_both_models_answer_in_every_environment(kept: Kept) -> None:
    shown = {
        group["group"]: [(each["name"], each["account"]) for each in group["environments"]]
        for group in kept.report["groups"]
    }
    assert shown == {
        DEV: [
            ("experiment-env1", "123456789012"),
            ("experiment-env2", "123456789013"),
            ("experiment-env3", "123456789014"),
        ],
        PROD: [("prod-train-env", "123456789015"), ("prod-approval-env", "123456789016"), ("prod-env", "123456789017")],
    }
    for group in kept.report["groups"]:
        for each in group["environments"]:
            assert each["version"] == group["version"]
            assert each["rows"] >= 20
            assert each["mse"] == pytest.approx(group["value"], rel=1e-4)  # what the pipeline itself measured
            assert 0 < each["seconds"] < 120
        seconds = [each["seconds"] for each in group["environments"]]
        assert seconds == sorted(seconds), "environments are deployed in order"
    assert [each["manual_approval"] for each in kept.report["groups"][1]["environments"]] == [False, False, True]
    for text in ("prediction error", "prod-env (prod)", "held-back rows", "after a manual approval"):
        assert text in kept.output


def test_status_shows_versions_environments_and_nothing_in_doubt(kept: Kept, prod: Promotions) -> None:
    found = prod.status()
    group = kept.report["groups"][1]
    shown = next(each for each in found["versions"] if each["version"] == group["version"])
    assert (shown["status"], shown["commit"], shown["arn"]) == ("Approved", group["commit"], group["model_package"])
    assert shown["metrics"]["Mse"] == pytest.approx(group["value"], rel=1e-4)
    assert shown["metrics"]["MaxMse"] == group["threshold"]
    assert {each["endpointStatus"] for each in found["environments"]} == {"InService"}
    assert found["warnings"] == []
    text = prod.command(TOOLING, "status", str(MANIFEST))
    for line in (r"^prod-deployment-group \(module models-sample", r"^ +\d +Approved", r"prod-env +prod +123456789017"):
        assert re.search(line, text, re.MULTILINE), text


def test_lineage_leads_from_what_prod_serves_to_its_commit_and_its_jobs(kept: Kept, prod: Promotions) -> None:
    serves, group = prod.status()["environments"][-1], kept.report["groups"][1]
    found = json.loads(prod.command(TOOLING, "lineage", PROD, "--manifest", str(MANIFEST), "--format", "json"))
    assert found["unknown"] == {}
    assert (found["version"], found["modelPackageArn"]) == (serves["version"], serves["modelPackageArn"])
    assert found["release"] == {"arn": serves["releaseArn"], "digest": serves["digest"]}
    assert "prod-env" in [each["name"] for each in found["environments"]]
    assert found["code"]["commit"] == group["commit"]
    described = prod.version(serves["version"])["CustomerMetadataProperties"]
    assert found["execution"]["arn"] == described["PipelineExecutionArn"]
    assert (found["execution"]["status"], found["data"]["InputDataUrl"]) == ("Succeeded", described["InputDataUrl"])
    training = next(each for each in found["jobs"] if each["step"] == "TrainModel")
    assert (training["hyperparameters"]["max_depth"], training["instances"]) == ("2", "1 x ml.m5.large")
    measured = next(each for each in found["metrics"] if each["name"] == "Mse")
    assert (measured["value"], measured["threshold"]) == (pytest.approx(group["value"], rel=1e-4), group["threshold"])
    assert (found["decision"]["status"], found["decision"]["by"].split(":")[4]) == ("Approved", prod.build)
    for wanted in (serves["releaseArn"], serves["modelPackageArn"]):
        assert json.loads(prod.command(TOOLING, "lineage", wanted, "--format", "json")) == found
    page = prod.command(prod.build, "lineage", serves["releaseArn"], "--format", "html")
    for part in (group["commit"], "TrainModel", "prod-env"):
        assert part in page


def test_watching_tells_changes_in_a_pipe_and_ends_with_ctrl_c(kept: Kept) -> None:
    # what is started in the background of a shell hears of no Ctrl-C, nor do its children
    heard = ["env", "--default-signal=INT"]
    command = [*heard, str(BIN / "model-cicd"), "status", str(MANIFEST), "--watch", "1"]
    with subprocess.Popen(command, env=kept.exports(TOOLING), stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        first = child.stdout.readline()
        child.send_signal(signal.SIGINT)
        rest = child.stdout.read()
        assert child.wait(60) == 0
    assert re.fullmatch(rf"\S+ {DEV}: it is deployed\n", first)
    assert f"{PROD}: prod-env serves version " in rest
    assert "Traceback" not in rest


def test_what_nobody_changed_has_not_drifted(kept: Kept, prod: Promotions) -> None:
    printed = prod.command(TOOLING, "status", str(MANIFEST), "--drift", "--format", "json")
    group = next(each for each in json.loads(printed)["groups"] if each["group"] == PROD)
    assert len(group["stacks"]) == 6
    # other tests reach into the build account
    looked = {each["stack"]: each for each in group["stacks"] if each["account"] != prod.build}
    assert {each["drift"] for each in looked.values()} == {"IN_SYNC"}, looked


def test_the_approver_has_the_published_policy_and_no_other(kept: Kept, prod: Promotions) -> None:
    iam = kept.client("iam", prod.build)
    role, *others = [
        each["RoleName"]
        for each in iam.list_roles()["Roles"]
        if each["RoleName"].startswith(f"rehearsal-lead-of-{PROD}-")
    ]
    assert others == []
    attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    assert [each["PolicyArn"] for each in attached] == [prod.status()["approverPolicyArn"]]
    assert iam.list_role_policies(RoleName=role)["PolicyNames"] == []
    version = iam.get_policy(PolicyArn=attached[0]["PolicyArn"])["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=attached[0]["PolicyArn"], VersionId=version)["PolicyVersion"][
        "Document"
    ]
    actions = {action for statement in document["Statement"] for action in _listed(statement["Action"])}
    assert "sagemaker:UpdateModelPackage" in actions
    assert not {action for action in actions if action.startswith(("sagemaker:Create", "sagemaker:Delete"))}


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def test_a_rejected_version_goes_nowhere(dev: Promotions) -> None:
    before, served = len(dev.executions()), dev.serves()
    version = dev.register()
    said = dev.command(dev.build, "reject", DEV, str(version), "--reason", "drifts", "--manifest", str(MANIFEST))
    assert said.strip() == f"{DEV}: version {version} is rejected"
    time.sleep(3)
    assert len(dev.executions()) == before
    assert dev.serves() == served
    shown = next(each for each in dev.status()["versions"] if each["version"] == version)
    assert (shown["status"], shown["reason"]) == ("Rejected", "drifts")
    refused = dev.command(TOOLING, "promote", DEV, str(version), "--manifest", str(MANIFEST), ok=False)
    assert f"version {version} is Rejected (drifts), expected Approved" in refused
    assert "model-cicd approve" not in refused, "it is not offered what somebody rejected"


def test_even_started_by_hand_a_rejected_version_reaches_no_environment(kept: Kept, dev: Promotions) -> None:
    """The pipeline itself refuses it, whoever starts it."""
    version, served, before = dev.register(), dev.serves(), len(dev.executions())
    arn = next(each["arn"] for each in dev.status()["versions"] if each["version"] == version)
    kept.client("codepipeline", TOOLING).start_pipeline_execution(
        name=dev.pipeline, variables=[{"name": "ModelPackageArn", "value": arn}]
    )
    ended = dev.wait_for(version, "Failed", since=before)
    assert "Prepare Prepare Failed" in dev.causes(ended["pipelineExecutionId"])
    assert dev.serves() == served
    (failed,) = dev.status()["promotion"]["failed"]
    said = f"version {version} of deployment group {DEV} is PendingManualApproval, expected Approved: approve it with"
    assert failed["reason"].startswith(said)
    assert failed["reason"] in kept.run(TOOLING, "bash", "-c", failed["log"]["command"])


def test_an_older_version_approved_again_serves_again(dev: Promotions) -> None:
    first = dev.serves()[0]
    assert first is not None
    newer = dev.register()
    dev.promoted(newer)
    dev.command(dev.build, "reject", DEV, str(first), "--manifest", str(MANIFEST))
    dev.promoted(first)


def test_promote_brings_back_a_version_without_a_new_decision(dev: Promotions) -> None:
    served, since = dev.serves()[0], len(dev.executions())
    other = next(
        each["version"]
        for each in dev.status()["versions"]
        if each["status"] == "Approved" and each["version"] != served
    )
    said = dev.command(TOOLING, "promote", DEV, str(other))
    assert f"promotion of version {other} started" in said
    dev.wait_for(other, "Succeeded", since=since)
    assert set(dev.serves()) == {other}


def test_rollback_moves_one_environment_and_no_other(dev: Promotions) -> None:
    old = dev.serves()[0]
    new = dev.register()
    dev.promoted(new)
    before = len(dev.executions())
    place = dev.places[1]
    said = dev.command(TOOLING, "rollback", DEV, place["name"])
    assert said.splitlines()[-1] == f"{DEV}: {place['name']} serves version {old}"
    assert dev.serves() == [new, old, new]
    assert len(dev.answer(place, f"{ROW}\n{ROW}")) == 2
    assert len(dev.executions()) == before, "it took the short way, not the pipeline"


def test_rollback_of_prod_asks_first(prod: Promotions) -> None:
    old = prod.serves()[0]
    new = prod.register()
    prod.promoted(new)
    refused = prod.command(TOOLING, "rollback", PROD, "prod-env", ok=False)
    assert "touches prod: prod-env (account 123456789017)" in refused
    assert "--yes" in refused
    assert prod.serves() == [new, new, new]
    prod.command(TOOLING, "rollback", PROD, "prod-env", "--yes")
    assert prod.serves() == [new, new, old]
    told = f"prod-env of {PROD} was rolled back to version {old}"
    wait(lambda: told in prod.aws.rehearse("mail").stdout, 20, "the mail")
    prod.command(TOOLING, "rollback", PROD, "prod-env", "--to", str(new), "--yes")
    assert prod.serves() == [new, new, new]


def test_a_newer_approval_takes_the_place_of_one_that_waits(prod: Promotions) -> None:
    served = prod.serves()[-1]
    older, newer = prod.register(), prod.register()
    since = len(prod.executions())
    prod.approve(older)
    waiting = prod.waiting(older)
    assert waiting["stage"] == "Deploy-prod-env"
    assert waiting["approverPolicyArn"].startswith(f"arn:aws:iam::{TOOLING}:policy/")
    waits = datetime.fromisoformat(waiting["expires"]) - datetime.fromisoformat(waiting["since"])
    assert waits == timedelta(days=7)
    assert prod.serves() == [older, older, served]
    prod.approve(newer)
    prod.let_go_on(prod.waiting(newer))
    prod.wait_for(newer, "Succeeded", since=since)
    ended = next(each for each in prod.executions() if each["version"] == older)
    assert ended["status"] in ("Stopped", "Superseded", "Cancelled")
    assert prod.serves() == [newer, newer, newer]


def test_the_person_who_approves_prod_sees_what_they_approve(kept: Kept, prod: Promotions) -> None:
    served, version = prod.serves()[-1], prod.register()
    prod.approve(version)
    wait = prod.waiting(version)
    details = kept.client("codepipeline", TOOLING).list_action_executions(
        pipelineName=prod.pipeline, filter={"pipelineExecutionId": wait["execution"]}
    )["actionExecutionDetails"]
    asked = next(each for each in details if each["actionName"] == wait["action"])
    text = asked["input"]["resolvedConfiguration"]["CustomData"]
    commit = kept.report["groups"][1]["commit"]
    for part in (PROD, f"version {version}", commit[:12], "Mse", f"version {served}"):
        assert part in text, text
    status = prod.command(TOOLING, "status")
    assert re.search(r"stage Deploy-prod-env: waits since .* to approve version", status), status
    assert "aws codepipeline put-approval-result" in status
    prod.let_go_on(wait)
    prod.wait_for(version, "Succeeded")


def test_a_refused_stage_leaves_prod_as_it_was(kept: Kept, prod: Promotions) -> None:
    served, version = prod.serves()[-1], prod.register()
    since = len(prod.executions())
    prod.approve(version)
    wait = prod.waiting(version)
    prod.let_go_on({"command": wait["command"].replace("status=Approved", "status=Rejected")})
    prod.wait_for(version, "Failed", since=since)
    assert prod.serves() == [version, version, served]
    failed = prod.status()["promotion"]["failed"]
    assert [(each["stage"], each["version"]) for each in failed] == [("Deploy-prod-env", version)]


def test_a_model_that_cannot_be_loaded_stops_at_the_first_environment(kept: Kept, prod: Promotions) -> None:
    served, since = prod.serves(), len(prod.executions())
    bucket = next(each for each in kept.report["groups"] if each["group"] == PROD)["model_data"].split("/")[2]
    with registry_objects(kept, prod.build) as s3:
        s3.put_object(Bucket=bucket, Key="models/broken/model.tar.gz", Body=archive_of(b"no tree"))
    client = kept.client("sagemaker", prod.build)
    arn = next(each["arn"] for each in prod.status()["versions"])
    specification = client.describe_model_package(ModelPackageName=arn)["InferenceSpecification"]
    container = {
        "Image": specification["Containers"][0]["Image"],
        "ModelDataUrl": f"s3://{bucket}/models/broken/model.tar.gz",
    }
    version = prod.register(InferenceSpecification={**specification, "Containers": [container]})
    prod.approve(version)
    ended = prod.wait_for(version, "Failed", since=since)
    assert prod.serves() == served
    assert "ExecuteChangeSet Failed" in prod.causes(ended["pipelineExecutionId"])
    failed = next(each for each in prod.status()["promotion"]["failed"] if each["version"] == version)
    assert failed["reason"].startswith("ServingEndpoint"), "the resource that failed, and why"
    for place in prod.places:
        assert len(prod.answer(place, ROW)) == 1


def test_a_missing_bootstrap_stops_before_prod(kept: Kept, prod: Promotions) -> None:
    served, since, version = prod.serves(), len(prod.executions()), prod.register()
    account = prod.places[1]["account"]
    with without_role(kept, account, f"cdk-hnb659fds-deploy-role-{account}-us-east-1"):
        prod.approve(version)
        ended = prod.wait_for(version, "Failed", since=since)
    assert prod.serves() == [version, *served[1:]]
    causes = prod.causes(ended["pipelineExecutionId"])
    assert f"cdk-hnb659fds-deploy-role-{account}" in causes


@contextmanager
def without_role(kept: Kept, account: str, name: str) -> Iterator[None]:
    """As in an account that was never bootstrapped: the role is not there."""
    iam = kept.client("iam", account)
    role = iam.get_role(RoleName=name)["Role"]
    inline = {
        each: iam.get_role_policy(RoleName=name, PolicyName=each)["PolicyDocument"]
        for each in iam.list_role_policies(RoleName=name)["PolicyNames"]
    }
    attached = [each["PolicyArn"] for each in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]]
    for each in inline:
        iam.delete_role_policy(RoleName=name, PolicyName=each)
    for each in attached:
        iam.detach_role_policy(RoleName=name, PolicyArn=each)
    iam.delete_role(RoleName=name)
    try:
        yield
    finally:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(role["AssumeRolePolicyDocument"]))
        for policy, document in inline.items():
            iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document))
        for each in attached:
            iam.attach_role_policy(RoleName=name, PolicyArn=each)


def test_a_rejected_version_that_serves_is_shown(prod: Promotions) -> None:
    served = prod.serves()[0]
    said = prod.command(prod.build, "reject", PROD, str(served), "--manifest", str(MANIFEST))
    assert "goes on serving" in said
    assert prod.serves()[0] == served
    assert f"version {served} is Rejected and serves in prod-train-env" in prod.status()["warnings"]


def test_who_may_not_is_told_what_is_missing(prod: Promotions) -> None:
    version = prod.register()
    refused = prod.command(TOOLING, "approve", PROD, str(version), ok=False)
    assert f"arn:aws:iam::{TOOLING}:user/administrator may not approve versions of {PROD}" in refused
    assert prod.status()["approverPolicyArn"] in refused
    refused = prod.command("123456789017", "status", ok=False)
    assert "no deployment groups are published there" in refused
    assert "Traceback" not in refused
