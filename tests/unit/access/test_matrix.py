"""What the templates let whom do: exactly what is expected, for a plain deployment and for one with every option."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from model_cicd.access import differences, expected
from model_cicd.access.actions import changes
from model_cicd.access.deployment import Deployment
from model_cicd.access.explain import explain
from model_cicd.access.policy_simulation import EFFECTIVE, IDENTITY, LAYERS
from model_cicd.access.report import Report, make_report
from model_cicd.aws.life_cycle import STAGES
from model_cicd.sagemaker_model_cicd.topology import Topology
from model_cicd.text.errors import ModelCicdError
from tests.unit.access.conftest import Parameters

RETIRED = "sagemaker:UpdateModelPackage (retired)"


@pytest.fixture(scope="module")
def report(plain: Deployment) -> Report:
    return make_report(plain)


def grants(report: Report, who: str, what: str, layers: tuple[str, ...] = (EFFECTIVE,)) -> set[str]:
    return {
        cell.grant
        for cell in report.cells
        if cell.principal.kind == who and cell.resource.kind == what and cell.layer in layers
    }


def test_everything_is_as_expected(report: Report, full: Deployment) -> None:
    assert [str(each) for each in report.differences] == []
    assert [str(each) for each in make_report(full).differences] == []
    assert len(report.cells) > 3000


def test_only_the_registrys_approver_approves(report: Report, full: Deployment) -> None:
    staging = {f"sagemaker:UpdateModelPackage (deployed as {each})" for each in STAGES.values()}
    life = {"registry retirer": {RETIRED}, "stage role": staging}
    for each, others in ((report, {}), (make_report(full), life)):
        changing: dict[str, set[str]] = {}
        for cell in each.cells:
            if cell.grant.startswith("sagemaker:UpdateModelPackage") and cell.layer in LAYERS[:3]:
                changing.setdefault(cell.principal.kind, set()).add(cell.grant)
        assert len(changing.pop("registry approver")) == 15
        assert changing == others


def test_who_retires_deletes_what_is_archived_and_reaches_no_release(full: Deployment) -> None:
    cells = [cell for cell in make_report(full).cells if cell.principal.kind == "registry retirer"]
    own = {cell.grant for cell in cells if cell.layer == EFFECTIVE}
    deleting = {each for each in own if "Delete" in each}
    assert deleting == {"sagemaker:DeleteModelPackage (that is archived)", "s3:DeleteObjectVersion"}
    assert not {
        cell.resource.kind for cell in cells if cell.layer == EFFECTIVE and cell.resource.kind.startswith("release")
    }


def test_data_scientists_whom_the_registry_names_read_reports_and_no_models(full: Deployment) -> None:
    made = make_report(full)
    found: dict[str, set[tuple[str, str]]] = {}
    for cell in made.cells:
        if cell.principal.kind == "registry scientist" and cell.layer == EFFECTIVE and cell.grant.startswith("s3:Get"):
            found.setdefault(str(cell.principal), set()).add((str(cell.resource), cell.grant))
    reports = {("registry reports of research", "s3:GetObject")}
    assert found == dict.fromkeys(
        (
            "data scientist data-scientists of research",
            "data scientist AWSReservedSSO_Scientist_0123456789abcdef of research",
            "registry scientist of research",
        ),
        reports,
    )
    decrypting = {
        str(cell.principal)
        for cell in made.cells
        if cell.principal.kind == "registry scientist" and cell.layer == EFFECTIVE and cell.grant.startswith("kms:")
    }
    assert decrypting == set(found) - {"registry scientist of research"}, "the key names roles, not who has a policy"


def test_data_scientists_start_one_training_and_change_nothing(report: Report, full: Deployment) -> None:
    for each in (report, make_report(full)):
        changing: dict[str, set[tuple[str, str]]] = {"registry scientist": set(), "training scientist": set()}
        seen = dict.fromkeys(changing, 0)
        for cell in each.cells:
            if cell.principal.kind in changing and cell.layer in (EFFECTIVE, IDENTITY):
                seen[cell.principal.kind] += 1
                # to decrypt what one reads counts as writing for AWS
                if changes(cell.grant.partition(" (")[0]) and not cell.grant.startswith("kms:Decrypt"):
                    changing[cell.principal.kind].add((cell.resource.kind, cell.grant))
        assert changing == {
            "registry scientist": set(),
            "training scientist": {("training pipeline", "codepipeline:StartPipelineExecution")},
        }
        assert min(seen.values()) > 10


def test_consumers_read_releases_and_nothing_of_a_registry(report: Report) -> None:
    found: dict[str, set[str]] = {}
    for cell in report.cells:
        stored = cell.resource.kind.startswith(("registry", "registration", "model package", "release"))
        if cell.principal.kind == "model role" and stored and cell.layer == EFFECTIVE:
            found.setdefault(cell.resource.kind, set()).add(cell.grant)
    assert found == {
        "release key": {"kms:Decrypt (through S3)", "kms:DescribeKey"},
        "release bucket": {"s3:ListBucket (of models)"},
        "release models": {"s3:GetObject"},
    }


def test_no_role_of_training_has_a_right_on_releases(report: Report, full: Deployment) -> None:
    training = {
        "execution role", "role of declared steps", "start role", "training build role", "training pipeline role",
        "training source role", "registry approver",
        "registry scientist", "training scientist",
    }  # fmt: skip
    kinds = {"release key", "release bucket", "release models", "registrations", "release group", "releases"}
    for each in (report, make_report(full)):
        found = [
            str(cell)
            for cell in each.cells
            if cell.principal.kind in training and cell.resource.kind in kinds and cell.layer in (EFFECTIVE, IDENTITY)
        ]
        assert found == []


def test_releases_are_written_by_who_promotes_alone(report: Report) -> None:
    writing = {
        (cell.principal.kind, cell.resource.kind)
        for cell in report.cells
        if cell.grant in ("s3:PutObject", "sagemaker:CreateModelPackage (approved)")
        and cell.resource.kind in ("release models", "registrations", "release group", "releases")
        and cell.layer == EFFECTIVE
        and cell.principal.kind not in ("administrator", "CloudFormation role")
    }
    assert writing == {
        ("release role", "release models"),
        ("recorder role", "registrations"),
        ("release role", "release group"),
        ("release role", "releases"),
    }


def test_no_administrator_elsewhere_touches_a_registry(report: Report) -> None:
    kinds = {"registry key", "registry bucket", "registry models", "model package group", "model packages"}
    found = [
        cell
        for cell in report.cells
        if cell.principal.kind == "administrator"
        and cell.resource.kind in kinds
        and cell.principal.account != cell.resource.account
        and cell.layer in LAYERS[:3]
    ]
    assert found == []


def test_registered_versions_await_approval(report: Report) -> None:
    found = {each for each in grants(report, "execution role", "model packages", LAYERS[:3]) if "Create" in each}
    assert found == {"sagemaker:CreateModelPackage (to be approved)"}


def test_groups_do_not_reach_each_other(report: Report) -> None:
    for cell in report.cells:
        principal, resource = cell.principal, cell.resource
        if (
            principal.groups
            and resource.groups
            and not principal.external
            and principal.kind != "other role"
            and cell.layer == EFFECTIVE
        ):
            assert principal.groups & resource.groups, cell


def test_groups_of_the_same_accounts_do_not_reach_each_other(
    deploy: Callable[..., Deployment], parameters: Parameters
) -> None:
    """No role of one group has any grant on anything of the other, nor on the infra pipeline's artifacts."""
    shared = copy.deepcopy(parameters)
    first, second = shared["deployment-groups"]
    first["buildEnvironment"], first["deployEnvironments"] = second["buildEnvironment"], second["deployEnvironments"]
    report = make_report(deploy(shared))
    assert [str(each) for each in report.differences] == []
    of_a_group = {each for each in report.deployment.simulation.principals if each.groups and not each.external}
    artifacts = [each for each in report.deployment.simulation.resources if "artifact" in each.kind]
    assert len(of_a_group) > 20
    assert len(artifacts) == 5 * 3, "key, bucket and what is beside the sources, of five pipelines"
    for cell in (each for each in report.cells if each.layer in (EFFECTIVE, IDENTITY)):
        if cell.principal in of_a_group:
            assert not cell.resource.groups or cell.principal.groups & cell.resource.groups, cell
            assert not cell.resource.kind.startswith(("infra artifact", "infra sources", "other infra")), cell


