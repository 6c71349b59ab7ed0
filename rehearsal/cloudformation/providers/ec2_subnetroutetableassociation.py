"""AWS::EC2::SubnetRouteTableAssociation.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-subnetroutetableassociation.html
"""

from __future__ import annotations

from typing import Any

from rehearsal.cloudformation.provider import Call, Made, Provider


class Association(Provider):
    """Which route table a subnet has; without one it is the main table of its VPC."""

    type = "AWS::EC2::SubnetRouteTableAssociation"
    service, noun, absent = "ec2", "association", ("InvalidAssociationID.NotFound",)
    removal = ("DisassociateRouteTable", "AssociationId")

    def create(self, call: Call) -> Made:
        """The association, in the place of one that the subnet has already."""
        table = call.properties["RouteTableId"]
        former = self._of(call, "association.subnet-id", call.properties["SubnetId"])
        if former:
            wanted = {"AssociationId": former["RouteTableAssociationId"], "RouteTableId": table}
            return self._made(call.invoke("ReplaceRouteTableAssociation", **wanted)["NewAssociationId"])
        return self._made(call.invoke("AssociateRouteTable", **call.pick("RouteTableId", "SubnetId"))["AssociationId"])

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Nothing: every change makes a new one."""
        return self._made(call.handle)

    def found(self, call: Call, name: str) -> Made | None:
        """The one with that id."""
        return self._made(name) if self._of(call, "association.route-table-association-id", name) else None

    def actual(self, call: Call) -> dict[str, Any]:
        """Subnet and table."""
        found = self._of(call, "association.route-table-association-id", call.handle) or {}
        return {name: found.get(name) for name in ("RouteTableId", "SubnetId")}

    def _of(self, call: Call, name: str, value: str) -> dict[str, Any] | None:
        tables = call.invoke("DescribeRouteTables", Filters=[{"Name": name, "Values": [value]}])["RouteTables"]
        associations = [each for table in tables for each in table["Associations"]]
        return next(
            (each for each in associations if value in (each.get("SubnetId"), each["RouteTableAssociationId"])), None
        )

    def _made(self, name: str) -> Made:
        return Made(name, {"Id": name})
