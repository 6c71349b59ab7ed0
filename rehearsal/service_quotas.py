"""Service Quotas: what an account may have at most, to be looked at. Nothing here holds a service to it.

The codes, names and numbers of the quotas that do not depend on an instance type are AWS's defaults
(https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html). SageMaker's have a code for each instance
type and use, and accounts differ in them: here the codes are made up, and each is `INSTANCES`.
"""

from __future__ import annotations

import functools
import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.core.utils import get_service_model

from rehearsal.api import ApiError, Caller, Operation, Params
from rehearsal.operations import operations
from rehearsal.params import only

#: instances of one type for one use, as an account has them that is in use for a while
INSTANCES = 20.0
_PAGE = 100
#: SageMaker's enumerations of instance types, and how its quotas call the use of them
_USES = {
    "TrainingInstanceType": ("training job", "spot training job"),
    "ProcessingInstanceType": ("processing job",),
    "TransformInstanceType": ("transform job",),
    "ProductionVariantInstanceType": ("endpoint",),
}


@dataclass(frozen=True)
class Quota:
    """A quota of a service with its default value."""

    code: str
    name: str
    value: float


_DEFAULTS: Mapping[str, tuple[Quota, ...]] = {
    "codebuild": tuple(
        Quota(code, f"Concurrently running builds for Linux/{size} environment", 60.0)
        for code, size in (("L-9D07B6EF", "Small"), ("L-2DC20C30", "Medium"), ("L-4DDC4A99", "Large"))
    ),
    "codepipeline": (Quota("L-78D200AD", "Total pipelines", 1000.0),),
    "events": (Quota("L-244521F2", "Number of rules", 300.0),),
    "iam": (Quota("L-FE177D64", "Roles per account", 1000.0),),
}


class ServiceQuotas:
    """The quotas of every account and region: AWS's defaults, or what `limit` said."""

    name = "servicequotas"
    exclusive = True

    def __init__(self) -> None:
        self._limits: dict[tuple[str, str, str, str], float | None] = {}
        self._lock = threading.Lock()

    def operations(self) -> Mapping[str, Operation]:
        """API name -> method; any other operation is refused by its name."""
        return operations(get_service_model("service-quotas"), self)

    def limit(self, account: str, region: str, service: str, name: str, value: float | None) -> None:
        """Say what the quota `name` of a service is in an account and region; None: it has its default only."""
        with self._lock:
            self._limits[account, region, service, name] = value

    def list_service_quotas(self, caller: Caller, params: Params) -> Params:
        """The quotas of a service as they are. Raises ApiError NoSuchResourceException."""
        only(params, {"ServiceCode", "MaxResults", "NextToken"}, "ListServiceQuotas")
        return self._listed(caller, params, applied=True)

    def list_aws_default_service_quotas(self, caller: Caller, params: Params) -> Params:
        """The quotas of a service as they are before anybody asks for more."""
        only(params, {"ServiceCode", "MaxResults", "NextToken"}, "ListAWSDefaultServiceQuotas")
        return self._listed(caller, params, applied=False)

    def get_service_quota(self, caller: Caller, params: Params) -> Params:
        """One quota as it is."""
        only(params, {"ServiceCode", "QuotaCode"}, "GetServiceQuota")
        return {"Quota": self._one(caller, params, applied=True)}

    def get_aws_default_service_quota(self, caller: Caller, params: Params) -> Params:
        """One quota before anybody asks for more."""
        only(params, {"ServiceCode", "QuotaCode"}, "GetAWSDefaultServiceQuota")
        return {"Quota": self._one(caller, params, applied=False)}

    def _listed(self, caller: Caller, params: Params, *, applied: bool) -> Params:
        first, size = int(params.get("NextToken") or 0), int(params.get("MaxResults") or _PAGE)
        found = _of(params["ServiceCode"])
        shown = [self._shown(caller, params["ServiceCode"], each, applied) for each in found[first : first + size]]
        there = [each for each in shown if each["Value"] is not None]
        return {"Quotas": there, "NextToken": str(first + size) if first + size < len(found) else None}

    def _one(self, caller: Caller, params: Params, *, applied: bool) -> Params:
        service = params["ServiceCode"]
        found = next((each for each in _of(service) if each.code == params["QuotaCode"]), None)
        shown = self._shown(caller, service, found, applied) if found else None
        if shown is None or shown["Value"] is None:
            raise _unknown()
        return shown

    def _shown(self, caller: Caller, service: str, quota: Quota, applied: bool) -> dict[str, Any]:
        key = (caller.account, caller.region, service, quota.name)
        with self._lock:
            value = self._limits.get(key, quota.value) if applied else quota.value
        arn = f"arn:{caller.partition}:servicequotas:{caller.region}:{caller.account}:{service}/{quota.code}"
        return {
            "ServiceCode": service,
            "ServiceName": service,
            "QuotaArn": arn,
            "QuotaCode": quota.code,
            "QuotaName": quota.name,
            "Value": value,
            "Unit": "None",
            "Adjustable": True,
            "GlobalQuota": service == "iam",
        }


def _unknown() -> ApiError:
    return ApiError("NoSuchResourceException", "The request failed because the specified service does not exist.")


def _of(service: str) -> tuple[Quota, ...]:
    if service == "sagemaker":
        return _sagemaker()
    if service not in _DEFAULTS:
        raise _unknown()
    return _DEFAULTS[service]


@functools.cache
def _sagemaker() -> tuple[Quota, ...]:
    model = get_service_model("sagemaker")
    names = [
        f"{type_} for {use} usage"
        for shape, uses in _USES.items()
        for type_ in model.shape_for(shape).enum
        for use in uses
    ]
    return tuple(Quota(f"L-{hashlib.sha256(name.encode()).hexdigest()[:8].upper()}", name, INSTANCES) for name in names)
