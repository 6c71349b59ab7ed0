"""What has to be different inside moto's EC2, so that a network is consistent: what is in use is not deleted.

Each has a contract test. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.ec2.exceptions import DependencyViolationError, EC2ClientError
from moto.ec2.models import EC2Backend
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ec2.utils import generic_filter

_CREATE_ENDPOINT, _DELETE_ENDPOINTS = EC2Backend.create_vpc_endpoint, EC2Backend.delete_vpc_endpoints
_MODIFY_ENDPOINT = EC2Backend.modify_vpc_endpoint
_CREATE_NAT, _DELETE_NAT = EC2Backend.create_nat_gateway, EC2Backend.delete_nat_gateway
_CREATE_ROUTE, _REPLACE_ROUTE = EC2Backend.create_route, EC2Backend.replace_route
_CREATE_SUBNET = EC2Backend.create_subnet
_DELETE_SUBNET, _DELETE_GROUP, _DELETE_VPC = (
    EC2Backend.delete_subnet,
    EC2Backend.delete_security_group,
    EC2Backend.delete_vpc,
)
_DETACH, _RELEASE, _ASSOCIATE = (
    EC2Backend.detach_internet_gateway,
    EC2Backend.release_address,
    EC2Backend.associate_route_table,
)
_GATEWAY_KINDS = {"s3", "dynamodb", "s3express"}


def apply() -> None:
    """Put the patches in place; applying them again changes nothing."""
    SecurityGroupRule.description = property(_description)
    EC2Backend.create_vpc_endpoint = _create_endpoint
    EC2Backend.modify_vpc_endpoint = _modify_endpoint
    EC2Backend.delete_vpc_endpoints = _delete_endpoints
    EC2Backend.create_nat_gateway = _create_nat
    EC2Backend.delete_nat_gateway = _delete_nat
    EC2Backend.describe_nat_gateways = _describe_nat
    EC2Backend.create_route = _route(_CREATE_ROUTE)
    EC2Backend.replace_route = _route(_REPLACE_ROUTE)
    EC2Backend.create_subnet = _create_subnet
    EC2Backend.delete_subnet = _delete_subnet
    EC2Backend.delete_security_group = _delete_group
    EC2Backend.delete_vpc = _delete_vpc
    EC2Backend.detach_internet_gateway = _detach
    EC2Backend.release_address = _release
    EC2Backend.associate_route_table = _associate


def _description(rule: Any) -> str | None:
    """The description of a rule, of which moto knows those about addresses."""
    found = rule.ip_range.get("Description") or rule.source_group.get("Description")
    return str(found) if found else None


def _create_endpoint(
    backend: Any, vpc_id: str, service_name: str | None, endpoint_type: str | None, *more: Any, **named: Any
) -> Any:
    """An endpoint of a service of AWS in the region, of the kinds that it has.

    https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
    """
    kind, region = endpoint_type or "Gateway", backend.region_name
    service = (service_name or "").removeprefix("cn.").removeprefix("aws.sagemaker.").removeprefix("com.amazonaws.")
    if not service.startswith(f"{region}.") or (kind == "Gateway" and service.rpartition(".")[2] not in _GATEWAY_KINDS):
        text = f"The Vpc Endpoint Service '{service_name}' does not exist"
        raise EC2ClientError("InvalidServiceName", text)
    groups = named.get("security_group_ids") or []
    if kind == "Interface" and not groups:
        named["security_group_ids"] = [backend.get_security_group_from_name("default", vpc_id=vpc_id).id]
    _refuse_absent(backend, named.get("security_group_ids") or [], named.get("route_table_ids") or [])
    made = _CREATE_ENDPOINT(backend, vpc_id, service_name, kind, *more, **named)
    if kind == "Interface":
        words = service.removeprefix(f"{region}.").split(".")[::-1]
        names = [f"{made.id}-{made.id[-8:]}.{'.'.join(words)}.{region}.vpce.amazonaws.com"]
        names += [f"{'.'.join(words)}.{region}.amazonaws.com"] if made.private_dns_enabled else []
        made.dns_entries = [{"DnsName": name, "HostedZoneId": f"Z{made.id[-13:].upper()}"} for name in names]
    return made


def _modify_endpoint(backend: Any, *given: Any, **named: Any) -> None:
    """What is added has to be there; a new subnet of an interface endpoint gets a network interface."""
    _refuse_absent(backend, named.get("add_security_groups") or [], named.get("add_route_tables") or [])
    for subnet in named.get("add_subnets") or []:
        backend.get_subnet(subnet)
    _MODIFY_ENDPOINT(backend, *given, **named)
    endpoint = backend.get_vpc_end_point(named["vpc_id"])
    for subnet in (named.get("add_subnets") or []) if endpoint.vpc_endpoint_type == "Interface" else []:
        interface = backend.create_network_interface(backend.get_subnet(subnet), None)
        endpoint.network_interface_ids.append(interface.id)
    for table in named.get("add_route_tables") or []:
        prefix = endpoint.destination_prefix_list_id
        if prefix:
            backend.create_route(table, None, gateway_id=endpoint.id, destination_prefix_list_id=prefix)
    for table in named.get("remove_route_tables") or []:
        if endpoint.destination_prefix_list_id:
            backend.delete_route(table, endpoint.destination_prefix_list_id)


def _refuse_absent(backend: Any, groups: list[str], tables: list[str]) -> None:
    for group in groups:
        if backend.get_security_group_from_id(group) is None:
            raise EC2ClientError("InvalidGroup.NotFound", f"The security group '{group}' does not exist")
    for table in tables:
        backend.get_route_table(table)


def _delete_endpoints(backend: Any, vpce_ids: list[str] | None = None) -> None:
    """A deleted endpoint is gone; moto goes on showing it."""
    for each in vpce_ids or []:
        backend.get_vpc_end_point(each)
    _DELETE_ENDPOINTS(backend, vpce_ids)
    for each in vpce_ids or []:
        del backend.vpc_end_points[each]


def _create_nat(
    backend: Any, subnet_id: str, allocation_id: str | None, tags: Any = None, connectivity_type: str | None = None
) -> Any:
    """A public gateway has an address, a private one has none."""
    kind = connectivity_type or "public"
    if (kind == "public") != bool(allocation_id):
        text = "You must specify an AllocationId for a public NAT gateway, and none for a private one"
        raise EC2ClientError("MissingParameter" if kind == "public" else "InvalidParameter", text)
    backend.get_subnet(subnet_id)
    return _CREATE_NAT(backend, subnet_id, allocation_id, tags, kind)


def _delete_nat(backend: Any, nat_gateway_id: str) -> Any:
    """A deleted gateway gives its address and network interface back."""
    if nat_gateway_id not in backend.nat_gateways:
        raise EC2ClientError("NatGatewayNotFound", f"NatGateway {nat_gateway_id} was not found")
    gateway = _DELETE_NAT(backend, nat_gateway_id)
    for address in backend.addresses:
        if address.eni is gateway._eni:
            address.eni = address.association_id = None
    backend.enis.pop(gateway._eni.id, None)
    return gateway


def _describe_nat(backend: Any, filters: Any, nat_gateway_ids: list[str] | None) -> list[Any]:
    """Those with all ids, by every filter; moto knows four filters and takes the others as if they were not there."""
    for each in nat_gateway_ids or []:
        if each not in backend.nat_gateways:
            raise EC2ClientError("NatGatewayNotFound", f"NatGateway {each} was not found")
    found = [each for each in backend.nat_gateways.values() if not nat_gateway_ids or each.id in nat_gateway_ids]
    named = {name.replace("nat-gateway-id", "id"): value for name, value in (filters or {}).items()}
    return list(generic_filter(named, found))


def _route(call: Any) -> Any:
    """CreateRoute and ReplaceRoute: the target must be there."""

    def patched(backend: Any, *given: Any, **named: Any) -> Any:
        gateway = named.get("nat_gateway_id")
        if gateway is not None and getattr(backend.nat_gateways.get(gateway), "state", "deleted") == "deleted":
            raise EC2ClientError("InvalidNatGatewayID.NotFound", f"The natGateway ID '{gateway}' does not exist")
        return call(backend, *given, **named)

    return patched


def _create_subnet(backend: Any, *given: Any, **named: Any) -> Any:
    """A subnet in a zone of its region; moto takes those of every region."""
    zones = [(zone.name, zone.zone_id) for zone in backend.describe_availability_zones()]
    wanted = [named.get("availability_zone"), named.get("availability_zone_id"), *given[3:5]]
    wrong = next((each for each in wanted if each and not any(each in zone for zone in zones)), None)
    if wrong:
        text = (
            f"Value ({wrong}) for parameter availabilityZone is invalid. Subnets can currently only be created in the "
        )
        names = ", ".join(name for name, _ in zones)
        raise EC2ClientError("InvalidParameterValue", f"{text}following availability zones: {names}.")
    return _CREATE_SUBNET(backend, *given, **named)


def _delete_subnet(backend: Any, subnet_id: str) -> Any:
    """Not one with network interfaces in it; its associations go with it."""
    subnet = backend.get_subnet(subnet_id)
    if any(each.subnet.id == subnet_id for each in backend.enis.values()):
        raise DependencyViolationError(f"The subnet '{subnet_id}' has dependencies and cannot be deleted.")
    for table in backend.route_tables.values():
        for name in [name for name, of in table._associations.items() if of == subnet_id]:
            del table._associations[name]
    for acl in backend.network_acls.values():
        for name in [name for name, each in acl._associations.items() if each.subnet_id == subnet_id]:
            del acl._associations[name]
    _DELETE_SUBNET(backend, subnet_id)
    return subnet


def _delete_group(backend: Any, name: str | None = None, group_id: str | None = None) -> None:
    """Not one that network interfaces and endpoints have, nor one that another's rules name; nor a default one."""
    group = backend.get_security_group_by_name_or_id(group_id or name)
    if group is not None:
        if group.is_default and group.vpc_id in backend.vpcs:
            text = f'the specified group: "{group.id}" name: "default" cannot be deleted by a user'
            raise EC2ClientError("CannotDelete", text)
        if any(_users(backend, group.id)):
            raise DependencyViolationError(f"resource {group.id} has a dependent object")
    _DELETE_GROUP(backend, name, group_id)


