"""Code on GitHub from a push to serving: one group by a connection and a pipeline, one by a workflow with its token."""

from __future__ import annotations

import pytest

from tests.e2e.by_hand import Kept

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("github")]

BUILD = "123456789012"  # of the group that a workflow trains


def test_both_ways_lead_to_every_environment(at_github: Kept) -> None:
    groups = {each["group"]: each for each in at_github.report["groups"]}
    assert {name: each["trainer"] for name, each in groups.items()} == {
        "connected": "CodePipeline",
        "actions": "GitHub Actions",
    }
    assert groups["actions"]["pipeline"] == "acme/price-model .github/workflows/train.yml"
    for each in groups.values():
        assert each["pipeline_status"] == "Succeeded"
        assert {place["version"] for place in each["environments"]} == {each["version"]}
        assert 0 < each["value"] <= each["threshold"]
    assert [place["name"] for place in groups["connected"]["environments"]] == ["train", "approval", "live"]
    assert [place["name"] for place in groups["actions"]["environments"]] == ["lab", "try-out"]


def test_nothing_was_denied_and_the_role_was_taken_with_a_token(at_github: Kept) -> None:
    output, report = at_github.output, at_github.report
    assert report["iam"]["denied"] == []
    (role,) = (each for each in report["iam"]["roles"] if each.endswith("-actions-start"))
    assert role.split(":")[4] == BUILD
    assert report["iam"]["roles"][role]["used"]["sagemaker:StartPipelineExecution"]
    assert "workflows of the stand-in GitHub" in " ".join(output.split())
