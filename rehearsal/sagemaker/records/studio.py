"""Domains of Studio, with their user profiles and spaces: kept and shown. No application runs in them.

https://docs.aws.amazon.com/sagemaker/latest/dg/studio-entity-status.html
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rehearsal.api import ApiError, Caller, Operation, Params
from rehearsal.named import Scope
from rehearsal.sagemaker import listing
from rehearsal.sagemaker.identity import check_role
from rehearsal.sagemaker.ports import SageMakerPlatform
from rehearsal.sagemaker.records.kind import Record
from rehearsal.sagemaker.resources import Resources
from rehearsal.sagemaker.tags import Tags

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_TIMES = {"CreationTime": "CreationTime", "LastModifiedTime": "LastModifiedTime"}
_USER = "200005"  # the POSIX user that files of a profile belong to


class _Kind(Resources[Record]):
    absent = ("ResourceNotFound", "{words} [{name}] does not exist.")
    taken = ("ResourceInUse", "{words} already exists: {arn}")

    def __init__(self, tags: Tags, kind: str, words: str) -> None:
        super().__init__(tags)
        self.kind, self.words = kind, words


@dataclass(frozen=True)
class _Member:
    """What belongs to a domain: `UserProfile`, in lists `UserProfiles`; `filter` is that of lists by name."""

    noun: str
    records: _Kind
    filter: str


class Studio:
    """Domains by their ids, and what is in each of them by its name."""

    def __init__(self, platform: SageMakerPlatform, tags: Tags) -> None:
        self._platform = platform
        self._domains = _Kind(tags, "domain", "Domain")
        profiles, spaces = _Kind(tags, "user-profile", "UserProfile"), _Kind(tags, "space", "Space")
        self._members = (
            _Member("UserProfile", profiles, "UserProfileNameContains"),
            _Member("Space", spaces, "SpaceNameContains"),
        )

    def operations(self) -> dict[str, Operation]:
        """API name -> method."""
        made: dict[str, Operation] = {
            "CreateDomain": self.create,
            "DescribeDomain": self.describe,
            "ListDomains": self.list_all,
            "UpdateDomain": self.update,
            "DeleteDomain": self.delete,
        }
        for member in self._members:
            made |= _MemberOperations(self, member).operations()
        return made

    def create(self, caller: Caller, params: Params) -> Params:
        """A domain, in service at once, with a home file system that nobody can mount."""
        self.check_roles(caller, params)
        if any(each.described["DomainName"] == params["DomainName"] for each in self._domains.of(caller.scope)):
            raise ApiError("ResourceInUse", f"Domain already exists: {params['DomainName']}")
        name, now = f"d-{_token(12)}", listing.now()
        url = f"https://{name}.studio.{caller.region}.sagemaker.aws"
        described = {key: value for key, value in params.items() if key != "Tags"} | {
            "DomainId": name, "DomainArn": self._domains.arn(caller.scope, name), "Status": "InService", "Url": url,
            "HomeEfsFileSystemId": f"fs-{secrets.token_hex(8)}0", "CreationTime": now, "LastModifiedTime": now,
        }  # fmt: skip
        arn = self._domains.register(caller.scope, name, Record(caller.scope, name, described), params.get("Tags"))
        return {"DomainArn": arn, "DomainId": name, "Url": url}

    def describe(self, caller: Caller, params: Params) -> Params:
        """One domain. Raises ApiError ResourceNotFound."""
        return self._domains.at(caller.scope, params["DomainId"]).described

    def list_all(self, caller: Caller, params: Params) -> Params:
        """The domains of the account."""
        return listing.page([each.described for each in self._domains.of(caller.scope)], params, "Domains")

    def update(self, caller: Caller, params: Params) -> Params:
        """Other settings in the place of those that are named; of the domain's own, each by itself."""
        self.check_roles(caller, params)
        described = self.describe(caller, params)
        with self._domains.lock:
            for key, value in params.items():
                name = key.removesuffix("ForUpdate")
                described[name] = {**described.get(name, {}), **value} if name != key else value
            described["LastModifiedTime"] = listing.now()
        return {"DomainArn": described["DomainArn"]}

    def delete(self, caller: Caller, params: Params) -> Params:
        """Delete a domain that nobody and nothing is in; nothing is in its file system either way."""
        params.get("RetentionPolicy")
        record = self._domains.at(caller.scope, params["DomainId"])
        for member in self._members:
            if any(each.described["DomainId"] == record.name for each in member.records.of(record.scope)):
                text = f"Unable to delete Domain {record.name}. It has a {member.noun} associated with it."
                raise ApiError("ResourceInUse", text)
        self._domains.pop(record.scope, record.name)
        return {}

    def must_have(self, scope: Scope, domain: str) -> None:
        """Raises ApiError ResourceNotFound without such a domain."""
        self._domains.at(scope, domain)

    def check_roles(self, caller: Caller, params: Params) -> None:
        """The execution roles in the settings have to be SageMaker's to take on. Raises ApiError."""
        for role in _roles(dict(params)):
            check_role(self._platform, role, caller.account)


