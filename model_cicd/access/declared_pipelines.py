"""Pipelines that a manifest declares, with what their steps do, from their definitions, compiled as they will run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from model_cicd.access.rule_scopes import AUTOPILOT, IN_SUBNETS, LOCAL_DATA, LOCAL_SCRIPTS, PULLS, REPORTS
from model_cicd.aws.object_keys import named_key
from model_cicd.aws.place import Place
from model_cicd.pipeline.compile import compile_pipeline
from model_cicd.pipeline.environment import PipelineEnvironment, network
from model_cicd.pipeline.execution_role_actions import ExecutionRoleActions, execution_role_actions, steps_of
from model_cicd.pipeline.fields import LocalFile
from model_cicd.pipeline.permissions import own_prefixes
from model_cicd.pipeline.schema import PipelineConfig
from model_cicd.pipeline.steps import automl
from model_cicd.pipeline.walk import find
from model_cicd.sagemaker_model_cicd.declared_pipelines import group_config
from model_cicd.sagemaker_model_cicd.topology import GroupTopology, Topology
from model_cicd.sagemaker_pipeline.definition import UNKNOWN_KEY, is_large
from model_cicd.sagemaker_pipeline.environment import local_paths
from model_cicd.sagemaker_pipeline.read import PipelineModule
from model_cicd.sagemaker_pipeline.topology import PipelineTopology
from model_cicd.text.inert_json import inert_json

#: the kind of a role that is made for exactly the steps of one pipeline
DECLARED_ROLE = "role of declared steps"


@dataclass(frozen=True)
class DeclaredPipeline:
    """One pipeline: what its steps do; in its bucket, what stands before the keys of its `outputs` and `uploads`.

    `steps` are its steps in order, each a line; `large` says that its definition is published beside the template.
    """

    role_actions: ExecutionRoleActions
    outputs: tuple[str, ...]
    uploads: frozenset[str]
    steps: tuple[str, ...]
    large: bool

    @property
    def does(self) -> frozenset[str]:
        """What the role of the steps does, as `scope` of expected.yaml has it."""
        role_actions = self.role_actions
        words: Mapping[str, bool] = {
            IN_SUBNETS: bool(role_actions.subnets),
            PULLS: any(".dkr.ecr." in each for each in role_actions.images),
            **{word: kind in role_actions.reports for kind, word in REPORTS.items()},
            AUTOPILOT: automl.JOB in role_actions.makes,
            LOCAL_SCRIPTS: "code/" in self.uploads,
            LOCAL_DATA: "data/" in self.uploads,
        }
        return frozenset(word for word, true in words.items() if true)


def of_module(
    topology: PipelineTopology, module: PipelineModule, directory: Path, assets: str, key_arn: str
) -> DeclaredPipeline:
    """The pipeline of the module `sagemaker-pipeline`.

    Local files start from `directory` and are published in the bucket `assets`; `key_arn` is the key of the outputs.
    """
    return _declared(*module_compiled_with(topology, module, directory, assets, key_arn))


def module_compiled_with(
    topology: PipelineTopology, module: PipelineModule, directory: Path, assets: str, key_arn: str
) -> tuple[PipelineConfig, PipelineEnvironment]:
    """What the pipeline of the module `sagemaker-pipeline` is compiled with."""
    paths = local_paths(module.config, directory)
    config = module.published({name: f"s3://{assets}/{named_key(path)}" for name, path in paths.items()})
    environment = PipelineEnvironment(
        place=Place("", topology.place.account, topology.place.region),
        pipeline_name=topology.pipeline.name,
        region=topology.place.region,
        role_arn=topology.execution_role.arn,
        bucket=topology.store.bucket.name,
        kms_key=key_arn,
    )
    return config, environment


def of_group(topology: Topology, group: GroupTopology, key_arn: str) -> DeclaredPipeline | None:
    """The pipeline that a deployment group declares; None where it is the repository's own."""
    made = compiled_with(topology, group, key_arn)
    return _declared(*made) if made else None


def compiled_with(
    topology: Topology, group: GroupTopology, key_arn: str
) -> tuple[PipelineConfig, PipelineEnvironment] | None:
    """What the pipeline that a deployment group declares is compiled with."""
    if group.pipeline_config is None:
        return None
    account, region = group.build.account, group.build.region
    config = group_config(group.pipeline_config, group.pipeline_parameters, account=account, region=region)
    environment = PipelineEnvironment(
        place=Place("", account, region),
        pipeline_name=group.sagemaker_pipeline.name,
        region=region,
        role_arn=group.registry.execution_role.arn,
        bucket=group.registry.bucket.name,
        kms_key=key_arn,
        model_package_group_name=group.models.name,
        network=network(group.network.vpc.subnet_ids, group.network.vpc.security_group_ids),
        files={
            str(each): f"s3://{group.registry.bucket.name}/{each.prefix}/some/{each.relative}"
            for _, each in find(config, LocalFile)
        },
    )
    return config, environment


def _declared(config: PipelineConfig, environment: PipelineEnvironment) -> DeclaredPipeline:
    uploads = frozenset(f"{each.prefix}/" for _, each in find(config, LocalFile))
    definition = compile_pipeline(config, environment)
    steps = tuple(f"{each['Name']} ({each['Type']})" for each in steps_of(definition))
    # as the module measures it, which does not know the key
    text = inert_json(definition)
    large = is_large(text.replace(environment.kms_key, UNKNOWN_KEY) if environment.kms_key else text)
    role_actions = execution_role_actions(definition)
    role_actions.reads |= {f"s3://{name}/": None for name in config.additional_read_bucket_names}
    return DeclaredPipeline(role_actions, tuple(own_prefixes(config, environment)), uploads, steps, large)
