"""Seed-Farmer's own manifests as far as this check reads them (seed-farmer 8.0.9, `seedfarmer.models.manifests`).

Seed-Farmer ignores keys it does not know, so that a misspelt `targetAcount` deploys into the default account; here they
are refused. It also takes every key in snake_case, and so does this.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic.alias_generators import to_camel

from model_cicd.aws.naming import Limit
from model_cicd.settings.types import Region, account, refuse
from model_cicd.text.errors import describe

# seedfarmer/input_validators.py
_NAME = r"(?!-)[A-Za-z0-9+=,.@_-]+(?<!-)"
_NAME_WORDS = "letters, digits and any of +=,.@_-, no hyphen at the ends"


class Manifest(BaseModel):
    """A part of a manifest."""

    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel, populate_by_name=True)


def _name(what: str) -> BeforeValidator:
    limit = Limit(f"a Seed-Farmer {what} name", 64, _NAME, _NAME_WORDS)

    def validate(value: object) -> object:
        if not isinstance(value, str):
            refuse(f"got {describe(value)}, expected the name of the {what} as text")
        if complaint := limit.complaint(value):
            refuse(complaint)
        return value

    return BeforeValidator(validate)


class ModuleRef(Manifest):
    """Metadata of another module."""

    name: str
    group: str
    key: str | None = None


class ValueRef(Manifest):
    """Where Seed-Farmer takes a value from."""

    module_metadata: ModuleRef | None = None
    env_variable: str | None = None
    parameter_store: str | None = None
    secrets_manager: str | None = None
    parameter_value: str | None = None


def _account_or_reference(value: object) -> object:
    if isinstance(value, dict) and set(value) in ({"valueFrom"}, {"value_from"}):
        return value
    return account(value)


class Parameter(Manifest):
    """One parameter of a module: `value` or `valueFrom`."""

    name: str
    value: Any = None
    value_from: ValueRef | None = None
    version: Any = None
    disable_env_var_resolution: bool | None = None
    resolved_value: Any = None


class DataFile(Manifest):
    """A file outside the module that joins its bundle."""

    file_path: str
    commit_hash: str | None = None


class _Mirrors(Manifest):
    npm_mirror: str | None = None
    npm_mirror_secret: str | None = None
    pypi_mirror: str | None = None
    pypi_mirror_secret: str | None = None
    codebuild_image: str | None = None
    runtime_overrides: dict[str, str] | None = None


class Module(_Mirrors):
    """One document of a modules manifest."""

    name: Annotated[str, _name("module")]
    path: str
    parameters: list[Parameter] = []
    target_account: str | None = None
    target_region: Region | None = None
    data_files: list[DataFile] | None = None
    # filled in by Seed-Farmer in the manifests it stores
    bundle_md5: str | None = None
    manifest_md5: str | None = None
    deployspec_md5: str | None = None
    commit_hash: str | None = None
    deploy_spec: Any = None


class Group(Manifest):
    """A group of modules: in a file of their own or in place."""

    name: Annotated[str, _name("group")]
    path: str | None = None
    modules: list[Module] = []
    concurrency: int | None = None


class NetworkMapping(Manifest):
    """A VPC for Seed-Farmer's CodeBuild jobs."""

    vpc_id: Any = None
    private_subnet_ids: Any = None
    security_group_ids: Any = None


class _Prefixes(_Mirrors):
    role_prefix: str | None = None
    policy_prefix: str | None = None


class RegionMapping(_Prefixes):
    """A region of a target account."""

    region: Region
    default: bool = False
    parameters_regional: dict[str, Any] = {}
    network: NetworkMapping | None = None
    seedkit_metadata: dict[str, Any] | None = None
    seedfarmer_artifact_bucket: str | None = None


class TargetAccount(_Prefixes):
    """An account that modules are deployed into, under an alias."""

    alias: str
    account_id: Annotated[Any, BeforeValidator(_account_or_reference)]
    default: bool = False
    parameters_global: dict[str, str] = {}
    region_mappings: list[RegionMapping] = []


class NameGenerator(Manifest):
    """A deployment name made of two parts."""

    prefix: Any
    suffix: Any


class Deployment(Manifest):
    """A deployment manifest."""

    name: Annotated[str, _name("deployment")] | None = None
    name_generator: NameGenerator | None = None
    toolchain_region: Region
    groups: list[Group] = []
    description: str | None = None
    target_account_mappings: list[TargetAccount] = []
    force_dependency_redeploy: bool | None = False
    archive_secret: str | None = None
