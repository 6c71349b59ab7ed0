"""What SageMaker refuses in an endpoint configuration beyond shapes, and what the embedded AWS does not have.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html
https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html#serverless-endpoints-how-it-works-exclusions
The service's texts are not published: the wording is ours unless it is in quotation marks in AWS's documentation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rehearsal.api import ApiError, Params, invalid, unsupported
from rehearsal.sagemaker.hosting.models import Model

_REFUSED = ("ExplainerConfig", "ExecutionRoleArn", "VpcConfig")
_REFUSED_OF_VARIANT = ("AcceleratorType", "CoreDumpConfig", "ManagedInstanceScaling", "InferenceAmiVersion",
                       "CapacityReservationConfig")  # fmt: skip
_OF_INSTANCES = ("InstanceType", "InitialInstanceCount", "VolumeSizeInGB", "ModelDataDownloadTimeoutInSeconds",
                 "ContainerStartupHealthCheckTimeoutInSeconds", "RoutingConfig")  # fmt: skip
_STEP_MB = 1024

# Families of hosting instances whose volumes are on the machine itself (NVMe): the `d` ones and these.
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/InstanceStorage.html
_LOCAL_STORAGE = frozenset({"dl1", "g4dn", "g5", "g6", "g6e", "p4d", "p4de", "p5", "p5e", "p5en", "p6-b200",
                            "p6e-gb200", "trn1", "trn1n", "trn2"})  # fmt: skip
_WITH_D = re.compile(r"^[cmr]\d+[a-z]*d[a-z]*$")


def local_storage(instance_type: str) -> bool:
    """Whether the instances have their volumes on the machine, which a key of one's own cannot encrypt."""
    family = instance_type.split(".")[1]
    return family in _LOCAL_STORAGE or bool(_WITH_D.match(family))


def check(params: Params, models: dict[str, Model]) -> None:
    """Raise ApiError ValidationException for the first problem; `models` are those of the variants, by name."""
    for problem in problems(params, models):
        raise problem


def problems(params: Params, models: dict[str, Model]) -> Iterator[ApiError]:
    """Every problem, in order."""
    for name in _REFUSED:
        if name in params:
            yield unsupported(f"CreateEndpointConfig {name}")
    topics = params.get("AsyncInferenceConfig", {}).get("OutputConfig", {}).get("NotificationConfig", {})
    if "IncludeInferenceResponseIn" in topics:
        yield unsupported("AsyncInferenceConfig IncludeInferenceResponseIn")
    if params.get("EnableNetworkIsolation"):
        yield unsupported("CreateEndpointConfig EnableNetworkIsolation (inference components): set it of the model")
    shadows = params.get("ShadowProductionVariants", [])
    variants = [*params["ProductionVariants"], *shadows]
    yield from _refused(variants)
    yield from _shadows(params, shadows)
    names = [variant["VariantName"] for variant in variants]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield invalid(f"Duplicate variant name: {name}. Variant names must be unique within an endpoint configuration.")
    serverless = [variant for variant in variants if "ServerlessConfig" in variant]
    if serverless and len(params["ProductionVariants"]) > 1:
        yield invalid("A serverless endpoint configuration can have one production variant only.")
    for variant in variants:
        yield from _variant(variant)
        if "ServerlessConfig" in variant:
            yield from _serverless(variant, params, models)
        elif "KmsKeyId" in params and local_storage(variant.get("InstanceType", "ml.none")):
            yield invalid(
                f"KmsKeyId cannot be used with instance type {variant['InstanceType']} (variant "
                f"{variant['VariantName']}): its volumes are local NVMe storage, which the instance encrypts itself."
            )
    yield from _capture(params.get("DataCaptureConfig"))
    yield from _asynchronous(params.get("AsyncInferenceConfig"), params["ProductionVariants"])


