"""The door through which doctor looks at one account and region; it never writes, and notes what it may not see."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from model_cicd.doctor.finding import OK, STOPS, WARNING, Finding
from model_cicd.operate.access import DeniedError
from model_cicd.text.errors import ModelCicdError

if TYPE_CHECKING:
    from model_cicd.doctor.site import Site
    from model_cicd.operate.access import Access

#: a right's prefix where it is not boto3's name of the service
_PREFIXES = {"service-quotas": "servicequotas"}
#: the right that an operation needs where it is not called as the operation
_RIGHTS = {"s3:HeadBucket": "s3:ListBucket", "s3:ListBuckets": "s3:ListAllMyBuckets"}
_ABSENT = frozenset(
    {"404", "AWSOrganizationsNotInUseException", "ImageNotFoundException", "InvalidGroup.NotFound", "NoSuchBucket",
     "InvalidSubnetID.NotFound", "NoSuchEntity", "NoSuchResourceException", "NotFoundException", "ParameterNotFound",
     "PipelineNotFoundException", "RepositoryDoesNotExistException", "RepositoryNotFoundException",
     "ResourceNotFound", "ResourceNotFoundException"}
)  # fmt: skip
_ABSENT_WORDS = re.compile(r"does not exist|[Cc]ould not find")


class UnseenError(Exception):
    """Something could not be looked at; a finding says so already."""


class Look:
    """What there is at `site`, as the caller sees it, or as `role` (an ARN) where the account is another one.

    `findings` collects what the checks say, and what could not be looked at.
    """

    def __init__(self, access: Access, site: Site, role: str) -> None:
        self.access, self.site, self.role = access, site, role
        self.findings: list[Finding] = []
        self._check = ""
        self._clients: dict[tuple[str, str], Any] = {}
        self._answers: dict[tuple[str, ...], dict[str, Any] | None] = {}

    @property
    def own(self) -> bool:
        """Whether the caller's credentials are of this account."""
        return self.site.place.account == self.access.account

    def begin(self, check: str) -> None:
        """What is found from here on is of this check."""
        self._check = check

    def stops(self, message: str, mend: str = "") -> None:
        """Something that stops a deployment or a promotion."""
        self._say(STOPS, message, mend)

    def warn(self, message: str, mend: str = "") -> None:
        """Something that may, or that could not be looked at."""
        self._say(WARNING, message, mend)

    def fine(self, message: str) -> None:
        """Something that is in order."""
        self._say(OK, message, "")

    def client(self, service: str, region: str = "") -> Any:
        """A client of the account in its region, or in another one. Raises DeniedError where no role leads there."""
        place = self.site.place
        region = region or place.region
        if (service, region) not in self._clients:
            self._clients[service, region] = self.access.client(
                service, account=place.account, region=region, role_arn=None if self.own else self.role
            )
        return self._clients[service, region]

    def ask(
        self, service: str, operation: str, *, of: str = "*", region: str = "", **parameters: Any
    ) -> dict[str, Any] | None:
        """What an operation (`GetRole`) answers about `of`, or None where AWS knows no such thing.

        Raises UnseenError, with a finding, when the caller may not see it or AWS does not answer.
        """
        right = right_of(service, operation)
        try:
            with self.access.asking(right, f"{of} of account {self.site.place.account}"):
                found: dict[str, Any] | None = self._called(service, operation, region, parameters)
        except DeniedError as error:
            # the role that leads here may be what is missing
            missing = "sts:AssumeRole" if error.action == "sts:AssumeRole" else right
            who = self.access.who if self.own or missing != right else self.role
            self.warn(f"could not be looked at: {of} needs the right {missing} of {who}")
            raise UnseenError from None
        except ModelCicdError as error:
            self.warn(f"could not be looked at: {' '.join(str(error).split())}")
            raise UnseenError from None
        return found

    def listed(
        self, service: str, operation: str, key: str, *, region: str = "", **parameters: Any
    ) -> list[dict[str, Any]]:
        """All that an operation lists below `key`; raises as `ask` does."""
        found: list[dict[str, Any]] = []
        token: Mapping[str, Any] = {}
        while True:
            answer = self.ask(service, operation, region=region, **parameters, **token) or {}
            found += answer.get(key, [])
            following = next((name for name in ("NextToken", "nextToken") if answer.get(name)), None)
            if following is None:
                return found
            token = {following: answer[following]}

    def _called(
        self, service: str, operation: str, region: str, parameters: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        from botocore import xform_name
        from botocore.exceptions import ClientError

        key = (service, operation, region, repr(parameters))  # several checks ask for the same
        if key not in self._answers:
            try:
                answer = getattr(self.client(service, region), xform_name(operation))(**parameters)
            except ClientError as error:
                said = error.response.get("Error", {})
                if said.get("Code") not in _ABSENT and not _ABSENT_WORDS.search(str(said.get("Message", ""))):
                    raise
                answer = None
            self._answers[key] = answer
        return self._answers[key]

    def _say(self, severity: str, message: str, mend: str) -> None:
        place = self.site.place
        self.findings.append(Finding(severity, place.account, place.region, self._check, message, mend))


def right_of(service: str, operation: str) -> str:
    """The right that an operation of a service (boto3's name) needs."""
    right = f"{_PREFIXES.get(service, service)}:{operation}"
    return _RIGHTS.get(right, right)
