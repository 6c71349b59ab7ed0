"""Application Auto Scaling: moto's, except that a target must be there. Nothing scales in the embedded AWS."""

from __future__ import annotations

import re
from collections.abc import Mapping

from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.core.utils import get_service_model

from rehearsal.api import Caller, Operation, Params, invalid, unsupported
from rehearsal.operations import nothing
from rehearsal.params import only
from rehearsal.ports import EndpointVariants

_VARIANT = re.compile(r"^endpoint/(?P<endpoint>[^/]+)/variant/(?P<variant>[^/]+)$")
_DIMENSION = "sagemaker:variant:DesiredInstanceCount"
_KNOWN = {"ServiceNamespace", "ResourceId", "ScalableDimension", "MinCapacity", "MaxCapacity", "RoleARN",
          "SuspendedState"}  # fmt: skip
_RUNNING = dict.fromkeys(
    ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended"), False
)


class ApplicationAutoScaling:
    """Registers variants of endpoints that exist; the other operations are moto's."""

    name = "application-autoscaling"
    exclusive = False

    def __init__(self, endpoints: EndpointVariants) -> None:
        self._endpoints = endpoints

    def operations(self) -> Mapping[str, Operation]:
        """API name -> method; other operations are left to moto."""
        return {"RegisterScalableTarget": self.register} | nothing(
            get_service_model("application-autoscaling"), "DescribeScalingActivities"
        )

    def register(self, caller: Caller, params: Params) -> Params:
        """Make a target, or change its numbers.

        Raises ApiError ValidationException for what is no variant of instances of an endpoint of the account.
        https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-prerequisites.html
        """
        only(params, _KNOWN, "RegisterScalableTarget")
        resource, dimension = params["ResourceId"], params["ScalableDimension"]
        if params["ServiceNamespace"] != "sagemaker" or dimension != _DIMENSION:
            what = f"{params['ServiceNamespace']} {dimension}"
            raise unsupported(f"scaling {what}: {_DIMENSION} only")
        self._check(caller, resource)
        backend = applicationautoscaling_backends[caller.account][caller.region]
        low, high = params.get("MinCapacity"), params.get("MaxCapacity")
        if low is not None and high is not None and low > high:
            raise invalid("Maximum capacity cannot be less than minimum capacity")
        target = backend.register_scalable_target(
            "sagemaker",
            resource,
            dimension,
            low,
            high,
            params.get("RoleARN", ""),
            {**_RUNNING, **params.get("SuspendedState", {})},
        )
        return {"ScalableTargetARN": target.arn}

    def _check(self, caller: Caller, resource: str) -> None:
        found = _VARIANT.match(resource)
        if found is None:
            raise invalid(f"Unsupported service namespace, resource type or scalable dimension: {resource}")
        variants = self._endpoints.serverless_variants(caller.account, caller.region, found["endpoint"])
        if found["variant"] not in variants:
            raise invalid(f"Could not find endpoint variant: {resource}")
        if variants[found["variant"]]:
            raise invalid(f"Serverless variants are not scaled by their number of instances: {resource}")
