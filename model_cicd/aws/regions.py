"""The regions AWS has and the partition each belongs to.

The list of botocore 1.39 and ap-southeast-6; kept as data because importing botocore costs more than a whole check.
A region that is newer than this list is refused: add it here.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_PARTITIONS = {
    "aws": """
        af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2
        ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7
        ca-central-1 ca-west-1 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3
        il-central-1 me-central-1 me-south-1 mx-central-1 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2
    """,
    "aws-cn": "cn-north-1 cn-northwest-1",
    "aws-us-gov": "us-gov-east-1 us-gov-west-1",
    "aws-eusc": "eusc-de-east-1",
    "aws-iso": "us-iso-east-1 us-iso-west-1",
    "aws-iso-b": "us-isob-east-1",
    "aws-iso-e": "eu-isoe-west-1",
    "aws-iso-f": "us-isof-east-1 us-isof-south-1",
}

#: region name -> partition name
PARTITION_OF: Mapping[str, str] = MappingProxyType(
    {region: partition for partition, regions in _PARTITIONS.items() for region in regions.split()}
)

_DNS_SUFFIXES = {
    "aws-cn": "amazonaws.com.cn",
    "aws-eusc": "amazonaws.eu",
    "aws-iso": "c2s.ic.gov",
    "aws-iso-b": "sc2s.sgov.gov",
    "aws-iso-e": "cloud.adc-e.uk",
    "aws-iso-f": "csp.hci.ic.gov",
}


def dns_suffix(partition: str) -> str:
    """The domain of the service endpoints of `partition`."""
    return _DNS_SUFFIXES.get(partition, "amazonaws.com")


def partition_of(region: object) -> str | None:
    """The partition of a region that there is, or None."""
    return PARTITION_OF.get(region) if isinstance(region, str) else None