def _shadows(params: Params, shadows: list[Params]) -> Iterator[ApiError]:
    """https://docs.aws.amazon.com/sagemaker/latest/dg/shadow-tests-exclusions.html"""
    if not shadows:
        return
    if len(shadows) > 1 or len(params["ProductionVariants"]) > 1:
        yield invalid(
            "If you use ShadowProductionVariants, you can only specify one variant for ProductionVariants and one "
            "variant for ShadowProductionVariants."
        )
    if "AsyncInferenceConfig" in params:
        yield invalid("Shadow variants are not supported for asynchronous endpoints.")
    for variant in (*params["ProductionVariants"], *shadows):
        if "ServerlessConfig" in variant:
            yield invalid("Shadow variants are not supported for serverless endpoints.")
        elif str(variant.get("InstanceType", "")).startswith("ml.inf1."):
            yield invalid(f"Shadow variants are not supported with {variant['InstanceType']}.")


def _refused(variants: list[Params]) -> Iterator[ApiError]:
    """What the embedded AWS does not have."""
    for variant in variants:
        name = variant["VariantName"]
        for member in _REFUSED_OF_VARIANT:
            if member in variant:
                yield unsupported(f"CreateEndpointConfig {member} of variant {name}")
        if variant.get("EnableSSMAccess"):
            yield unsupported(f"CreateEndpointConfig EnableSSMAccess of variant {name}")
    for variant in variants:
        if "ModelName" not in variant:
            yield unsupported(f"variant {variant['VariantName']} without a ModelName (inference components)")


def _variant(variant: Params) -> Iterator[ApiError]:
    name = variant["VariantName"]
    if "ServerlessConfig" not in variant:
        for member in ("InstanceType", "InitialInstanceCount"):
            if member not in variant:
                yield invalid(f"Variant {name}: {member} is required when there is no ServerlessConfig.")
        if variant.get("InitialInstanceCount", 1) < 1:
            yield invalid(f"Variant {name}: InitialInstanceCount must be at least 1.")


def _serverless(variant: Params, params: Params, models: dict[str, Model]) -> Iterator[ApiError]:
    name, serverless = variant["VariantName"], variant["ServerlessConfig"]
    for member in _OF_INSTANCES:
        if member in variant:
            yield invalid(f"Variant {name}: {member} cannot be specified together with ServerlessConfig.")
    if serverless["MemorySizeInMB"] % _STEP_MB:
        yield invalid(
            f"Variant {name}: MemorySizeInMB must be one of 1024, 2048, 3072, 4096, 5120, 6144: got "
            f"{serverless['MemorySizeInMB']}."
        )
    if serverless.get("ProvisionedConcurrency", 0) > serverless["MaxConcurrency"]:
        yield invalid(f"Variant {name}: ProvisionedConcurrency cannot be greater than MaxConcurrency.")
    if params.get("DataCaptureConfig", {}).get("EnableCapture", "DataCaptureConfig" in params):
        yield invalid("Data capture is not supported for serverless endpoints.")
    model = models.get(variant.get("ModelName", ""))
    if model and "VpcConfig" in model.described:
        yield invalid(f"VPC configuration is not supported for serverless endpoints (model {variant['ModelName']}).")
    if model and model.isolated:
        yield invalid(f"Network isolation is not supported for serverless endpoints (model {variant['ModelName']}).")


def _capture(capture: Params | None) -> Iterator[ApiError]:
    if capture is None:
        return
    if not capture["DestinationS3Uri"].startswith("s3://"):
        yield unsupported(f"DataCaptureConfig DestinationS3Uri {capture['DestinationS3Uri']}: only s3:// URIs")


def _asynchronous(config: Params | None, variants: list[Params]) -> Iterator[ApiError]:
    """https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-create-endpoint.html"""
    if config is None:
        return
    output = config["OutputConfig"]
    if len(variants) > 1 or "ServerlessConfig" in variants[0]:
        yield invalid("Asynchronous inference takes one production variant, on instances.")
    if not str(output.get("S3OutputPath", "")).startswith("s3://"):
        yield unsupported(f"AsyncInferenceConfig S3OutputPath {output.get('S3OutputPath')}: only s3:// URIs")
