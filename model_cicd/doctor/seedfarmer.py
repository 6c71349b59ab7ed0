"""Seed-Farmer's roles and seedkit, by the names that seed-farmer 8.0.9 gives them (`get_deployment_role_name`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_cicd.doctor.bootstrap import trusts
from model_cicd.doctor.look import Look
from model_cicd.operate.access import DeniedError

if TYPE_CHECKING:
    from model_cicd.doctor.site import SeedFarmerTarget

_BROKEN = ("FAILED", "ROLLBACK_COMPLETE")


def check(look: Look, toolchain: str, qualifier: str) -> None:
    """The deployment role of each project that deploys here, and its seedkit, which an apply makes where there is none.

    `toolchain` is the account whose toolchain role deploys.
    """
    for target in look.site.targets:
        _deployment_role(look, target, toolchain, qualifier)
        _seedkit(look, target)


def toolchain_role(project: str, qualifier: str) -> str:
    """The name of the role that `seedfarmer apply` assumes first."""
    return _named(project, "toolchain", qualifier)


def check_toolchain(look: Look, project: str, qualifier: str) -> None:
    """The toolchain role, in the account whose credentials run `seedfarmer apply`."""
    name = toolchain_role(project, qualifier)
    more = f" --qualifier {qualifier}" if qualifier else ""
    found = look.ask("iam", "GetRole", of=name, RoleName=name)
    if found is None:
        mend = f"seedfarmer bootstrap toolchain --project {project}{more} --trusted-principal {look.access.who}"
        look.stops(f"the role {name} is not there: `seedfarmer apply` begins with it", mend)
        return
    try:
        look.access.as_role("sts", role_arn=found["Role"]["Arn"], region=look.site.place.region)
    except DeniedError:
        mend = f"seedfarmer bootstrap toolchain --project {project}{more} --trusted-principal {look.access.who}"
        look.warn(f"you may not assume {name}: somebody else has to run `seedfarmer apply`", mend)
    else:
        look.fine(f"you may assume {name}")


def _deployment_role(look: Look, target: SeedFarmerTarget, toolchain: str, qualifier: str) -> None:
    name = _named(target.project, "deployment", qualifier)
    more = f" --qualifier {qualifier}" if qualifier else ""
    mend = f"seedfarmer bootstrap target --project {target.project} --toolchain-account {toolchain}{more}"
    found = look.ask("iam", "GetRole", of=name, RoleName=name)
    if found is None:
        look.stops(f"the role {name} is not there", mend)
    elif not trusts(found["Role"]["AssumeRolePolicyDocument"], toolchain):
        look.stops(f"the role {name} does not trust account {toolchain}", mend)
    else:
        look.fine(f"{name} trusts account {toolchain}")


def _seedkit(look: Look, target: SeedFarmerTarget) -> None:
    name = f"aws-codeseeder-{target.project}"
    found = look.ask("cloudformation", "DescribeStacks", of=f"stack {name}", StackName=name)
    if not found:
        look.fine(f"no seedkit {name} yet: `seedfarmer apply` makes it")
        return
    status = found["Stacks"][0]["StackStatus"]
    if status.endswith(_BROKEN) and status != "UPDATE_ROLLBACK_COMPLETE":
        place = look.site.place
        mend = f"aws cloudformation delete-stack --stack-name {name} --region {place.region}"
        look.stops(f"the seedkit {name} is {status}", mend)
    else:
        look.fine(f"the seedkit {name} is {status}")


def _named(project: str, kind: str, qualifier: str) -> str:
    name = f"seedfarmer-{project.lower()}-{kind}-role"
    return f"{name}-{qualifier}" if qualifier else name
