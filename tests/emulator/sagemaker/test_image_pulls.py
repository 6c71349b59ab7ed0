"""Whether a role can pull an image is decided by its policies and by that of the repository."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

REGION, ACCOUNT, OTHER = "us-east-1", "111111111111", "222222222222"
PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
TOKEN = {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"}
AWS_SKLEARN = f"arn:aws:ecr:{REGION}:683313688378:repository/sagemaker-scikit-learn"
AWS_XGBOOST = f"arn:aws:ecr:{REGION}:683313688378:repository/sagemaker-xgboost"


def pulls(*repositories: str, actions: list[str] = PULL) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": list(repositories)}


@pytest.fixture
def role(lab: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    """Make a role that may do what a job does, and what it is given."""
    made: list[str] = []

    def of(*statements: dict[str, Any]) -> str:
        iam = lab.client("iam")
        name = f"pull-{request.node.name[:40]}-{len(made)}".replace("[", "-").replace("]", "")
        trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        arn = str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"])
        own = {"Effect": "Allow", "Action": ["s3:*", "logs:*"], "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [own, *statements]})
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy)
        made.append(name)
        return arn

    yield of
    for name in made:
        lab.client("iam").delete_role_policy(RoleName=name, PolicyName="own")
        lab.client("iam").delete_role(RoleName=name)


def ran(lab: Any, name: str, role: str, image: str | None = None) -> dict[str, Any]:
    arguments = lab.processing("print(1)") | {"RoleArn": role}
    if image:
        arguments["AppSpecification"]["ImageUri"] = image
    found: dict[str, Any] = lab.run_processing(name, arguments)
    return found


def test_the_exact_repository_of_aws_is_enough(lab: Any, role: Any) -> None:
    found = ran(lab, "exact", role(TOKEN, pulls(AWS_SKLEARN)))
    assert found["ProcessingJobStatus"] == "Completed", found


@pytest.mark.parametrize(
    ("statements", "missing"),
    [
        ([TOKEN, pulls(AWS_XGBOOST)], f"ecr:BatchCheckLayerAvailability on resource: {AWS_SKLEARN}"),
        ([TOKEN, pulls(AWS_SKLEARN, actions=PULL[:2])], f"ecr:GetDownloadUrlForLayer on resource: {AWS_SKLEARN}"),
        ([pulls(AWS_SKLEARN)], "ecr:GetAuthorizationToken on resource: *"),
    ],
    ids=["other-repository", "without-layers", "without-token"],
)
def test_without_one_of_the_rights_the_job_fails_and_names_it(
    lab: Any, role: Any, request: pytest.FixtureRequest, statements: list[dict[str, Any]], missing: str
) -> None:
    found = ran(lab, f"denied-{request.node.callspec.id}", role(*statements))
    assert found["ProcessingJobStatus"] == "Failed"
    reason = found["FailureReason"]
    assert reason.startswith("ClientError: Cannot find repository: sagemaker-scikit-learn in registry ID: 683313688378")
    assert missing in reason


def own_image(lab: Any, account: str, name: str) -> tuple[str, str, Any]:
    """An image of one's own, which this Python runs, its repository's ARN, and ECR as its account."""
    image = f"{account}.dkr.ecr.{REGION}.amazonaws.com/{name}"
    lab.world.images[f"{image}:1"] = sys.executable
    ecr = lab.world.client("ecr", account=account, region=REGION)
    return f"{image}:1", f"arn:aws:ecr:{REGION}:{account}:repository/{name}", ecr


def test_the_repository_of_another_account_must_let_the_role_pull(lab: Any, role: Any) -> None:
    image, arn, ecr = own_image(lab, OTHER, "shared/train")
    ecr.create_repository(repositoryName="shared/train")
    who = role(TOKEN, pulls(arn))
    found = ran(lab, "no-policy", who, image)
    assert "because no resource-based policy allows the ecr:BatchCheckLayerAvailability" in found["FailureReason"]
    statement = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": PULL}
    ecr.set_repository_policy(
        repositoryName="shared/train", policyText=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    assert ran(lab, "with-policy", who, image)["ProcessingJobStatus"] == "Completed"
    assert "no identity-based policy" in ran(lab, "no-rights", role(TOKEN), image)["FailureReason"]


def test_a_repository_of_the_same_account_needs_no_policy(lab: Any, role: Any) -> None:
    image, arn, ecr = own_image(lab, ACCOUNT, "mine")
    ecr.create_repository(repositoryName="mine")
    assert ran(lab, "same-account", role(TOKEN, pulls(arn)), image)["ProcessingJobStatus"] == "Completed"


def test_an_image_that_is_said_to_exist_can_be_pulled_by_members_with_the_rights(lab: Any, role: Any) -> None:
    image, arn, _ = own_image(lab, "999999999999", "said")
    assert ran(lab, "said", role(TOKEN, pulls(arn)), image)["ProcessingJobStatus"] == "Completed"
    assert (
        f"ecr:BatchGetImage on resource: {arn}"
        in (ran(lab, "said-denied", role(TOKEN, pulls(arn, actions=PULL[:1])), image)["FailureReason"])
    )


def test_without_the_repository_nothing_can_be_pulled(lab: Any, role: Any) -> None:
    image, arn, ecr = own_image(lab, ACCOUNT, "gone")
    del lab.world.images[image]
    with pytest.raises(ClientError, match=f"Requested image {image} not found: no such repository"):
        ran(lab, "gone", role(TOKEN, pulls(arn)), image)
    ecr.create_repository(repositoryName="gone")
    with pytest.raises(ClientError, match=f"{image} not found: it was never pushed.*--image {image}=PYTHON"):
        ran(lab, "gone", role(TOKEN, pulls(arn)), image)


def test_a_model_needs_the_image_of_its_container(lab: Any, role: Any) -> None:
    data = lab.put("pulls/model.tar.gz", b"x")
    container = {"Image": lab.xgboost, "ModelDataUrl": data}
    with pytest.raises(ClientError, match="Cannot find repository: sagemaker-xgboost"):
        lab.sagemaker.create_model(
            ModelName="denied", PrimaryContainer=container, ExecutionRoleArn=role(TOKEN, pulls(AWS_SKLEARN))
        )
    lab.sagemaker.create_model(
        ModelName="pulled", PrimaryContainer=container, ExecutionRoleArn=role(TOKEN, pulls(AWS_XGBOOST))
    )
    lab.sagemaker.delete_model(ModelName="pulled")


def test_an_endpoint_whose_role_lost_the_right_fails(lab: Any, role: Any) -> None:
    data = lab.put("pulls/model.tar.gz", b"x")
    who = role(TOKEN, pulls(AWS_XGBOOST))
    container = {"Image": lab.xgboost, "ModelDataUrl": data}
    lab.sagemaker.create_model(ModelName="lost", PrimaryContainer=container, ExecutionRoleArn=who)
    policy = {"Version": "2012-10-17", "Statement": [TOKEN, {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    lab.client("iam").put_role_policy(
        RoleName=who.rpartition("/")[2], PolicyName="own", PolicyDocument=json.dumps(policy)
    )
    variant = {"VariantName": "all", "ModelName": "lost", "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    lab.sagemaker.create_endpoint_config(EndpointConfigName="lost", ProductionVariants=[variant])
    lab.sagemaker.create_endpoint(EndpointName="lost", EndpointConfigName="lost")
    while (found := lab.sagemaker.describe_endpoint(EndpointName="lost"))["EndpointStatus"] == "Creating":
        time.sleep(0.05)
    assert found["EndpointStatus"] == "Failed"
    assert "Cannot find repository: sagemaker-xgboost in registry ID: 683313688378" in found["FailureReason"]
