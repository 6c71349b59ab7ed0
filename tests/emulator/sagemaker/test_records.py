"""What SageMaker only keeps: experiments, lineage, images, versions of pipelines; and Search over all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rehearsal.embedded_aws import EmbeddedAws
from tests.emulator.conftest import ACCOUNTS, REGION
from tests.emulator.roles import almighty, trusting

STEP = {"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}}


@pytest.fixture(scope="module")
def sagemaker(world: EmbeddedAws) -> Any:
    return world.client("sagemaker", account=ACCOUNTS[0], region=REGION)


@pytest.fixture(scope="module")
def role(world: EmbeddedAws) -> str:
    iam = world.client("iam", account=ACCOUNTS[0], region=REGION)
    return almighty(iam, "records", trusting("sagemaker.amazonaws.com"))


def code(caught: pytest.ExceptionInfo[ClientError]) -> str:
    return str(caught.value.response["Error"]["Code"])


def test_experiments_have_trials_and_trials_have_components(sagemaker: Any) -> None:
    arn = sagemaker.create_experiment(ExperimentName="e", Description="d", Tags=[{"Key": "k", "Value": "v"}])
    assert arn["ExperimentArn"].endswith(":experiment/e")
    with pytest.raises(ClientError, match="already exists") as caught:  # what the SDK's load_or_create looks for
        sagemaker.create_experiment(ExperimentName="e")
    assert code(caught) == "ValidationException"
    sagemaker.create_trial(TrialName="t", ExperimentName="e")
    sagemaker.create_trial_component(TrialComponentName="c", Parameters={"rate": {"NumberValue": 0.5}})
    sagemaker.associate_trial_component(TrialName="t", TrialComponentName="c")
    sagemaker.update_trial_component(TrialComponentName="c", Parameters={"depth": {"NumberValue": 3}},
                                     Status={"PrimaryStatus": "Completed"})  # fmt: skip
    described = sagemaker.describe_trial_component(TrialComponentName="c")
    assert set(described["Parameters"]) == {"rate", "depth"}
    assert described["DisplayName"] == "c"
    sagemaker.update_trial_component(TrialComponentName="c", ParametersToRemove=["rate"])
    assert set(sagemaker.describe_trial_component(TrialComponentName="c")["Parameters"]) == {"depth"}
    for wanted in ({"TrialName": "t"}, {"ExperimentName": "e"}, {}):
        found = sagemaker.list_trial_components(**wanted)["TrialComponentSummaries"]
        assert [each["TrialComponentName"] for each in found] == ["c"], wanted
    assert [each["TrialName"] for each in sagemaker.list_trials(TrialComponentName="c")["TrialSummaries"]] == ["t"]
    assert sagemaker.list_tags(ResourceArn=arn["ExperimentArn"])["Tags"] == [{"Key": "k", "Value": "v"}]
    with pytest.raises(ClientError, match="has trials"):
        sagemaker.delete_experiment(ExperimentName="e")
    sagemaker.disassociate_trial_component(TrialName="t", TrialComponentName="c")
    sagemaker.delete_trial(TrialName="t")
    sagemaker.delete_trial_component(TrialComponentName="c")
    sagemaker.delete_experiment(ExperimentName="e")
    with pytest.raises(ClientError) as caught:
        sagemaker.describe_experiment(ExperimentName="e")
    assert code(caught) == "ResourceNotFound"


def test_lineage_is_kept_and_connected(sagemaker: Any) -> None:
    source = {"SourceUri": "s3://b/model.tar.gz"}
    artifact = sagemaker.create_artifact(ArtifactName="m", ArtifactType="Model", Source=source)["ArtifactArn"]
    context = sagemaker.create_context(ContextName="c", ContextType="Endpoint", Source={"SourceUri": "e"})["ContextArn"]
    sagemaker.create_action(ActionName="a", ActionType="Deploy", Source={"SourceUri": "e"}, Properties={"x": "1"})
    sagemaker.add_association(SourceArn=artifact, DestinationArn=context, AssociationType="ContributedTo")
    (found,) = sagemaker.list_associations(SourceArn=artifact)["AssociationSummaries"]
    assert (found["DestinationArn"], found["AssociationType"]) == (context, "ContributedTo")
    (listed,) = sagemaker.list_artifacts(SourceUri=source["SourceUri"])["ArtifactSummaries"]
    assert (listed["ArtifactArn"], listed["ArtifactName"]) == (artifact, "m")
    assert sagemaker.describe_artifact(ArtifactArn=artifact)["Source"] == source
    assert not sagemaker.list_contexts(ContextType="Other")["ContextSummaries"]
    sagemaker.delete_association(SourceArn=artifact, DestinationArn=context)
    with pytest.raises(ClientError) as caught:
        sagemaker.delete_association(SourceArn=artifact, DestinationArn=context)
    assert code(caught) == "ResourceNotFound"
    with pytest.raises(ClientError, match="does not exist"):
        sagemaker.add_association(SourceArn=artifact, DestinationArn=context.replace("/c", "/absent"))


def test_images_have_versions_and_none_without(sagemaker: Any, role: str) -> None:
    with pytest.raises(sagemaker.exceptions.ResourceNotFound):  # what AWS's own project templates ask first
        sagemaker.describe_image_version(ImageName="our-training-image")
    sagemaker.create_image(ImageName="i", RoleArn=role, DisplayName="ours")
    with pytest.raises(sagemaker.exceptions.ResourceNotFound):
        sagemaker.describe_image_version(ImageName="i")
    base = f"{ACCOUNTS[0]}.dkr.ecr.{REGION}.amazonaws.com/ours"
    for tag in ("1", "2"):
        sagemaker.create_image_version(ImageName="i", BaseImage=f"{base}:{tag}", ClientToken=tag, Aliases=[f"a{tag}"])
    newest = sagemaker.describe_image_version(ImageName="i")
    assert (newest["Version"], newest["ContainerImage"]) == (2, f"{base}:2")
    assert sagemaker.describe_image_version(ImageName="i", Alias="a1")["Version"] == 1
    assert [each["Version"] for each in sagemaker.list_image_versions(ImageName="i")["ImageVersions"]] == [2, 1]
    sagemaker.update_image(ImageName="i", DeleteProperties=["DisplayName"])
    assert "DisplayName" not in sagemaker.describe_image(ImageName="i")
    with pytest.raises(sagemaker.exceptions.ResourceInUse):
        sagemaker.delete_image(ImageName="i")
    for number in (1, 2):
        sagemaker.delete_image_version(ImageName="i", Version=number)
    sagemaker.delete_image(ImageName="i")
    assert not sagemaker.list_images()["Images"]


def test_each_update_of_a_pipeline_makes_a_version(sagemaker: Any, role: str) -> None:
    def definition(message: str) -> str:
        return json.dumps({"Version": "2020-12-01", "Steps": [STEP | {"Arguments": {"ErrorMessage": message}}]})

    sagemaker.create_pipeline(PipelineName="p", PipelineDefinition=definition("one"), RoleArn=role,
                              ClientRequestToken="t" * 32)  # fmt: skip
    assert sagemaker.update_pipeline(PipelineName="p", PipelineDefinition=definition("two"))["PipelineVersionId"] == 2
    arn = sagemaker.describe_pipeline(PipelineName="p")["PipelineArn"]
    sagemaker.update_pipeline_version(PipelineArn=arn, PipelineVersionId=1, PipelineVersionDescription="first")
    found = sagemaker.list_pipeline_versions(PipelineName="p")["PipelineVersionSummaries"]
    assert [each["PipelineVersionId"] for each in found] == [2, 1]
    assert found[1]["PipelineVersionDescription"] == "first"
    assert "one" in sagemaker.describe_pipeline(PipelineName="p", PipelineVersionId=1)["PipelineDefinition"]
    assert "two" in sagemaker.describe_pipeline(PipelineName="p")["PipelineDefinition"]
    run = sagemaker.start_pipeline_execution(PipelineName="p", PipelineVersionId=1)["PipelineExecutionArn"]
    ran = sagemaker.describe_pipeline_definition_for_execution(PipelineExecutionArn=run)["PipelineDefinition"]
    assert "one" in ran
    assert sagemaker.describe_pipeline_execution(PipelineExecutionArn=run)["PipelineVersionId"] == 1
    with pytest.raises(ClientError) as caught:
        sagemaker.describe_pipeline(PipelineName="p", PipelineVersionId=9)
    assert code(caught) == "ResourceNotFound"


def test_search_finds_what_is_described(sagemaker: Any) -> None:
    for name in ("find-a", "find-b", "other"):
        sagemaker.create_experiment(ExperimentName=name, Description=name.upper())

    def found(*conditions: tuple[str, str, str], operator: str = "And", **more: Any) -> list[str]:
        filters = [{"Name": name, "Operator": how, "Value": value} for name, how, value in conditions]
        expression = {"Filters": filters, "Operator": operator} if filters else {}
        answer = sagemaker.search(Resource="Experiment", SearchExpression=expression, SortBy="ExperimentName",
                                  SortOrder="Ascending", **more)  # fmt: skip
        return [each["Experiment"]["ExperimentName"] for each in answer["Results"]]

    assert found() == ["find-a", "find-b", "other"]
    assert found(("ExperimentName", "Contains", "find")) == ["find-a", "find-b"]
    assert found(("ExperimentName", "Contains", "find"), ("Description", "NotEquals", "FIND-A")) == ["find-b"]
    assert found(("ExperimentName", "Equals", "other"), ("Description", "Equals", "FIND-A"), operator="Or") == [
        "find-a",
        "other",
    ]
    assert found(("CreationTime", "GreaterThan", "2100-01-01T00:00:00Z")) == []
    assert sagemaker.search(Resource="FeatureGroup")["Results"] == []
    with pytest.raises(ClientError, match="does not support Search for PipelineExecution"):
        sagemaker.search(Resource="PipelineExecution")


def test_of_what_nobody_can_make_there_are_empty_lists(sagemaker: Any) -> None:
    assert sagemaker.list_domains()["Domains"] == []
    assert sagemaker.list_feature_groups()["FeatureGroupSummaries"] == []
    with pytest.raises(ClientError, match="does not support sagemaker CreateFeatureGroup") as caught:
        sagemaker.create_feature_group(
            FeatureGroupName="f",
            RecordIdentifierFeatureName="r",
            EventTimeFeatureName="e",
            FeatureDefinitions=[{"FeatureName": "r", "FeatureType": "String"}],
        )
    assert code(caught) == "UnknownOperationException"