def _users(backend: Any, group_id: str) -> Iterator[Any]:
    for interface in backend.enis.values():
        yield from (each for each in interface.group_set if each.id == group_id)
    yield from (each for each in backend.vpc_end_points.values() if group_id in each.security_group_ids)
    for groups in backend.groups.values():
        for other in groups.values():
            rules = [*other.ingress_rules, *other.egress_rules] if other.id != group_id else []
            yield from (rule for rule in rules if rule.source_group.get("GroupId") == group_id)


def _delete_vpc(backend: Any, vpc_id: str) -> Any:
    """Not one with anything in it but what it came with, which goes with it."""
    backend.get_vpc(vpc_id)
    groups = [each for each in backend.groups.get(vpc_id, {}).values() if not each.is_default]
    acls = [each for each in backend.network_acls.values() if each.vpc_id == vpc_id]
    gateways = [each for each in backend.internet_gateways.values() if each.vpc and each.vpc.id == vpc_id]
    endpoints = [each for each in backend.vpc_end_points.values() if each.vpc_id == vpc_id]
    if groups or gateways or endpoints or any(not each.default for each in acls):
        raise DependencyViolationError(f"The vpc '{vpc_id}' has dependencies and cannot be deleted.")
    if backend.describe_subnets(filters={"vpc-id": [vpc_id]}) or len(_tables(backend, vpc_id)) > 1:
        raise DependencyViolationError(f"The vpc '{vpc_id}' has dependencies and cannot be deleted.")
    for group in list(backend.groups.pop(vpc_id, {}).values()):
        group.is_default = False
    for acl in acls:
        del backend.network_acls[acl.id]
    return _DELETE_VPC(backend, vpc_id)


