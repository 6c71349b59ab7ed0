"""The regions there are: nothing else in a request is taken for one."""

from __future__ import annotations

import functools

import botocore.session

PARTITIONS = ("aws", "aws-cn", "aws-us-gov")


@functools.cache
def known() -> frozenset[str]:
    """The names of all regions of `PARTITIONS` that botocore knows."""
    session = botocore.session.Session()
    return frozenset(name for each in PARTITIONS for name in session.get_available_regions("ec2", each))
