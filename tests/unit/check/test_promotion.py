"""What the command says about settings of promotion, with file, line and key path."""

from __future__ import annotations

from .conftest import Project

MODELS = "manifests/models.yaml"
DEPLOYMENT = "manifests/deployment.yaml"
LIVE = """\
            type: prod
            requireApproval: 'no'
            endpoint:
              serverless:
                memorySizeInMb: 1000
                maxConcurency: 5
              vpc:
                subnetIds: [subnet-01234567]
              dataCapture: {percentage: 0, prefix: s3://captured/price}
"""


def test_everything_is_said_at_once_each_in_its_line(project: Project) -> None:
    project.change(MODELS, "            type: prod\n", LIVE)
    environment = "deployment-groups[0].deployEnvironments[1]"
    endpoint = f"{environment}.endpoint"
    shared = "expected one of them: a serverless endpoint:"
    assert project.check() == [
        f"{MODELS}:29: {environment}.requireApproval: got 'no', expected true or false, without quotes",
        f"{MODELS}:32: {endpoint}.serverless.memorySizeInMb: got the number 1000, expected one of 1024, 2048, "
        "3072, 4096, 5120, 6144 (MB)",
        f"{MODELS}:33: {endpoint}.serverless.maxConcurency: unknown key, expected one of memorySizeInMb, "
        "maxConcurrency (did you mean 'maxConcurrency'?)",
        f"{MODELS}:34: {endpoint}.vpc: got vpc with serverless, {shared} SageMaker runs it outside of a VPC",
        f"{MODELS}:34: {endpoint}.vpc.securityGroupIds: missing, but required",
        f"{MODELS}:36: {endpoint}.dataCapture: got dataCapture with serverless, {shared} SageMaker has no data "
        "capture for it",
        f"{MODELS}:36: {endpoint}.dataCapture.percentage: got the number 0, expected a whole number from 1 to "
        "100, in percent",
    ]


def test_canary_without_spare_capacity(project: Project) -> None:
    project.change(
        MODELS,
        "            type: prod\n",
        "            type: prod\n            endpoint: {deployment: {strategy: canary}}\n",
    )
    [problem] = project.check()
    assert problem.startswith(
        f"{MODELS}:29: deployment-groups[0].deployEnvironments[1].endpoint.deployment.strategy: got"
    )


def test_a_variable_is_checked_when_it_is_known(project: Project) -> None:
    settings = "            type: prod\n            endpoint: {instanceType: '${INSTANCE_TYPE}', volumeKey: true}\n"
    project.change(MODELS, "            type: prod\n", settings)
    assert project.check() == []


def module(name: str, infra: str, training: str, more: str = "") -> str:
    return f"""---
name: {name}
path: modules/sagemaker/sagemaker-model-cicd
{more}parameters:
  - name: infra-repo
    value: {infra}
  - name: model-build-repo
    value: {training}
  - name: deployment-groups
    value:
      - name: g
        sourceBranch: main
        buildEnvironment: {{name: train, account: '123456789015', region: us-east-1, type: preprod}}
        deployEnvironments:
          - {{name: approval, account: '123456789016', type: preprod}}
"""


def test_two_modules_that_create_one_repository(project: Project) -> None:
    project.append(MODELS, module("other", "{name: training}", "{name: own}"))
    assert project.check() == [
        f"{MODELS}:34: infra-repo.name: got 'training', which the module 'price' creates as its model-build-repo "
        f"({MODELS}:12); expected a name of its own, or 'create: false' in one of them"
    ]


def test_both_repositories_are_named_and_the_text_form_is_read(project: Project) -> None:
    project.append(MODELS, module("other", """'{"name": "infra"}'""", "{name: training, create: true}"))
    assert [problem.split(": ")[1] for problem in project.check()] == ["infra-repo.name", "model-build-repo.name"]


def test_one_module_creates_and_the_others_use_it(project: Project) -> None:
    project.append(MODELS, module("other", "{name: infra, create: false}", "{name: training, create: false}"))
    project.append(MODELS, module("third", "{name: '${INFRA}'}", "{name: third}"))
    assert project.check() == []


def test_the_same_name_in_another_account_is_another_repository(project: Project) -> None:
    project.append(
        DEPLOYMENT,
        "  - alias: tooling2\n    accountId: '123456789011'\n    regionMappings: [{region: us-east-1, default: true}]"
        "\n",
    )
    project.append(MODELS, module("other", "{name: infra}", "{name: training}", "targetAccount: tooling2\n"))
    assert project.check() == []
    project.append(MODELS, module("third", "{name: infra}", "{name: third}", "targetAccount: tooling2\n"))
    [problem] = project.check()
    assert "creates as its infra-repo" in problem


ACTIONS = "\n        training: {runner: github-actions, repository: acme/REPOSITORY}"


def actions(name: str, more: str = "") -> str:
    text = module(name, f"{{name: {name}-infra}}", f"{{name: {name}-code}}")
    text = text.replace("sourceBranch: main", f"sourceBranch: main{ACTIONS.replace('REPOSITORY', name)}")
    return text + more


def test_an_identity_provider_is_made_once_in_an_account(project: Project) -> None:
    project.append(MODELS, actions("one") + actions("two"))
    [problem] = project.check()
    assert "training.runner: got a workflow's role in account 123456789015, where the module 'one'" in problem
    assert problem.endswith("expected the account in 'github.existingProviders' of all modules but one")


def test_other_modules_name_the_provider_and_other_issuers_have_their_own(project: Project) -> None:
    existing = "  - name: github\n    value: {existingProviders: ['123456789015']}\n"
    server = "  - name: github\n    value: {issuer: 'https://github.example.com/_services/token'}\n"
    project.append(MODELS, actions("one") + actions("two", existing) + actions("three", server))
    assert project.check() == []
