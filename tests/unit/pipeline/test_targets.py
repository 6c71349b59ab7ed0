"""Templates and Terraform: valid, least privilege, and no text of a user's is ever substituted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cfnlint.api
import pytest

from model_cicd.pipeline.build import build
from model_cicd.pipeline.environment import PipelineEnvironment
from model_cicd.text.errors import ModelCicdError, ProblemsError

# everything that some target or other takes for a substitution; placeholders ({{...}}) are the format's own
HOSTILE = "${HOME} ${AWS::Region} $${x} $$${x} %{if} %%{y} $%{z} %${z} $ %"
PIPELINE = """projectName: hostile
%sprojectTags
pipeline:
  description: '%s'
  metadata: {note: '%s'}
  steps:
    - name: Prepare
      type: Processing
      processing:
        imageUri: 111122223333.dkr.ecr.{{region}}.amazonaws.com/prepare:1
        instanceType: ml.m5.large
        arguments: ['%s', '{{text}}', 'a$']
        environment: {WHERE: 's3://data-{{account}}/$'}
        outputs: [{outputName: out}]
    - name: Register
      type: RegisterModel
      register:
        imageUri: 111122223333.dkr.ecr.{{region}}.amazonaws.com/prepare:1
        modelDataUrl: s3://data/model.tar.gz
        contentTypes: [text/csv]
        responseTypes: [text/csv]
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "pipeline.yaml"
    found.write_text(PIPELINE.replace("%sprojectTags\n", "") % (HOSTILE, HOSTILE, HOSTILE))
    return found


def written(path: Path, target: str, **environment: Any) -> dict[str, Any]:
    given = {"text": "{ {resolve:ssm:/x} ${y}"} if "{{text}}" in path.read_text() else {}
    built = build(path, target=target, given=given, environment=PipelineEnvironment(**environment))
    return json.loads(built.text)  # type: ignore[no-any-return]


def resolved(value: Any) -> str:
    """Text of a template as CloudFormation makes it, with names in place of what it fills in."""
    match value:
        case str():
            assert "{{resolve:" not in value
            return value
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(resolved(each) for each in parts)
        case {"Ref": name}:
            return f"<{name}>"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"<{name}.{attribute}>"
    raise AssertionError(value)


def texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for each in value.values():
                yield from texts(each)
        case list():
            for each in value:
                yield from texts(each)
        case _:
            return


def evaluated(text: str) -> str:
    """Text of Terraform's JSON as Terraform makes it, with names in place of what it fills in.

    As HCL's scanner reads templates: a sign and whatever follows it, other than a brace, are two letters of text; a
    sign and a brace begin an expression. In text, a sign that stands twice before a brace then stands for itself.
    """
    found, literal, at = "", "", 0
    while at < len(text):
        if text[at] not in "$%":
            literal, at = literal + text[at], at + 1
        elif text[at + 1 : at + 2] != "{":
            literal, at = literal + text[at : at + 2], at + 2
        else:
            expression = re.match(r'\$\{(?:"([$%])"|([a-z0-9_.]+))\}', text[at:])
            assert expression, text[at : at + 40]
            found += unescaped(literal) + (expression[1] or f"<{expression[2]}>")
            literal, at = "", at + expression.end()
    return found + unescaped(literal)


def unescaped(literal: str) -> str:
    return literal.replace("$${", "${").replace("%%{", "%{")


def test_cloudformation_s_definition_is_what_the_user_wrote(path: Path) -> None:
    template = written(path, "cloudformation")
    pipeline = template["Resources"]["Pipeline"]["Properties"]
    body = pipeline["PipelineDefinition"]["PipelineDefinitionBody"]
    assert not [each for each in texts(template) if "${" in each]
    definition = json.loads(resolved(body))
    arguments = definition["Steps"][0]["Arguments"]
    given = "{ {resolve:ssm:/x} ${y}"
    assert arguments["AppSpecification"]["ContainerArguments"] == [HOSTILE, given, "a$"]
    assert arguments["AppSpecification"]["ImageUri"] == "111122223333.dkr.ecr.<AWS::Region>.amazonaws.com/prepare:1"
    assert arguments["Environment"] == {"WHERE": "s3://data-<AWS::AccountId>/$"}
    assert arguments["RoleArn"] == "<ExecutionRole.Arn>"
    assert definition["Metadata"] == {"note": HOSTILE}
    assert resolved(pipeline["PipelineDescription"]) == HOSTILE


def test_terraform_s_definition_is_what_the_user_wrote(path: Path) -> None:
    configuration = written(path, "terraform")
    pipeline = configuration["resource"]["aws_sagemaker_pipeline"]["pipeline"]
    definition = json.loads(evaluated(pipeline["pipeline_definition"]))
    arguments = definition["Steps"][0]["Arguments"]
    assert arguments["AppSpecification"]["ContainerArguments"] == [HOSTILE, "{ {resolve:ssm:/x} ${y}", "a$"]
    assert arguments["Environment"] == {"WHERE": "s3://data-<data.aws_caller_identity.current.account_id>/$"}
    assert evaluated(pipeline["pipeline_description"]) == HOSTILE
    for each in texts(configuration):
        evaluated(each)


