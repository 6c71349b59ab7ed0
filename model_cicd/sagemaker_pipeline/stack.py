"""The stack of the module `sagemaker-pipeline`: all of it in one account and region."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import aws_cdk as cdk
from constructs import Construct

from model_cicd.aws.resources import MODELS, RUNS, RegistryStore, Sharing
from model_cicd.constructs import definition as definitions
from model_cicd.constructs.approvers import pipeline_starting, registry_approval
from model_cicd.constructs.assets import PublishedFile, publish
from model_cicd.constructs.iam import managed_policy
from model_cicd.constructs.parameters import parameters
from model_cicd.constructs.registry import Registry, default_lifecycle, model_package_group
from model_cicd.constructs.stack import ModuleStack
from model_cicd.pipeline.compile import compile_pipeline
from model_cicd.pipeline.environment import PipelineEnvironment
from model_cicd.sagemaker_pipeline import definition as texts
from model_cicd.sagemaker_pipeline.declared_role import declared_role
from model_cicd.sagemaker_pipeline.lifecycle import configured_lifecycle
from model_cicd.sagemaker_pipeline.outputs import module_metadata, published_facts
from model_cicd.sagemaker_pipeline.read import PipelineModule
from model_cicd.sagemaker_pipeline.topology import PipelineTopology
from model_cicd.text.errors import ModelCicdError
from model_cicd.text.inert_json import inert_json


@dataclass(frozen=True)
class _Key:
    """The key of the bucket; what CloudFormation has still to find out stands in its templates as a reference."""

    arn: str
    id: str


class SagemakerPipelineStack(ModuleStack):
    """Registry, execution role, pipeline, and what is published about them.

    `files` maps the local files of the configuration to their paths. `key_arn` is the ARN of the module's own key where
    it is known already. A large definition goes through S3, where CloudFormation puts nothing in its places: without
    the ARN the stack has everything but the pipeline, which model_cicd.sagemaker_pipeline.definition_key sees.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        topology: PipelineTopology,
        module: PipelineModule,
        files: Mapping[str, Path],
        key_arn: str | None,
    ) -> None:
        super().__init__(
            scope,
            name=topology.stack_name,
            topology=topology,
            place=topology.place,
            description=topology.description,
        )
        self._topology = topology
        self._sharing = Sharing((*topology.own_consumers, *topology.consumers), topology.organization_id)
        published = {
            name: publish(self, f"File{number}", path=path, named=True)
            for number, (name, path) in enumerate(files.items())
        }
        self._config = module.published({name: file.uri for name, file in published.items()})
        key = self._store()
        self._model_package_group()
        execution_role = self._role(key)
        text, waits = self._definition(topology.store.key_arn or key_arn)
        if not waits:
            self._pipeline(text, key, published).add_resource_dependency(execution_role)
        self._policies()
        self._publish(key)

    def _store(self) -> _Key:
        topology, store = self._topology, self._topology.store
        if store.key_arn is not None:
            return _Key(store.key_arn, store.key_arn.rpartition("/")[2])
        assert store.key_alias is not None
        registry = Registry(
            self,
            "Registry",
            store=RegistryStore(topology.place, store.bucket, store.key_alias, topology.execution_role),
            description=topology.pipeline.name,
            lifecycle_rules=[*default_lifecycle(), *configured_lifecycle(self._config.pipeline.storage)],
            sharing=self._sharing,
            access_logs=topology.s3_access_logs_bucket,
        )
        return _Key(registry.key_arn, registry.key_id)

    def _model_package_group(self) -> None:
        topology = self._topology
        if topology.group is not None and topology.create_group:
            model_package_group(
                self,
                "ModelPackageGroup",
                models=topology.group,
                place=topology.place,
                description=topology.pipeline.name,
                sharing=self._sharing,
            )

    def _definition(self, key_arn: str | None) -> tuple[str, bool]:
        """The definition as text, and whether it has to wait until the ARN of its key is known."""
        compiled = compile_pipeline(self._config, self._environment(key_arn or texts.UNKNOWN_KEY))
        text = inert_json(compiled)
        size = len(text.encode())
        if size > texts.LARGEST:
            limit = f"expected at most {texts.LARGEST} (CreatePipeline takes no more)"
            raise ModelCicdError(f"the pipeline's definition has {size} bytes, {limit}")
        return text, texts.is_large(text) and key_arn is None

    def _role(self, key: _Key) -> cdk.CfnResource:
        topology = self._topology
        return declared_role(
            self,
            name=topology.execution_role.name,
            description=f"Runs the jobs of {topology.pipeline.name}",
            config=self._config,
            environment=self._environment(key.arn),
        )

    def _environment(self, key_arn: str) -> PipelineEnvironment:
        topology, place = self._topology, self._topology.place
        return PipelineEnvironment(
            place=place,
            dns_suffix=place.dns_suffix,
            region=place.region,
            pipeline_name=topology.pipeline.name,
            role_arn=topology.execution_role.arn,
            bucket=topology.store.bucket.name,
            kms_key=key_arn,
            runs=RUNS,
            models=MODELS,
        )

    def _pipeline(self, text: str, key: _Key, published: Mapping[str, PublishedFile]) -> cdk.CfnResource:
        topology, pipeline = self._topology, self._config.pipeline
        if texts.is_large(text):
            place = self._publish_definition(text)
            definition = definitions.in_s3(place.bucket, place.key)
        else:
            definition = definitions.inline(text, texts.UNKNOWN_KEY, key.arn)
        return definitions.pipeline(
            self,
            "Pipeline",
            name=topology.pipeline.name,
            description=pipeline.description or topology.description,
            options=definitions.Options(pipeline.display_name, pipeline.max_parallel_steps, pipeline.tags),
            role_arn=topology.execution_role.arn,
            definition=definition,
            published={name: file.uri for name, file in published.items()},
        )

    def _publish_definition(self, text: str) -> PublishedFile:
        import tempfile

        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, "definition.json")
            path.write_text(text, encoding="utf-8")
            return publish(self, "Definition", path=path)

    def _policies(self) -> None:
        topology, group = self._topology, self._topology.group
        managed_policy(
            self,
            "Starter",
            name=topology.starter.name,
            description=f"Starts {topology.pipeline.name}",
            statements=pipeline_starting(topology.pipeline.arn),
        )
        if group is not None:
            managed_policy(
                self,
                "Approver",
                name=topology.approver.name,
                description=f"Approves and rejects the models of {group.name}",
                statements=registry_approval(group),
            )

    def _publish(self, key: _Key) -> None:
        topology = self._topology
        parameters(self, path=topology.parameter_path, values=published_facts(topology, key.id))
        metadata = module_metadata(topology, key_id=key.id, key_arn=key.arn)
        cdk.CfnOutput(self, "metadata", value=json.dumps(metadata), description="Module metadata")
