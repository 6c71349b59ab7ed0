"""The CDK app of the module `sagemaker-pipeline`: input checked first, then App, stack, tags, cdk-nag and synthesis."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from model_cicd.constructs.app import base_app, synth
from model_cicd.sagemaker_pipeline.environment import local_paths, read_environment
from model_cicd.sagemaker_pipeline.read import PipelineModule
from model_cicd.sagemaker_pipeline.topology import PipelineTopology, build_pipeline
from model_cicd.text.errors import ModelCicdError

if TYPE_CHECKING:
    from aws_cdk import App

#: context value: the ARN of the module's own key, where it is made already and the definition has to name it
KEY_ARN = "key-arn"


def run(module: Path, env: Mapping[str, str] = os.environ) -> int:
    """Synthesize the module in the directory `module`; the exit code is 0, or 1 when something is wrong with its input.

    Every problem is printed without a traceback, and nothing of CDK is imported before the input is right.
    """
    try:
        made, context, directory = read_environment(env, module)
        topology = build_pipeline(made.head, made.options, context)
        files = local_paths(made.config, directory)
        synth(make_app(topology, made, files, outdir=env.get("CDK_OUTDIR")))
    except ModelCicdError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def make_app(
    topology: PipelineTopology,
    module: PipelineModule,
    files: Mapping[str, Path],
    *,
    outdir: str | None = None,
    context: Mapping[str, str] | None = None,
) -> App:
    """The app with its one stack; `context` is what `cdk synth --context` gives."""
    import aws_cdk as cdk

    from model_cicd.constructs.retained import retain_data
    from model_cicd.sagemaker_pipeline.stack import SagemakerPipelineStack

    app = base_app(outdir, topology.context.bootstrap_qualifier, context)
    key_arn = app.node.try_get_context(KEY_ARN)
    SagemakerPipelineStack(
        app, topology=topology, module=module, files=files, key_arn=str(key_arn) if key_arn else None
    )
    retain_data(app)
    tags = cdk.Tags.of(app)
    for key, value in topology.tags.items():
        tags.add(key, value)
    return app
