"""AWS's own host names: which of them stand for the embedded AWS, and what a request for one of them means.

Clients that ignore endpoint settings ask there; the way out of cages brings them here.
https://docs.aws.amazon.com/general/latest/gr/rande.html
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from rehearsal import regions
from rehearsal.api import ApiError

_SUFFIX = re.compile(r"\.(?:amazonaws\.com(?:\.cn)?|api\.aws|api\.amazonwebservices\.com\.cn)", re.ASCII)
# where a host's name is not the service's signing name
_PREFIXES = {"api.ecr": "ecr", "api.sagemaker": "sagemaker", "runtime.sagemaker": "sagemaker", "sync-states": "states"}
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
_S3 = re.compile(r"(?:(?P<bucket>.+)\.)?s3(?:-fips)?(?:\.dualstack)?(?:[.-](?P<region>[a-z0-9-]+))?", re.ASCII)


@dataclass(frozen=True)
class Address:
    """What a host name says: the service, the region (None: a global host) and, of S3, the bucket.

    `service` is None where the host is not AWS's but that at which the embedded AWS listens.
    """

    host: str
    service: str | None = None
    region: str | None = None
    bucket: str | None = None

    def refuse_other(self, service: str, region: str) -> None:
        """Raises ApiError for a request that is signed for another service or region than the host's."""
        wanted = (self.service, self.region or region)
        if self.service is not None and (service, region) != wanted:
            text = f"Credential should be scoped to {self.service} in {wanted[1]}, the host is {self.host}"
            raise ApiError("SignatureDoesNotMatch", text, 403)

    def path_style(self, path: str) -> str:
        """The path of a request with the bucket in it, wherever it was."""
        return f"/{self.bucket}{path}" if self.bucket else path


def response_bucket(region: str) -> str:
    """The bucket in which CloudFormation takes the answers of custom resources.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-vpce-bucketnames.html
    """
    return f"cloudformation-custom-resource-response-{region.replace('-', '')}"


def response_host(region: str) -> str:
    """The host of that bucket."""
    return f"{response_bucket(region)}.s3.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}"


def is_aws(host: str) -> bool:
    """Whether a host is one of AWS's."""
    return _split(host) is not None


def address(host: str, services: Collection[str]) -> Address:
    """What the host of a request says. Raises ApiError for one of AWS's at which none of `services` is."""
    host = host.lower()
    name = _split(host)
    if name is None:
        return Address(host)
    found = _S3.fullmatch(name)
    if found and (found["region"] is None or found["region"] in regions.known()):
        return Address(host, "s3", found["region"], found["bucket"])
    label, _, region = name.rpartition(".")
    if region not in regions.known():
        label, region = name, ""
    label = label.removesuffix("-fips")
    service = _PREFIXES.get(label, label)
    if service not in services or service == "s3":
        raise ApiError("UnknownOperationException", f"the embedded AWS has nothing at {host}", 501)
    return Address(host, service, region or None)


def _split(host: str) -> str | None:
    """The name below one of AWS's domains."""
    host = host.lower().removesuffix(":443").rstrip(".")
    found = list(_SUFFIX.finditer(host))
    return host[: found[-1].start()] if found and found[-1].end() == len(host) else None
