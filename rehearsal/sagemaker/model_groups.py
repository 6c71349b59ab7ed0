"""Model package groups and their resource policies.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-model-group.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from rehearsal.api import Caller, Params, invalid
from rehearsal.named import Scope
from rehearsal.sagemaker import arns, listing
from rehearsal.sagemaker.identity import created_by
from rehearsal.sagemaker.resources import Resources


@dataclass
class Group:
    """A group as the API shows it; `versions` are its model packages by version, `last_version` is never reused."""

    arn: str
    described: Params
    policy: str | None = None
    versions: dict[int, Params] = field(default_factory=dict)
    last_version: int = 0


class ModelGroups(Resources[Group]):
    """The model package groups of all accounts. `lock` also guards their versions."""

    kind = "model-package-group"

    taken = ("ValidationException", "Model Package Group already exists: {arn}")
    absent = ("ValidationException", "ModelPackageGroup {arn} does not exist.")

    def get(self, caller: Caller, name_or_arn: str) -> tuple[Scope, Group]:
        """A group by name in the caller's account or by ARN in any. Raises ApiError ValidationException."""
        found = arns.locate(caller.scope, self.kind, name_or_arn)
        return found.scope, self.at(found.scope, found.name)

    def all(self) -> list[tuple[Scope, Group]]:
        """Every group with its account and region."""
        with self.lock:
            return [(scope, group) for (scope, _), group in self._all.items()]

    def put_back(self, scope: Scope, group: Group) -> None:
        """A group of an earlier run, with its versions."""
        self.register(scope, group.described["ModelPackageGroupName"], group)

    def create_model_package_group(self, caller: Caller, params: Params) -> Params:
        """Make an empty group. Raises ApiError ValidationException."""
        scope, name = caller.scope, params["ModelPackageGroupName"]
        arn = self.arn(scope, name)
        described: Params = {
            "ModelPackageGroupName": name,
            "ModelPackageGroupArn": arn,
            "ModelPackageGroupDescription": params.get("ModelPackageGroupDescription"),
            "CreationTime": listing.now(),
            "CreatedBy": created_by(caller),
            "ModelPackageGroupStatus": "Completed",
        }
        return {"ModelPackageGroupArn": self.register(scope, name, Group(arn, described), params.get("Tags"))}

    def describe_model_package_group(self, caller: Caller, params: Params) -> Params:
        """One group."""
        return self.get(caller, params["ModelPackageGroupName"])[1].described

    def list_model_package_groups(self, caller: Caller, params: Params) -> Params:
        """The groups of the caller's account, the newest last."""
        own = params.get("CrossAccountFilterOption", "SameAccount") != "CrossAccount"  # nothing is shared through RAM
        described = [group.described for group in self.of(caller.scope)] if own else []
        noun = "ModelPackageGroup"
        return listing.answer(described, params, f"{noun}SummaryList", noun, descending=False)

    def delete_model_package_group(self, caller: Caller, params: Params) -> Params:
        """Delete an empty group. Raises ApiError ValidationException."""
        with self.lock:
            scope, group = self.get(caller, params["ModelPackageGroupName"])
            if group.versions:
                raise invalid(f"Model Package Group cannot be deleted because it still contains packages: {group.arn}")
            self.pop(scope, group.described["ModelPackageGroupName"])
        return {}

    def policy_of(self, arn: str) -> str | None:
        """The resource policy that decides about a group or one of its versions, by ARN; None when there is none."""
        _, _, _, region, account, resource = arn.split(":", 5)
        kind, _, name = resource.partition("/")
        if kind not in (self.kind, "model-package"):
            return None
        group = self.find((account, region), name.partition("/")[0])
        return group.policy if group else None

    def put_model_package_group_policy(self, caller: Caller, params: Params) -> Params:
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

    def get_model_package_group_policy(self, caller: Caller, params: Params) -> Params:
        """The resource policy, as it was put."""
        return {"ResourcePolicy": self._with_policy(caller, params).policy}

    def delete_model_package_group_policy(self, caller: Caller, params: Params) -> Params:
        """Detach the resource policy."""
        self._with_policy(caller, params).policy = None
        return {}

    def _with_policy(self, caller: Caller, params: Params) -> Group:
        group = self.get(caller, params["ModelPackageGroupName"])[1]
        if group.policy is None:
            raise invalid(f"Cannot find resource policy for: {group.arn}")
        return group
