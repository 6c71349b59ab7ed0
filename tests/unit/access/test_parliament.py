"""Every policy of the templates passes parliament, a linter of single policies, but for what it does not know."""

from __future__ import annotations

import copy
import json
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from model_cicd.access.deployment import Deployment

#: what parliament says that is not so, by issue and a part of what it says, with the reason
NOT_SO = {
    ("RESOURCE_STAR", "kms:"): "in the policy of a key, '*' is that key",
    ("RESOURCE_MISMATCH", "sagemaker:CreateModel"): (
        "the policy of a model package group names its versions: "
        "https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-deploy-xaccount.html"
    ),
    ("RESOURCE_MISMATCH", "elasticmapreduce:RunJobFlow"): (
        "a cluster that is not made yet has an ARN, too: "
        "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonSageMakerPipelinesIntegrations.html"
    ),
    ("RESOURCE_MISMATCH", "codestar-connections:UseConnection"): (
        "the old name of the action stands beside the new one, for whatever the ARN of the connection begins with: "
        "https://docs.aws.amazon.com/dtconsole/latest/userguide/rename.html"
    ),
    ("UNKNOWN_CONDITION_FOR_ACTION", "token.actions.githubusercontent.com:"): (
        "claims of a token are keys of its provider: "
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html"
    ),
    ("UNKNOWN_FEDERATION_SOURCE", ":oidc-provider/"): (
        "an OIDC provider by its ARN: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html"
    ),
    ("RESOURCE_MISMATCH", "states:ListExecutions"): (
        "executions are listed of a state machine or of a map run, one of the two: "
        "https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html"
    ),
    ("UNKNOWN_CONDITION_FOR_ACTION", "LifeCycle"): (
        "stages of a version's life are newer than what it knows: "
        "https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-staging-construct-set-up.html"
    ),
    ("INVALID_SID", ""): "the id of a statement of an event bus may have hyphens",
}


def policies(deployment: Deployment) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every document with its origin; policies of roles and image repositories stand for one resource, and get it."""
    resolved = deployment.resolved
    for arn, role in resolved.roles.items():
        trust = copy.deepcopy(role.trust.body)
        for statement in trust["Statement"]:
            statement["Resource"] = arn
        yield role.trust.origin, trust
        yield from ((document.origin, document.body) for document in role.identity)
    for arn, document in resolved.resource_policies.items():
        if ":ecr:" in arn:
            body = copy.deepcopy(document.body)
            for statement in body["Statement"]:
                statement["Resource"] = arn
            yield document.origin, body
    stored = [each for arn, each in resolved.resource_policies.items() if ":ecr:" not in arn]
    others = (*stored, *resolved.unattached.values())
    yield from ((each.origin, each.body) for each in others if each.origin != "cdk bootstrap")


@pytest.mark.xdist_group("access")
def test_every_policy_passes(plain: Deployment, full: Deployment, every: list[Deployment]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pkg_resources, which it imports
        import parliament
    looked_at, used = 0, set()
    unknown = []
    for deployment in (plain, full, *every):
        for origin, body in policies(deployment):
            looked_at += 1
            for finding in parliament.analyze_policy_string(json.dumps(body)).findings:
                said = str(finding.detail)
                known = next((each for each in NOT_SO if each[0] == finding.issue and each[1] in said), None)
                if known:
                    used.add(known)
                else:
                    unknown.append((origin, finding.issue, said))
    assert unknown == []
    assert used == set(NOT_SO)
    assert looked_at > 120


def test_it_finds_what_is_wrong() -> None:
    import parliament

    statement = {"Effect": "Allow", "Action": "s3:GetObjekt", "Resource": "*"}
    found = parliament.analyze_policy_string(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    assert [each.issue for each in found.findings] == ["UNKNOWN_ACTION"]