def _tables(backend: Any, vpc_id: str) -> list[Any]:
    return [each for each in backend.route_tables.values() if each.vpc_id == vpc_id]


def _detach(backend: Any, internet_gateway_id: str, vpc_id: str) -> None:
    """Not as long as addresses of the VPC are mapped through it."""
    mapped = [each for each in backend.addresses if each.eni and each.eni.subnet.vpc_id == vpc_id]
    if mapped:
        text = f"Network {vpc_id} has some mapped public address(es). Please unmap those public address(es) before "
        raise DependencyViolationError(f"{text}detaching the gateway.")
    _DETACH(backend, internet_gateway_id, vpc_id)


def _release(backend: Any, address: str | None = None, allocation_id: str | None = None) -> None:
    """Not one that is in use."""
    found = backend.address_by_allocation([allocation_id]) if allocation_id else []
    if found and found[0].association_id:
        text = f"Address with allocation id {allocation_id} is in use and cannot be released."
        raise EC2ClientError("InvalidIPAddress.InUse", text)
    _RELEASE(backend, address, allocation_id)


def _associate(backend: Any, route_table_id: str, gateway_id: str | None = None, subnet_id: str | None = None) -> Any:
    """A subnet has one table; moto answers the association with another one."""
    for table in backend.route_tables.values():
        if subnet_id and table.id != route_table_id and subnet_id in table._associations.values():
            text = f"the specified association for route table {route_table_id} conflicts with an existing association"
            raise EC2ClientError("Resource.AlreadyAssociated", text)
    return _ASSOCIATE(backend, route_table_id, gateway_id, subnet_id)
