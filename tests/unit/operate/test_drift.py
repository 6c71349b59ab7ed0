"""What CloudFormation says of stacks that it looks at for `status --drift`."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from model_cicd.operate import drift
from model_cicd.operate.access import Access
from model_cicd.operate.drift import StackDrift
from model_cicd.operate.records import StackPlace
from rehearsal.embedded_aws import EmbeddedAws
from tests.unit.operate.conftest import BUILD, REGION, TOOLING

pytestmark = pytest.mark.programs
READ = ["cloudformation:D*", "sns:G*", "sns:L*", "sagemaker:Describe*"]


def test_what_may_not_be_read_is_said_beside_what_drifted(world: EmbeddedAws, act_in: Callable[..., Access]) -> None:
    cloudformation = world.client("cloudformation", account=BUILD, region=REGION)
    group = {"Type": "AWS::SageMaker::ModelPackageGroup", "Properties": {"ModelPackageGroupName": "of-drift"}}
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "of-drift", "DisplayName": "one"}}
    template = json.dumps({"Resources": {"M": group, "T": topic}})
    cloudformation.create_stack(StackName="looked-at", TemplateBody=template)
    cloudformation.get_waiter("stack_create_complete").wait(StackName="looked-at", WaiterConfig={"Delay": 1})
    iam = world.client("iam", account=BUILD, region=REGION)
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{TOOLING}:root"}, "Action": "sts:AssumeRole"}
    statement = {"Effect": "Allow", "Action": READ, "Resource": "*"}
    documents = [json.dumps({"Version": "2012-10-17", "Statement": [each]}) for each in (trust, statement)]
    role = iam.create_role(RoleName="looks", AssumeRolePolicyDocument=documents[0])["Role"]["Arn"]
    iam.put_role_policy(RoleName="looks", PolicyName="read", PolicyDocument=documents[1])
    place = StackPlace("looked-at", BUILD, REGION, role)
    unseen = "not all could be looked at: Failed to detect drift on resource [M]"
    assert drift.detect(act_in(TOOLING), place) == StackDrift(place, "CREATE_COMPLETE", "IN_SYNC", (unseen,))
    sns = world.client("sns", account=BUILD, region=REGION)
    sns.set_topic_attributes(
        TopicArn=f"arn:aws:sns:{REGION}:{BUILD}:of-drift", AttributeName="DisplayName", AttributeValue="two"
    )
    found = drift.detect(act_in(TOOLING), place)
    assert (found.drift, found.resources) == ("DRIFTED", ("AWS::SNS::Topic T was changed: /DisplayName", unseen))