def test_nobody_at_all_may_do_anything_without_policies(plain: Deployment) -> None:
    """All-deny is no proof: what must be possible is asked for as well."""
    empty = dataclasses.replace(
        plain.simulation, identity_policies=dict.fromkeys(plain.simulation.identity_policies, ())
    )
    found = [each for each in differences.differences(empty, plain.expected, ()) if not each.gain]
    assert len(found) > 100
    assert "start role of live lacks iam:GetRole, iam:PassRole (to SageMaker) on the execution role of live" in map(
        str, found
    )


def test_every_kind_of_the_expected_matrix_exists(plain: Deployment, full: Deployment, every: list[Deployment]) -> None:
    """A misspelt kind would expect nothing of anybody."""
    resources = {each.kind for deployment in (plain, full, *every) for each in deployment.simulation.resources}
    principals = {each.kind for deployment in (plain, full, *every) for each in deployment.simulation.principals}
    for resource, principal in expected.rules():
        assert resource in resources, resource
        assert principal in principals or principal.startswith("everybody of "), principal


def test_every_expected_grant_is_an_action_in_a_known_condition_context(
    full: Deployment, every: list[Deployment]
) -> None:
    from model_cicd.access.condition_context import condition_contexts, named

    for (kind, who), rules in expected.rules().items():
        asked = [
            (deployment.simulation.common, resource, principal)
            for deployment in (full, *every)
            for resource in deployment.simulation.resources
            if resource.kind == kind
            for principal in [next((x for x in deployment.simulation.principals if x.kind == who), None)]
            # what is asked differs by action and resource, and between services and others
            for principal in [principal or deployment.simulation.principals[0]]
        ]
        for grant in {
            each for rule in rules for each in (rule.must | rule.own | rule.careless).union(*rule.most.values())
        }:
            action = grant.partition(" (")[0]
            variants = {
                named(action, word)
                for common, resource, principal in asked
                for word, _ in condition_contexts(common, principal, resource, action)
            }
            assert grant in variants, (kind, who, grant)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"registry key": {"start role": {"musst": []}}}, "unknown key 'musst' (did you mean 'must'?)"),
        ({"registry key": {"start role": {"scope": "anywhere"}}}, "unknown scope 'anywhere'"),
    ],
)
def test_a_wrong_expectation_is_refused(data: Any, message: str) -> None:
    with pytest.raises(ModelCicdError) as error:
        expected.read_rules(data)
    assert message in str(error.value)


