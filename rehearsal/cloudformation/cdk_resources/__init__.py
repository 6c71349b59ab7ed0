"""Custom resources of the CDK's own: what their functions do on AWS, done without running them.

On AWS their code needs the AWS SDK for JavaScript and the `aws` command, which come with Lambda. Here each does the
same calls itself, with the permissions of the role that the template gives the function.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rehearsal.cloudformation.cdk_resources import (
    bucket_deployment,
    bucket_notifications,
    default_groups,
    emptied_buckets,
    exports,
    log_retention,
    sdk_calls,
)
from rehearsal.cloudformation.cdk_resources.request import Answer, Clients, Failed, Handler, Request, as_text

__all__ = ["HANDLERS", "Answer", "Clients", "Failed", "Handler", "Request", "as_text", "handler_of"]

HANDLERS: Mapping[str, Handler] = {
    "Custom::AWS": sdk_calls.handle,
    "Custom::CDKBucketDeployment": bucket_deployment.handle,
    "Custom::CrossRegionExportReader": exports.read,
    "Custom::CrossRegionExportWriter": exports.write,
    "Custom::LogRetention": log_retention.handle,
    "Custom::S3AutoDeleteObjects": emptied_buckets.handle,
    "Custom::S3BucketNotifications": bucket_notifications.handle,
    "Custom::VpcRestrictDefaultSG": default_groups.handle,
}
_SDK_MARK = "InstallLatestAwsSdk"  # which AwsCustomResource always sets, whatever type it is given


def handler_of(kind: str, properties: Mapping[str, Any]) -> Handler | None:
    """What does the work of a custom resource of the CDK; None for one that is somebody else's."""
    if kind.startswith("Custom::") and _SDK_MARK in properties:
        return sdk_calls.handle
    return HANDLERS.get(kind)
