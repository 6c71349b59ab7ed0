"""Values that modules take from Parameter Store and Secrets Manager: `--parameter` and `--secret` put them there.

A person does it in the account and region of the module before the deployment
(https://seed-farmer.readthedocs.io/en/latest/reference/manifests/).
"""

from __future__ import annotations

from collections.abc import Iterator

from botocore.exceptions import ClientError

from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.errors import RehearsalError
from rehearsal.job.documents import Reference
from rehearsal.job.plan import Plan

STEP = "values of modules"


def put(aws: EmbeddedAws, plan: Plan) -> None:
    """Put the values where modules look for them; those that no module names go to the toolchain account.

    Raises RehearsalError.
    """
    for kind, name, value in plan.provided.values:
        found = {(each.account, each.region) for each in plan.references if (each.kind, each.name) == (kind, name)}
        for account, region in sorted(found) or [(plan.toolchain_account, plan.toolchain_region)]:
            try:
                _put(aws, kind, name, value, (account, region))
            except ClientError as error:
                raise RehearsalError(STEP, f"--{kind} {name} in {account}/{region}: {error}") from None


def unsaid(plan: Plan) -> Iterator[str]:
    """Of each value that no option puts there, whose it is."""
    for each in dict.fromkeys(plan.references):
        if plan.provided.value(each.kind, each.name) is None:
            yield f"module {each.module} reads {_named(each)}: --{each.kind} {each.name}=VALUE puts it there"


def _put(aws: EmbeddedAws, kind: str, name: str, value: str, place: tuple[str, str]) -> None:
    account, region = place
    if kind == "parameter":
        ssm = aws.client("ssm", account=account, region=region)
        ssm.put_parameter(Name=name, Value=value, Type="String", Overwrite=True)
    else:
        aws.client("secretsmanager", account=account, region=region).create_secret(Name=name, SecretString=value)


def _named(each: Reference) -> str:
    what = "the SSM parameter" if each.kind == "parameter" else "the secret"
    return f"{what} {each.name} in {each.account}/{each.region}"