def test_a_dollar_before_what_terraform_fills_in_does_not_escape_it(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(
        "projectName: p\npipeline:\n  steps:\n"
        "    - {name: S, type: Fail, fail: {errorMessage: '5$ {{region}} 5${{region}} $${{region}} %{{region}}'}}\n"
        "    - name: C\n      type: Condition\n"
        "      condition: {conditions: [{operator: Equals, value: 1, threshold: 1}], ifSteps: [S]}\n"
    )
    text = written(path, "terraform")["resource"]["aws_sagemaker_pipeline"]["pipeline"]["pipeline_definition"]
    region = "<data.aws_region.current.region>"
    assert f"5$ {region} 5${region} $${region} %{region}" in evaluated(text)


@pytest.mark.parametrize("target", ["cloudformation", "terraform"])
def test_dynamic_references_do_not_come_in_with_values(target: str, tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(PIPELINE.replace("%sprojectTags\n", "") % ("{{text}}", "x", "y"))
    given = {"text": "{{resolve:secretsmanager:s}}"}
    if target == "terraform":
        build(path, target=target, given=given, environment=PipelineEnvironment())
        return
    with pytest.raises(ModelCicdError, match="does not take for a dynamic reference"):
        build(path, target=target, given=given, environment=PipelineEnvironment())


def test_private_characters_are_refused_so_that_no_user_writes_a_token(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text("projectName: p\npipeline:\n  description: '\ue000bucket\ue001'\n  steps: []\n")
    with pytest.raises(ModelCicdError, match=r"holds U\+E000"):
        build(path, target="cloudformation", given={}, environment=PipelineEnvironment())


@pytest.mark.slow
def test_templates_have_no_findings(path: Path) -> None:
    variants: list[dict[str, str]] = [
        {},
        {"bucket": "mine", "role_arn": "arn:aws:iam::111122223333:role/r"},
        {"kms_key": "arn:aws:kms:us-east-1:111122223333:key/k"},
        {"model_package_group_name": "models"},
    ]
    for each in variants:
        text = json.dumps(written(path, "cloudformation", **each))
        found = cfnlint.api.lint(text, config=cfnlint.api.ManualArgs(regions=["us-east-1", "eu-west-1"]))
        assert [str(match) for match in found] == []


def test_what_exists_is_used_and_not_made(path: Path) -> None:
    made = written(
        path,
        "cloudformation",
        bucket="mine",
        kms_key="arn:aws:kms:us-east-1:111122223333:key/k",
        role_arn="arn:aws:iam::111122223333:role/r",
        model_package_group_name="models",
    )
    assert list(made["Resources"]) == ["Pipeline"]
    own = written(path, "cloudformation")["Resources"]
    assert set(own) == {
        *("ExecutionRole", "ExecutionPolicy", "Key", "KeyAlias", "Bucket", "BucketPolicy"),
        *("ModelPackageGroup", "Pipeline"),
    }
    assert {name for name, each in own.items() if each.get("DeletionPolicy") == "Retain"} == {
        *("Key", "Bucket", "ModelPackageGroup"),
    }


def test_other_accounts_are_refused_by_the_name_of_their_placeholder_and_may_only_read(tmp_path: Path) -> None:
    text = PIPELINE.replace("%sprojectTags", "preProdAccountId: '{{context:account-2}}'\nprodAccountId: '{{prod}}'")
    text = text.replace("modelDataUrl: s3://data/model.tar.gz", "modelDataStep: Train") % ("d", "m", "a")
    text += """    - name: Train
      type: Training
      training: {imageUri: 111122223333.dkr.ecr.us-east-1.amazonaws.com/t:1, instanceType: ml.m5.large}
"""
    path = tmp_path / "p.yaml"
    path.write_text(text)
    build(path, target="json", given={"text": "x", "region": "r", "account": "a"}, environment=PipelineEnvironment())
    with pytest.raises(ProblemsError) as caught:
        build(path, target="terraform", given={"text": "x"}, environment=PipelineEnvironment())
    assert [each.path for each in caught.value.problems] == ["preProdAccountId", "prodAccountId"]
    assert "{{context:account-2}}" in caught.value.problems[0].message
    given = {"text": "x", "context:account-2": "222233334444", "prod": "222233334444"}
    built = build(path, target="cloudformation", given=given, environment=PipelineEnvironment())
    resources = json.loads(built.text)["Resources"]
    policy = resources["BucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert [each["Sid"] for each in policy] == ["TlsOnly", "Get222233334444", "List222233334444"]
    read = resolved(policy[1]["Resource"])
    assert read == "arn:<AWS::Partition>:s3:::<Bucket>/hostile/Train/*"
    group = resources["ModelPackageGroup"]["Properties"]["ModelPackageGroupPolicy"]["Statement"]
    allowed = {
        action for each in group for action in ([each["Action"]] if isinstance(each["Action"], str) else each["Action"])
    }
    assert allowed == {
        *("sagemaker:DescribeModelPackageGroup", "sagemaker:DescribeModelPackage"),
        *("sagemaker:ListModelPackages", "sagemaker:CreateModel"),
    }
