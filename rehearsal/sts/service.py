"""The operations. https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html"""

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
from rehearsal.sts.web_identity import WebIdentities

_SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_SHORTEST, _LONGEST = 900, 43200


class Sts:
    """GetCallerIdentity, AssumeRole and AssumeRoleWithWebIdentity; a role must exist to be assumed."""

    name = "sts"
    exclusive = True

    def __init__(self, accounts: Accounts, identities: WebIdentities) -> None:
        self._accounts = accounts
        self._identities = identities

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
        _check_session(session_name, seconds)
        found = ROLE_ARN.match(arn)
        if not found or find_role(arn) is None:
            text = f"User: {caller.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}"
            raise ApiError("AccessDenied", text, 403)
        return self._session(arn, session_name, seconds, _session_policies(params, found["account"]))

    def assume_role_with_web_identity(self, caller: Caller, params: Params) -> Params:
        """Temporary credentials of a role for whom a token stands; nobody has to sign the request. Raises ApiError."""
        known = {"RoleArn", "RoleSessionName", "WebIdentityToken", "DurationSeconds", "Policy", "PolicyArns"}
        only(params, known, "AssumeRoleWithWebIdentity")
        arn, session_name, seconds = params["RoleArn"], params["RoleSessionName"], params.get("DurationSeconds", 3600)
        _check_session(session_name, seconds)
        who = self._identities.admit(arn, session_name, params["WebIdentityToken"], seconds, caller.region)
        policies = _session_policies(params, arn.split(":")[4])
        more = {
            "SubjectFromWebIdentityToken": who.subject,
            "Provider": who.provider,
            "Audience": who.audience,
        }
        return self._session(arn, session_name, seconds, policies, who.provider) | more

    def _session(
        self, arn: str, name: str, seconds: int, policies: tuple[str, ...], provider: str | None = None
    ) -> Params:
        expires = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
        made = self._accounts.session(arn, name, policies, expires, provider)
        return {
            "Credentials": {
                "AccessKeyId": made.access_key,
                "SecretAccessKey": made.secret_key,
                "SessionToken": made.session_token,
                "Expiration": expires,
            },
            "AssumedRoleUser": {"AssumedRoleId": f"{role_id(arn)}:{name}", "Arn": made.arn},
        }


def _check_session(name: str, seconds: int) -> None:
    if not _SESSION_NAME.fullmatch(name) or not _SHORTEST <= seconds <= _LONGEST:
        text = f"got the session {name!r} of {seconds} s, expected a name of 2 to 64 letters, digits, "
        raise ApiError("ValidationError", f"{text}+=,.@_- and {_SHORTEST} to {_LONGEST} s")


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
