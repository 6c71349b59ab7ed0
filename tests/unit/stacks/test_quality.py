"""cfn-lint, cdk-nag and what no template of ours may contain."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from model_cicd.text.errors import ModelCicdError


@pytest.fixture(scope="module")
def everything(synthesize: Any, parameters: Any) -> Any:
    """The module with every option."""
    full = copy.deepcopy(parameters)
    full["deployment-groups"][0] |= {
        "schedule": "rate(1 day)",
        "networkConfig": {"subnetIds": ["subnet-01234567"], "securityGroupIds": ["sg-01234567"]},
        "pipelineParameters": {"MaxMse": 3},
    }
    live = full["deployment-groups"][1]
    live["buildEnvironment"] |= {"account": "111111111111", "endpoint": {"serverless": {}}, "requireApproval": True}
    live["deployEnvironments"][1]["endpoint"] = {
        "instanceType": "ml.c5.xlarge",
        "instanceCount": 2,
        "autoscaling": {"minCapacity": 2, "maxCapacity": 6, "targetInvocationsPerInstance": 500},
        "vpc": {"subnetIds": ["subnet-01234567"], "securityGroupIds": ["sg-01234567"]},
        "dataCapture": {
            "percentage": 10,
            "prefix": "s3://captured-by-us/shop",
            "kmsKeyArn": "arn:aws:kms:eu-west-1:666666666666:key/12345678-1234-1234-1234-123456789012",
        },
        "tags": {"cost-centre": "42"},
        "deployment": {"strategy": "canary", "stepPercent": 50},
    }
    return synthesize(
        {
            **full,
            "permissions-boundary-name": "limits",
            "s3-access-logs-bucket-arn": "arn:aws:s3:::logs-of-tooling",
            "organization-id": "o-a1b2c3d4e5",
            "custom-tags": {"team": "pricing"},
        }
    )


@pytest.mark.slow
def test_cfn_lint_finds_nothing(assembly: Any, everything: Any, tmp_path: Path) -> None:
    templates = [*assembly.directory.glob("*.template.json"), *everything.directory.glob("*.template.json")]
    assert len(templates) == 16
    endpoints = [*assembly.endpoints.values(), *everything.endpoints.values()]
    assert len(endpoints) == 1 + 3
    for number, endpoint in enumerate(endpoints):
        templates.append(tmp_path / f"endpoint-{number}.json")
        templates[-1].write_text(json.dumps(endpoint))
    command = [str(Path(sys.executable).parent / "cfn-lint"), *map(str, templates)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_cdk_nag_looked_at_every_stack_and_found_nothing(everything: Any) -> None:
    """The synthesis fails on a finding, as the next test shows; this one reads the report."""
    report = json.loads((everything.directory / "validation-report.json").read_text())
    assert report["pluginReports"] == []


@pytest.mark.usefixtures("assembly")
def test_a_finding_fails_the_synthesis(tmp_path: Path) -> None:
    import aws_cdk as cdk
    from aws_cdk import aws_s3 as s3
    from cdk_nag import AwsSolutionsChecks

    from model_cicd.constructs.app import synth

    app = cdk.App(outdir=str(tmp_path), builtin_cloud_formation_validation=False)
    s3.CfnBucket(cdk.Stack(app, "Careless"), "Bucket")
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    with pytest.raises(ModelCicdError, match="synthesis failed: ValidationFailed") as error:
        synth(app)
    assert "AwsSolutions-S10" in str(error.value)


def test_suppressions_name_one_finding_of_their_resource_and_give_a_reason(everything: Any) -> None:
    count = 0
    for template in [*everything.templates.values(), *everything.endpoints.values()]:
        assert "Metadata" not in template  # nothing is suppressed for a whole stack
        for logical_id, resource in template["Resources"].items():
            for rule in resource.get("Metadata", {}).get("cdk_nag", {}).get("rules_to_suppress", []):
                count += 1
                assert len(rule["reason"]) > 20, (logical_id, rule)
                if rule["id"].startswith("AwsSolutions-IAM5"):
                    value = rule["id"].removeprefix("AwsSolutions-IAM5[Resource::").removesuffix("]")
                    assert json.dumps(value) in _flat(resource["Properties"]), (logical_id, rule)
                else:
                    assert rule["id"] == "AwsSolutions-S1"
                    assert "LoggingConfiguration" not in resource["Properties"]
    assert count > 30


def _flat(properties: Any) -> str:
    """Properties as cdk-nag names them: joined text, with references in angle brackets."""

    def flat(value: Any) -> Any:
        match value:
            case {"Ref": name}:
                return f"<{name}>"
            case {"Fn::Join": [separator, parts]}:
                return separator.join(str(flat(part)) for part in parts)
            case dict():
                return {key: flat(each) for key, each in value.items()}
            case list():
                return [flat(each) for each in value]
        return value

    return json.dumps(flat(properties))


def test_no_lambda_custom_resource_or_managed_policy_of_aws(everything: Any) -> None:
    for template in [*everything.templates.values(), *everything.endpoints.values()]:
        kinds = {resource["Type"] for resource in template["Resources"].values()}
        assert not [kind for kind in kinds if "Lambda" in kind or kind.startswith(("Custom::", "AWS::CloudFormation"))]
        assert "iam::aws:policy" not in json.dumps(template)


def test_no_statement_grants_a_whole_service(everything: Any) -> None:
    def allowed(value: Any) -> Any:
        if isinstance(value, dict):
            if value.get("Effect") == "Allow":
                yield value
            for each in value.values():
                yield from allowed(each)
        elif isinstance(value, list):
            for each in value:
                yield from allowed(each)

    seen = 0
    for template in [*everything.templates.values(), *everything.endpoints.values()]:
        for statement in allowed(template["Resources"]):
            seen += 1
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            assert not [action for action in actions if action == "*" or action.endswith(":*")], statement
            assert "NotAction" not in statement and "NotResource" not in statement and "NotPrincipal" not in statement
            assert statement.get("Principal") not in ("*", {"AWS": "*"}), statement
    assert seen > 60
