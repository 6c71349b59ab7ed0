"""Policies in templates are as long as they are foreseen, and the others fit however many environments there may be."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from model_cicd.aws import limits
from model_cicd.aws.limits import size
from model_cicd.sagemaker_model_cicd import sizes

#: as many environments as a pipeline has stages for, the build environment among them
MOST = limits.STAGES.value - 3


@pytest.fixture(scope="module")
def largest(synthesize: Any, parameters: Any) -> Any:
    """The first group with as many environments as a promotion may have stages for, all of them with long names."""
    changed = copy.deepcopy(parameters)
    changed["deployment-groups"] = changed["deployment-groups"][1:]
    (group,) = changed["deployment-groups"]
    group["deployEnvironments"] = [
        {"name": f"e{each}{'x' * 58}", "account": str(500000000000 + each), "type": "prod"} for each in range(MOST)
    ]
    return synthesize(changed | {"organization-id": "o-a1b2c3d4e5"})


def policies(assembly: Any) -> Iterator[tuple[str, Any, limits.Quota]]:
    """Every policy of every template with its limit."""
    for template in assembly.templates.values():
        for name, resource in template["Resources"].items():
            given = resource.get("Properties", {})
            match resource["Type"]:
                case "AWS::IAM::Role":
                    inline = [each["PolicyDocument"] for each in given.get("Policies", [])]
                    yield name, inline, limits.INLINE_POLICIES
                    yield name, given["AssumeRolePolicyDocument"], limits.TRUST_POLICY
                case "AWS::IAM::ManagedPolicy":
                    yield name, given["PolicyDocument"], limits.MANAGED_POLICY
                case "AWS::KMS::Key":
                    yield name, given["KeyPolicy"], limits.KEY_POLICY
                case "AWS::S3::BucketPolicy":
                    yield name, given["PolicyDocument"], limits.BUCKET_POLICY
                case "AWS::SageMaker::ModelPackageGroup" if "ModelPackageGroupPolicy" in given:
                    yield name, given["ModelPackageGroupPolicy"], limits.PACKAGE_GROUP_POLICY
                case "AWS::Events::EventBusPolicy":
                    yield name, given, limits.BUS_POLICY


def test_only_what_is_foreseen_is_too_long(largest: Any) -> None:
    too_long = {(quota.what, size(policy)) for _, policy, quota in policies(largest) if size(policy) > quota.value}
    foreseen = [message for _, message in sizes.exceeded(largest.topology)]
    assert len(foreseen) == len(too_long) == 3
    for what, length in too_long:
        (said,) = [each for each in foreseen if what in each]
        number = int(said.partition(" would have ")[2].split()[0].replace(",", ""))
        assert length <= number <= length * 1.02 or abs(number - length) < 150, (what, length, number)


def test_templates_and_stages_fit(largest: Any) -> None:
    for template in largest.templates.values():
        assert len(template["Resources"]) <= limits.STACK_RESOURCES.value
        assert size(template) <= limits.TEMPLATE.value
    (pipeline,) = [
        each["Properties"]
        for each in largest.promotion("live")["Resources"].values()
        if each["Type"] == "AWS::CodePipeline::Pipeline"
    ]
    assert len(pipeline["Stages"]) == limits.STAGES.value
    assert all(len(stage["Actions"]) <= limits.ACTIONS.value for stage in pipeline["Stages"])
    for template in largest.templates.values():
        for each in template["Resources"].values():
            if each["Type"] == "AWS::SSM::Parameter":
                assert size(each["Properties"]["Value"]) <= limits.PARAMETER.value
