"""`model-cicd run --dry-run`: everything that can be known of a run without AWS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from model_cicd.aws.place import Place
from model_cicd.pipeline import assets, run_parameters
from model_cicd.pipeline.checks import parse_config
from model_cicd.pipeline.compile import compile_pipeline
from model_cicd.pipeline.run import RunRequest
from model_cicd.text import source

#: in the place of what only a deployment knows
_REGION, _ACCOUNT, _BUCKET = "us-east-1", "123456789012", "bucket-of-the-registry"


def dry_run(request: RunRequest, show: Callable[[str], None]) -> None:
    """Check the file, its parameters and local files, and compile it; nothing of AWS is asked or started.

    Raises ModelCicdError (ProblemsError for the YAML) for whatever is wrong.
    """
    settings = request.settings
    given = settings.environment
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
    config = parse_config(source.load(request.path), environment.placeholders | dict(request.placeholders))
    values = run_parameters.resolve_parameters(
        config, provenance=settings.provenance, group=settings.parameters, given=request.parameters
    )
    local = run_parameters.local_files(values, config)
    files = assets.collect(config, local.values(), request.path.parent, environment.bucket)
    compile_pipeline(config, replace(environment, files={name: each.uri for name, each in files.items()}))
    show(
        f"{request.path}: {len(config.pipeline.steps)} steps and {len(files)} local files are in order; nothing started"
    )