class _MemberOperations:
    """The operations on one kind of what is in domains."""

    def __init__(self, studio: Studio, member: _Member) -> None:
        self._studio, self._of = studio, member

    def operations(self) -> dict[str, Operation]:
        noun = self._of.noun
        made: dict[str, Operation] = {
            f"Create{noun}": self.create,
            f"Describe{noun}": self.describe,
            f"List{noun}s": self.list_all,
            f"Update{noun}": self.update,
            f"Delete{noun}": self.delete,
        }
        return made

    def create(self, caller: Caller, params: Params) -> Params:
        self._studio.must_have(caller.scope, params["DomainId"])
        self._studio.check_roles(caller, params)
        name, now, noun = self._name(params), listing.now(), self._of.noun
        arn = self._of.records.arn(caller.scope, name)
        described = {key: value for key, value in params.items() if key != "Tags"}
        described |= {f"{noun}Arn": arn, "Status": "InService", "CreationTime": now, "LastModifiedTime": now}
        described["HomeEfsFileSystemUid"] = _USER
        made = Record(caller.scope, name, described)
        return {f"{noun}Arn": self._of.records.register(caller.scope, name, made, params.get("Tags"))}

    def describe(self, caller: Caller, params: Params) -> Params:
        return self._record(caller, params).described

    def list_all(self, caller: Caller, params: Params) -> Params:
        noun, domain = self._of.noun, params.get("DomainIdEquals")
        text = params.get(self._of.filter, "")
        rows = [each.described for each in self._of.records.of(caller.scope)]
        kept = [row for row in rows if domain in (None, row["DomainId"]) and text in row[f"{noun}Name"]]
        ordered = listing.order(kept, params, _TIMES, by="CreationTime", descending=False)
        return listing.page(ordered, params, f"{noun}s")

    def update(self, caller: Caller, params: Params) -> Params:
        self._studio.check_roles(caller, params)
        described = self._record(caller, params).described
        with self._of.records.lock:
            described.update({**params}, LastModifiedTime=listing.now())
        return {f"{self._of.noun}Arn": described[f"{self._of.noun}Arn"]}

    def delete(self, caller: Caller, params: Params) -> Params:
        record = self._record(caller, params)
        self._of.records.pop(record.scope, record.name)
        return {}

    def _record(self, caller: Caller, params: Params) -> Record:
        self._studio.must_have(caller.scope, params["DomainId"])
        return self._of.records.at(caller.scope, self._name(params))

    def _name(self, params: Params) -> str:
        return f"{params['DomainId']}/{params[f'{self._of.noun}Name']}"


def _roles(value: Any) -> Iterator[str]:
    """Every execution role in settings."""
    if isinstance(value, dict):
        for key, part in value.items():
            if key == "ExecutionRole":
                yield part
            else:
                yield from _roles(part)


def _token(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))
