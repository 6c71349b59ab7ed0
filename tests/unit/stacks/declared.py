"""Synthesizes the module sagemaker-pipeline in this process."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from model_cicd.settings.seedfarmer import variable

ACCOUNT, REGION = "111111111111", "eu-west-1"
PREPROD, PROD = "222222222222", "333333333333"
ORGANIZATION = "o-a1b2c3d4e5"

Parameters = dict[str, Any]
#: a definition as SageMaker takes it, for `definitionFile`
RAW_DEFINITION = Path(__file__).parents[2] / "data" / "definitions" / "raw.json"
RAW: Parameters = {"projectName": "price", "modelPackageGroupName": "prices", "definitionFile": "raw.json"}


def training(**more: Any) -> dict[str, Any]:
    return {
        "imageUri": "xgboost:1.7-1",
        "instanceType": "ml.m5.xlarge",
        "hyperparameters": {"num_round": 5},
        "inputChannels": [{"channelName": "train", "stepOutput": "Prepare.train"}],
        **more,
    }


PREPARE: dict[str, Any] = {
    "imageUri": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/prepare:1",
    "instanceType": "ml.m5.xlarge",
    "scriptS3Uri": "file:prepare.py",
    "inputs": [{"inputName": "raw", "s3Uri": "s3://raw-data/prices/"}],
    "outputs": [{"outputName": "train"}],
}
REGISTER: dict[str, Any] = {
    "imageUri": "xgboost:1.7-1",
    "modelDataStep": "Train",
    "contentTypes": ["text/csv"],
    "responseTypes": ["text/csv"],
}
PARAMETERS: Parameters = {
    "projectName": "price",
    "domainId": "d-one",
    "domainArn": "arn:{{partition}}:sagemaker:{{region}}:{{account}}:domain/d-one",
    "modelPackageGroupName": "prices",
    "preProdAccountId": PREPROD,
    "prodAccountId": PROD,
    "pipeline": {
        "steps": [
            {"name": "Prepare", "type": "Processing", "processing": PREPARE},
            {"name": "Train", "type": "Training", "training": training()},
            {"name": "Register", "type": "RegisterModel", "register": REGISTER},
        ]
    },
}


TYPES = Path(__file__).parents[2] / "golden" / "cases" / "types.yaml"


def every_type() -> Parameters:
    """A pipeline with every type of step, in this account and region."""
    text = TYPES.read_text(encoding="utf-8").replace("111122223333", ACCOUNT).replace("us-east-1", REGION)
    found: Parameters = yaml.safe_load(text)
    return found


@dataclass(frozen=True)
class Declared:
    """The synthesized stack, and the topology it is made from."""

    directory: Path
    topology: Any
    template: dict[str, Any]

    @property
    def definition(self) -> dict[str, Any]:
        """The pipeline's definition; the key's ARN stands in it as `KEY`."""
        (pipeline,) = [r for r in self.template["Resources"].values() if r["Type"] == "AWS::SageMaker::Pipeline"]
        given = pipeline["Properties"]["PipelineDefinition"]
        if "PipelineDefinitionS3Location" in given:
            key = given["PipelineDefinitionS3Location"]["Key"]
            text = (self.directory / f"asset.{key}").read_text()
        else:
            body = given["PipelineDefinitionBody"]
            text = (
                body
                if isinstance(body, str)
                else "".join(part if isinstance(part, str) else "KEY" for part in body["Fn::Join"][1])
            )
        found: dict[str, Any] = json.loads(text)
        return found


def environment(parameters: Mapping[str, Any], module: str) -> dict[str, str]:
    """What Seed-Farmer and the CDK command set."""
    env = {
        "SEEDFARMER_PROJECT_NAME": "shop",
        "SEEDFARMER_DEPLOYMENT_NAME": "models",
        "SEEDFARMER_MODULE_NAME": module,
        "CDK_DEFAULT_ACCOUNT": ACCOUNT,
        "CDK_DEFAULT_REGION": REGION,
    }
    values = {name: value if isinstance(value, str) else json.dumps(value) for name, value in parameters.items()}
    return env | {variable(name): value for name, value in values.items()}


def synthesize(
    parameters: Mapping[str, Any],
    directory: Path,
    context: Mapping[str, str] | None = None,
    *,
    module: str = "training-prices",
) -> Declared:
    """The module with `parameters`, its bundle and assembly below `directory`, with real cdk-nag."""
    from model_cicd.constructs.app import synth

    app, topology = _app(parameters, directory, context, module)
    synth(app)
    out = directory / "cdk.out"
    return Declared(out, topology, json.loads((out / f"{topology.stack_name}.template.json").read_text()))


def make_app(parameters: Mapping[str, Any], directory: Path) -> Any:
    """The module's app, which writes to `directory / "cdk.out"`."""
    directory.mkdir()
    return _app(parameters, directory, None, "training-prices")[0]


def _app(
    parameters: Mapping[str, Any], directory: Path, context: Mapping[str, str] | None, module: str
) -> tuple[Any, Any]:
    from model_cicd.sagemaker_pipeline import app as pipeline_app
    from model_cicd.sagemaker_pipeline.environment import local_paths, read_environment
    from model_cicd.sagemaker_pipeline.topology import build_pipeline

    (directory / "prepare.py").write_text("print('ready')\n")
    shutil.copy(RAW_DEFINITION, directory / "raw.json")
    read, where, files = read_environment(environment(parameters, module), directory)
    topology = build_pipeline(read.head, read.options, where)
    paths = local_paths(read.config, files)
    return pipeline_app.make_app(topology, read, paths, outdir=str(directory / "cdk.out"), context=context), topology
