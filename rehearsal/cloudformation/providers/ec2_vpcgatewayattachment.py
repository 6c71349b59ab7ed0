"""AWS::EC2::VPCGatewayAttachment.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-vpcgatewayattachment.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made, Provider

_INTERNET = "IGW"


class Attachment(Provider):
    """An internet gateway attached to a VPC; Ref is the kind of gateway and the VPC."""

    type = "AWS::EC2::VPCGatewayAttachment"
    service, noun = "ec2", "attachment"
    absent = ("Gateway.NotAttached", "InvalidInternetGatewayID.NotFound", "InvalidVpcID.NotFound")
    unsupported: ClassVar[dict[str, str]] = {"no VPNs": "VpnGatewayId"}

    def create(self, call: Call) -> Made:
        """The attachment."""
        call.invoke("AttachInternetGateway", **call.pick("InternetGatewayId", "VpcId"))
        return self._made(call)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Another gateway in the place of the former one."""
        vpc = call.properties["VpcId"]
        call.invoke("DetachInternetGateway", VpcId=vpc, InternetGatewayId=old["InternetGatewayId"])
        return self.create(call)

    def remove(self, call: Call) -> None:
        """The attachment; both stay."""
        call.invoke("DetachInternetGateway", **call.pick("InternetGatewayId", "VpcId"))

    def actual(self, call: Call) -> dict[str, Any]:
        """The gateway, as far as it is attached, and the VPC."""
        gateway, vpc = call.properties["InternetGatewayId"], call.properties["VpcId"]
        (found,) = call.invoke("DescribeInternetGateways", InternetGatewayIds=[gateway])["InternetGateways"]
        attached = [each["VpcId"] for each in found.get("Attachments") or []]
        return {"InternetGatewayId": gateway if vpc in attached else None, "VpcId": vpc}

    def _made(self, call: Call) -> Made:
        return Made(f"{_INTERNET}|{call.properties['VpcId']}", {"AttachmentType": _INTERNET})
