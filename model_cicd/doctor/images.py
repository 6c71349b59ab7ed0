"""Images that jobs and endpoints run: there, and in a repository that the caller can see."""

from __future__ import annotations

import re
from contextlib import suppress

from model_cicd.aws.images import aws_accounts
from model_cicd.doctor.look import Look, UnseenError

_URI = re.compile(
    r"(?P<account>[0-9]{12})\.dkr\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.[a-z.]+/(?P<repository>[^:@]+)"
    r"(?::(?P<tag>[\w.-]+))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)


def check(look: Look) -> None:
    """Each image that the manifest names for this account and region."""
    for uri, who in sorted(look.site.images.items()):
        with suppress(UnseenError):
            _image(look, uri, who)


def _image(look: Look, uri: str, who: str) -> None:
    found = _URI.fullmatch(uri)
    if found is None:
        return
    region = look.site.place.region
    if found["region"] != region:
        look.stops(f"{who}: {uri} is in {found['region']}, expected an image of {region}")
        return
    if found["account"] in aws_accounts(region):
        look.fine(f"{who}: {uri} is one of AWS's own")
        return
    image = {"imageDigest": found["digest"]} if found["digest"] else {"imageTag": found["tag"] or "latest"}
    answer = look.ask(
        "ecr",
        "DescribeImages",
        of=f"image {uri}",
        registryId=found["account"],
        repositoryName=found["repository"],
        imageIds=[image],
    )
    if answer is None:
        repository = f"--registry-id {found['account']} --repository-name {found['repository']}"
        mend = f"aws ecr describe-images {repository} --region {region}"
        look.stops(f"{who}: {uri} is not there, push it or choose one that is", mend)
    else:
        look.fine(f"{who}: {uri} is there")
