"""Model packages: the versions of a group, and packages without one.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-version.html
"""

from __future__ import annotations

from typing import Any

from rehearsal.api import ApiError, Caller, Params, invalid, unsupported
from rehearsal.named import Scope
from rehearsal.sagemaker import arns, listing, model_data
from rehearsal.sagemaker.events import Events
from rehearsal.sagemaker.identity import client_of, created_by
from rehearsal.sagemaker.model_groups import ModelGroups
from rehearsal.sagemaker.ports import SageMakerPlatform
from rehearsal.sagemaker.tags import Tags

KIND = "model-package"

# What a version keeps as it was given.
_KEPT = ("ModelPackageDescription", "InferenceSpecification", "MetadataProperties", "ModelMetrics", "Domain", "Task",
         "SamplePayloadUrl", "CustomerMetadataProperties", "DriftCheckBaselines", "AdditionalInferenceSpecifications",
         "SkipModelValidation", "SourceUri", "ModelLifeCycle")  # fmt: skip
_UNSUPPORTED = ("ValidationSpecification", "SourceAlgorithmSpecification", "SecurityConfig", "ModelCard")


class ModelPackages:
    """The model packages. Versions live in their group, in the account that owns it. Thread-safe."""

    def __init__(self, platform: SageMakerPlatform, groups: ModelGroups, tags: Tags, events: Events) -> None:
        self._platform = platform
        self._groups = groups
        self._tags = tags
        self._events = events
        self._lock = groups.lock
        self._single: dict[str, Params] = {}
        self._tokens: dict[tuple[Scope, str], str] = {}

    def create_model_package(self, caller: Caller, params: Params) -> Params:
        """Register a version of a group, or a package of its own; its model data must exist.

        Raises ApiError ValidationException.
        """
        for name in _UNSUPPORTED:
            if name in params:
                raise unsupported(f"CreateModelPackage {name}")
        if params.get("CertifyForMarketplace"):
            raise unsupported("CreateModelPackage CertifyForMarketplace true")
        if ("ModelPackageName" in params) == ("ModelPackageGroupName" in params):
            raise invalid("Exactly one of ModelPackageName and ModelPackageGroupName must be given")
        if "ModelPackageGroupName" in params and params.get("Tags"):
            raise invalid("Tags: a versioned model package uses the tags of its model package group")
        token = (caller.scope, params.get("ClientToken", ""))
        if params.get("ClientToken") and token in self._tokens:
            return {"ModelPackageArn": self._tokens[token]}
        self._check_model_data(caller, params)
        made = {name: params[name] for name in _KEPT if name in params} | {
            "ModelPackageStatus": "Completed",
            "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
            "CertifyForMarketplace": False,
            "CreationTime": listing.now(),
            "CreatedBy": created_by(caller),
        }
        grouped = "ModelPackageGroupName" in params
        scope, arn = self._add_version(caller, params, made) if grouped else self._add_single(caller, params, made)
        if params.get("ClientToken"):
            self._tokens[token] = arn
        self._events.model_package(scope, arn, made, [])
        return {"ModelPackageArn": arn}

    def _add_version(self, caller: Caller, params: Params, made: Params) -> tuple[Scope, str]:
        with self._lock:
            scope, group = self._groups.get(caller, params["ModelPackageGroupName"])
            group.last_version += 1
            name = group.described["ModelPackageGroupName"]
            arn = arns.make(scope, KIND, f"{name}/{group.last_version}")
            made |= {
                "ModelPackageGroupName": name,
                "ModelPackageVersion": group.last_version,
                "ModelPackageArn": arn,
                "ModelApprovalStatus": params.get("ModelApprovalStatus", "PendingManualApproval"),
            }
            group.versions[group.last_version] = made
        return scope, arn

    def _add_single(self, caller: Caller, params: Params, made: Params) -> tuple[Scope, str]:
        scope, name = caller.scope, params["ModelPackageName"]
        arn = arns.make(scope, KIND, name)
        if "ModelApprovalStatus" in params:
            raise invalid("ModelApprovalStatus is for model packages of a group only")
        with self._lock:
            if arn in self._single:
                raise invalid(f"ModelPackage already exists: {arn}")
            self._tags.register(arn, params.get("Tags"))
            self._single[arn] = made
            made |= {"ModelPackageName": name, "ModelPackageArn": arn}
        return scope, arn

    def _check_model_data(self, caller: Caller, params: Params) -> None:
        s3 = client_of(self._platform, caller, "s3")
        for container in params.get("InferenceSpecification", {}).get("Containers", []):
            url = container.get("ModelDataUrl")
            cause = model_data.missing(s3, url) if url is not None else None
            if cause:
                raise invalid(f"Could not find model data at {url}. ({cause})")

    def _get(self, caller: Caller, name_or_arn: str) -> Params:
        found = arns.locate(caller.scope, KIND, name_or_arn)
        arn = arns.make(found.scope, KIND, found.name)
        group, _, version = found.name.rpartition("/")
        with self._lock:
            if group and version.isdigit():
                group_arn = arns.make(found.scope, "model-package-group", group)
                try:
                    package = self._groups.get(caller, group_arn)[1].versions.get(int(version))
                except ApiError:
                    package = None
            else:
                package = self._single.get(arn)
        if package is None:
            raise invalid(f"ModelPackage {arn} does not exist.")
        return package

    def describe_model_package(self, caller: Caller, params: Params) -> Params:
        """One model package, by ARN also another account's: the owner's resource policy decides who may."""
        with self._lock:
            return dict(self._get(caller, params["ModelPackageName"]))

    def at(self, arn: str) -> Params:
        """A model package by ARN, for those who made it inside the process."""
        account, region = arns.parse(arn).scope
        return self.describe_model_package(Caller(account, region, arn, ""), {"ModelPackageName": arn})

    def state_of(self, arn: str) -> dict[str, str]:
        """The condition keys of a package as it is now.

        https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html
        """
        if f":{KIND}/" not in arn or arn.endswith("*"):
            return {}
        try:
            stage = self.at(arn).get("ModelLifeCycle") or {}
        except ApiError:
            return {}
        names = {"Stage": "CurrentModelLifeCycleStage", "StageStatus": "CurrentModelLifeCycleStageStatus"}
        return {f"sagemaker:{key}": str(stage[name]) for name, key in names.items() if name in stage}

    def batch_describe_model_package(self, caller: Caller, params: Params) -> Params:
        """Several at once; what cannot be described comes in the error map."""
        summaries: Params = {}
        errors: Params = {}
        for arn in params["ModelPackageArnList"]:
            try:
                package = self._get(caller, arn)
            except ApiError as error:
                errors[arn] = {"ErrorCode": error.code, "ErrorResponse": error.message}
            else:
                summaries[arn] = package
        return {"ModelPackageSummaries": summaries, "BatchDescribeModelPackageErrorMap": errors}

    def list_model_packages(self, caller: Caller, params: Params) -> Params:
        """The versions of a group, or the packages without one; the newest first.

        Raises ApiError ValidationException.
        """
        kind = params.get("ModelPackageType", "Versioned" if "ModelPackageGroupName" in params else "Unversioned")
        with self._lock:
            packages: list[Params] = []
            if "ModelPackageGroupName" in params:
                packages = list(self._groups.get(caller, params["ModelPackageGroupName"])[1].versions.values())
            elif kind != "Unversioned":
                raise unsupported(f"ListModelPackages ModelPackageType {kind} without a ModelPackageGroupName")
            if kind != "Versioned" and "ModelPackageGroupName" not in params:
                scope = caller.scope
                packages += [package for arn, package in self._single.items() if arns.parse(arn).scope == scope]
        wanted = params.get("ModelApprovalStatus")
        rows = [package for package in packages if wanted in (None, package.get("ModelApprovalStatus"))]
        rows = listing.select(rows, params, name="ModelPackageArn")
        keys = {"Name": "ModelPackageName", "CreationTime": "CreationTime"}
        rows = listing.order(rows, params, keys, by="CreationTime", descending=True)
        return listing.page(rows, params, "ModelPackageSummaryList")

    def update_model_package(self, caller: Caller, params: Params) -> Params:
        """Approve, reject or describe; metadata is merged, what is not named stays.

        Raises ApiError ValidationException.
        """
        if "ModelCard" in params:
            raise unsupported("UpdateModelPackage ModelCard")
        arn = params["ModelPackageArn"]
        with self._lock:
            package = self._get(caller, arn)
            updated = self._apply(package, params)
            package["LastModifiedTime"] = listing.now()
            package["LastModifiedBy"] = created_by(caller)
            described = dict(package)
        self._events.model_package(arns.parse(arn).scope, arn, described, updated)
        return {"ModelPackageArn": arn}

    def _apply(self, package: Params, params: Params) -> list[str]:
        updated: list[str] = []
        if "ModelApprovalStatus" in params and "ModelPackageGroupName" not in package:
            raise invalid("ModelApprovalStatus is for model packages of a group only")
        for name in (
            "ModelApprovalStatus",
            "ApprovalDescription",
            "InferenceSpecification",
            "SourceUri",
            "ModelLifeCycle",
        ):
            if name in params:
                package[name] = params[name]
                updated.append(name)
        removed = params.get("CustomerMetadataPropertiesToRemove", [])
        if "CustomerMetadataProperties" in params or removed:
            merged: dict[str, Any] = package.get("CustomerMetadataProperties", {}) | params.get(
                "CustomerMetadataProperties", {}
            )
            merged = {key: value for key, value in merged.items() if key not in removed}
            if len(merged) > 50:
                raise invalid(f"CustomerMetadataProperties: got {len(merged)} entries, expected at most 50")
            package["CustomerMetadataProperties"] = merged
            updated.append("CustomerMetadataProperties")
        if "AdditionalInferenceSpecificationsToAdd" in params:
            present = package.setdefault("AdditionalInferenceSpecifications", [])
            names = {specification["Name"] for specification in present}
            for specification in params["AdditionalInferenceSpecificationsToAdd"]:
                if specification["Name"] in names:
                    raise ApiError(
                        "ConflictException", f"AdditionalInferenceSpecification {specification['Name']} already exists"
                    )
                present.append(specification)
        return updated

    def delete_model_package(self, caller: Caller, params: Params) -> Params:
        """Delete one; its version number is never given again."""
        with self._lock:
            package = self._get(caller, params["ModelPackageName"])
            if "ModelPackageGroupName" in package:
                scope = arns.parse(package["ModelPackageArn"]).scope
                group = arns.make(scope, "model-package-group", package["ModelPackageGroupName"])
                del self._groups.get(caller, group)[1].versions[package["ModelPackageVersion"]]
            else:
                del self._single[package["ModelPackageArn"]]
                self._tags.forget(package["ModelPackageArn"])
        return {}
