"""A release: a candidate's artifacts copied and its specification pointed at the copies. Pure.

What a release is made of is in its metadata: candidate, digest and commit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from model_cicd.aws import images
from model_cicd.aws.resources import MODELS
from model_cicd.pipeline.serving import RELEASE_OF
from model_cicd.promotion.artifact import Location, in_registry, location
from model_cicd.promotion.plan import Plan
from model_cicd.stage_tests.bundle import PROPERTY
from model_cicd.text.errors import ModelCicdError

#: names in a release's metadata
CANDIDATE, DIGEST, COMMIT = "Candidate", "Digest", "CommitId"
#: copies what is at the first location to the second and gives back its digest
Copy = Callable[[Location, Location], str]


@dataclass(frozen=True)
class Release:
    """A version of the group of releases, what it was made of, and the digests of that and of its suites, if any."""

    arn: str
    candidate: int
    digest: str
    suites: str = ""


@dataclass(frozen=True)
class Artifact:
    """What a container reads from S3: `path` are the keys in its description that lead to the URI."""

    container: int
    path: tuple[str, ...]
    at: Location


def description(version: int) -> str:
    """The description of the release of a version, by which it is found."""
    return f"{RELEASE_OF}{version}"


def artifacts(containers: Sequence[Mapping[str, Any]]) -> list[Artifact]:
    """All that the containers read from S3. Raises ModelCicdError for what a release cannot take along."""
    found = []
    for number, container in enumerate(containers):
        if container.get("AdditionalS3DataSource"):
            raise ModelCicdError(
                f"container {number} has an AdditionalS3DataSource, which a release cannot take along: put the files "
                "into the model's artifact"
            )
        if container.get("ModelDataUrl"):
            found.append(Artifact(number, ("ModelDataUrl",), location(container["ModelDataUrl"])))
        source = (container.get("ModelDataSource") or {}).get("S3DataSource") or {}
        if source and not container.get("ModelDataUrl"):
            prefix = source.get("S3DataType") == "S3Prefix"
            path = ("ModelDataSource", "S3DataSource", "S3Uri")
            found.append(Artifact(number, path, location(source["S3Uri"], prefix=prefix)))
        for name, value in sorted((container.get("Environment") or {}).items()):
            if value.startswith("s3://"):  # such as the code of script mode, SAGEMAKER_SUBMIT_DIRECTORY
                found.append(Artifact(number, ("Environment", name), location(value)))
    return found


def allowed(containers: Sequence[Mapping[str, Any]], plan: Plan) -> None:
    """Raises ModelCicdError for an image or artifact that a release of the group may not have."""
    for number, container in enumerate(containers):
        image = container.get("Image") or ""
        arn = images.repository_arn(image)
        account = arn.split(":")[4] if arn else ""
        if arn is None or not (account in images.aws_accounts(plan.region) or arn in plan.image_repositories):
            named = ", ".join(plan.image_repositories) or "which names none"
            raise ModelCicdError(
                f"the image of container {number}, {image or 'none'}, is neither of an account of AWS's in "
                f"{plan.region} nor of a repository in the setting imageRepositories ({named})"
            )
    for artifact in artifacts(containers):
        in_registry(artifact.at, plan.registry_bucket, plan.artifacts)


def target(artifact: Artifact, version: int, plan: Plan) -> Location:
    """Where the copy of an artifact of a version is: a folder for each candidate, container and use."""
    use = "" if artifact.path[0] != "Environment" else f"{artifact.path[1]}/"
    folder = f"{MODELS}{version}/{artifact.container}/{use}"
    name = "" if artifact.at.prefix else artifact.at.key.rpartition("/")[2]
    return Location(plan.release_bucket, folder + name, artifact.at.prefix)


def released(containers: Sequence[Mapping[str, Any]], version: int, plan: Plan, copy: Copy) -> tuple[list[Any], str]:
    """The containers with their artifacts copied, and the digest of all of them.

    It is the artifact's own where there is one; of several, that of their digests, one a line, in order.
    """
    made: list[Any] = [dict(each) for each in containers]
    digests = []
    for artifact in artifacts(containers):
        to = target(artifact, version, plan)
        digests.append(copy(artifact.at, to))
        _put(made[artifact.container], artifact.path, str(to))
    for each in made:
        each.pop("ModelDataETag", None)
        if "ModelDataUrl" in each:
            each.pop("ModelDataSource", None)
    if len(digests) == 1:
        return made, digests[0]
    return made, f"sha256:{hashlib.sha256(chr(10).join(digests).encode()).hexdigest()}"


def _put(container: dict[str, Any], path: Sequence[str], uri: str) -> None:
    *parents, last = path
    here = container
    for key in parents:
        here[key] = dict(here[key])
        here = here[key]
    here[last] = uri


def request(
    described: Mapping[str, Any], containers: Sequence[Any], release: Release, plan: Plan, baselines: Mapping[str, Any]
) -> dict[str, Any]:
    """The parameters of CreateModelPackage for the release of a candidate as DescribeModelPackage has it.

    `baselines` are the drift baselines of the release, empty where nobody monitors.
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackage.html
    """
    properties = dict(described.get("CustomerMetadataProperties") or {})
    # what the version was registered with: who approves may have changed the metadata since
    properties.pop(PROPERTY, None)
    own = {CANDIDATE: str(release.candidate), DIGEST: release.digest}
    if release.suites:
        own[PROPERTY] = release.suites
    # a model package has at most 50 of them, and those of a release come first
    kept = dict(list(properties.items())[: 50 - len(own)])
    return {
        "ModelPackageGroupName": plan.release_group,
        "ModelPackageDescription": description(release.candidate),
        "ModelApprovalStatus": "Approved",
        "InferenceSpecification": {**described["InferenceSpecification"], "Containers": list(containers)},
        "CustomerMetadataProperties": {**kept, **own},
        **({"DriftCheckBaselines": dict(baselines)} if baselines else {}),
        "ClientToken": hashlib.sha256(f"{plan.release_group}/{release.candidate}".encode()).hexdigest()[:36],
    }
