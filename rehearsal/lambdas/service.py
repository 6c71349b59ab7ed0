"""Lambda: the API over functions, layers, policies and event sources."""

from __future__ import annotations

from collections.abc import Mapping

from moto.core.utils import get_service_model

from rehearsal.api import Caller, Operation, Params
from rehearsal.iam.functions import function_name
from rehearsal.lambdas.aliases import AliasOperations
from rehearsal.lambdas.code import Packages
from rehearsal.lambdas.functions import FunctionOperations
from rehearsal.lambdas.invocation import Invocations
from rehearsal.lambdas.layers import Layers
from rehearsal.lambdas.limits import ALL, LimitOperations
from rehearsal.lambdas.mappings import MappingOperations
from rehearsal.lambdas.network import Networks
from rehearsal.lambdas.permissions import PermissionOperations
from rehearsal.lambdas.poller import Poller
from rehearsal.lambdas.runner import Runner
from rehearsal.lambdas.state import Functions
from rehearsal.operations import operations
from rehearsal.ports import Authorization, Platform
from rehearsal.tagging import Tagging

_CODE_BYTES, _ZIPPED, _UNZIPPED = 80_530_636_800, 52_428_800, 262_144_000


class Lambda:
    """The service. `docs/lambda-support.md` lists what is here."""

    name = "lambda"
    exclusive = True

    def __init__(self, platform: Platform, iam: Authorization) -> None:
        self._functions = Functions()
        packages = Packages(platform)
        layers = Layers(packages)
        runner = Runner(platform, layers)
        self._mappings = MappingOperations(platform, iam, self._functions)
        self._permissions = PermissionOperations(self._functions)
        self._tagging = Tagging(self._tags, arn="Resource", tags="Tags", keys="TagKeys", pair=None)
        self._parts = (
            FunctionOperations(self._functions, packages, layers, Networks(platform, iam)),
            AliasOperations(self._functions), layers,
            LimitOperations(self._functions), Invocations(platform, self._functions, runner), self._mappings,
            self._permissions, self._tagging,
        )  # fmt: skip
        self._poller = Poller(platform, self._mappings, self._functions, runner)

    def operations(self) -> Mapping[str, Operation]:
        """API name -> method; any other operation is refused by its name."""
        return operations(get_service_model("lambda"), self, *self._parts)

    def policy_of(self, arn: str) -> str | None:
        """The resource policy of a function by ARN, or None."""
        return self._permissions.policy_of(arn)

    def list_tags(self, caller: Caller, params: Params) -> Params:
        """The tags of a function or a mapping."""
        return self._tagging.list_tags_for_resource(caller, params)

    def get_account_settings(self, caller: Caller, params: Params) -> Params:
        """The limits that every account has, and what it uses."""
        found = self._functions.of(caller.scope)
        size, reserved = sum(each.latest.code.size for each in found), sum(each.concurrency or 0 for each in found)
        return {
            "AccountLimit": {
                "TotalCodeSize": _CODE_BYTES, "CodeSizeUnzipped": _UNZIPPED, "CodeSizeZipped": _ZIPPED,
                "ConcurrentExecutions": ALL, "UnreservedConcurrentExecutions": ALL - reserved,
            },
            "AccountUsage": {"TotalCodeSize": size, "FunctionCount": len(found)},
        }  # fmt: skip

    def _tags(self, caller: Caller, arn: str) -> dict[str, str]:
        if ":event-source-mapping:" in arn:
            return self._mappings.tags(caller, arn)
        return self._functions.named(function_name(arn, caller), caller.region).tags
