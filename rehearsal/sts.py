"""STS: who am I, and roles. https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping

from moto.core.utils import get_service_model

from rehearsal.accounts import ROLE_ARN, Accounts, role_id
from rehearsal.api import ApiError, Caller, Operation, Params
from rehearsal.iam.principals import Missing, find_role, managed_text, parse
from rehearsal.operations import operations
from rehearsal.params import only

_SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_SHORTEST, _LONGEST = 900, 43200


class Sts:
    """GetCallerIdentity and AssumeRole; a role must exist to be assumed."""

    name = "sts"
    exclusive = True

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    def operations(self) -> Mapping[str, Operation]:
        """API name -> method; any other operation is refused by its name."""
        return operations(get_service_model("sts"), self)

    def get_caller_identity(self, caller: Caller, params: Params) -> Params:
        """The account, ARN and id of the caller."""
        user_id = self._accounts.identify(caller.access_key).user_id
        return {"Account": caller.account, "Arn": caller.arn, "UserId": user_id}

    def get_access_key_info(self, caller: Caller, params: Params) -> Params:
        """The account of an access key."""
        try:
            return {"Account": self._accounts.identify(params["AccessKeyId"]).account}
        except ApiError:
            text = f"Invalid id: {params['AccessKeyId']}"
            raise ApiError("ValidationError", text) from None

    def decode_authorization_message(self, caller: Caller, params: Params) -> Params:
        """No service of the embedded AWS encodes a message, so that none can be decoded."""
        text = "Message is not valid"
        raise ApiError("InvalidAuthorizationMessageException", text)

    def assume_role(self, caller: Caller, params: Params) -> Params:
        """Temporary credentials of an existing role. Raises ApiError AccessDenied."""
        known = {"RoleArn", "RoleSessionName", "DurationSeconds", "Policy", "PolicyArns", "ExternalId"}
        only(params, known, "AssumeRole")
        arn, session_name, seconds = params["RoleArn"], params["RoleSessionName"], params.get("DurationSeconds", 3600)
        if not _SESSION_NAME.fullmatch(session_name) or not _SHORTEST <= seconds <= _LONGEST:
            text = f"got the session {session_name!r} of {seconds} s, expected a name of 2 to 64 letters, digits, "
            raise ApiError("ValidationError", f"{text}+=,.@_- and {_SHORTEST} to {_LONGEST} s")
        found = ROLE_ARN.match(arn)
        if not found or find_role(arn) is None:
            text = f"User: {caller.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}"
            raise ApiError("AccessDenied", text, 403)
        expires = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
        made = self._accounts.session(arn, session_name, _session_policies(params, found["account"]), expires)
        return {
            "Credentials": {
                "AccessKeyId": made.access_key,
                "SecretAccessKey": made.secret_key,
                "SessionToken": made.session_token,
                "Expiration": expires,
            },
            "AssumedRoleUser": {"AssumedRoleId": f"{role_id(arn)}:{session_name}", "Arn": made.arn},
        }


def _session_policies(params: Params, account: str) -> tuple[str, ...]:
    """The documents that narrow a session. Raises ApiError when one is not there or no policy."""
    try:
        managed = [managed_text(each["arn"], account) for each in params.get("PolicyArns") or []]
        made = (*([params["Policy"]] if params.get("Policy") else []), *managed)
        for text in made:
            parse(text, "session policy")
    except Missing as error:
        raise ApiError("NoSuchEntity", str(error), 404) from None
    except ValueError as error:
        raise ApiError("MalformedPolicyDocument", str(error)) from None
    return made
