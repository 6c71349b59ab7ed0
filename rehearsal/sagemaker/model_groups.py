"""Model package groups and their resource policies.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-model-group.html
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from rehearsal.api import Caller, Operation, Params
from rehearsal.sagemaker import arns, listing
from rehearsal.sagemaker.arns import Scope
from rehearsal.sagemaker.errors import invalid
from rehearsal.sagemaker.identity import created_by
from rehearsal.sagemaker.tags import Tags

KIND = "model-package-group"


@dataclass
class Group:
    """A group as the API shows it; `versions` are its model packages by version, `last_version` is never reused."""

    arn: str
    described: Params
    policy: str | None = None
    versions: dict[int, Params] = field(default_factory=dict)
    last_version: int = 0


class ModelGroups:
    """The groups by account, region and name. Thread-safe: `lock` also guards the groups' versions."""

    def __init__(self, tags: Tags) -> None:
        self.lock = threading.RLock()
        self._tags = tags
        self._groups: dict[tuple[Scope, str], Group] = {}

    def operations(self) -> Mapping[str, Operation]:
        """API name -> method, of this part of the service."""
        return {
            "CreateModelPackageGroup": self.create,
            "DescribeModelPackageGroup": self.describe,
            "ListModelPackageGroups": self.list,
            "DeleteModelPackageGroup": self.delete,
            "PutModelPackageGroupPolicy": self.put_policy,
            "GetModelPackageGroupPolicy": self.get_policy,
            "DeleteModelPackageGroupPolicy": self.delete_policy,
        }

    def get(self, caller: Caller, name_or_arn: str) -> tuple[Scope, Group]:
        """A group by name in the caller's account or by ARN in any. Raises ApiError ValidationException."""
        found = arns.locate((caller.account, caller.region), KIND, name_or_arn)
        with self.lock:
            group = self._groups.get((found.scope, found.name))
        if group is None:
            raise invalid(f"ModelPackageGroup {arns.make(found.scope, KIND, found.name)} does not exist.")
        return found.scope, group

    def all(self) -> list[tuple[Scope, Group]]:
        """Every group with its account and region."""
        with self.lock:
            return [(scope, group) for (scope, _), group in self._groups.items()]

    def put_back(self, scope: Scope, group: Group) -> None:
        """A group of an earlier run, with its versions."""
        with self.lock:
            self._tags.register(group.arn, None)
            self._groups[scope, group.described["ModelPackageGroupName"]] = group

    def create(self, caller: Caller, params: Params) -> Params:
        """Make an empty group. Raises ApiError ValidationException."""
        scope, name = (caller.account, caller.region), params["ModelPackageGroupName"]
        arn = arns.make(scope, KIND, name)
        described = {
            "ModelPackageGroupName": name,
            "ModelPackageGroupArn": arn,
            "ModelPackageGroupDescription": params.get("ModelPackageGroupDescription"),
            "CreationTime": listing.now(),
            "CreatedBy": created_by(caller),
            "ModelPackageGroupStatus": "Completed",
        }
        with self.lock:
            if (scope, name) in self._groups:
                raise invalid(f"Model Package Group already exists: {arn}")
            self._tags.register(arn, params.get("Tags"))
            self._groups[scope, name] = Group(arn, {k: v for k, v in described.items() if v is not None})
        return {"ModelPackageGroupArn": arn}

    def describe(self, caller: Caller, params: Params) -> Params:
        """One group."""
        return self.get(caller, params["ModelPackageGroupName"])[1].described

    def list(self, caller: Caller, params: Params) -> Params:
        """The groups of the caller's account, the newest last."""
        if params.get("CrossAccountFilterOption", "SameAccount") == "CrossAccount":
            return {"ModelPackageGroupSummaryList": []}  # nothing is shared through RAM here
        with self.lock:
            groups = [group for (scope, _), group in self._groups.items() if scope == (caller.account, caller.region)]
        rows = [{key: value for key, value in group.described.items() if key != "CreatedBy"} for group in groups]
        rows = listing.select(rows, params, name="ModelPackageGroupName")
        keys = {"Name": "ModelPackageGroupName", "CreationTime": "CreationTime"}
        rows = listing.order(rows, params, keys, by="CreationTime", descending=False)
        return listing.page(rows, params, "ModelPackageGroupSummaryList")

    def delete(self, caller: Caller, params: Params) -> Params:
        """Delete an empty group. Raises ApiError ValidationException."""
        with self.lock:
            scope, group = self.get(caller, params["ModelPackageGroupName"])
            if group.versions:
                raise invalid(f"Model Package Group cannot be deleted because it still contains packages: {group.arn}")
            del self._groups[scope, group.described["ModelPackageGroupName"]]
            self._tags.forget(group.arn)
        return {}

    def policy_of(self, arn: str) -> str | None:
        """The resource policy that decides about a group or one of its versions, by ARN; None when there is none."""
        _, _, _, region, account, resource = arn.split(":", 5)
        kind, _, name = resource.partition("/")
        if kind not in (KIND, "model-package"):
            return None
        with self.lock:
            group = self._groups.get(((account, region), name.partition("/")[0]))
        return group.policy if group else None

    def put_policy(self, caller: Caller, params: Params) -> Params:
        """Attach a resource policy; it must be JSON with statements. Raises ApiError ValidationException."""
        group = self.get(caller, params["ModelPackageGroupName"])[1]
        try:
            statements = json.loads(params["ResourcePolicy"])["Statement"]
        except (ValueError, KeyError, TypeError) as error:
            raise invalid(f"Resource policy is invalid: it is no JSON object with a Statement ({error})") from None
        for statement in statements if isinstance(statements, list) else [statements]:
            missing = [key for key in ("Effect", "Principal", "Action", "Resource") if key not in statement]
            if missing:
                raise invalid(f"Resource policy is invalid: a statement has no {', '.join(missing)}")
        group.policy = params["ResourcePolicy"]
        return {"ModelPackageGroupArn": group.arn}

    def get_policy(self, caller: Caller, params: Params) -> Params:
        """The resource policy, as it was put."""
        return {"ResourcePolicy": self._with_policy(caller, params).policy}

    def delete_policy(self, caller: Caller, params: Params) -> Params:
        """Detach the resource policy."""
        self._with_policy(caller, params).policy = None
        return {}

    def _with_policy(self, caller: Caller, params: Params) -> Group:
        group = self.get(caller, params["ModelPackageGroupName"])[1]
        if group.policy is None:
            raise invalid(f"Cannot find resource policy for: {group.arn}")
        return group
