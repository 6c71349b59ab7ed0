"""Parameters of AWS's own types: what they name has to be there before anything is touched.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.cloudformation.parameters import Parameter
from rehearsal.cloudformation.template import error

# what a type names -> the operation of EC2 that tells of it, and its parameter
KINDS = {
    "AWS::EC2::AvailabilityZone::Name": ("describe_availability_zones", "ZoneNames"),
    "AWS::EC2::SecurityGroup::Id": ("describe_security_groups", "GroupIds"),
    "AWS::EC2::Subnet::Id": ("describe_subnets", "SubnetIds"),
    "AWS::EC2::VPC::Id": ("describe_vpcs", "VpcIds"),
}
_KIND = re.compile(r"(?:List<)?(?P<kind>AWS::EC2::[A-Za-z:]+)>?")
_ABSENT = ("NotFound", "InvalidParameterValue", "Malformed")


def check(parameters: Iterable[Parameter], client: Callable[[str], Any]) -> None:
    """Look for everything that `parameters` name, by clients of those that ask. Raises ValidationError."""
    for parameter in parameters:
        found = _KIND.fullmatch(parameter.type)
        if found is None or found["kind"] not in KINDS:
            continue
        operation, member = KINDS[found["kind"]]
        for value in parameter.value if isinstance(parameter.value, list) else [parameter.value]:
            try:
                getattr(client("ec2"), operation)(**{member: [value]})
            except ClientError as cause:
                details = cause.response["Error"]
                if not any(word in details["Code"] for word in _ABSENT):
                    raise error(f"Parameter {parameter.name}: {details['Message']}") from None
                text = f"parameter value {value} for parameter name {parameter.name} does not exist"
                raise error(f"Parameter validation failed: {text}") from None
