"""A module without `infra-repo`: nothing redeploys it but who applies, and nobody has rights for that."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from model_cicd.sagemaker_model_cicd.topology.outputs import module_metadata
from tests.unit.stacks.conftest import Assembly, Parameters


@pytest.fixture(scope="module")
def without(synthesize: Callable[..., Assembly], parameters: Parameters) -> Assembly:
    return synthesize({name: value for name, value in parameters.items() if name != "infra-repo"})


def test_every_other_stack_is_there(without: Assembly, assembly: Assembly) -> None:
    gone = assembly.topology.tooling.infra_stack_name
    assert set(without.templates) == set(assembly.templates) - {gone}
    manifest = json.loads((without.directory / "manifest.json").read_text(encoding="utf-8"))
    assert gone not in json.dumps(manifest["artifacts"])


def test_the_repository_of_the_training_code_is_the_only_one(without: Assembly, find: Any) -> None:
    made = [each for template in without.templates.values() for each in find(template, "AWS::CodeCommit::Repository")]
    assert [each["Properties"]["RepositoryName"] for each in made] == ["model-build"]


def test_no_role_may_redeploy(without: Assembly, assembly: Assembly) -> None:
    """The bootstrap roles of build accounts are in policies of the redeployment and, for endpoints, of promotions."""

    def assuming(made: Assembly) -> set[str]:
        texts = {name: json.dumps(template) for name, template in made.templates.items()}
        return {name for name, text in texts.items() if "cdk-hnb659fds-file-publishing-role" in text}

    assert assuming(without) == assuming(assembly) - {assembly.topology.tooling.infra_stack_name}
    assert assembly.topology.tooling.infra_stack_name in assuming(assembly)


def test_metadata_and_parameters_name_none(without: Assembly, find: Any) -> None:
    metadata = module_metadata(without.topology)
    assert [metadata[f"Infra{each}"] for each in ("RepositoryName", "PipelineName", "PipelineArn")] == ["", "", ""]
    parameters = [
        each["Properties"]["Name"]
        for template in without.templates.values()
        for each in find(template, "AWS::SSM::Parameter")
    ]
    assert parameters and not [name for name in parameters if "infra" in name]
