"""Which AWS services a region has, from the data that `model-cicd check` reads; nothing is asked of AWS for that."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from model_cicd.aws.regions import CLOUDFORMATION_ACTION, lacking, partition_of
from model_cicd.doctor.look import Look

#: boto3's names of the services that not every region has, as AWS writes them
NAMES = {
    "application-autoscaling": "Application Auto Scaling",
    "codebuild": "CodeBuild",
    "codecommit": "CodeCommit",
    "codepipeline": "CodePipeline",
    "events": "EventBridge",
    "sagemaker": "SageMaker",
    "stepfunctions": "Step Functions",
}


def check(look: Look) -> None:
    """Every service that the manifest uses here."""
    region, services = look.site.place.region, look.site.services
    if partition_of(region) is None:
        look.stops(f"no region is called {region}")
        return
    missing = not_there(region, services)
    for service in missing:
        look.stops(f"AWS has no {service} in {region}, choose a region that has it")
    if not missing:
        look.fine(f"{region} has the {len(services)} services that are used here")


def not_there(region: str, services: Iterable[str]) -> Sequence[str]:
    """Those of `services` (boto3's names) that a region does not have, as AWS writes them."""
    known = [NAMES[each] for each in sorted(services) if each in NAMES]
    return lacking(region, [*known, *([CLOUDFORMATION_ACTION] if "CodePipeline" in known else [])])
