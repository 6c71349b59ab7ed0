"""Who can do what with a declared pipeline: exactly what is expected, in every variant of the module."""

from __future__ import annotations

import copy
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from model_cicd.access import differences
from model_cicd.access.deployment import Deployment, load_groups
from model_cicd.access.explain import explain
from model_cicd.access.policy_simulation import LAYERS
from model_cicd.access.report import make_report
from model_cicd.access.text import summary
from model_cicd.sagemaker_model_cicd.settings.load import load
from model_cicd.sagemaker_model_cicd.topology import build
from tests.unit.access.test_command import python
from tests.unit.stacks import declared
from tests.unit.stacks.conftest import ROOT
from tests.unit.stacks.conftest import environment as group_environment

pytestmark = pytest.mark.xdist_group("access")
EXAMPLES = ROOT.parent / "shared" / "examples"
MODULE = ROOT / "modules" / "sagemaker" / "sagemaker-pipeline"
MANIFEST = "manifests/sagemaker-pipeline/deployment.yaml"
NAME = "training-prices"
Declare = Callable[..., Deployment]

NETWORK = {"networkConfig": {"subnetIds": ["subnet-01234567"], "securityGroupIds": ["sg-01234567"]}}
KEY = f"arn:aws:kms:{declared.REGION}:{declared.ACCOUNT}:key/11112222-3333-4444-5555-666677778888"
VARIANTS: dict[str, dict[str, Any]] = {
    "shared with two accounts": {},
    "shared with one account": {"prodAccountId": declared.PREPROD},
    "an existing bucket": {"existingBucketName": "our-models", "existingBucketKeyArn": KEY},
    "an existing group": {"createModelPackageGroup": False},
    "an organization": {"organizationId": declared.ORGANIZATION},
    "a permissions boundary": {"permissionsBoundaryName": "limits"},
    "another role of models": {"modelExecutionRoleName": "serving"},
    "a name of its own, and a bucket that scripts read": {
        "pipelineName": "nightly",
        "additionalReadBucketNames": ["more-data"],
        "domainId": "ssm:/studio/domain-id",
    },
    "what a pipeline is called, and how many steps run at once": {
        "pipeline": {**declared.PARAMETERS["pipeline"], "displayName": "Prices", "maxParallelSteps": 3}
    },
    "subnets": {"pipeline": {**declared.PARAMETERS["pipeline"], **NETWORK}},
}


def unexpected(deployment: Deployment) -> list[str]:
    return [str(each) for each in make_report(deployment).differences]


def test_a_raw_definition_is_as_expected(declare: Declare) -> None:
    assert unexpected(declare(declared.RAW)) == []


