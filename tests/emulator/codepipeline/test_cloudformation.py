"""CloudFormation actions: real stacks from the artifacts of a pipeline."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import ACCOUNT, Lab, action, stage

OTHER = "222222222222"
EXECUTION_ROLE = f"arn:aws:iam::{ACCOUNT}:role/cfn"

TEMPLATE: dict[str, Any] = {
    "Parameters": {"Value": {"Type": "String"}, "Name": {"Type": "String"}},
    "Resources": {
        "Parameter": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Name": {"Ref": "Name"}, "Type": "String", "Value": {"Ref": "Value"}},
        }
    },
    "Outputs": {"Made": {"Value": {"Ref": "Parameter"}}},
}


@pytest.fixture(scope="module", autouse=True)
def roles(lab: Lab) -> None:
    for account in (ACCOUNT, OTHER):
        lab.role("cfn", {"Service": "cloudformation.amazonaws.com"}, account)
    lab.role("deploy", {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, OTHER)


def deploy(
    mode: str, name: str, configuration: dict[str, str], *, order: int = 1, out: list[str] | None = None
) -> dict[str, Any]:
    given = {"ActionMode": mode, "StackName": name, "RoleArn": EXECUTION_ROLE} | configuration
    role = {"roleArn": f"arn:aws:iam::{OTHER}:role/deploy"} if OTHER in given["RoleArn"] else {}
    label = mode.title().replace("_", "")
    made = action(label, "Deploy", "CloudFormation", given, order=order, into=["src"], out=out)
    return made | role | {"namespace": f"Out{order}"}


def overrides(name: str) -> str:
    return json.dumps({"Name": name, "Value": "#{SourceVariables.CommitId}"})


def parameter(lab: Lab, name: str, account: str = ACCOUNT) -> str:
    return str(lab.client("ssm", account).get_parameter(Name=name)["Parameter"]["Value"])


def test_create_update_no_change_and_delete(lab: Lab) -> None:
    first = lab.commit("stack", "main", {"template.json": json.dumps(TEMPLATE)})
    given = {"TemplatePath": "src::template.json", "ParameterOverrides": overrides("/made")}
    act = deploy("CREATE_UPDATE", "stack", given | {"OutputFileName": "made.json"}, out=["outputs"])
    execution = lab.create("stack", lab.source("stack"), stage("Deploy", act))
    assert parameter(lab, "/made") == first
    output = lab.actions("stack", execution)["CreateUpdate"]["output"]
    assert output["outputVariables"] == {"Made": "/made"}
    assert json.loads(lab.unzip(output["outputArtifacts"][0]["s3location"])["made.json"]) == {"Made": "/made"}
    assert ":stack/stack/" in output["executionResult"]["externalExecutionId"]
    again = lab.start("stack")
    assert lab.ended("stack", again)["status"] == "Succeeded"
    assert (
        "no changes"
        in lab.actions("stack", again)["CreateUpdate"]["output"]["executionResult"]["externalExecutionSummary"]
    )
    second = lab.commit("stack", "main", {"other": "2"})
    assert lab.ended("stack", lab.start("stack"))["status"] == "Succeeded"
    assert parameter(lab, "/made") == second
    lab.create(
        "unstack", lab.source("stack"), stage("Deploy", deploy("DELETE_ONLY", "stack", {}) | {"inputArtifacts": []})
    )
    with pytest.raises(lab.client("ssm").exceptions.ParameterNotFound):
        parameter(lab, "/made")


def readable_by(account: str, bucket: str) -> str:
    statement = {
        "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }  # fmt: skip
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def shared_key(lab: Lab) -> str:
    """A key that both accounts may use: the one of S3 itself is its account's alone."""
    own = [f"arn:aws:iam::{account}:root" for account in (ACCOUNT, OTHER)]
    statement = {"Effect": "Allow", "Principal": {"AWS": own}, "Action": "kms:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return str(lab.client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"])


