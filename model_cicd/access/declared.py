"""The work of pipelines that a manifest declares, from their definitions, compiled as they will run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from model_cicd.access.where import AUTOPILOT, IN_SUBNETS, LOCAL_DATA, LOCAL_SCRIPTS, PULLS, REPORTS
from model_cicd.access.work import Work, work_of
from model_cicd.aws.object_keys import named_key
from model_cicd.aws.place import Place
from model_cicd.pipeline.compile import compile_pipeline
from model_cicd.pipeline.environment import PipelineEnvironment, network
from model_cicd.pipeline.fields import LocalFile
from model_cicd.pipeline.permissions import own_prefixes
from model_cicd.pipeline.schema import PipelineConfig
from model_cicd.pipeline.steps import automl
from model_cicd.pipeline.walk import find
from model_cicd.sagemaker_model_cicd.declared_pipelines import group_config
from model_cicd.sagemaker_model_cicd.topology import GroupTopology, Topology
from model_cicd.sagemaker_pipeline.environment import local_paths
from model_cicd.sagemaker_pipeline.read import PipelineModule
from model_cicd.sagemaker_pipeline.topology import PipelineTopology

#: the kind of a role that is made for exactly the steps of one pipeline
DECLARED_ROLE = "role of declared steps"


@dataclass(frozen=True)
class Declared:
    """The work of one pipeline; in its bucket, what stands before the keys of its `outputs` and of files it uploads."""

    work: Work
    outputs: tuple[str, ...]
    uploads: frozenset[str]

    @property
    def does(self) -> frozenset[str]:
        """What the role of the steps does, as `where` of expected.yaml has it."""
        work = self.work
        words: Mapping[str, bool] = {
            IN_SUBNETS: bool(work.subnets),
            PULLS: any(".dkr.ecr." in each for each in work.images),
            **{word: kind in work.reports for kind, word in REPORTS.items()},
            AUTOPILOT: automl.JOB in work.makes,
            LOCAL_SCRIPTS: "code/" in self.uploads,
            LOCAL_DATA: "data/" in self.uploads,
        }
        return frozenset(word for word, true in words.items() if true)


def of_module(
    topology: PipelineTopology, module: PipelineModule, directory: Path, assets: str, key_arn: str
) -> Declared:
    """The pipeline of the module `sagemaker-pipeline`.

    Local files start from `directory` and are published in the bucket `assets`; `key_arn` is the key of the outputs.
    """
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
    return _declared(config, environment)


def of_group(topology: Topology, group: GroupTopology, key_arn: str) -> Declared | None:
    """The pipeline that a deployment group declares; None where it is the repository's own."""
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
    return _declared(config, environment)


def _declared(config: PipelineConfig, environment: PipelineEnvironment) -> Declared:
    uploads = frozenset(f"{each.prefix}/" for _, each in find(config, LocalFile))
    return Declared(work_of(compile_pipeline(config, environment)), tuple(own_prefixes(config, environment)), uploads)
