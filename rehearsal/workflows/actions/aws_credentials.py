"""aws-actions/configure-aws-credentials: credentials of a role for the token of the job.

https://github.com/aws-actions/configure-aws-credentials
"""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import quote

from rehearsal.workflows.actions.inputs import boolean, lines, number, required
from rehearsal.workflows.log_commands import StepLog
from rehearsal.workflows.steps import ActionError, Call

_ROLE = re.compile(r"arn:aws[a-z-]*:iam::(?P<account>\d{12}):role/[\w+=,.@/-]+", re.ASCII)
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_SECONDS = 30.0
_VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


def run(call: Call) -> None:
    """Assume the role and export its credentials to later steps. Raises ActionError."""
    region, role = required(call, "aws-region"), required(call, "role-to-assume")
    if not _REGION.fullmatch(region):
        raise ActionError(f"Region is not valid: {region}")
    found = _ROLE.fullmatch(role)
    if not found:
        raise ActionError(f"role-to-assume: got {role!r}, expected the ARN of a role")
    allowed = call.inputs.get("allowed-account-ids", "").replace(",", " ").split()
    if allowed and found["account"] not in allowed:
        raise ActionError(f"allowed-account-ids: the role is of account {found['account']}, expected {allowed}")
    if call.session.facts.aws is None:
        raise ActionError(
            "there is no embedded AWS that this role could be assumed in: rehearse workflow runs a file alone. Give "
            "the step an `if` that is false without AWS, or rehearse a whole deployment with `rehearse MANIFEST`"
        )
    token = _id_token(call, required(call, "audience"))
    given = _assume(call, region, role, token)
    _export(call, region, given)


def _id_token(call: Call, audience: str) -> str:
    base = call.session.base
    url, request = base.get("ACTIONS_ID_TOKEN_REQUEST_URL"), base.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
    if not url or not request:
        raise ActionError(
            "Credentials could not be loaded: this job may not ask for an OIDC token. "
            "Did you mean to set the `id-token` permission (id-token: write)?"
        )
    asked = urllib.request.Request(f"{url}&audience={quote(audience, safe='')}")
    asked.add_header("Authorization", f"Bearer {request}")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(asked, timeout=_SECONDS) as answer:
            token = str(json.load(answer)["value"])
    except (urllib.error.URLError, ValueError, KeyError) as error:
        raise ActionError(f"Unable to get an OIDC token: {error}") from None
    call.session.masks.add(token)
    return token


def _client(call: Call, region: str, given: dict[str, Any] | None = None) -> Any:
    import botocore.session
    from botocore import UNSIGNED
    from botocore.config import Config

    assert call.session.facts.aws
    config = Config(retries={"max_attempts": 0}, **({} if given else {"signature_version": UNSIGNED}))
    keys = {"aws_access_key_id": given["AccessKeyId"], "aws_secret_access_key": given["SecretAccessKey"],
            "aws_session_token": given["SessionToken"]} if given else {}  # fmt: skip
    made = botocore.session.Session()
    url = call.session.facts.aws.url
    return made.create_client("sts", region_name=region, endpoint_url=url, config=config, **keys)


def _assume(call: Call, region: str, role: str, token: str) -> dict[str, Any]:
    from botocore.exceptions import BotoCoreError, ClientError

    name = re.sub(r"[^\w+=,.@-]", "_", call.inputs["role-session-name"])
    wanted: dict[str, Any] = {
        "RoleArn": role,
        "RoleSessionName": name,
        "WebIdentityToken": token,
        "DurationSeconds": number(call, "role-duration-seconds", 900, 43_200),
    }
    policy = call.inputs.get("inline-session-policy")
    policies = lines(call, "managed-session-policies")
    wanted |= {"Policy": policy} if policy else {}
    wanted |= {"PolicyArns": [{"arn": each} for each in policies]} if policies else {}
    call.log.say("Assuming role with OIDC")
    try:
        answer = _client(call, region).assume_role_with_web_identity(**wanted)
    except ClientError as error:
        found = error.response.get("Error", {})
        said = f"{found.get('Message', error)} ({found.get('Code', 'no code')})"
        raise ActionError(f"Could not assume role with OIDC: {said}") from None
    except BotoCoreError as error:
        raise ActionError(f"Could not assume role with OIDC: {error}") from None
    call.log.say(f"Authenticated as assumedRoleId {answer['AssumedRoleUser']['AssumedRoleId']}")
    return dict(answer["Credentials"]) | {"Arn": answer["AssumedRoleUser"]["Arn"]}


def _export(call: Call, region: str, given: dict[str, Any]) -> None:
    session = call.session
    account = str(given["Arn"]).split(":")[4]
    session.masks.add(*(str(given[name]) for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")))
    if boolean(call, "mask-aws-account-id"):
        session.masks.add(account)
    call.outputs |= {"aws-account-id": account, "authenticated-arn": str(given["Arn"])}
    if boolean(call, "output-credentials"):
        call.outputs |= {
            "aws-access-key-id": str(given["AccessKeyId"]),
            "aws-secret-access-key": str(given["SecretAccessKey"]),
            "aws-session-token": str(given["SessionToken"]),
            "aws-expiration": given["Expiration"].isoformat(),
        }
    session.env |= {"AWS_REGION": region, "AWS_DEFAULT_REGION": region}
    if boolean(call, "output-env-credentials"):
        values = (given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
        session.env |= dict(zip(_VARIABLES, map(str, values), strict=True))
        call.post("Run aws-actions/configure-aws-credentials", lambda log: _forget(call, log))


def _forget(call: Call, log: StepLog) -> None:
    for name in (*_VARIABLES, "AWS_REGION", "AWS_DEFAULT_REGION"):
        call.session.env.pop(name, None)
    log.say("Cleaning up credentials")
