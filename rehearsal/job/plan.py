"""What a deployment manifest asks for: accounts, regions, and the deployment groups of its modules."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rehearsal.accounts import ACCOUNT_ID
from rehearsal.errors import RehearsalError
from rehearsal.job import remotes, variables
from rehearsal.job.documents import Documents, Reference, is_ours, load, module_documents, parameters, references
from rehearsal.job.provided import Provided
from rehearsal.job.remotes import Remote
from rehearsal.job.targets import Target, targets_of
from rehearsal.job.variables import STEP, Variables
from rehearsal.step_options import Upload

_DATA = re.compile(r"s3://[a-z0-9][a-z0-9.-]+(/|$)")  # a parameter may be anything else that begins so
#: of the CDK bootstrap where a module names none
DEFAULT_QUALIFIER = "hnb659fds"


@dataclass(frozen=True)
class Environment:
    """Where a group's approved models are to be served."""

    name: str
    type: str
    account: str
    region: str


@dataclass(frozen=True)
class Group:
    """A deployment group of one module, and the repository that it trains from: by a pipeline, or its `workflow`.

    `data` are those of its `pipelineParameters` that say where data are in S3, `(name, s3://BUCKET/KEY)`; `settings`
    are the group's, as the manifest has them.
    """

    name: str
    branch: str
    build_account: str
    build_region: str
    host: str
    repository: str
    workflow: bool
    environments: tuple[Environment, ...] = ()
    data: tuple[tuple[str, str], ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class Module:
    """A module with deployment groups (sagemaker-model-cicd), where Seed-Farmer deploys it."""

    group: str
    name: str
    account: str
    region: str
    groups: tuple[Group, ...]
    remotes: tuple[Remote, ...] = ()
    issuer: str | None = None


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
    deploy into it. `named` are the accounts that parameters name besides: policies may have no principal that does not
    exist. `organization_id` is the first one that a module is given, `qualifiers` are those of the bootstraps,
    `variables` those that the manifests name, `env_files` have some. `data` is what groups (by name) read from buckets
    besides their registries, and what puts it there. `aliases` are the accounts by their names in the manifest,
    `places` account and region of every module (GROUP/NAME), ours or not, and `paths` where its code is; `references`
    are the values that they take from elsewhere, `provided` is what options give. Only modules of ours are in `modules`
    and `pipelines`; `deploying` are the accounts of all that deploy into others.
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
    named: tuple[str, ...] = ()
    organization_id: str | None = None
    qualifiers: tuple[str, ...] = (DEFAULT_QUALIFIER,)
    variables: Mapping[str, str] = field(default_factory=dict)
    env_files: tuple[str, ...] = ()
    data: tuple[tuple[str, Upload], ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    paths: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    deploying: tuple[str, ...] = ()
    provided: Provided = field(default_factory=Provided)

    @property
    def accounts(self) -> list[str]:
        """Every account, in order."""
        deployed = {account for account, _ in (*self.targets, *self.environments)}
        return sorted({self.toolchain_account, *deployed, *self.named})

    @property
    def trains_in(self) -> tuple[str, str]:
        """Account and region of the first pipeline, else of the first build environment, else of the toolchain."""
        first = [(each.account, each.region) for each in self.pipelines]
        first += [(group.build_account, group.build_region) for module in self.modules for group in module.groups]
        return next(iter(first), (self.toolchain_account, self.toolchain_region))

    def label(self, module: Module, group: Group) -> str:
        """What a group is called: by its name, and with its module's where several modules have one of that name."""
        several = sum(each.name == group.name for module in self.modules for each in module.groups) > 1
        return f"{module.group}-{module.name}/{group.name}" if several else group.name

    def deployers(self, account: str) -> list[str]:
        """The other accounts whose modules deploy into `account`."""
        return sorted({*self.deploying} - {account})


def read(
    manifest: Path,
    default_root: Path,
    env_files: Sequence[str] = variables.DEFAULT,
    provided: Provided | None = None,
) -> Plan:
    """The plan of the deployment manifest at `manifest`; `env_files` have variables for it, options `provided` more.

    The project's root is the nearest folder above it with a seedfarmer.yaml, else `default_root`. Raises
    RehearsalError when the manifest is missing or says less than a rehearsal needs.
    """
    if not manifest.is_file():
        raise RehearsalError(STEP, f"{manifest}: no such file; expected a Seed-Farmer deployment manifest")
    manifest = manifest.resolve()
    root = next((folder for folder in manifest.parents if (folder / "seedfarmer.yaml").is_file()), default_root)
    document = load(manifest)
    if not isinstance(document, dict) or not document.get("groups"):
        raise RehearsalError(STEP, f"{manifest}: expected a Seed-Farmer deployment manifest with `groups`")
    given = Variables.read(root, os.environ, env_files)
    document = given.into(document, manifest)
    targets = targets_of(document, manifest)
    documents = list(module_documents(document, root, given))
    default = next((alias for alias, target in targets.items() if target.default), next(iter(targets)))
    toolchain_region = str(document.get("toolchainRegion") or targets[default].region)
    provided = provided or Provided()
    ours = [each for each in documents if is_ours(each[1], root, provided.sources)]
    places = {f"{group}/{module['name']}": _place(module, targets, default) for group, module in documents}
    environments = set(places.values())
    environments |= {(target.account, region) for target in targets.values() for region in target.regions}
    organization, qualifiers = None, set(provided.qualifiers)
    for raw in (parameters(module) for _, module in documents):
        environments |= set(_environments(raw))
        organization = organization or raw.get("organization-id")
        qualifiers.add(str(raw.get("cdk-qualifier") or raw.get("cdkQualifier") or DEFAULT_QUALIFIER))
    return Plan(
        root=root,
        manifest=manifest,
        project=str((load(root / "seedfarmer.yaml") or {}).get("project", "")),
        deployment=_name(document),
        toolchain_account=targets[default].account,
        toolchain_region=toolchain_region,
        targets=tuple(sorted({(target.account, target.region) for target in targets.values()})),
        modules=tuple(_modules(ours, targets, default)),
        pipelines=tuple(_pipelines(ours, targets, default)),
        environments=tuple(sorted(environments)),
        named=tuple(sorted({account for _, module in documents for account in _named(parameters(module), root)})),
        organization_id=organization,
        qualifiers=tuple(sorted(qualifiers)) or (DEFAULT_QUALIFIER,),
        variables=given.used,
        env_files=tuple(env_files),
        aliases={alias: target.account for alias, target in targets.items()},
        places=places,
        paths=tuple(dict.fromkeys(str(module.get("path") or "") for _, module in documents)),
        references=tuple(references(documents, places)),
        deploying=tuple(sorted({_place(each, targets, default)[0] for _, each in documents if _groups(each)})),
        provided=provided,
    )


def _name(document: dict[str, Any]) -> str:
    generator = document.get("nameGenerator") or {}
    return str(document.get("name") or f"{generator.get('prefix', '')}{generator.get('suffix', '')}")


def _modules(documents: Documents, targets: dict[str, Target], default: str) -> Iterator[Module]:
    for group_name, module in documents:
        groups, given = _groups(module), parameters(module)
        if not groups:
            continue
        account, region = _place(module, targets, default)
        yield Module(
            group=group_name,
            name=module["name"],
            account=account,
            region=region,
            groups=tuple(_group(each, given["model-build-repo"]) for each in groups),
            remotes=tuple(remotes.of_module(given)),
            issuer=remotes.issuer(given),
        )


def _groups(module: Mapping[str, Any]) -> list[Any]:
    """The deployment groups of a module, ours or not."""
    found = parameters(module).get("deployment-groups")
    return found if isinstance(found, list) else []


def _pipelines(documents: Documents, targets: dict[str, Target], default: str) -> Iterator[PipelineModule]:
    for group_name, module in documents:
        names = {str(each["name"]).replace("-", "").replace("_", "").lower() for each in module.get("parameters") or []}
        if names & {"pipeline", "configfile", "definitionfile"}:
            yield PipelineModule(group_name, module["name"], *_place(module, targets, default))


def _place(module: dict[str, Any], targets: dict[str, Target], default: str) -> tuple[str, str]:
    """Account and region that a module is deployed to."""
    alias = module.get("targetAccount") or default
    if alias not in targets:
        raise RehearsalError(STEP, f"module {module['name']}: targetAccount {alias!r} is not among {sorted(targets)}")
    return targets[alias].account, str(module.get("targetRegion") or targets[alias].region)


def _named(value: Any, root: Path) -> Iterator[str]:
    """The account ids in parameters, and in the `configFile` that they name."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _named(each, root)
            if key == "configFile" and (root / str(each)).is_file():
                yield from _named(load(root / str(each)), root)
    elif isinstance(value, list):
        for each in value:
            yield from _named(each, root)
    elif isinstance(value, str) and ACCOUNT_ID.match(value):
        yield value


def declared_environments(settings: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The environments of a group as its settings have them: the one that it builds in, and those after it."""
    return [settings.get("buildEnvironment") or {}, *(settings.get("deployEnvironments") or [])]


def _group(raw: dict[str, Any], repository: dict[str, Any]) -> Group:
    build = raw["buildEnvironment"]
    found = remotes.of_group(raw, repository)
    served = tuple(
        Environment(
            str(each.get("name", "")), str(each.get("type", "")), each["account"], each.get("region") or build["region"]
        )
        for each in raw.get("deployEnvironments") or []
    )
    given = (raw.get("pipelineParameters") or {}).items()
    data = tuple((name, value) for name, value in given if isinstance(value, str) and _DATA.match(value))
    return Group(raw["name"], raw["sourceBranch"], build["account"], build["region"], *found, served, data, raw)


def _environments(parameters: dict[str, Any]) -> Iterator[tuple[str, str]]:
    found = parameters.get("deployment-groups")
    groups = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    for group in (each for each in groups if isinstance(each.get("buildEnvironment"), dict)):
        build = group["buildEnvironment"]
        yield build["account"], build["region"]
        for each in group.get("deployEnvironments") or []:
            yield each["account"], each.get("region") or build["region"]
