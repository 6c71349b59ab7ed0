"""Decides every call, and says no as AWS does."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Iterable

from iam_policy import Policies, Request, decide
from rehearsal.accounts import Accounts, Credentials
from rehearsal.api import ApiError, Caller
from rehearsal.aws_request import AwsRequest
from rehearsal.iam import principals
from rehearsal.iam.checks import Check
from rehearsal.iam.context import Organization, context_of
from rehearsal.iam.delays import Delays
from rehearsal.iam.ledger import Ledger
from rehearsal.iam.requests import Unmapped, checks_of
from rehearsal.iam.resource_policies import ResourcePolicies
from rehearsal.latency import AT_ONCE, Latency

log = logging.getLogger(__name__)

MODES = ("enforce", "audit", "off")
AWS_ITSELF = "AWS"

# how a denial is called where it is not AccessDeniedException
_CODES = {"s3": "AccessDenied", "iam": "AccessDenied", "sts": "AccessDenied", "cloudformation": "AccessDenied",
          "monitoring": "AccessDenied", "sqs": "AccessDenied", "sns": "AuthorizationError",
          "ec2": "UnauthorizedOperation"}  # fmt: skip


class Authorizer:
    """Decides calls. `mode` is enforce, audit (note what would be denied, deny nothing) or off."""

    def __init__(
        self,
        accounts: Accounts,
        policies: ResourcePolicies,
        mode: str,
        organization: Organization,
        latency: Latency = AT_ONCE,
    ) -> None:
        if mode not in MODES:
            raise ValueError(f"iam: got {mode!r}, expected {', '.join(MODES)}")
        self.mode = mode
        self.ledger = Ledger()
        self.organization = organization
        self._accounts = accounts
        self._resources = policies
        self._delays = Delays(latency)
        policies.add("sts", self._delays.trust)

    def changed(self, request: AwsRequest, caller: Caller) -> None:
        """A request was run: what it changed decides when AWS would know it."""
        self._delays.changed(request.service, request.operation, request.params, caller)

    def request(self, request: AwsRequest, caller: Caller) -> list[Check]:
        """Decide a request, and say what was decided: nothing when nothing has to be.

        Raises ApiError when it is denied, or when nobody has said what it needs.
        """
        identity = self._accounts.identify(caller.access_key)
        if self.mode == "off" or identity.service == AWS_ITSELF:
            return []
        try:
            checks = checks_of(request, caller)
        except Unmapped as unmapped:
            self.ledger.unmapped(str(unmapped))
            log.warning("iam: no mapping of %s (%s)", unmapped, identity.arn)
            if self.mode == "enforce":
                text = f"the embedded AWS does not support {unmapped} (see docs/rehearsal.md, IAM)"
                raise ApiError("UnknownOperationException", text) from None
            return []
        self.require(identity, checks, caller.region, request.service, secure=caller.secure)
        return checks

    def require(
        self, identity: Credentials, checks: Iterable[Check], region: str, service: str, *, secure: bool = True
    ) -> None:
        """Decide all checks of one operation. Raises ApiError for the first that is denied."""
        if self.mode == "off" or identity.service == AWS_ITSELF:
            return
        for check in checks:
            text = self.refusal(identity, check, region, secure=secure)
            if text and self.mode == "enforce":
                raise ApiError(_CODES.get(service, "AccessDeniedException"), text, 403)

    def refusal(self, identity: Credentials, check: Check, region: str, *, secure: bool = True) -> str | None:
        """Decide one check; the text of the denial, or None when it is allowed."""
        now = datetime.datetime.now(datetime.UTC)
        check = self._delays.check(check)
        context = context_of(identity, check, region, self.organization, now, secure=secure)
        try:
            request = Request(
                principal=principals.principal_of(identity),
                action=check.action,
                resource=check.resource,
                resource_account=check.account,
                context={**context, **self._resources.state_of(check)},
            )
            policies = Policies(
                identity=self._delays.policies(identity.role, principals.identity_policies(identity)),
                boundary=principals.boundary_of(identity),
                session=principals.session_policies(identity),
                resource=self._resources.of(check),
            )
            decision = decide(request, policies)
            reason = decision.reason
            if decision.allowed:
                self.ledger.used(identity.role, check.action, check.resource, decision.statements)
                return None
            because = aws_reason(check.action, reason)
            if check.action == "iam:PassRole" and check.account != identity.account:
                because = "because Cross-account pass role is not allowed"
        except (principals.Missing, ValueError) as problem:  # also what the engine does not decide
            reason, because = str(problem), f"because {problem}"
        who = identity.arn if identity.service else f"User: {identity.arn}"
        text = f"{who} is not authorized to perform: {check.action} on resource: {check.resource} {because}"
        log.info("iam: %s: %s", "denied" if self.mode == "enforce" else "would deny", text)
        self.ledger.denied(identity.role or identity.arn, check.action, check.resource, reason, text)
        return text


def aws_reason(action: str, reason: str) -> str:
    """The end of AWS's message for a reason of the engine.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """
    kinds = (("identity", "identity-based policy"), ("boundary", "permissions boundary"), ("session", "session policy"))
    if reason.startswith("explicit deny in "):
        where = reason.removeprefix("explicit deny in ").partition(":")[0]
        kind = next((words for name, words in kinds if name in where), "resource-based policy")
        return f"with an explicit deny in {'an' if kind[0] == 'i' else 'a'} {kind}"
    first = reason.partition(" of ")[0]
    kind = next((words for name, words in kinds if name in first), "resource-based policy")
    return f"because no {kind} allows the {action} action"