def test_explanations_name_the_statements_and_where_they_stand(plain: Deployment) -> None:
    text = explain(plain, "model role of shop (prod) of live", "s3:PutObject", "release models of live")
    assert "effective: explicitly denied: explicit deny in the resource policy: statement 6 (OthersOnlyRead)" in text
    assert "shop-models-training-prices-live-build/ReleasesModelsPolicy" in text
    text = explain(plain, "execution role of live", "kms:Decrypt (through S3)", "registry key of live")
    assert "by statement 2 (Train) of shop-models-training-prices-live-build/RegistryEncryptionKey" in text
    assert "through another service" not in text


@pytest.mark.parametrize(
    ("who", "action", "what", "message"),
    [
        ("start rolle of live", "s3:GetObject", "registry models of live", "(did you mean 'start role of live'?)"),
        ("start role of live", "s3:GetObjekt", "registry models of live", "(did you mean 's3:GetObject'?)"),
        ("start role of live", "s3:GetObject", "registry models", "(did you mean 'registry models of live'?)"),
    ],
)
def test_a_wrong_question_is_refused(plain: Deployment, who: str, action: str, what: str, message: str) -> None:
    with pytest.raises(ModelCicdError) as error:
        explain(plain, who, action, what)
    assert message in str(error.value)


# --- what a user changes -------------------------------------------------------------------------------------------
def captured_in_the_registry(parameters: Parameters, bucket: str, prefix: str) -> Parameters:
    parameters = copy.deepcopy(parameters)
    endpoint = {"dataCapture": {"percentage": 5, "prefix": f"s3://{bucket}/{prefix}"}}
    parameters["deployment-groups"][1]["deployEnvironments"][1]["endpoint"] = endpoint
    return parameters


