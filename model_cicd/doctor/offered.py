"""Which AWS services a region has, from botocore's data of endpoints; nothing is asked of AWS for that."""

from __future__ import annotations

import functools
from typing import Any

from model_cicd.doctor.look import Look

#: what every region has, whatever the data say
_ALWAYS = frozenset({"cloudformation", "iam", "sts"})


def check(look: Look) -> None:
    """Every service that the manifest uses here."""
    place = look.site.place
    missing = [each for each in sorted(look.site.services - _ALWAYS) if place.region not in regions(each)]
    for service in missing:
        look.stops(f"AWS has no {service} in {place.region}, choose a region that has it")
    if not missing:
        look.fine(f"{place.region} has the {len(look.site.services)} services that are used here")


@functools.cache
def regions(service: str) -> frozenset[str]:
    """The regions of every partition that have a service (boto3's name)."""
    session = _session()
    partitions = session.get_available_partitions()
    return frozenset(region for each in partitions for region in session.get_available_regions(service, each))


@functools.cache
def _session() -> Any:
    import botocore.session

    return botocore.session.Session()
