"""Members of requests that moto does not have: refused by name, except where it makes no difference.

Reviewed by hand; a test finds them anew in moto's sources and models.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rehearsal.api import unsupported
from rehearsal.aws_request import AwsRequest

ANY = "any"
"""Whatever value is given, it makes no difference here, or only to a page's length or a hint for speed."""

KEPT = "kept"
"""Moto keeps the structure that it is in as a whole and shows it again."""

_ROUTES = ("CoreNetworkArn", "LocalGatewayId", "OdbNetworkArn")
_ENDPOINTS = ("DnsOptions", "IpAddressType", "SubnetConfigurations")
_METRICS: Mapping[str, Any] = {"ReturnItemCollectionMetrics": ("NONE",)}

# service and operation -> member -> values with which it makes no difference
MEMBERS: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("application-autoscaling", "DescribeScalingPolicies"): {"PolicyNames": ()},
    ("application-autoscaling", "PutScalingPolicy"): {"PredictiveScalingPolicyConfiguration": ()},
    ("dynamodb", "BatchWriteItem"): _METRICS,
    ("dynamodb", "CreateTable"): {"OnDemandThroughput": (), "TableClass": ("STANDARD",)},
    ("dynamodb", "DeleteItem"): _METRICS,
    ("dynamodb", "PutItem"): _METRICS,
    ("dynamodb", "TransactWriteItems"): {**_METRICS, "ClientRequestToken": ANY},
    ("dynamodb", "UpdateItem"): _METRICS,
    ("dynamodb", "UpdateTable"): {
        "GlobalTableWitnessUpdates": (),
        "MultiRegionConsistency": (),
        "OnDemandThroughput": (),
        "ReplicaUpdates": (),
        "TableClass": ("STANDARD",),
    },
    ("ec2", "AllocateAddress"): {"CustomerOwnedIpv4Pool": (), "IpamPoolId": (), "PublicIpv4Pool": ()},
    ("ec2", "CreateFlowLogs"): {"DeliverCrossAccountRole": (), "DestinationOptions": ()},
    ("ec2", "CreateNatGateway"): {"SecondaryAllocationIds": ()},
    ("ec2", "CreateRoute"): dict.fromkeys(_ROUTES, ()),
    ("ec2", "CreateSubnet"): {"Ipv4NetmaskLength": (), "Ipv6NetmaskLength": (), "OutpostArn": ()},
    ("ec2", "CreateVpc"): {"Ipv4NetmaskLength": (), "Ipv6NetmaskLength": ()},
    ("ec2", "CreateVpcEndpoint"): {
        **dict.fromkeys(_ENDPOINTS, ()),
        "ResourceConfigurationArn": (),
        "ServiceNetworkArn": (),
        "ServiceRegion": (),
    },
    ("ec2", "DescribeAvailabilityZones"): {"AllAvailabilityZones": ANY},
    ("ec2", "DescribeRegions"): {"AllRegions": ANY},
    ("ec2", "ModifySubnetAttribute"): {
        "CustomerOwnedIpv4Pool": (),
        "DisableLniAtDeviceIndex": (),
        "EnableDns64": (),
        "EnableLniAtDeviceIndex": (),
        "EnableResourceNameDnsAAAARecordOnLaunch": (),
        "MapCustomerOwnedIpOnLaunch": (),
        "PrivateDnsHostnameTypeOnLaunch": (),
    },
    ("ec2", "ModifyVpcEndpoint"): {**dict.fromkeys(_ENDPOINTS, ()), "ResetPolicy": ()},
    ("ec2", "ReplaceRoute"): {**dict.fromkeys(_ROUTES, ()), "LocalTarget": ()},
    ("ec2", "UpdateSecurityGroupRuleDescriptionsEgress"): {"SecurityGroupRuleDescriptions": ()},
    ("ec2", "UpdateSecurityGroupRuleDescriptionsIngress"): {"SecurityGroupRuleDescriptions": ()},
    ("ecr", "BatchGetImage"): {"acceptedMediaTypes": ANY},
    ("kms", "CreateKey"): {"CustomKeyStoreId": (), "BypassPolicyLockoutSafetyCheck": ANY, "XksKeyId": ()},
    ("kms", "Decrypt"): {"EncryptionAlgorithm": ("SYMMETRIC_DEFAULT",), "Recipient": ()},
    ("kms", "EnableKeyRotation"): {"RotationPeriodInDays": (365,)},
    ("kms", "Encrypt"): {"EncryptionAlgorithm": ("SYMMETRIC_DEFAULT",)},
    ("kms", "GenerateDataKey"): {"Recipient": ()},
    ("kms", "GenerateRandom"): {"CustomKeyStoreId": (), "Recipient": ()},
    ("kms", "PutKeyPolicy"): {"BypassPolicyLockoutSafetyCheck": ANY},
    ("kms", "ReEncrypt"): {
        "SourceEncryptionAlgorithm": ("SYMMETRIC_DEFAULT",),
        "DestinationEncryptionAlgorithm": ("SYMMETRIC_DEFAULT",),
    },
    ("logs", "AssociateKmsKey"): {"resourceIdentifier": ()},
    ("logs", "CreateLogGroup"): {"logGroupClass": ("STANDARD",)},
    ("logs", "DeleteResourcePolicy"): {"expectedRevisionId": ()},
    ("logs", "DescribeExportTasks"): {"statusCode": ()},
    ("logs", "DescribeLogGroups"): {
        "accountIdentifiers": (),
        "logGroupNamePattern": (),
        "includeLinkedAccounts": (False,),
        "logGroupClass": ("STANDARD",),
    },
    ("logs", "DescribeQueries"): {"maxResults": ANY, "queryLanguage": ("CWLI",)},
    ("logs", "DescribeQueryDefinitions"): {
        "maxResults": ANY,
        "queryLanguage": ("CWLI",),
        "queryDefinitionNamePrefix": (),
    },
    ("logs", "DescribeResourcePolicies"): {"policyScope": ("ACCOUNT",)},
    ("logs", "DisassociateKmsKey"): {"resourceIdentifier": ()},
    ("logs", "FilterLogEvents"): {"unmask": ANY},
    ("logs", "GetLogEvents"): {"unmask": ANY},
    ("logs", "PutLogEvents"): {"entity": ANY},
    ("logs", "PutMetricFilter"): {"applyOnTransformedLogs": (False,)},
    ("logs", "PutResourcePolicy"): {"expectedRevisionId": ()},
    ("logs", "PutSubscriptionFilter"): {"applyOnTransformedLogs": (False,)},
    ("logs", "StartQuery"): {"queryLanguage": ("CWLI",)},
    ("monitoring", "DescribeAlarms"): {
        "AlarmTypes": (["MetricAlarm"],),
        "ChildrenOfAlarmName": (),
        "ParentsOfAlarmName": (),
        "MaxRecords": ANY,
    },
    ("monitoring", "GetMetricData"): {"MaxDatapoints": ANY, "LabelOptions": ANY},
    ("monitoring", "ListMetrics"): {"RecentlyActive": (), "IncludeLinkedAccounts": (False,), "OwningAccount": ()},
    ("monitoring", "PutMetricData"): {"EntityMetricData": (), "StrictEntityValidation": (False,)},
    ("secretsmanager", "ListSecretVersionIds"): {"IncludeDeprecated": (False,)},
    ("secretsmanager", "ListSecrets"): {"SortOrder": ()},
    ("secretsmanager", "PutSecretValue"): {"RotationToken": ()},
    ("sns", "CreateTopic"): {"DataProtectionPolicy": ()},
    ("sns", "Subscribe"): {"ReturnSubscriptionArn": ANY},
    ("sqs", "GetQueueUrl"): {"QueueOwnerAWSAccountId": ANY},  # the gateway goes to that account
    ("sqs", "ReceiveMessage"): {"ReceiveRequestAttemptId": ANY},
}


