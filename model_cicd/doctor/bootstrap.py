"""The CDK bootstrap of an account and region: there, new enough, trusting, and with rights for CloudFormation.

https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import unquote

from model_cicd.aws.accounts import parameters
from model_cicd.doctor.look import Look, UnseenError

#: what the CDK's cloud assemblies ask for: `requiresBootstrapStackVersion` is 6 of a stack, 8 of its lookup role
OLDEST = 8
_DEFAULT = "hnb659fds"
_ROLE = re.compile(r"role/cdk-(?P<qualifier>[a-z0-9]+)-")
_USABLE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE")


def check(look: Look) -> None:
    """The bootstrap stack by its qualifier, whatever its name, then its roles."""
    qualifier = qualifier_of(look.site.bootstrap.lookup)
    stacks = [each for each in look.listed("cloudformation", "DescribeStacks", "Stacks") if _version(each)]
    ours = next((each for each in stacks if _parameter(each, "Qualifier") == qualifier), None)
    if ours is None:
        others = ", ".join(f"{each['StackName']} ({_parameter(each, 'Qualifier')})" for each in stacks)
        message = f"no CDK bootstrap with the qualifier {qualifier}" + (f", only {others}" if others else "")
        look.stops(message, bootstrap_command(look))
        return
    name, version, status = ours["StackName"], int(_version(ours)), ours["StackStatus"]
    if version < OLDEST:
        look.stops(f"{name} has version {version}, expected at least {OLDEST}", bootstrap_command(look))
    if status not in _USABLE:
        look.stops(f"{name} is {status}, expected one of {', '.join(_USABLE)}", bootstrap_command(look))
    for arn in look.site.bootstrap.assumable:
        with suppress(UnseenError):
            _trust(look, arn)
    _execution(look)
    look.fine(f"{name} has version {version} and the qualifier {qualifier}")


def qualifier_of(role: str) -> str:
    """The qualifier in the ARN of a bootstrap role."""
    found = _ROLE.search(role)
    return found["qualifier"] if found else _DEFAULT


def bootstrap_command(look: Look) -> str:
    """The command that bootstraps the account and region as the manifest needs it."""
    site, place = look.site, look.site.place
    qualifier = qualifier_of(site.bootstrap.lookup)
    parts = [f"npx cdk bootstrap aws://{place.account}/{place.region}"]
    parts += [f"--qualifier {qualifier}"] if qualifier != _DEFAULT else []
    parts += [f"--trust {account}" for account in sorted(site.trusted - {place.account})]
    return " ".join([*parts, "--cloudformation-execution-policies POLICY_ARN"])


def trusts(document: Any, account: str) -> bool:
    """Whether a trust policy (text as IAM answers it, or JSON read already) lets an account assume the role."""
    policy = json.loads(unquote(document)) if isinstance(document, str) else document
    statements = policy.get("Statement", [])
    return any(
        each.get("Effect") == "Allow" and _named(each.get("Principal"), account)
        for each in (statements if isinstance(statements, list) else [statements])
    )


def _named(principal: Any, account: str) -> bool:
    given = principal.get("AWS", []) if isinstance(principal, Mapping) else principal
    texts = given if isinstance(given, list) else [given]
    return any(each in ("*", account) or f"::{account}:" in str(each) for each in texts)


def _trust(look: Look, arn: str) -> None:
    name = arn.rpartition("/")[2]
    found = look.ask("iam", "GetRole", of=name, RoleName=name)
    if found is None:
        look.stops(f"the role {name} is not there", bootstrap_command(look))
        return
    for account in sorted(look.site.trusted):
        if not trusts(found["Role"]["AssumeRolePolicyDocument"], account):
            look.stops(f"the role {name} does not trust account {account}", bootstrap_command(look))


def _execution(look: Look) -> None:
    name = look.site.bootstrap.cfn_exec.rpartition("/")[2]
    with suppress(UnseenError):
        attached = look.ask("iam", "ListAttachedRolePolicies", of=name, RoleName=name)
        if attached is None:
            look.stops(f"the role {name} is not there", bootstrap_command(look))
            return
        inline = look.ask("iam", "ListRolePolicies", of=name, RoleName=name) or {}
        names = [each["PolicyName"] for each in attached["AttachedPolicies"]] + inline.get("PolicyNames", [])
        if not names:
            message = f"{name} has no policy: CloudFormation can make nothing"
            look.stops(message, bootstrap_command(look))
        else:
            look.fine(f"CloudFormation acts with {', '.join(names)}")


def _version(stack: Mapping[str, Any]) -> str:
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}
    found = str(outputs.get("BootstrapVersion", ""))
    return found if found.isdigit() else ""


def _parameter(stack: Mapping[str, Any], name: str) -> str:
    return parameters(stack).get(name, "")
