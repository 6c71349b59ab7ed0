"""What a platform team does once per account: Seed-Farmer's roles and the CDK bootstrap stack."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from botocore.exceptions import ClientError

from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.errors import RehearsalError
from rehearsal.job import clients
from rehearsal.job.plan import DEFAULT_QUALIFIER, Plan

STEP = "bootstrap"
CDK_STACK = "CDKToolkit"
EXECUTION_POLICY = "arn:aws:iam::aws:policy/AdministratorAccess"


def seedfarmer(aws: EmbeddedAws, plan: Plan, cwd: Path) -> None:
    """`seedfarmer bootstrap toolchain` and `target`, as the documentation of Seed-Farmer has it."""
    account, region = plan.toolchain_account, plan.toolchain_region
    principal = aws.accounts.add(account).arn
    command = ["seedfarmer", "bootstrap", "toolchain", "--project", plan.project, "--trusted-principal", principal]
    own = any(target == account for target, _ in plan.targets)
    command += ["--region", region, *(["--as-target"] if own else [])]
    clients.run(aws, command, step=STEP, account=account, region=region, cwd=cwd)
    seedfarmer_targets(aws, plan, cwd)


def seedfarmer_targets(aws: EmbeddedAws, plan: Plan, cwd: Path) -> None:
    """`seedfarmer bootstrap target` in every target account but the toolchain's own."""
    account, region = plan.toolchain_account, plan.toolchain_region
    for target in sorted({target for target, _ in plan.targets} - {account}):
        command = ["seedfarmer", "bootstrap", "target", "--project", plan.project, "--toolchain-account", account]
        clients.run(aws, [*command, "--region", region], step=STEP, account=target, region=region, cwd=cwd)


def cdk(aws: EmbeddedAws, plan: Plan, cwd: Path) -> None:
    """The stack of `cdk bootstrap` in every account and region, for each qualifier; it trusts who deploys into it.

    The template is that of `--cdk-template`, else the one the pinned CDK command prints; deploying it by other means
    than the command is what
    https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html describes for many accounts.
    """
    account, region = plan.toolchain_account, plan.toolchain_region
    if plan.provided.template:
        template = plan.provided.template.read_text(encoding="utf-8")
    else:
        command = ["cdk", "bootstrap", "--show-template"]
        template = clients.run(aws, command, step=STEP, account=account, region=region, cwd=cwd)
    with ThreadPoolExecutor(max_workers=4) as pool:
        wanted = [(qualifier, pair) for qualifier in plan.qualifiers for pair in plan.environments]
        for _ in pool.map(lambda each: _cdk(aws, plan, template, *each), wanted):
            pass


def _cdk(aws: EmbeddedAws, plan: Plan, template: str, qualifier: str, place: tuple[str, str]) -> None:
    account, region = place
    stack_name = CDK_STACK if qualifier == DEFAULT_QUALIFIER else f"{CDK_STACK}-{qualifier}"
    client = aws.client("cloudformation", account=account, region=region)
    made = {each["StackName"]: each["StackStatus"] for each in client.describe_stacks()["Stacks"]}
    if made.get(stack_name) == "CREATE_COMPLETE":
        return  # an account whose bootstrap failed elsewhere, once more
    values = {
        "CloudFormationExecutionPolicies": EXECUTION_POLICY,
        "TrustedAccounts": ",".join(plan.deployers(account)),
        "Qualifier": qualifier,
    }
    client.create_stack(
        StackName=stack_name,
        TemplateBody=template,
        Capabilities=["CAPABILITY_NAMED_IAM"],
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in values.items() if value],
    )
    while (stack := client.describe_stacks(StackName=stack_name)["Stacks"][0])["StackStatus"] == "CREATE_IN_PROGRESS":
        time.sleep(0.1)
    if stack["StackStatus"] != "CREATE_COMPLETE":
        cause = (
            f"stack {stack_name} in {account}/{region} is {stack['StackStatus']}: {stack.get('StackStatusReason', '')}"
        )
        raise RehearsalError(STEP, cause + failed_resources(client, stack_name))


def failed_resources(client: object, stack: str) -> str:
    """The reasons of a stack's failed resources, one a line."""
    try:
        events = client.describe_stack_events(StackName=stack)["StackEvents"]  # type: ignore[attr-defined]
    except ClientError:
        return ""
    failed = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
    return "".join(f"\n    {event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}" for event in failed)
