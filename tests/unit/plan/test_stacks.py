"""What happens to resources: hand-made templates, one kind of change each."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from model_cicd.access.assembly import Stack
from model_cicd.plan import stacks
from model_cicd.plan.costs import cost_changes
from model_cicd.plan.near_limits import near_limits
from model_cicd.plan.records import ADDED, CHANGED, REMOVED, REPLACED, ResourceChange
from model_cicd.plan.side import Owner
from model_cicd.plan.stacks import resource_changes, stack_changes

ROOT = Path(__file__).parents[3]
Resources = dict[str, dict[str, Any]]


def stack(resources: Resources, name: str = "one", **parameters: str) -> Stack:
    declared = {key: {"Type": "String"} for key in parameters}
    return Stack(name, "111111111111", "eu-west-1", {"Parameters": declared, "Resources": resources}, parameters)


def bucket(name: str, **more: Any) -> dict[str, Any]:
    retained = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    return {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name, **more}, **retained}


def changes(before: Resources, after: Resources) -> list[ResourceChange]:
    return list(resource_changes(stack(before), stack(after)))


def only(before: Resources, after: Resources) -> ResourceChange:
    (change,) = changes(before, after)
    return change


def test_the_file_of_replacements_is_that_of_cfn_lint() -> None:
    spec = importlib.util.spec_from_file_location("resource_schemas", ROOT / "scripts" / "resource_schemas.py")
    assert spec and spec.loader
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    written = Path(stacks.__file__).with_name("replacements.json").read_text(encoding="utf-8")
    assert written == script.replacements(), "run scripts/resource_schemas.py"


def test_equal_templates_are_no_change() -> None:
    one = {"Bucket": bucket("a")}
    assert changes(one, one) == []
    assert list(stack_changes([(Owner(), stack(one))], [(Owner(), stack(one))])) == []


def test_metadata_and_the_form_of_a_parameter_are_no_change() -> None:
    before = stack({"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Ref": "Name"}}}}, Name="news")
    after = stack(
        {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "news"}, "Metadata": {"aws:cdk:path": "x"}}}
    )
    assert list(resource_changes(before, after)) == []


def test_what_a_repository_starts_with_counts_once() -> None:
    def repository(branch: str) -> Resources:
        code = {"BranchName": branch, "S3": {"Bucket": "assets", "Key": f"{branch}.zip"}}
        return {"It": {"Type": "AWS::CodeCommit::Repository", "Properties": {"RepositoryName": "code", "Code": code}}}

    assert changes(repository("main"), repository("dev")) == []


def test_a_property_that_is_changed_in_place() -> None:
    change = only({"Bucket": bucket("a")}, {"Bucket": bucket("a", Tags=[{"Key": "team", "Value": "x"}])})
    assert (change.what, change.name, change.note) == (CHANGED, "a", "")
    assert [(each.path, each.before) for each in change.properties] == [("Tags", "")]


def test_a_property_that_only_a_new_resource_can_have_replaces_it_and_says_what_is_lost() -> None:
    change = only({"Bucket": bucket("a")}, {"Bucket": bucket("b")})
    assert (change.what, change.name, change.kept, change.fails) == (REPLACED, "a -> b", True, False)
    assert change.note == "the new one starts empty; the old one, a, stays with its objects, outside of every stack"
    bare = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/a"}}
    lost = only({"Log": bare}, {"Log": {**bare, "Properties": {"LogGroupName": "/b"}}})
    assert (lost.kept, lost.note) == (False, "the new one starts empty, and its log events are lost")


def test_the_name_of_an_endpoint_is_what_its_callers_lose() -> None:
    def endpoint(name: str) -> Resources:
        return {"Endpoint": {"Type": "AWS::SageMaker::Endpoint", "Properties": {"EndpointName": name}}}

    change = only(endpoint("churn"), endpoint("churn-2"))
    assert change.note == "callers have to use the new name, and the old one stops answering"


def test_a_named_resource_that_would_be_replaced_under_its_name_fails_the_apply() -> None:
    def role(path: str) -> Resources:
        return {"Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "worker", "Path": path}}}

    change = only(role("/"), role("/team/"))
    assert (change.what, change.fails) == (REPLACED, True)
    assert "the apply would fail: CloudFormation makes no second AWS::IAM::Role of the same name" in change.note


def test_what_refers_to_a_replaced_resource_in_such_a_property_is_replaced_too() -> None:
    def both(image: str) -> Resources:
        model = {"Type": "AWS::SageMaker::Model", "Properties": {"PrimaryContainer": {"Image": image}}}
        variants = [{"ModelName": {"Fn::GetAtt": ["Model", "ModelName"]}, "VariantName": "all"}]
        config = {"Type": "AWS::SageMaker::EndpointConfig", "Properties": {"ProductionVariants": variants}}
        return {"Model": model, "Config": config}

    model, config = changes(both("a"), both("b"))
    assert (model.what, model.properties[0].path) == (REPLACED, "PrimaryContainer.Image")
    assert (config.what, config.properties[0].path) == (REPLACED, "follows Model")


def test_another_type_under_one_logical_id_replaces() -> None:
    change = only({"It": bucket("a")}, {"It": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "a"}}})
    assert (change.what, change.fails) == (REPLACED, False)


def test_a_type_that_is_not_known_says_so() -> None:
    def thing(size: int) -> Resources:
        return {"Thing": {"Type": "AWS::New::Thing", "Properties": {"Size": size}}}

    assert only(thing(1), thing(2)).note == "whether this replaces it is not known here"


def test_what_leaves_a_stack_is_lost_or_kept() -> None:
    queue = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "news"}}
    kept, lost = changes({"Bucket": bucket("a"), "Topic": queue}, {})
    assert (kept.what, kept.kept, kept.note) == (REMOVED, True, "stays with its objects, outside of every stack")
    assert (lost.what, lost.kept, lost.note) == (REMOVED, False, "lost: its subscriptions")


def test_stacks_that_come_and_go() -> None:
    one, two = stack({"Bucket": bucket("a")}, "one"), stack({"Bucket": bucket("b")}, "two")
    added, removed = stack_changes([(Owner("red"), one)], [(Owner("blue"), two)])
    assert (added.what, added.name, added.group) == (ADDED, "two", "blue")
    assert (removed.what, removed.name, removed.group) == (REMOVED, "one", "red")


def test_long_values_are_cut_around_their_difference() -> None:
    before, after = bucket("a", Note="x" * 200 + "old"), bucket("a", Note="x" * 200 + "new")
    (change,) = only({"Bucket": before}, {"Bucket": after}).properties
    assert change.before.startswith("...") and change.before.endswith("xold")
    assert change.after.endswith("xnew")


def test_json_in_a_text_is_compared_by_its_paths() -> None:
    def pipeline(mse: int) -> Resources:
        body = json.dumps({"Version": "2020-12-01", "Parameters": [{"Name": "MaxMse", "DefaultValue": mse}]})
        properties = {"PipelineName": "churn", "PipelineDefinition": {"PipelineDefinitionBody": body}}
        return {"Pipeline": {"Type": "AWS::SageMaker::Pipeline", "Properties": properties}}

    (change,) = only(pipeline(4000), pipeline(3000)).properties
    assert change.path == "PipelineDefinition.PipelineDefinitionBody.Parameters[0].DefaultValue"
    assert (change.before, change.after) == ("4000", "3000")


def test_policies_are_named_only() -> None:
    def role(action: str) -> Resources:
        policy = {"PolicyName": "p", "PolicyDocument": {"Statement": [{"Action": action}]}}
        return {"Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "worker", "Policies": [policy]}}}

    (change,) = only(role("s3:GetObject"), role("s3:PutObject")).properties
    assert (change.path, change.before, change.after) == ("Policies", "", "")


@pytest.mark.parametrize(("environments", "near"), [(30, False), (45, True), (51, True)])
def test_limits_of_which_four_fifths_are_used(environments: int, near: bool) -> None:
    def pipeline(stages: int) -> Stack:
        made = [{"Name": f"s{each}", "Actions": [{}]} for each in range(stages)]
        return stack({"Pipe": {"Type": "AWS::CodePipeline::Pipeline", "Properties": {"Name": "p", "Stages": made}}})

    found = list(near_limits([pipeline(3)], [pipeline(environments)]))
    assert [(each.what, each.needed, each.before, each.value) for each in found] == (
        [("stages in a pipeline", environments, 3, 50)] if near else []
    )
    assert list(near_limits([pipeline(environments)], [pipeline(environments)])) == []


def test_costs_by_kind_and_count() -> None:
    def endpoint(kind: str, count: int) -> Stack:
        variants = [{"InstanceType": kind, "InitialInstanceCount": count, "ModelName": {"Ref": "Model"}}]
        return stack(
            {"Config": {"Type": "AWS::SageMaker::EndpointConfig", "Properties": {"ProductionVariants": variants}}}
        )

    found = [(each.kind, each.unit, each.before, each.after) for each in cost_changes(
        [endpoint("ml.m5.large", 2)], [endpoint("ml.m5.xlarge", 1)]
    )]  # fmt: skip
    assert found == [
        ("endpoint on ml.m5.large", "instance-hour", 2, 0),
        ("endpoint on ml.m5.xlarge", "instance-hour", 0, 1),
    ]
    assert list(cost_changes([endpoint("ml.m5.large", 1)], [endpoint("ml.m5.large", 1)])) == []


def test_jobs_that_templates_start_cost_while_they_run() -> None:
    cluster = {"InstanceType": "ml.m5.xlarge", "InstanceCount": 2}
    transform = json.dumps({"States": {"Transform": {"Parameters": {"TransformResources": cluster}}}})
    once = {"JobResources": {"ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1}}}
    jobs = stack(
        {
            "Runs": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"DefinitionString": transform}},
            "Drift": {"Type": "AWS::SageMaker::DataQualityJobDefinition", "Properties": once},
        }
    )
    unit = "instance-hour, while it runs"
    assert [(each.kind, each.unit, each.after) for each in cost_changes([], [jobs])] == [
        ("monitoring job on ml.m5.large", unit, 1),
        ("state machine", "requests and duration", 1),
        ("transform job on ml.m5.xlarge", unit, 2),
    ]
