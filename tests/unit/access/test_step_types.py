"""Every type of step passes the gate alone and with every other, in deployment groups as in `sagemaker-pipeline`.

Synthesized once for each module: definition and policy of the execution role are then those of other steps.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from model_cicd.access import differences
from model_cicd.access.assembly import read_assembly
from model_cicd.access.declared_pipelines import DECLARED_ROLE, compiled_with, module_compiled_with
from model_cicd.access.deployment import Deployment, load_pipeline
from model_cicd.access.report import make_report
from model_cicd.access.structure import structure_differences
from model_cicd.access.template_values import key_id
from model_cicd.pipeline.compile import compile_pipeline
from model_cicd.pipeline.permissions import permissions
from model_cicd.sagemaker_model_cicd.topology import Topology
from model_cicd.sagemaker_pipeline.environment import read_environment
from model_cicd.sagemaker_pipeline.topology import build_pipeline
from tests.unit.access.conftest import Parameters, Templates
from tests.unit.stacks import declared

pytestmark = [pytest.mark.xdist_group("access"), pytest.mark.slow]
IMAGE = {"imageUri": "xgboost:1.7-1", "instanceType": "ml.m5.large"}
MONITOR = IMAGE | {"imageUri": "156813124566.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-model-monitor-analyzer:latest"}
CLARIFY = IMAGE | {"imageUri": "205585389593.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-clarify-processing:1.0"}
CHANNELS = [{"channelName": "train", "s3Uri": "s3://types-data/train/"}]
EMR = {"jar": "s3://types-data/job.jar"}
CLUSTER = {
    "ReleaseLabel": "emr-7.0.0",
    "JobFlowRole": "EMR_EC2_DefaultRole",
    "ServiceRole": "EMR_DefaultRole",
    "Instances": {"InstanceGroups": [{"InstanceRole": "MASTER", "InstanceCount": 1, "InstanceType": "m5.xlarge"}]},
}
TRAIN = ("Training", "training", IMAGE | {"hyperparameters": {"num_round": 5}, "inputChannels": CHANNELS})
TUNE = IMAGE | {
    "hyperparameters": {"objective": "reg:squarederror"},
    "inputChannels": CHANNELS,
    "objective": {"metricName": "validation:rmse", "type": "Minimize"},
    "ranges": {"integer": [{"name": "num_round", "minValue": 1, "maxValue": 9}]},
    "maxJobs": 2,
    "maxParallelJobs": 1,
}
#: by name: type, key and configuration of a step that needs no other
STEPS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "Processing": (
        "Processing",
        "processing",
        IMAGE
        | {
            "entrypoint": ["run"],
            "inputs": [{"inputName": "data", "s3Uri": "s3://types-data/table.csv"}],
            "outputs": [{"outputName": "train"}],
        },
    ),
    "Training": TRAIN,
    "Tuning": ("Tuning", "tuning", TUNE),
    "AutoML": (
        "AutoML",
        "automl",
        {"targetAttributeName": "churned", "inputs": [{"s3Uri": "s3://types-data/table.csv"}]},
    ),
    "Transform": (
        "Transform",
        "transform",
        {"modelName": "earlier-model", "instanceType": "ml.m5.large", "s3Uri": "s3://types-data/others"},
    ),
    "CreateModel": ("CreateModel", "model", {"imageUri": "xgboost:1.7-1", "modelDataUrl": "s3://types-data/m.tar.gz"}),
    "RegisterModel": (
        "RegisterModel",
        "register",
        {
            "imageUri": "xgboost:1.7-1",
            "modelDataUrl": "s3://types-data/m.tar.gz",
            "contentTypes": ["text/csv"],
            "responseTypes": ["text/csv"],
        },
    ),
    "QualityCheck": (
        "QualityCheck",
        "qualityCheck",
        MONITOR | {"checkType": "DATA_QUALITY", "s3Uri": "s3://types-data/t"},
    ),
    "ClarifyCheck": (
        "ClarifyCheck",
        "clarifyCheck",
        CLARIFY
        | {
            "checkType": "MODEL_EXPLAINABILITY",
            "s3Uri": "s3://types-data/test.csv",
            "analysisConfig": "s3://types-data/analysis.json",
            "modelName": "earlier-model",
        },
    ),
    "EMR": ("EMR", "emr", EMR | {"clusterId": "j-1ABCDEFGHIJKL"}),
    "EMR of its own": ("EMR", "emr", EMR | {"clusterConfig": CLUSTER}),
    "Lambda": ("Lambda", "lambda", {"functionArn": "arn:aws:lambda:eu-west-1:222222222222:function:notify"}),
    "Callback": (
        "Callback",
        "callback",
        {"sqsQueueUrl": "https://sqs.eu-west-1.amazonaws.com/222222222222/approvals"},
    ),
    "Condition": ("Fail", "fail", {"errorMessage": "no"}),
}
CHOSEN = [*((each,) for each in STEPS), *itertools.combinations(STEPS, 2)]


def pipeline(names: tuple[str, ...]) -> dict[str, Any]:
    steps = []
    for number, name in enumerate(names):
        kind, key, block = STEPS[name]
        steps.append({"name": f"Step{number}", "type": kind, key: block})
        if kind == "Fail":  # which only a condition leads to
            of = [{"operator": "Equals", "value": {"execution": "PipelineName"}, "threshold": "x"}]
            gate = {"conditions": of, "ifSteps": [f"Step{number}"], "elseSteps": []}
            steps.append({"name": "Gate", "type": "Condition", "condition": gate})
    return {"steps": steps}


ROLES = (DECLARED_ROLE, "start role", "pipeline starter", "model role")


def unexpected(deployment: Deployment) -> Iterator[str]:
    """What is not as expected of the role of the steps, and of those that use what the steps make."""
    simulation = deployment.simulation
    roles = [each for each in simulation.principals if each.kind in ROLES]
    for role in roles:
        for cell in differences.gains(simulation.by_principal(role), deployment.expected):
            yield f"{role} gains {cell.grant} on {cell.resource}"
        for document in role.identity:
            yield from deployment.closed_world.of_principal(role, document)
    for need in differences.needs(simulation, deployment.expected):
        if need.principal in roles and not differences.met(simulation, need):
            yield f"{need.principal} lacks {need.grant} on {need.resource}"


def with_statements(stack: str, statements: list[dict[str, Any]]) -> Callable[[Templates], None]:
    def change(templates: Templates) -> None:
        document = {"Version": "2012-10-17", "Statement": statements}
        role = templates[stack]["Resources"]["ExecutionRole"]["Properties"]
        role["Policies"] = [{"PolicyName": "p", "PolicyDocument": document}]

    return change


def without_sessions(stack: str, change: Callable[[Any], None]) -> Callable[[Any], None]:
    """After `change`, the start role as it is where the manifest declares the pipeline."""

    def both(templates: Any) -> None:
        change(templates)
        (policy,) = templates[stack]["Resources"]["StartRole"]["Properties"]["Policies"]
        document = policy["PolicyDocument"]
        by_sid = {each["Sid"]: each for each in document["Statement"]}
        by_sid["Upload"]["Resource"] = by_sid["Read"]["Resource"][:-1]
        left = ("ExecutionRole", "OutputsAreOfJobs", "OwnImages")
        document["Statement"] = [each for each in document["Statement"] if each["Sid"] not in left]

    return both


def test_in_a_deployment_group(
    alter: Callable[..., Deployment], plain: Deployment, parameters: Parameters, topology: Topology
) -> None:
    research = topology.groups[0]
    key = plain.resolved.key_of(research.registry.key_alias.name, research.build.account)
    assert key
    found = {}
    for names in CHOSEN:
        declaring = dataclasses.replace(research, pipeline_config=pipeline(names))
        changed = dataclasses.replace(topology, groups=(declaring, *topology.groups[1:]))

        config, environment = compiled_with(changed, declaring, key) or pytest.fail("declares nothing")
        at = dataclasses.replace(environment, place=topology.place(research.build.account, research.build.region))
        statements = [each.json() for each in permissions(config, at)]
        change = with_statements(research.build_stack_name, statements)
        if lines := [*unexpected(alter(without_sessions(research.build_stack_name, change), changed))]:
            found[names] = lines
    assert found == {}, "\n".join(f"{k} {x}" for k, v in found.items() for x in v)


def test_in_the_module_of_one_pipeline_with_every_other(declare: Callable[..., Deployment], tmp_path: Path) -> None:
    alone = {key: value for key, value in declared.PARAMETERS.items() if not key.endswith("AccountId")}
    made = declared.synthesize({**alone, "pipeline": pipeline(("Processing",))}, tmp_path)
    stack = made.topology.stack_name
    by_type = {each["Type"]: each["Properties"] for each in made.template["Resources"].values()}
    (own,) = read_assembly(made.directory)
    (key,) = (key_id(own, name) for name, each in own.resources.items() if each["Type"] == "AWS::KMS::Key")
    found = {}
    for names in CHOSEN:
        env = declared.environment({**alone, "pipeline": pipeline(names)}, "training-prices")
        read, context, files = read_environment(env, tmp_path)
        topology = build_pipeline(read.head, read.options, context)
        key_arn = topology.place.arn("kms", f"key/{key}")
        config, environment = module_compiled_with(topology, read, files, "published", key_arn)
        at = dataclasses.replace(environment, place=topology.place)
        with_statements(stack, [each.json() for each in permissions(config, at)])({stack: made.template})
        definition = json.dumps(compile_pipeline(config, environment))
        by_type["AWS::SageMaker::Pipeline"]["PipelineDefinition"] = {"PipelineDefinitionBody": definition}
        (made.directory / f"{stack}.template.json").write_text(json.dumps(made.template))
        deployment = load_pipeline(topology, read, files, made.directory)
        structure = structure_differences(deployment.templates.stacks, deployment.templates.structure)
        if lines := [*unexpected(deployment), *structure]:
            found[names] = lines
    assert found == {}, "\n".join(f"{k} {x}" for k, v in found.items() for x in v)


@pytest.mark.parametrize("name", STEPS)
def test_in_the_module_of_one_pipeline(declare: Callable[..., Deployment], name: str) -> None:
    alone = {key: value for key, value in declared.PARAMETERS.items() if not key.endswith("AccountId")}
    report = make_report(declare({**alone, "pipeline": pipeline((name,))}))
    assert [str(each) for each in report.differences] == []