def test_a_raw_definition_gives_no_right_that_its_steps_do_not_need(declare: Declare) -> None:
    def widen(template: dict[str, Any]) -> None:
        (role,) = [each for each in template["Resources"].values() if each["Type"] == "AWS::IAM::Role"]
        (policy,) = role["Properties"]["Policies"]
        policy["PolicyDocument"]["Statement"].append(
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::raw-data/other/*"}
        )

    assert unexpected(declare(declared.RAW, change=widen)) != []


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_is_as_expected(declare: Declare, name: str) -> None:
    assert unexpected(declare(declared.PARAMETERS | VARIANTS[name])) == []


def test_every_type_of_step_and_a_deployment_group_that_declares_its_pipeline(every: list[Deployment]) -> None:
    assert [unexpected(each) for each in every] == [[]] * len(every)
    assert len(every) >= 8


@pytest.mark.parametrize("name", ["minimal", "comprehensive"])
def test_the_examples_are_as_expected(declare: Declare, name: str) -> None:
    file = EXAMPLES / f"sagemaker-pipeline-{name}.yaml"
    if not file.is_file():
        pytest.skip("the examples are not here")
    context = {"account-2": declared.PREPROD, "account-3": declared.PROD}
    external = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert unexpected(declare({**external, "context": context, "org": "acme", "domain": "ml", "env": "dev"})) == []


def test_consumers_read_models_and_only_the_approver_approves(declare: Declare) -> None:
    cells = make_report(declare(declared.PARAMETERS)).cells
    reading = {
        (cell.resource.kind, cell.grant)
        for cell in cells
        if cell.principal.kind == "model role of a consumer"
        and cell.layer in LAYERS[:3]
        and cell.resource.kind.startswith(("registry", "other registry", "model package"))
    }
    assert reading == {
        ("registry key", "kms:Decrypt (through S3)"),
        ("registry key", "kms:DescribeKey"),
        ("registry bucket", "s3:ListBucket (of models)"),
        ("registry models", "s3:GetObject"),
        ("other registry models", "s3:GetObject"),
    }
    approving = {
        cell.principal.kind
        for cell in cells
        if cell.grant.startswith("sagemaker:UpdateModelPackage") and cell.layer in LAYERS[:3]
    }
    assert approving == {"registry approver"}


def test_what_is_needed_is_missed_where_policies_are_empty(declared_plain: Deployment) -> None:
    simulation = copy.copy(declared_plain.simulation)
    object.__setattr__(simulation, "identity_policies", dict.fromkeys(simulation.identity_policies, ()))
    found = {str(each) for each in differences.differences(simulation, declared_plain.expected, ()) if not each.gain}
    assert f"execution role of {NAME} lacks iam:PassRole (to SageMaker) on the execution role of {NAME}" in found
    assert len(found) > 20


def statements(template: dict[str, Any], type_: str, key: str) -> list[dict[str, Any]]:
    """Those of the first resource of a type, to be changed."""
    for each in template["Resources"].values():
        if each["Type"] == type_:
            policy = each["Properties"][key]
            document = policy[0]["PolicyDocument"] if isinstance(policy, list) else policy
            found: list[dict[str, Any]] = document["Statement"]
            return found
    raise AssertionError(type_)


ROLE = f"execution role of {NAME}"
CHANGES: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "the role may approve": (
        "AWS::IAM::Role", "Policies",
        {"Action": "sagemaker:UpdateModelPackage",
         "Resource": f"arn:aws:sagemaker:{declared.REGION}:{declared.ACCOUNT}:model-package/prices/*"},
        f"{ROLE} gains sagemaker:UpdateModelPackage",
    ),
    "the role may read another bucket": (
        "AWS::IAM::Role", "Policies", {"Action": "s3:GetObject", "Resource": "*"},
        f"{ROLE} gains s3:GetObject",
    ),
    "prod may write models": (
        "AWS::S3::BucketPolicy", "PolicyDocument",
        {"Action": "s3:PutObject", "Principal": {"AWS": f"arn:aws:iam::{declared.PROD}:root"},
         "Resource": "arn:aws:s3:::*/models/*"},
        f"administrator of account {declared.PROD} could be given s3:PutObject",
    ),
    "anybody may use the key": (
        "AWS::KMS::Key", "KeyPolicy",
        {"Action": "kms:Decrypt", "Principal": {"AWS": f"arn:aws:iam::{declared.PREPROD}:root"}, "Resource": "*"},
        f"administrator of account {declared.PREPROD} could be given kms:Decrypt",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_that_widens_access_is_named(declare: Declare, name: str) -> None:
    type_, key, statement, said = CHANGES[name]

    def change(template: dict[str, Any]) -> None:
        statements(template, type_, key).append({"Effect": "Allow", **statement})

    report = make_report(declare(declared.PARAMETERS, change=change))
    lines = [str(each) for each in report.unexpected]
    assert any(line.startswith(said) for line in lines), lines
    acknowledged = [{"grant": line, "reason": "wanted until the end of the year (ticket 4711)"} for line in lines]
    assert "put each line into the module's parameter accessAcknowledgements, as `grant` with" in summary(report)
    assert make_report(declare({**declared.PARAMETERS, "accessAcknowledgements": acknowledged}, change=change)).fine


DEFINITIONS: dict[str, tuple[Callable[[str], str], str]] = {
    "versions registered as approved": (
        lambda text: text.replace('"PendingManualApproval"', '"Approved"'),
        "registers: got prices as Approved, expected prices as PendingManualApproval",
    ),
    "a step besides": (
        lambda text: text.replace('"Steps":[', '"Steps":[{"Name":"Spy","Type":"Fail","Arguments":{}},'),
        "steps: has Spy (Fail), which is not expected",
    ),
    "another role in a job": (
        lambda text: text.replace('"RoleArn":"', '"RoleArn":"arn:aws:iam::111111111111:role/x","Was":"', 1),
        "other roles of its jobs: has arn:aws:iam::111111111111:role/x, which is not expected",
    ),
    "no definition at all": (lambda text: "", "steps: lacks Train (Training)"),
}


def changed_definition(change: Callable[[str], str], template: dict[str, Any]) -> None:
    (pipeline,) = [each for each in template["Resources"].values() if each["Type"] == "AWS::SageMaker::Pipeline"]
    body = pipeline["Properties"]["PipelineDefinition"]
    parts = body["PipelineDefinitionBody"]["Fn::Join"][1]
    before = json.dumps(parts)
    parts[:] = [change(part) if isinstance(part, str) else part for part in parts]
    if not any(isinstance(part, str) and part for part in parts):
        parts.clear()
    assert json.dumps(parts) != before


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_definition_that_is_not_the_declared_one_is_named(declare: Declare, name: str) -> None:
    change, said = DEFINITIONS[name]
    made = declare(declared.PARAMETERS, change=lambda template: changed_definition(change, template))
    lines = [str(each) for each in make_report(made).unexpected]
    assert any(said in line for line in lines), lines


def test_what_is_published_for_a_deployment_group_is_what_it_declares(
    deploy: Callable[..., Deployment], parameters: dict[str, Any], tmp_path: Path
) -> None:
    changed = copy.deepcopy(parameters)
    changed["deployment-groups"][0]["pipelineConfig"] = copy.deepcopy(declared.PARAMETERS["pipeline"])
    changed["deployment-groups"][0]["pipelineConfig"]["steps"][0]["processing"]["scriptS3Uri"] = "s3://ours/prepare.py"
    assert unexpected(deploy(changed, directory=tmp_path)) == []
    (published,) = [each for each in (tmp_path / "cdk.out").glob("asset.*.json") if '"Prepare"' in each.read_text()]
    published.write_text(published.read_text().replace("s3://ours/", "s3://theirs/"))
    topology = build(*load(group_environment(changed, "eu-west-1")))
    (line,) = unexpected(load_groups(topology, tmp_path / "cdk.out", ROOT))
    assert "(CodeBuild::Project shop-models-training-prices-research-training): declared pipeline: got " in line


LARGE = {
    **declared.PARAMETERS["pipeline"],
    "steps": [
        *({"name": f"Prepare{n}", "type": "Processing", "processing": declared.PREPARE} for n in range(110)),
        *declared.PARAMETERS["pipeline"]["steps"],
    ],
}


@pytest.mark.parametrize("status", ["PendingManualApproval", "Approved"])
def test_a_definition_beside_the_template_is_read(declare: Declare, status: str) -> None:
    """It goes through S3; the first synthesis, which does not know the key yet, has no pipeline, and passes."""
    alone = {key: value for key, value in declared.PARAMETERS.items() if not key.endswith("AccountId")}
    assert unexpected(declare({**alone, "pipeline": LARGE})) == []

    def publish(template: dict[str, Any], directory: Path) -> None:
        (pipeline,) = [each for each in template["Resources"].values() if each["Type"] == "AWS::SageMaker::Pipeline"]
        place = pipeline["Properties"]["PipelineDefinition"]["PipelineDefinitionS3Location"]
        file = directory / f"asset.{place['Key']}"
        file.write_text(file.read_text().replace('"PendingManualApproval"', f'"{status}"'))

    lines = unexpected(declare({**alone, **VARIANTS["an existing bucket"], "pipeline": LARGE}, publish=publish))
    wrong = [each.partition(": ")[2] for each in lines if "registers: got prices as Approved" in each]
    assert len(lines) == len(wrong) == (status == "Approved"), lines


def test_an_acknowledgement_of_nothing_is_refused(declare: Declare) -> None:
    stale = [{"grant": "somebody gains something", "reason": "of old"}]
    report = make_report(declare({**declared.PARAMETERS, "accessAcknowledgements": stale}))
    assert (report.fine, report.stale) == (False, ("somebody gains something",))


def test_explanations_name_the_statements(declare: Declare) -> None:
    deployment = declare(declared.PARAMETERS)
    who = f"model role of account {declared.PROD}"
    text = explain(deployment, who, "s3:GetObject", f"registry models of {NAME}")
    assert f"(Get{declared.PROD}) of {deployment.facts.context.project}-" in text


def access(cwd: Path, *options: str, **env: str) -> subprocess.CompletedProcess[str]:
    return python(cwd, ["-m", "model_cicd.cli", "access", *options], env)


@pytest.mark.programs
def test_of_a_manifest_in_every_format() -> None:
    text = access(ROOT, MANIFEST)
    assert text.returncode == 0, text.stdout + text.stderr
    assert "access is as expected" in text.stdout
    assert text.stdout.startswith("pipeline pipelines-diabetes\n")
    (report,) = json.loads(access(ROOT, MANIFEST, "--format", "json").stdout)
    assert (report["asExpected"], report["differences"]) == (True, [])
    page = access(ROOT, MANIFEST, "--format", "html").stdout
    assert page.count('<table class="matrix">') == 1
    assert ">Pipeline pipelines-diabetes</h2>" in page
    assert ">execution role</a></th>" in page


@pytest.mark.programs
def test_the_gate_of_the_module(tmp_path: Path) -> None:
    """As its deployspec runs it: in the module's directory, with what Seed-Farmer sets, after the synthesis."""
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    for link in MODULE.iterdir():
        (bundle / link.name).symlink_to(link.resolve())
    (bundle / "prepare.py").write_text("print('ready')\n")
    env = declared.environment(declared.PARAMETERS, NAME)
    out = str(tmp_path / "cdk.out")
    made = python(bundle, ["app.py"], {**env, "CDK_OUTDIR": out})
    assert made.returncode == 0, made.stderr
    done = access(bundle, "--app", out, "--check", **env)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("access is as expected")
    stale = declared.environment(
        {**declared.PARAMETERS, "accessAcknowledgements": [{"grant": "x gains y", "reason": "of old"}]}, NAME
    )
    done = access(bundle, "--app", out, "--check", **stale)
    assert done.returncode == 1
    assert "acknowledged, but not there (any more): x gains y" in done.stdout
