"""Functions as the API shows them."""

from __future__ import annotations

from rehearsal.api import Params, partition_of
from rehearsal.lambdas.state import Alias, Function, LayerVersion, Version


def configuration(function: Function, version: Version, *, qualified: bool) -> Params:
    """FunctionConfiguration; with `qualified` the ARN has the version.

    https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html
    """
    name, settings = function.name, version.settings
    arn = f"{name.unqualified}:{version.number}" if qualified else name.unqualified
    shown = {
        "FunctionName": name.name, "FunctionArn": arn, "Version": version.number, "CodeSize": version.code.size,
        "CodeSha256": version.code.sha256, "LastModified": version.modified, "RevisionId": version.revision,
        "State": "Active", "LastUpdateStatus": "Successful", "PackageType": "Zip",
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "Layers": [{"Arn": each} for each in settings.get("Layers") or []] or None,
        "VpcConfig": _network(settings.get("VpcConfig")),
        "RuntimeVersionConfig": {
            "RuntimeVersionArn": f"arn:{partition_of(name.region)}:lambda:{name.region}::runtime:{settings['Runtime']}"
        },
    }  # fmt: skip
    if not (settings.get("Environment") or {}).get("Variables"):
        shown["Environment"] = None
    if not (settings.get("DeadLetterConfig") or {}).get("TargetArn"):
        shown["DeadLetterConfig"] = None
    return settings | shown


def _network(given: Params | None) -> Params | None:
    """Where it is, as far as anybody said."""
    if not given or not given.get("SubnetIds"):
        return None
    return {
        "SubnetIds": given["SubnetIds"], "SecurityGroupIds": given.get("SecurityGroupIds") or [],
        "VpcId": given.get("VpcId", ""),
        "Ipv6AllowedForDualStack": bool(given.get("Ipv6AllowedForDualStack")),
    }  # fmt: skip


def alias(function: Function, found: Alias) -> Params:
    """AliasConfiguration."""
    return {
        "AliasArn": f"{function.name.unqualified}:{found.name}", "Name": found.name, "FunctionVersion": found.version,
        "Description": found.description, "RevisionId": found.revision,
    }  # fmt: skip


def layer(version: LayerVersion) -> Params:
    """A version of a layer, as GetLayerVersion and the lists show it."""
    arn = version.name.arn
    return {
        "LayerArn": arn.rpartition(":")[0], "LayerVersionArn": arn, "Version": version.name.version,
        "Description": version.description, "CreatedDate": version.created, "LicenseInfo": version.license,
        "CompatibleRuntimes": version.runtimes or None, "CompatibleArchitectures": version.architectures or None,
        "Content": {"CodeSha256": version.code.sha256, "CodeSize": version.code.size},
    }  # fmt: skip
