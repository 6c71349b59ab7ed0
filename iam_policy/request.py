"""What is asked: who, what, on which resource, in which circumstances."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from iam_policy.errors import PolicyError, nearest

#: who is of no account
WITHOUT_ACCOUNT = ("service", "web-identity", "anonymous")
KINDS = ("role", "user", "root", *WITHOUT_ACCOUNT)
_EMPTY: Mapping[str, str] = MappingProxyType({})
_ACCOUNT = re.compile(r"\d{12}")
_ACTION = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9]+")
_PROVIDER = re.compile(r"arn:[a-z-]+:iam::(\d{12}):oidc-provider/[a-z0-9.-]+(/[^*?$]*)?")
_SERVICE = re.compile(r"[a-z0-9.-]+\.amazonaws\.com(\.cn)?")
_SHAPES = {
    "role": (re.compile(r"arn:[a-z-]+:iam::(\d{12}):role/.+"), "arn:aws:iam::ACCOUNT:role/NAME, also of a session"),
    "user": (re.compile(r"arn:[a-z-]+:iam::(\d{12}):user/.+"), "arn:aws:iam::ACCOUNT:user/NAME"),
    "root": (re.compile(r"arn:[a-z-]+:iam::(\d{12}):root"), "arn:aws:iam::ACCOUNT:root"),
}
_SESSION = re.compile(r"arn:[a-z-]+:sts::(\d{12}):assumed-role/([^/]+)/([^/]+)")


@dataclass(frozen=True)
class Principal:
    """Who asks.

    Attributes:
        kind: role, user, root, service, web-identity or anonymous.
        arn: the IAM ARN of the role (of its sessions too), user or root; a service's name (`events.amazonaws.com`);
            of whoever has a token, the ARN of the OIDC provider that stands for the issuer; empty for an anonymous
            caller.
        account: 12 digits; empty for a service, whoever has a token, and an anonymous caller.
        session_arn: `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION` of a role's session.
        tags: tags of the principal and its session, as `aws:PrincipalTag/KEY` shows them.

    Raises:
        PolicyError: members that do not fit each other.
    """

    kind: str
    arn: str
    account: str
    session_arn: str | None = None
    tags: Mapping[str, str] = field(default_factory=lambda: _EMPTY)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise PolicyError(f"principal kind {self.kind!r}: expected {', '.join(KINDS)}{nearest(self.kind, KINDS)}")
        if self.kind in _SHAPES:
            shape, example = _SHAPES[self.kind]
            match = shape.fullmatch(self.arn)
            if match is None:
                raise PolicyError(f"{self.kind} {self.arn!r}: expected {example}")
            if match[1] != self.account:
                raise PolicyError(f"{self.arn} is not in account {self.account!r}")
        elif self.account:
            raise PolicyError(f"{self.kind} principal with account {self.account!r}: it has none")
        elif self.kind == "service" and not _SERVICE.fullmatch(self.arn):
            raise PolicyError(f"service {self.arn!r}: expected a name like events.amazonaws.com")
        elif self.kind == "web-identity" and not _PROVIDER.fullmatch(self.arn):
            raise PolicyError(f"web-identity {self.arn!r}: expected arn:aws:iam::ACCOUNT:oidc-provider/ISSUER")
        elif self.kind == "anonymous" and self.arn:
            raise PolicyError(f"anonymous principal with ARN {self.arn!r}: it has none")
        if self.session_arn is not None:
            session = _SESSION.fullmatch(self.session_arn)
            if self.kind != "role" or session is None or session[1] != self.account or session[2] != self.name:
                raise PolicyError(f"session {self.session_arn!r} is not one of {self.arn}")

    @functools.cached_property
    def keys(self) -> Mapping[str, str]:
        """The condition keys that say who it is, in lower case."""
        keys: dict[str, str]
        if self.kind == "anonymous":
            keys = {"principalaccount": "anonymous", "principaltype": "Anonymous", "userid": "anonymous"}
        elif self.kind == "service":
            keys = {"principalisawsservice": "true", "principalservicename": self.arn}
        elif self.kind == "web-identity":
            keys = {"federatedprovider": self.arn, "principalisawsservice": "false"}
        else:
            keys = {
                "principalarn": self.arn,
                "principalaccount": self.account,
                "principaltype": {"role": "AssumedRole", "user": "User", "root": "Account"}[self.kind],
                "principalisawsservice": "false",
            }
            if self.kind == "user":
                keys |= {"username": self.name}
            elif self.kind == "root":
                keys |= {"userid": self.account}
            keys |= {f"principaltag/{key.lower()}": value for key, value in self.tags.items()}
        return {f"aws:{key}": value for key, value in keys.items()}

    @property
    def name(self) -> str:
        """The name without its path: of a role or user."""
        return self.arn.rpartition("/")[2]

    def __str__(self) -> str:
        """As in AWS's messages: the session's ARN when there is one."""
        if self.kind == "anonymous":
            return "an anonymous caller"
        if self.kind == "web-identity":
            return f"a token of {self.arn.partition(':oidc-provider/')[2]}"
        return self.session_arn or self.arn


@dataclass(frozen=True)
class Request:
    """What is asked.

    Attributes:
        principal: who asks.
        action: `s3:GetObject`; not case-sensitive.
        resource: the ARN, or `*` for actions without a resource.
        resource_account: the account that owns the resource, 12 digits (an S3 ARN does not say); for `*` the one that
            is asked.
        context: condition keys, not case-sensitive, to a value, or to a sequence of values for a multivalued key. A key
            that is not given is absent from the request; those that follow from the other members are filled in.

    Raises:
        PolicyError: a malformed action or account.
    """

    principal: Principal
    action: str
    resource: str
    resource_account: str
    context: Mapping[str, str | Sequence[str]] = field(default_factory=lambda: _EMPTY)

    def __post_init__(self) -> None:
        if not _ACTION.fullmatch(self.action):
            raise PolicyError(f"action {self.action!r}: expected SERVICE:NAME, such as s3:GetObject")
        if self.resource != "*" and not self.resource.startswith("arn:"):
            raise PolicyError(f"resource {self.resource!r}: expected an ARN or '*'")
        if not _ACCOUNT.fullmatch(self.resource_account):
            raise PolicyError(f"resource account {self.resource_account!r}: expected 12 digits")

    @property
    def lowered(self) -> str:
        """The action in lower case."""
        return _spellings(self.action)[0]

    @property
    def service(self) -> str:
        """The action's prefix in lower case: `s3`."""
        return _spellings(self.action)[1]


@functools.lru_cache(maxsize=8192)
def _spellings(action: str) -> tuple[str, str]:
    lowered = action.lower()
    return lowered, lowered.partition(":")[0]
