"""AWS::EC2::Route. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-route.html"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made, Provider

DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
TARGETS = ("GatewayId", "NatGatewayId", "NetworkInterfaceId")


class Route(Provider):
    """A route of a table; Ref is the table's id and the destination."""

    type = "AWS::EC2::Route"
    service, noun = "ec2", "route"
    absent = ("InvalidRoute.NotFound", "InvalidRouteTableID.NotFound")
    unsupported: ClassVar[dict[str, str]] = {
        "routes lead to gateways and network interfaces": (
            "CarrierGatewayId CoreNetworkArn EgressOnlyInternetGatewayId InstanceId LocalGatewayId OdbNetworkArn "
            "TransitGatewayId VpcEndpointId VpcPeeringConnectionId"
        ),
    }

    def create(self, call: Call) -> Made:
        """The route."""
        call.invoke("CreateRoute", **call.pick("RouteTableId", *DESTINATIONS, *TARGETS))
        return self._made(call)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Another target."""
        call.invoke("ReplaceRoute", **call.pick("RouteTableId", *DESTINATIONS, *TARGETS))
        return self._made(call)

    def remove(self, call: Call) -> None:
        """The route."""
        call.invoke("DeleteRoute", **call.pick("RouteTableId", *DESTINATIONS))

    def actual(self, call: Call) -> dict[str, Any] | None:
        """Destination and target."""
        tables = call.invoke("DescribeRouteTables", RouteTableIds=[call.properties["RouteTableId"]])["RouteTables"]
        destination = call.pick(*DESTINATIONS)
        for route in tables[0]["Routes"]:
            if all(route.get(name) == value for name, value in destination.items()):
                return {name: route.get(name) for name in (*DESTINATIONS, *TARGETS)}
        return dict.fromkeys((*DESTINATIONS, *TARGETS))

    def _made(self, call: Call) -> Made:
        (destination,) = call.pick(*DESTINATIONS).values()
        return Made(f"{call.properties['RouteTableId']}|{destination}", {"CidrBlock": destination})
