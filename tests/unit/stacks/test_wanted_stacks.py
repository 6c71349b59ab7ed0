"""What `leftovers` takes for wanted is all that a synthesis makes: it would offer to delete anything else."""

from __future__ import annotations

import json

from model_cicd.operate.leftovers_places import ENDPOINT, wanted_stacks

from .conftest import Assembly


def test_every_stack_is_wanted_where_it_is(assembly: Assembly) -> None:
    artifacts = json.loads((assembly.directory / "manifest.json").read_text(encoding="utf-8"))["artifacts"]
    made = {
        (name, each["environment"].removeprefix("aws://"))
        for name, each in artifacts.items()
        if each["type"] == "aws:cloudformation:stack"
    }
    wanted = {
        (name, f"{roles.account}/{roles.region}")
        for name, roles, owner in wanted_stacks(assembly.topology)
        if owner.kind != ENDPOINT
    }
    assert made == wanted


def test_every_stack_is_known_by_its_parameters(assembly: Assembly) -> None:
    """Each has one below the path of its module; that of an identity provider is known by its name."""
    path = f"{assembly.topology.parameter_path}/"
    for name, template in assembly.templates.items():
        parameters = [each for each in template["Resources"].values() if each["Type"] == "AWS::SSM::Parameter"]
        assert [each for each in parameters if each["Properties"]["Name"].startswith(path)], name
