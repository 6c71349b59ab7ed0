"""`model-cicd run --dry-run`: everything that can be known of a run without AWS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from model_cicd.aws.place import Place
from model_cicd.pipeline.run import RunRequest, prepare

#: in the place of what only a deployment knows
_REGION, _ACCOUNT, _BUCKET = "us-east-1", "123456789012", "bucket-of-the-registry"


def dry_run(request: RunRequest, show: Callable[[str], None]) -> None:
    """Check the file, its parameters and local files, and compile it; nothing of AWS is asked or started.

    Raises ModelCicdError (ProblemsError for the YAML) for whatever is wrong.
    """
    given = request.settings.environment
    region = given.region or _REGION
    place = Place("aws", _ACCOUNT, region)
    environment = replace(
        given,
        place=place if not given.place.account else given.place,
        region=region,
        pipeline_name=given.pipeline_name or "dry-run",
        role_arn=given.role_arn or place.arn("iam", "role/training"),
        bucket=given.bucket or _BUCKET,
        kms_key=given.kms_key or "alias/registry",
        model_package_group_name=given.model_package_group_name or "models",
    )
    ready = prepare(request, environment)
    ready.definition(environment)
    show(
        f"{request.path}: {len(ready.config.pipeline.steps)} steps and {len(ready.files)} local files are in order; "
        "nothing started"
    )