def gain(what: str) -> str:
    return f"model role of shop (prod) of live could be let s3:PutObject on {what}: its own policy allows it"


@pytest.mark.parametrize(
    ("prefix", "what"),
    [
        ("models", "registry models of live"),
        # nothing that stands for all models is there
        ("models/shop", "registry models of live, at shop/*"),
        ("captured", "registry files of sessions of live, at captured/*"),
    ],
)
def test_a_setting_that_widens_access_is_named(
    deploy: Callable[..., Deployment], parameters: Parameters, topology: Topology, prefix: str, what: str
) -> None:
    bucket = next(group.registry.bucket.name for group in topology.groups if group.name == "live")
    widened = captured_in_the_registry(parameters, bucket, prefix)
    report = make_report(deploy(widened))
    assert [str(each) for each in report.unexpected] == [gain(what)]
    assert not report.fine
    acknowledged = {"access-acknowledgements": [{"grant": gain(what), "reason": "captured requests lie there"}]}
    report = make_report(deploy({**widened, **acknowledged}))
    assert report.fine
    assert [str(each) for each in report.differences] == [gain(what)]


def test_an_acknowledgement_of_nothing_is_refused(deploy: Callable[..., Deployment], parameters: Parameters) -> None:
    stale = [{"grant": gain("registry models of live"), "reason": "captured requests lay beside the models"}]
    report = make_report(deploy({**parameters, "access-acknowledgements": stale}))
    assert (report.fine, report.stale) == (False, (gain("registry models of live"),))


def document(*statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def test_policies_buckets_and_roles_of_a_users_own_are_named(
    deploy: Callable[..., Deployment], parameters: Parameters, topology: Topology
) -> None:
    live = next(group for group in topology.groups if group.name == "live")

    def change(app: Any) -> None:
        from aws_cdk import aws_iam as iam
        from aws_cdk import aws_s3 as s3

        stack = app.node.find_child(live.build_stack_name)
        # of one version, and over TLS: everything that cdk-nag asks for is there, and it sees nothing wrong
        version = live.models.packages_arn.replace("*", "1")
        update = {"Effect": "Allow", "Action": "sagemaker:UpdateModelPackage", "Resource": version}
        iam.CfnManagedPolicy(stack, "Custom", policy_document=document(update), roles=[live.start_role.name])
        trust = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999999999999:root"}, "Action": "sts:AssumeRole"}
        iam.CfnRole(stack, "Visitor", role_name="visitor", assume_role_policy_document=document(trust))
        objects = "arn:aws:s3:::own-data/*"
        read = {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::666666666666:root"},
            "Action": "s3:GetObject",
            "Resource": objects,
        }
        tls = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": ["arn:aws:s3:::own-data", objects],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        s3.CfnBucketPolicy(stack, "Own", bucket="own-data", policy_document=document(read, tls))

    lines = [str(each) for each in make_report(deploy(parameters, change=change)).unexpected]
    deployed = [f" (deployed as {stage})" for stage in ("Development", "PreProduction", "Production")]
    both = [" (approved and archived)", " (approved and deployed)", " (approved)", " (archived)"]
    halves = [" (deployed in another stage)", " (in production with another status)"]
    retired = [" (retired in another stage)", " (retired with another status)", " (retired)"]
    words = ["", *both, *deployed, *halves, " (rejected)", *retired, " (to be approved)"]
    gained = ", ".join(f"sagemaker:UpdateModelPackage{word}" for word in words)
    assert f"start role of live gains {gained} on model packages of live" in lines
    visit = "could be given sts:AssumeRole on the role visitor of account 444444444444: the target's policy allows it"
    assert f"administrator of a stranger's account {visit}" in lines
    read_by = "could be given s3:GetObject on object arn:aws:s3:::own-data/some/object: the target's policy allows it"
    assert f"administrator of account 666666666666 {read_by}" in lines
    assert not [line for line in lines if line.startswith("execution role")]
