"""Notebook instances and their lifecycle configurations: kept and shown. No notebook runs, and no script of theirs.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateNotebookInstance.html
"""

from __future__ import annotations

from rehearsal.api import ApiError, Caller, Operation, Params
from rehearsal.sagemaker import listing
from rehearsal.sagemaker.identity import check_role
from rehearsal.sagemaker.ports import SageMakerPlatform
from rehearsal.sagemaker.records.kind import Record
from rehearsal.sagemaker.resources import Resources
from rehearsal.sagemaker.tags import Tags

_CONFIG = "NotebookInstanceLifecycleConfig"
_SHOWN_AS = {"LifecycleConfigName": "NotebookInstanceLifecycleConfigName", "SecurityGroupIds": "SecurityGroups"}
# member of UpdateNotebookInstance -> what it takes away
_TAKEN_AWAY = {
    "DisassociateLifecycleConfig": "NotebookInstanceLifecycleConfigName",
    "DisassociateAcceleratorTypes": "AcceleratorTypes",
    "DisassociateDefaultCodeRepository": "DefaultCodeRepository",
    "DisassociateAdditionalCodeRepositories": "AdditionalCodeRepositories",
}
_KEYS = {"Name": "NotebookInstanceName", "CreationTime": "CreationTime", "Status": "NotebookInstanceStatus"}
_DEFAULTS = {"DirectInternetAccess": "Enabled", "RootAccess": "Enabled", "VolumeSizeInGB": 5}


class _Instances(Resources[Record]):
    kind, words = "notebook-instance", "notebook instance"
    taken = ("ValidationException", "Cannot create a duplicate Notebook Instance ({arn})")
    absent = ("ValidationException", "RecordNotFound")


class _Configs(Resources[Record]):
    kind, words = "notebook-instance-lifecycle-config", "lifecycle configuration"
    taken = ("ValidationException", "Unable to create Notebook Instance Lifecycle Config {arn}: it already exists.")
    absent = ("ValidationException", "Unable to describe Notebook Instance Lifecycle Config '{arn}': RecordNotFound")


