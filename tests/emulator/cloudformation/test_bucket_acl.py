"""A bucket that takes access logs by ACL, as the CDK makes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.emulator.cloudformation.conftest import Stacks


def test_the_log_delivery_group_may_write(stacks: Stacks, client: Callable[..., Any]) -> None:
    owned = {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    properties = {"AccessControl": "LogDeliveryWrite", "OwnershipControls": owned}
    made = stacks.create({"Resources": {"Logs": {"Type": "AWS::S3::Bucket", "Properties": properties}}})
    assert made["StackStatus"] == "CREATE_COMPLETE", stacks.reasons(made["StackId"])
    grants = client("s3").get_bucket_acl(Bucket=stacks.physical(made["StackName"])["Logs"])["Grants"]
    assert any(each["Grantee"].get("URI", "").endswith("/s3/LogDelivery") for each in grants), grants
