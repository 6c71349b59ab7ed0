"""Members of requests that moto does not have: refused by name, except where it makes no difference.

Reviewed by hand; a test finds them anew in moto's sources and models.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rehearsal.api import unsupported
from rehearsal.aws_request import AwsRequest

ANY = "any"
"""Whatever value is given, it makes no difference here, or only to a page's length or a hint for speed."""

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


def check(request: AwsRequest) -> None:
    """Raises ApiError for a member that moto would ignore."""
    table = MEMBERS.get((request.service, request.operation), {})
    wrong = [
        name
        for name, harmless in table.items()
        if request.params.get(name) is not None and harmless != ANY and request.params[name] not in harmless
    ]
    if wrong:
        raise unsupported(f"{', '.join(wrong)} of {request.operation}")
