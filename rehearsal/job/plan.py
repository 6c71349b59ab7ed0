"""What a deployment manifest asks for: accounts, regions, and the deployment groups of its modules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from rehearsal.accounts import ACCOUNT_ID
from rehearsal.errors import RehearsalError

STEP = "manifest"


@dataclass(frozen=True)
class Group:
    """A deployment group of one module."""

    name: str
    branch: str
    build_account: str
    build_region: str


@dataclass(frozen=True)
class Module:
    """A module with deployment groups (sagemaker-model-cicd), where Seed-Farmer deploys it."""

    group: str
    name: str
    account: str
    region: str
    repository: str
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class PipelineModule:
    """A module that declares a SageMaker pipeline (sagemaker-pipeline), where Seed-Farmer deploys it."""

    group: str
    name: str
    account: str
    region: str


@dataclass(frozen=True)
class Plan:
    """A deployment and everything it needs to exist beforehand.

    `environments` are the accounts and regions to bootstrap for CDK, `trusted` for each of them the accounts that
    deploy into it. `organization_id` is the first one that a module is given.
    """

    root: Path
    manifest: Path
    project: str
    deployment: str
    toolchain_account: str
    toolchain_region: str
    targets: tuple[tuple[str, str], ...]
    modules: tuple[Module, ...]
    pipelines: tuple[PipelineModule, ...]
    environments: tuple[tuple[str, str], ...]
    organization_id: str | None = None

    @property
    def accounts(self) -> list[str]:
        """Every account, in order."""
        named = {account for account, _ in (*self.targets, *self.environments)}
        return sorted({self.toolchain_account, *named})

    def deployers(self, account: str) -> list[str]:
        """The other accounts whose modules deploy into `account`."""
        return sorted({module.account for module in self.modules} - {account})


def read(manifest: Path, default_root: Path) -> Plan:
    """The plan of the deployment manifest at `manifest`.

    The project's root is the nearest folder above it with a seedfarmer.yaml, else `default_root`. Raises
    RehearsalError when the manifest is missing or says less than a rehearsal needs.
    """
    if not manifest.is_file():
        raise RehearsalError(STEP, f"{manifest}: no such file; expected a Seed-Farmer deployment manifest")
    manifest = manifest.resolve()
    root = next((folder for folder in manifest.parents if (folder / "seedfarmer.yaml").is_file()), default_root)
    document = _load(manifest)
    if not isinstance(document, dict) or not document.get("groups"):
        raise RehearsalError(STEP, f"{manifest}: expected a Seed-Farmer deployment manifest with `groups`")
    targets = _targets(document, manifest)
    default = next((alias for alias, target in targets.items() if target.default), next(iter(targets)))
    toolchain_region = str(document.get("toolchainRegion") or targets[default].region)
    modules = tuple(_modules(document, root, targets, default))
    pipelines = tuple(_pipelines(document, root, targets, default))
    environments = {(each.account, each.region) for each in modules} | {
        (each.account, each.region) for each in pipelines
    }
    organization = None
    for raw in _parameters(document, root):
        environments |= set(_environments(raw))
        organization = organization or raw.get("organization-id")
    return Plan(
        root=root,
        manifest=manifest,
        project=str((_load(root / "seedfarmer.yaml") or {}).get("project", "")),
        deployment=str(document.get("name") or ""),
        toolchain_account=targets[default].account,
        toolchain_region=toolchain_region,
        targets=tuple(sorted({(target.account, target.region) for target in targets.values()})),
        modules=modules,
        pipelines=pipelines,
        environments=tuple(sorted(environments)),
        organization_id=organization,
    )


@dataclass(frozen=True)
class _Target:
    account: str
    region: str
    default: bool


def _load(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise RehearsalError(STEP, f"{path}: cannot be read: {error}") from None


def _targets(document: dict[str, Any], manifest: Path) -> dict[str, _Target]:
    found: dict[str, _Target] = {}
    for mapping in document.get("targetAccountMappings") or []:
        account = mapping.get("accountId")
        if not isinstance(account, str | int) or not ACCOUNT_ID.match(str(account)):
            raise RehearsalError(STEP, f"{manifest}: targetAccountMappings: accountId {account!r}: expected 12 digits")
        regions = mapping.get("regionMappings") or []
        region = next((each["region"] for each in regions if each.get("default")), None)
        region = region or next((each["region"] for each in regions), document.get("toolchainRegion"))
        found[mapping["alias"]] = _Target(str(account), str(region), bool(mapping.get("default")))
    if not found:
        raise RehearsalError(STEP, f"{manifest}: expected at least one entry in targetAccountMappings")
    return found


def _module_documents(document: dict[str, Any], root: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for group in document["groups"]:
        for module in group.get("modules") or []:
            yield group["name"], module
        if group.get("path"):
            path = root / group["path"]
            try:
                loaded = list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
            except (OSError, yaml.YAMLError) as error:
                raise RehearsalError(STEP, f"{path}: cannot be read: {error}") from None
            yield from ((group["name"], module) for module in loaded if module)


def _parameters(document: dict[str, Any], root: Path) -> Iterator[dict[str, Any]]:
    for _, module in _module_documents(document, root):
        yield {each["name"]: each.get("value") for each in module.get("parameters") or []}


def _modules(document: dict[str, Any], root: Path, targets: dict[str, _Target], default: str) -> Iterator[Module]:
    for group_name, module in _module_documents(document, root):
        parameters = {each["name"]: each.get("value") for each in module.get("parameters") or []}
        groups = parameters.get("deployment-groups")
        if not isinstance(groups, list):
            continue
        account, region = _place(module, targets, default)
        yield Module(
            group=group_name,
            name=module["name"],
            account=account,
            region=region,
            repository=parameters["model-build-repo"]["name"],
            groups=tuple(_group(each) for each in groups),
        )


def _pipelines(
    document: dict[str, Any], root: Path, targets: dict[str, _Target], default: str
) -> Iterator[PipelineModule]:
    for group_name, module in _module_documents(document, root):
        names = {str(each["name"]).replace("-", "").replace("_", "").lower() for each in module.get("parameters") or []}
        if names & {"pipeline", "configfile", "definitionfile"}:
            yield PipelineModule(group_name, module["name"], *_place(module, targets, default))


def _place(module: dict[str, Any], targets: dict[str, _Target], default: str) -> tuple[str, str]:
    """Account and region that a module is deployed to."""
    alias = module.get("targetAccount") or default
    if alias not in targets:
        raise RehearsalError(STEP, f"module {module['name']}: targetAccount {alias!r} is not among {sorted(targets)}")
    return targets[alias].account, str(module.get("targetRegion") or targets[alias].region)


def _group(raw: dict[str, Any]) -> Group:
    build = raw["buildEnvironment"]
    return Group(raw["name"], raw["sourceBranch"], build["account"], build["region"])


def _environments(parameters: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for group in parameters.get("deployment-groups") or []:
        build = group["buildEnvironment"]
        yield build["account"], build["region"]
        for each in group.get("deployEnvironments") or []:
            yield each["account"], each.get("region") or build["region"]