class Notebooks:
    """Notebook instances, which are in service at once and say so until they are stopped."""

    def __init__(self, platform: SageMakerPlatform, tags: Tags) -> None:
        self._platform = platform
        self._instances, self._configs = _Instances(tags), _Configs(tags)

    def operations(self) -> dict[str, Operation]:
        """API name -> method."""
        return {
            "CreateNotebookInstance": self.create,
            "DescribeNotebookInstance": self.describe,
            "ListNotebookInstances": self.list_all,
            "UpdateNotebookInstance": self.update,
            "DeleteNotebookInstance": self.delete,
            "StartNotebookInstance": self.start,
            "StopNotebookInstance": self.stop,
            f"Create{_CONFIG}": self.create_config,
            f"Describe{_CONFIG}": self.describe_config,
            f"List{_CONFIG}s": self.list_configs,
            f"Update{_CONFIG}": self.update_config,
            f"Delete{_CONFIG}": self.delete_config,
        }

    def create(self, caller: Caller, params: Params) -> Params:
        """An instance. Raises ApiError for a role or configuration that is not there."""
        self._check(caller, params)
        name, now = params["NotebookInstanceName"], listing.now()
        described = _DEFAULTS | _shown(params) | {
            "NotebookInstanceArn": self._instances.arn(caller.scope, name), "NotebookInstanceStatus": "InService",
            "Url": f"{name}.notebook.{caller.region}.sagemaker.aws", "CreationTime": now, "LastModifiedTime": now,
        }  # fmt: skip
        made = Record(caller.scope, name, described)
        return {"NotebookInstanceArn": self._instances.register(caller.scope, name, made, params.get("Tags"))}

    def describe(self, caller: Caller, params: Params) -> Params:
        """One instance."""
        return self._instances.at(caller.scope, params["NotebookInstanceName"]).described

    def list_all(self, caller: Caller, params: Params) -> Params:
        """The instances of the account that the filters let through."""
        rows = [each.described for each in self._instances.of(caller.scope)]
        for member, key in (
            ("NotebookInstanceLifecycleConfigNameContains", "NotebookInstanceLifecycleConfigName"),
            ("DefaultCodeRepositoryContains", "DefaultCodeRepository"),
        ):
            text = params.get(member, "")
            rows = [row for row in rows if text in row.get(key, "")]
        wanted = params.get("AdditionalCodeRepositoryEquals")
        rows = [row for row in rows if wanted is None or wanted in row.get("AdditionalCodeRepositories", ())]
        status = params.get("StatusEquals")
        rows = [row for row in rows if status in (None, row["NotebookInstanceStatus"])]
        kept = listing.select(rows, params, name="NotebookInstanceName")
        ordered = listing.order(kept, params, _KEYS, by="Name", descending=False)
        return listing.page(ordered, params, "NotebookInstances")

    def update(self, caller: Caller, params: Params) -> Params:
        """Change a stopped instance."""
        described = self._stopped(caller, params, "Updating")
        self._check(caller, params)
        with self._instances.lock:
            changed = {key: value for key, value in params.items() if key not in _TAKEN_AWAY}
            described.update(_shown(changed), LastModifiedTime=listing.now())
            for member, name in _TAKEN_AWAY.items():
                if params.get(member):
                    described.pop(name, None)
        return {}

    def delete(self, caller: Caller, params: Params) -> Params:
        """Delete a stopped instance."""
        self._stopped(caller, params, "Deleting")
        self._instances.pop(caller.scope, params["NotebookInstanceName"])
        return {}

    def start(self, caller: Caller, params: Params) -> Params:
        """In service again."""
        self._stopped(caller, params, "Pending")["NotebookInstanceStatus"] = "InService"
        return {}

    def stop(self, caller: Caller, params: Params) -> Params:
        """Stopped. Raises ApiError for one that is."""
        described = self.describe(caller, params)
        if described["NotebookInstanceStatus"] != "InService":
            raise _status(described, "InService", "Stopping")
        described["NotebookInstanceStatus"] = "Stopped"
        return {}

    def create_config(self, caller: Caller, params: Params) -> Params:
        """A configuration: scripts that are kept, and run nowhere."""
        name, now = params[f"{_CONFIG}Name"], listing.now()
        described = {key: value for key, value in params.items() if key != "Tags"} | {
            f"{_CONFIG}Arn": self._configs.arn(caller.scope, name), "CreationTime": now, "LastModifiedTime": now,
        }  # fmt: skip
        made = Record(caller.scope, name, described)
        return {f"{_CONFIG}Arn": self._configs.register(caller.scope, name, made, params.get("Tags"))}

    def describe_config(self, caller: Caller, params: Params) -> Params:
        """One configuration."""
        return self._configs.at(caller.scope, params[f"{_CONFIG}Name"]).described

    def list_configs(self, caller: Caller, params: Params) -> Params:
        """The configurations of the account."""
        keys = {"Name": f"{_CONFIG}Name", "CreationTime": "CreationTime", "LastModifiedTime": "LastModifiedTime"}
        kept = listing.select([each.described for each in self._configs.of(caller.scope)], params, name=keys["Name"])
        ordered = listing.order(kept, params, keys, by="CreationTime", descending=False)
        return listing.page(ordered, params, f"{_CONFIG}s")

    def update_config(self, caller: Caller, params: Params) -> Params:
        """Other scripts."""
        described = self.describe_config(caller, params)
        with self._configs.lock:
            described.update({**params}, LastModifiedTime=listing.now())
        return {}

    def delete_config(self, caller: Caller, params: Params) -> Params:
        """Delete a configuration that no instance has."""
        self.describe_config(caller, params)
        name = params[f"{_CONFIG}Name"]
        users = [each.name for each in self._instances.of(caller.scope) if each.described.get(f"{_CONFIG}Name") == name]
        if users:
            text = f"Unable to delete Notebook Instance Lifecycle Config '{name}': it is used by {', '.join(users)}"
            raise ApiError("ValidationException", text)
        self._configs.pop(caller.scope, name)
        return {}

    def _check(self, caller: Caller, params: Params) -> None:
        if "RoleArn" in params:
            check_role(self._platform, params["RoleArn"], caller.account)
        if params.get("LifecycleConfigName"):
            self._configs.at(caller.scope, params["LifecycleConfigName"])

    def _stopped(self, caller: Caller, params: Params, to: str) -> Params:
        described = self.describe(caller, params)
        if described["NotebookInstanceStatus"] != "Stopped":
            raise _status(described, "Stopped, Failed", to)
        return described


def _shown(params: Params) -> Params:
    return {_SHOWN_AS.get(key, key): value for key, value in params.items() if key != "Tags"}


def _status(described: Params, expected: str, to: str) -> ApiError:
    text = (
        f"Status ({described['NotebookInstanceStatus']}) not in ([{expected}]). Unable to transition to ({to}) for "
        f"Notebook Instance ({described['NotebookInstanceArn']})"
    )
    return ApiError("ValidationException", text)
