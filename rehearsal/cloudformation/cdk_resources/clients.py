"""Clients that act as the role of a function, which CloudFormation would call on AWS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.accounts import Credentials
from rehearsal.cloudformation.provider import ResourceError
from rehearsal.ports import Platform
from rehearsal.roles import trusts_service


@dataclass(frozen=True)
class RoleClients:
    """Those of one identity, in a region unless another is asked for."""

    platform: Platform
    region: str
    identity: Credentials

    def client(self, service: str, region: str | None = None) -> Any:
        """A client of a service (botocore's name)."""
        return self.platform.client(
            service, account=self.identity.account, region=region or self.region, identity=self.identity
        )

    def assuming(self, role: str, session: str, external_id: str | None) -> RoleClients:
        """Those of another role. Raises ClientError when this one may not assume it."""
        more = {"ExternalId": external_id} if external_id else {}
        found = self.client("sts").assume_role(RoleArn=role, RoleSessionName=session, **more)["Credentials"]
        return RoleClients(self.platform, self.region, self.platform.accounts.identify(found["AccessKeyId"]))


def is_of_stack(platform: Platform, place: tuple[str, str], token: str, stack: str) -> bool:
    """Whether the function of a ServiceToken is a resource of the stack (its id), as those of the CDK always are.

    Tags that begin with `aws:` are AWS's own: nobody else writes them.
    """
    account, region = place
    functions = platform.internal_client("lambda", account=account, region=region)
    try:
        tags = functions.get_function(FunctionName=token).get("Tags", {})
    except ClientError:
        return True  # that there is none is said when it is asked for
    return bool(tags.get("aws:cloudformation:stack-id") == stack)


def of_function(platform: Platform, place: tuple[str, str], token: str) -> tuple[str, RoleClients]:
    """The name of the function of a ServiceToken, and the clients of its role; `place` is the stack's.

    Raises ResourceError when there is no such function, or it may not run.
    """
    account, region = place
    functions = platform.internal_client("lambda", account=account, region=region)
    try:
        found = functions.get_function_configuration(FunctionName=token)
        reserved = functions.get_function_concurrency(FunctionName=token).get("ReservedConcurrentExecutions")
    except ClientError as error:
        raise ResourceError(f"Invalid service token: {token}: {error.response['Error'].get('Message')}") from None
    if reserved == 0:
        raise ResourceError(f"Rate Exceeded. (Service: AWSLambda; {token} may not run: its reserved concurrency is 0)")
    if not trusts_service(found["Role"], "lambda.amazonaws.com"):
        raise ResourceError("The role defined for the function cannot be assumed by Lambda.")
    name = str(found["FunctionName"])
    return name, RoleClients(platform, region, platform.accounts.role_session(found["Role"], name))