def test_change_sets_in_another_account(lab: Lab) -> None:
    commit = lab.commit("sets", "main", {"template.json": json.dumps(TEMPLATE)})
    lab.s3.put_bucket_policy(Bucket=lab.bucket, Policy=readable_by(OTHER, lab.bucket))
    given = {"TemplatePath": "src::template.json", "ParameterOverrides": overrides("/there"), "ChangeSetName": "set"}
    given["RoleArn"] = f"arn:aws:iam::{OTHER}:role/cfn"
    replace = deploy("CHANGE_SET_REPLACE", "sets", given)
    execute = deploy("CHANGE_SET_EXECUTE", "sets", {"ChangeSetName": "set", "RoleArn": given["RoleArn"]}, order=2)
    execute["inputArtifacts"] = []
    store = {"type": "S3", "location": lab.bucket, "encryptionKey": {"id": shared_key(lab), "type": "KMS"}}
    lab.create("sets", lab.source("sets"), stage("Deploy", replace, execute), artifactStore=store)
    assert parameter(lab, "/there", OTHER) == commit
    execution = lab.start("sets")
    assert lab.ended("sets", execution)["status"] == "Succeeded"
    summary = lab.actions("sets", execution)["ChangeSetExecute"]["output"]["executionResult"][
        "externalExecutionSummary"
    ]
    assert "no changes" in summary


def test_a_failing_stack_names_the_resource(lab: Lab) -> None:
    bad = json.loads(json.dumps(TEMPLATE))
    bad["Resources"]["Parameter"]["Properties"]["Type"] = "StringList"
    bad["Resources"]["Unknown"] = {"Type": "AWS::EC2::Instance", "Properties": {}}
    lab.commit("failing", "main", {"template.json": json.dumps(bad)})
    given = {"TemplatePath": "src::template.json", "ParameterOverrides": overrides("/bad")}
    execution = lab.create(
        "failing", lab.source("failing"), stage("Deploy", deploy("CREATE_UPDATE", "failing", given)), first="Failed"
    )
    error = lab.actions("failing", execution)["CreateUpdate"]["output"]["executionResult"]["errorDetails"]
    assert "AWS::EC2::Instance" in error["message"]


def test_a_template_that_is_not_in_the_artifact(lab: Lab) -> None:
    lab.commit("absent", "main", {"a": "1"})
    given = {"TemplatePath": "src::nowhere.json", "ParameterOverrides": overrides("/absent")}
    execution = lab.create(
        "absent", lab.source("absent"), stage("Deploy", deploy("CREATE_UPDATE", "absent", given)), first="Failed"
    )
    error = lab.actions("absent", execution)["CreateUpdate"]["output"]["executionResult"]["errorDetails"]
    assert (error["code"], "no file nowhere.json" in error["message"]) == ("ConfigurationError", True)


def test_a_large_template_in_another_region(lab: Lab) -> None:
    """The template goes through the artifact store, the artifact into the store of the action's region."""
    store = "artifacts-of-another-region"
    there = lab.client("s3", ACCOUNT, "eu-west-1")
    there.create_bucket(Bucket=store, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    large = TEMPLATE | {"Metadata": {"Filler": "x" * 60_000}}
    commit = lab.commit("regions", "main", {"template.json": json.dumps(large)})
    given = {"TemplatePath": "src::template.json", "ParameterOverrides": overrides("/far")}
    stores = {
        "us-east-1": {"type": "S3", "location": lab.bucket},
        "eu-west-1": {"type": "S3", "location": store},
    }
    act = deploy("CREATE_UPDATE", "regions", given) | {"region": "eu-west-1"}
    execution = lab.create(
        "regions", lab.source("regions"), stage("Deploy", act), artifactStore=None, artifactStores=stores
    )
    assert lab.client("ssm", ACCOUNT, "eu-west-1").get_parameter(Name="/far")["Parameter"]["Value"] == commit
    (artifact,) = lab.actions("regions", execution)["CreateUpdate"]["input"]["inputArtifacts"]
    assert artifact["s3location"]["bucket"] == store