_STEPS = ("AdjustmentType", "Cooldown", "MetricAggregationType", "MinAdjustmentMagnitude", "StepAdjustments")
_TARGETS = ("CustomizedMetricSpecification", "DisableScaleIn", "PredefinedMetricSpecification.ResourceLabel",
            "ScaleInCooldown", "ScaleOutCooldown", "TargetValue")  # fmt: skip
_NEVER_SENT = {f"{name}.{kind}ListValues": () for name in ("MessageAttributes", "MessageSystemAttributes")
               for kind in ("Binary", "String")}  # fmt: skip
#: which answers alone have
_PEERING: Mapping[str, Any] = {"IpPermissions.UserIdGroupPairs.PeeringStatus": ANY}

# service and operation -> path of a member in others, without the places in lists -> values as above
NESTED: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("application-autoscaling", "PutScalingPolicy"): {
        **dict.fromkeys((f"StepScalingPolicyConfiguration.{name}" for name in _STEPS), KEPT),
        **dict.fromkeys((f"TargetTrackingScalingPolicyConfiguration.{name}" for name in _TARGETS), KEPT),
    },
    ("dynamodb", "CreateTable"): {"GlobalSecondaryIndexes.OnDemandThroughput": ()},
    ("dynamodb", "UpdateTable"): {
        "GlobalSecondaryIndexUpdates.Create.OnDemandThroughput": (),
        "GlobalSecondaryIndexUpdates.Update.OnDemandThroughput": (),
    },
    **{
        ("ec2", f"{verb}{way}"): _PEERING
        for verb in ("AuthorizeSecurityGroup", "RevokeSecurityGroup", "UpdateSecurityGroupRuleDescriptions")
        for way in ("Egress", "Ingress")
    },
    ("kms", "CreateGrant"): dict.fromkeys(
        ("Constraints.EncryptionContextEquals", "Constraints.EncryptionContextSubset"), KEPT
    ),
    ("logs", "PutMetricFilter"): {
        f"metricTransformations.{name}": KEPT for name in ("defaultValue", "dimensions", "metricValue", "unit")
    },
    ("monitoring", "PutMetricData"): {"MetricData.StorageResolution": (60,)},
    ("sqs", "SendMessage"): _NEVER_SENT,
    ("sqs", "SendMessageBatch"): {f"Entries.{path}": values for path, values in _NEVER_SENT.items()},
}


def check(request: AwsRequest) -> None:
    """Raises ApiError for a member that moto would ignore."""
    asked = request.service, request.operation
    table = {**MEMBERS.get(asked, {}), **NESTED.get(asked, {})}
    wrong = [
        place
        for path, harmless in table.items()
        if harmless not in (ANY, KEPT)
        for place, value in _found(request.params, path.split("."))
        if value not in harmless
    ]
    if wrong:
        raise unsupported(f"{', '.join(wrong)} of {request.operation}")


def _found(value: Any, path: Sequence[str], where: str = "") -> Iterator[tuple[str, Any]]:
    """What is at a path of members, each with its key path: of lists every element, of maps every value."""
    if not path:
        if value is not None:
            yield where, value
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _found(each, path, f"{where}[{number}]")
    elif isinstance(value, Mapping):
        if path[0] in value:
            yield from _found(value[path[0]], path[1:], f"{where}.{path[0]}".removeprefix("."))
        elif where:
            for key, each in value.items():
                if isinstance(each, Mapping):  # the values of a map
                    yield from _found(each, path, f"{where}.{key}")
