"""Ids and attributes of stand-ins: the same for the same resource, in the form that AWS's schema wants.

What forms there are beyond the schema's patterns is taken from the services' own documentation of their return values.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Collection, Iterator
from functools import cached_property
from typing import Any

from rehearsal.cloudformation.provider import Call
from rehearsal.cloudformation.stand_ins.checks import node_at
from rehearsal.cloudformation.stand_ins.patterns import matching

# What ARNs and hosts call a service where it is not the type's own word
_SERVICES = {
    "amazonmq": "mq", "cognito": "cognito-idp", "docdb": "rds", "efs": "elasticfilesystem",
    "elasticloadbalancingv2": "elasticloadbalancing", "emr": "elasticmapreduce", "emrcontainers": "emr-containers",
    "emrserverless": "emr-serverless", "msk": "kafka", "mwaa": "airflow", "neptune": "rds",
    "opensearchserverless": "aoss", "opensearchservice": "es", "servicecatalogappregistry": "servicecatalog",
    "certificatemanager": "acm",
}  # fmt: skip
# What stands in an ARN before the id, by the end of the type's name, where it is not that name in kebab case
_ARNS = {
    "RDS::DBInstance": "db:", "RDS::DBCluster": "cluster:", "Neptune::DBInstance": "db:",
    "Neptune::DBCluster": "cluster:", "DocDB::DBInstance": "db:", "DocDB::DBCluster": "cluster:",
    "RDS::DBSubnetGroup": "subgrp:", "EMRServerless::Application": "/applications/",
    "ElasticLoadBalancingV2::LoadBalancer": "loadbalancer/app/stand-in/",
}  # fmt: skip
_ARN_ENDS = {"ECS::TaskDefinition": ":1"}
# ARNs of other services, by the end of the attribute's name
_OTHER_ARNS = {
    "LogGroupArn": "logs:{region}:{account}:log-group:", "KmsKeyArn": "kms:{region}:{account}:key/",
    "SecretArn": "secretsmanager:{region}:{account}:secret:", "RoleArn": "iam::{account}:role/",
}  # fmt: skip
# What ids of other services begin with
_IDS = {
    "AccessPointId": "fsap-", "AllocationId": "eipalloc-", "ClusterSecurityGroupId": "sg-", "FileSystemId": "fs-",
    "InstanceId": "i-", "LaunchTemplateId": "lt-", "NetworkInterfaceId": "eni-", "RootVolumeId": "fsvol-",
    "SecurityGroupId": "sg-", "SubnetId": "subnet-", "VolumeId": "vol-", "VpcEndpointId": "vpce-", "VpcId": "vpc-",
}  # fmt: skip
_OWN_IDS = {
    "EFS::FileSystem": "fs-",
    "FSx::FileSystem": "fs-",
    "EFS::AccessPoint": "fsap-",
    "EFS::MountTarget": "fsmt-",
}
_PORTS = {"mysql": "3306", "mariadb": "3306", "postgres": "5432", "sqlserver": "1433", "oracle": "1521"}
_SERVICE_PORTS = {"Neptune": "8182", "DocDB": "27017", "ElastiCache": "6379", "Redshift": "5439", "MemoryDB": "6379"}
_TIME = "2024-01-01T00:00:00Z"
_LIMIT = 63


class Invention:
    """The id and the attributes of one resource; `fixed` are the properties that cannot change in place."""

    def __init__(self, schema: dict[str, Any], call: Call, *, fixed: Collection[str]) -> None:
        self._schema, self._call = schema, call
        self._type = str(schema["typeName"])
        self._word, self._kind = self._type.split("::")[1:3]
        kept = {name: call.properties.get(name) for name in sorted(fixed)}
        told = (call.account, call.region, call.stack, call.logical_id, json.dumps(kept, sort_keys=True, default=str))
        self._seed = "|".join(told)

    @cached_property
    def id(self) -> str:
        """What Ref gives: the values of the type's primary identifier."""
        names = [path.removeprefix("/properties/") for path in self._schema.get("primaryIdentifier", [])]
        return "|".join(self._part(name.replace("/", ".")) for name in names) or self._name

    def attribute(self, path: str) -> Any:
        """What GetAtt gives of a read-only property."""
        node = node_at(self._schema, path) or {}
        if node.get("type") == "array":
            return [self._value(path, node)]
        if node.get("type") in ("integer", "number"):
            return int(self._port) if path.endswith("Port") else 1
        return False if node.get("type") == "boolean" else self._value(path, node)

    def _part(self, path: str) -> str:
        given = self._call.properties.get(path)
        if given is not None:
            return str(given)
        read_only = f"/properties/{path}" in self._schema.get("readOnlyProperties", [])
        node = node_at(self._schema, path) or {}
        return self._value(path, node) if read_only else self._fitting(node, [self._name, self._name.lower()])

    def _value(self, path: str, node: dict[str, Any]) -> str:
        if "enum" in node:
            return str(node["enum"][0])
        return self._fitting(node, list(self._candidates(path, node)))

    def _fitting(self, node: dict[str, Any], candidates: list[str]) -> str:
        """The first of the candidates that the schema allows, else what its pattern makes."""
        limit, pattern = int(node.get("maxLength", 2048)), str(node.get("pattern") or "")
        short = [each[:limit] for each in candidates]
        for each in short if pattern else ():
            try:
                if re.search(pattern, each):
                    return each
            except re.error:
                return each
        made = matching(pattern, self._hex(64)) if pattern else None
        return short[0] if made is None else made[:limit]

    def _candidates(self, path: str, node: dict[str, Any]) -> Iterator[str]:
        *above, name = path.split(".")
        if name.lower().endswith("arn"):
            yield from self._arns(name)
        if node.get("format") == "date-time" or name.endswith(("Time", "Timestamp", "Date")):
            yield _TIME
        if name.endswith("Port"):
            yield self._port
        if name == "OpenIdConnectIssuerUrl":
            yield f"https://oidc.eks.{self._call.region}.{self._suffix}/id/{self._hex(32).upper()}"
        if name.endswith(("Url", "URL", "Uri")):
            yield f"https://{self._host(name)}"
        if name == "Endpoint" and self._word == "EKS":
            yield f"https://{self._host(name)}"
        if name.endswith("Data"):
            yield base64.b64encode(b"a stand-in: no certificate").decode()
        if name.endswith("AvailabilityZone"):
            yield f"{self._call.region}a"
        if name.endswith(("Id", "ID")):
            yield self._identifier(name)
        if any(word in "".join((*above[-1:], name)) for word in ("Endpoint", "Address", "DNS", "Dns", "Host")):
            yield self._host(name)
        if "Version" in name:
            yield "1"
        if name.endswith(("Status", "State")):
            yield "ACTIVE"
        yield self._name
        yield self._identifier(name)

    def _identifier(self, name: str) -> str:
        if "HostedZone" in name:
            return f"Z{self._hex(13, name).upper()}"
        own = _OWN_IDS.get(f"{self._word}::{self._kind}") if name in ("Id", f"{self._kind}Id") else None
        prefix = own or next((each for end, each in _IDS.items() if name.endswith(end)), "")
        return f"{prefix}{self._hex(17, name)}"

    def _arns(self, name: str) -> Iterator[str]:
        """The ARN of the resource itself, or of another one, in the forms that there are."""
        call, service = self._call, _SERVICES.get(self._word.lower(), self._word.lower())
        for end, other in _OTHER_ARNS.items():
            if name.endswith(end) and end != f"{self._kind}Arn":
                yield f"arn:{call.partition}:{other.format(region=call.region, account=call.account)}{self._name}"
        own = name.lower() in ("arn", f"{self._kind.lower()}arn", "resourcearn")
        kind = _kebab(self._kind if own else re.sub("(?i)arn$", "", name))
        before = _ARNS.get(f"{self._word}::{self._kind}", f"{kind}/") if own else f"{kind}/"
        names = [path.removeprefix("/properties/") for path in self._schema.get("primaryIdentifier", [])]
        known = own and not any(each.lower().endswith("arn") for each in names)
        token = self.id if known else self._hex(17, name)
        place = f"arn:{call.partition}:{service}:{call.region}:{call.account}"
        yield f"{place}:{before}{token}{_ARN_ENDS.get(f'{self._word}::{self._kind}', '') if own else ''}"
        yield f"{place}:/{kind}s/{token}"

    def _host(self, name: str) -> str:
        service = _SERVICES.get(self._word.lower(), self._word.lower())
        return f"{self._name.lower()}.{self._hex(12, name)}.{self._call.region}.{service}.{self._suffix}"

    @property
    def _suffix(self) -> str:
        return "amazonaws.com.cn" if self._call.partition == "aws-cn" else "amazonaws.com"

    @property
    def _port(self) -> str:
        given, engine = self._call.properties.get("Port"), str(self._call.properties.get("Engine", ""))
        of_engine = next((port for word, port in _PORTS.items() if word in engine), None)
        return str(given or of_engine or _SERVICE_PORTS.get(self._word, "443"))

    @cached_property
    def _name(self) -> str:
        call, token = self._call, self._hex(12)
        return f"{call.stack[:24]}-{call.logical_id[:24]}-{token}"[:_LIMIT]

    def _hex(self, length: int, salt: str = "") -> str:
        return hashlib.sha256(f"{self._seed}|{salt}".encode()).hexdigest()[:length]


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()
