"""The regions AWS has, the partition each belongs to, and which services of AWS some of them lack.

From service_regions.json, which scripts/service_regions.py makes: importing botocore costs more than a whole check. A
region that is newer than the data is refused: renew it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

_DATA = json.loads(Path(__file__).with_name("service_regions.json").read_text(encoding="utf-8"))

#: region name -> partition name
PARTITION_OF: Mapping[str, str] = MappingProxyType(
    {region: partition for partition, regions in _DATA["regions"].items() for region in regions}
)
_LACKING: Mapping[str, frozenset[str]] = {name: frozenset(regions) for name, regions in _DATA["lacking"].items()}
#: partitions in which CodePipeline has no action that deploys with CloudFormation
#: https://docs.amazonaws.cn/en_us/codepipeline/latest/userguide/integrations-action-type.html
_NO_CLOUDFORMATION_ACTION = ("aws-cn",)
CLOUDFORMATION_ACTION = "CodePipeline's CloudFormation action"

_DNS_SUFFIXES = {
    "aws-cn": "amazonaws.com.cn",
    "aws-eusc": "amazonaws.eu",
    "aws-iso": "c2s.ic.gov",
    "aws-iso-b": "sc2s.sgov.gov",
    "aws-iso-e": "cloud.adc-e.uk",
    "aws-iso-f": "csp.hci.ic.gov",
}

_CONSOLES = {"aws-cn": "console.amazonaws.cn", "aws-us-gov": "console.amazonaws-us-gov.com"}


def dns_suffix(partition: str) -> str:
    """The domain of the service endpoints of `partition`."""
    return _DNS_SUFFIXES.get(partition, "amazonaws.com")


def console(partition: str, region: str) -> str:
    """The address of AWS's console for a region, without a slash at its end."""
    return f"https://{region}.{_CONSOLES.get(partition, 'console.aws.amazon.com')}"


def partition_of(region: object) -> str | None:
    """The partition of a region that there is, or None."""
    return PARTITION_OF.get(region) if isinstance(region, str) else None


def lacking(region: str, services: Iterable[str]) -> list[str]:
    """Those of `services` (names as AWS writes them) that `region` does not have, in their order."""
    return [
        each
        for each in services
        if region in _LACKING.get(each, ())
        or (each == CLOUDFORMATION_ACTION and partition_of(region) in _NO_CLOUDFORMATION_ACTION)
    ]


def missing_services(region: str, services: Iterable[str], what: str) -> str | None:
    """What is wrong with a region that needs `services` because of `what`; None when nothing is."""
    missing = lacking(region, services)
    if not missing:
        return None
    return f"got {region!r}, which has no {' and no '.join(missing)}; expected a region with it, because {what}"
