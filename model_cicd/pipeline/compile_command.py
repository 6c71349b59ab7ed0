"""The command line of `model-cicd compile`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_cicd.text.errors import ModelCicdError

if TYPE_CHECKING:
    from model_cicd.pipeline.assets import Asset

TARGETS = ("json", "cloudformation", "terraform")
DRAWINGS = ("svg", "mermaid")


#: the options that say where the pipeline runs, and what counts without them
OPTIONS = {
    "--pipeline-name": "name of the SageMaker pipeline (default: projectName)",
    "--region": "region; needed by short forms of images such as xgboost:1.7-1",
    "--account": "account that the pipeline runs in; what {{account}} stands for",
    "--bucket": "bucket of code, data, outputs and models (default: the definition's parameter ArtifactBucket)",
    "--kms-key": "key of outputs and volumes (default: the bucket's own)",
    "--role-arn": "role of the jobs (default: the pipeline's own)",
    "--model-package-group": "group of registered models that name none (default: projectName)",
}


def register(subparsers: Any) -> None:
    """Add `compile` to the commands; what it needs is imported when it runs."""
    parser = subparsers.add_parser(
        "compile",
        help="compile a pipeline YAML to SageMaker's definition, CloudFormation or Terraform, or draw it",
        description="Compile a pipeline YAML, without AWS, environment variables or a clock: the same file and options "
        "give the same bytes.",
    )
    parser.add_argument("pipeline", metavar="FILE", type=Path)
    parser.add_argument("--to", choices=TARGETS, default="json", help="what to write (default: json, the definition)")
    parser.add_argument("--graph", choices=DRAWINGS, help="draw the steps instead")
    parser.add_argument(
        "--param", metavar="N=V", action="append", default=[], help="default of the parameter N, or value of {{N}}"
    )
    parser.add_argument("-o", "--output", metavar="OUT", type=Path, help="write to a file instead of standard output")
    parser.add_argument("--assets", metavar="FILE.json", type=Path, help="write which local files belong to which URIs")
    for option, what in OPTIONS.items():
        parser.add_argument(option, metavar="VALUE", default="", help=what)
    parser.set_defaults(handler=_run)


def _run(options: argparse.Namespace) -> int:
    from model_cicd.aws.place import Place
    from model_cicd.pipeline.build import build
    from model_cicd.pipeline.environment import PipelineEnvironment
    from model_cicd.pipeline.run_parameters import parse_assignments

    built = build(
        options.pipeline,
        target=options.graph or options.to,
        given=parse_assignments(options.param, "--param"),
        environment=PipelineEnvironment(
            pipeline_name=options.pipeline_name,
            region=options.region,
            place=Place("", options.account, options.region),
            bucket=options.bucket,
            kms_key=options.kms_key,
            role_arn=options.role_arn,
            model_package_group_name=options.model_package_group,
        ),
    )
    for warning in built.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    if options.assets:
        _write_assets(built.assets, options.assets)
    if options.output:
        _write(built.text, options.output)
    else:
        print(built.text, end="")
    return 0


def _write_assets(found: Sequence[Asset], path: Path) -> None:
    """The S3 URI of each local file, and the file; directories are packed into archives beside `path`."""
    listed: dict[str, str] = {}
    for asset in found:
        file = asset.path
        if asset.packed is not None:
            file = path.with_name(f"{path.stem}-{asset.key.replace('/', '-')}")
            try:
                file.write_bytes(asset.packed)
            except OSError as error:
                raise ModelCicdError(f"{file}: cannot be written: {error.strerror}") from None
        listed[asset.uri] = str(file)
    _write(json.dumps(listed, indent=2) + "\n", path)


def _write(text: str, path: Path) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ModelCicdError(f"{path}: cannot be written: {error.strerror}") from None
