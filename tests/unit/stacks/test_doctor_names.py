"""The names that doctor looks for are those that the stacks give, each in its stack."""

from __future__ import annotations

from typing import Any

from model_cicd.access.modules import DeclaredModule, GroupsModule
from model_cicd.doctor import site as kinds
from model_cicd.doctor.needs import of_groups, of_pipeline
from model_cicd.sagemaker_pipeline.environment import read_environment

from .conftest import ROOT, Assembly
from .declared import PARAMETERS, Declared, environment

#: type and property of what a stack gives a name to, by kind
TYPES = {
    "AWS::CodeCommit::Repository": ("RepositoryName", kinds.REPOSITORY),
    "AWS::CodePipeline::Pipeline": ("Name", kinds.PIPELINE),
    "AWS::Events::Rule": ("Name", kinds.RULE),
    "AWS::IAM::ManagedPolicy": ("ManagedPolicyName", kinds.POLICY),
    "AWS::IAM::Role": ("RoleName", kinds.ROLE),
    "AWS::S3::Bucket": ("BucketName", kinds.BUCKET),
    "AWS::SageMaker::Endpoint": ("EndpointName", kinds.ENDPOINT),
    "AWS::SageMaker::ModelPackageGroup": ("ModelPackageGroupName", kinds.MODEL_GROUP),
    "AWS::SageMaker::Pipeline": ("PipelineName", kinds.SAGEMAKER_PIPELINE),
}


def named(template: dict[str, Any], stack: str) -> set[tuple[str, str, str]]:
    found = set()
    for resource in template["Resources"].values():
        if resource["Type"] in TYPES:
            key, kind = TYPES[resource["Type"]]
            if key in resource["Properties"]:
                found.add((kind, str(resource["Properties"][key]), stack))
    return found


def test_every_name_that_a_stack_gives_is_looked_for(assembly: Assembly) -> None:
    wanted = {
        (each.kind, each.name, each.stack)
        for site in of_groups(GroupsModule(assembly.topology, ROOT))
        for each in site.wanted
    }
    given = {name for stack, template in assembly.templates.items() for name in named(template, stack)}
    stacks = {stack for _, _, stack in given}
    assert {each for each in wanted if each[2] in stacks} == given
    endpoints = {each for each in wanted if each[2] not in stacks}  # which promotions deploy
    assert {kind for kind, _, _ in endpoints} == {kinds.ENDPOINT, kinds.ROLE}


def test_every_name_of_a_declared_pipeline_is_looked_for(declared: Declared) -> None:
    directory = declared.directory.parent
    read, _, files = read_environment(environment(PARAMETERS, "training-prices"), directory)
    module = DeclaredModule(declared.topology, read, files)
    wanted = {(each.kind, each.name, each.stack) for each in of_pipeline(module).wanted}
    assert wanted == named(declared.template, declared.topology.stack_name)
