"""What the name of an instance type says about it."""

from __future__ import annotations

import re

#: sizes of instances, for hints only: new ones come
INSTANCE_SIZES = (
    "medium",
    "large",
    "xlarge",
    *(f"{times}xlarge" for times in (2, 4, 8, 9, 10, 12, 16, 18, 24, 32, 48)),
)
#: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html
INSTANCE_TYPE = r"ml\.[a-z]+[0-9]+[a-z0-9-]*\.(?:medium|large|xlarge|[1-9][0-9]*xlarge)"

# Families with instance store volumes: a 'd' after the generation says so (m5d, g4dn, r7gd, p4de), and some have them
# without saying so. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-store-volumes.html
_SAYS_SO = r"[a-z]+[0-9]+[a-z]*d[a-z]*"
_SILENT = r"d[23].*|dl1|f[12]|g[5-9]|g6[ef]|gr6f?|h1|i[2-9].*|p[5-9].*|trn[1-9].*|x1e?"
_STORAGE = re.compile(f"{_SAYS_SO}|{_SILENT}")


def family(instance_type: str) -> str:
    """`m5` of `ml.m5.large`; empty where there is none."""
    return instance_type.partition(".")[2].partition(".")[0]


def has_local_storage(instance_type: str) -> bool:
    """Whether the instance has NVMe volumes of its own, which its hardware encrypts.

    SageMaker refuses a volume key for such instances.
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html
    """
    return _STORAGE.fullmatch(family(instance_type)) is not None


def has_guardrails(instance_type: str) -> bool:
    """Whether SageMaker moves traffic step by step and watches alarms with this type; with Inf1 it does not.

    https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-exclusions.html
    """
    return family(instance_type) != "inf1"


def is_burstable(instance_type: str) -> bool:
    """Whether it is of a family such as T2, whose number SageMaker does not scale.

    https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-add-console.html
    """
    return re.fullmatch(r"t[0-9]+[a-z]*", family(instance_type)) is not None
