"""Processing jobs. https://docs.aws.amazon.com/sagemaker/latest/dg/build-your-own-processing-container.html"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from rehearsal.api import Params, invalid
from rehearsal.named import Scope
from rehearsal.paths import text_inside
from rehearsal.sagemaker import images, own_images
from rehearsal.sagemaker.images import Image
from rehearsal.sagemaker.jobs.kind import JobKind, Refused, Run, container_path, no_empty_texts, refuse

_BELOW = "/opt/ml/processing"
_CONTAINER = Path(__file__).parent.parent / "container"


class Processing(JobKind):
    """Downloads the inputs, runs the entry point, uploads the outputs when it ended well."""

    kind, tells = "Processing", "ExitMessage"
    arn_kind = "processing-job"
    application = "AppSpecification"
    log_group = "/aws/sagemaker/ProcessingJobs"
    refused: ClassVar[Refused] = {
        "ExperimentConfig": (),
        "ProcessingInputs[].DatasetDefinition": (),
        "ProcessingInputs[].AppManaged": (False,),
        "ProcessingInputs[].S3Input.S3InputMode": ("File",),
        "ProcessingInputs[].S3Input.S3CompressionType": ("None",),
        "ProcessingOutputConfig.Outputs[].FeatureStoreOutput": (),
        "ProcessingOutputConfig.Outputs[].AppManaged": (False,),
        "ProcessingResources.ClusterConfig.InstanceCount": (1,),
    }

    def image_uri(self, scope: Scope, request: Params) -> str:
        """The image of the application."""
        return str(request["AppSpecification"]["ImageUri"])

    def check(self, request: Params) -> None:
        """An entry point, and local paths where AWS allows them. Raises ApiError ValidationException."""
        refuse(request, self.refused, "CreateProcessingJob")
        no_empty_texts(request[self.application])
        names: list[str] = []
        for entry in request.get("ProcessingInputs", []):
            names.append(entry["InputName"])
            if "S3Input" not in entry:
                raise invalid(f"ProcessingInputs {entry['InputName']}: S3Input: missing")
            member = f"ProcessingInputs {entry['InputName']}: S3Input.LocalPath"
            container_path(entry["S3Input"].get("LocalPath", ""), _BELOW, member)
        outputs = request.get("ProcessingOutputConfig", {}).get("Outputs", [])
        for entry in outputs:
            names.append(entry["OutputName"])
            member = f"ProcessingOutputConfig.Outputs {entry['OutputName']}: S3Output.LocalPath"
            container_path(entry.get("S3Output", {}).get("LocalPath", ""), _BELOW, member)
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise invalid(f"input and output names must be unique; more than once: {', '.join(doubled)}")

    def check_image(self, request: Params, image: Image) -> None:
        """An entry point, of the request or of the image. Raises ApiError ValidationException."""
        if "ContainerEntrypoint" not in request["AppSpecification"] and not _own_command(request, image):
            raise invalid(
                "AppSpecification.ContainerEntrypoint: missing; the image brings none of its own here "
                "(--entrypoint STEP=COMMAND stands in for it)"
            )

    def prepare(self, run: Run) -> tuple[list[str], dict[str, str]]:
        """Inputs, output directories and the two configuration files."""
        request = run.job.request
        cluster = request["ProcessingResources"]["ClusterConfig"]
        run.write("/opt/ml/config/processingjobconfig.json", request | {"ProcessingJobArn": run.job.arn})
        run.write(
            "/opt/ml/config/resourceconfig.json",
            {"current_host": "algo-1", "hosts": ["algo-1"], "current_instance_type": cluster["InstanceType"]},
        )
        for entry in request.get("ProcessingInputs", []):
            source = entry["S3Input"]
            run.transfer.download(source["S3Uri"], source["S3DataType"], run.path(source["LocalPath"]))
        for entry in request.get("ProcessingOutputConfig", {}).get("Outputs", []):
            run.path(entry["S3Output"]["LocalPath"]).mkdir(parents=True, exist_ok=True)
        application = request["AppSpecification"]
        if "ContainerEntrypoint" in application:
            command = [*application["ContainerEntrypoint"], *application.get("ContainerArguments", [])]
        else:
            command = _own_command(request, run.job.image)
        return command, dict(request.get("Environment", {}))

    def finish(self, run: Run) -> None:
        """Upload what is in the output directories; keep the container's message."""
        config = run.job.request.get("ProcessingOutputConfig", {})
        for entry in config.get("Outputs", []):
            target = entry["S3Output"]
            run.transfer.upload(run.path(target["LocalPath"]), target["S3Uri"], config.get("KmsKeyId"))
        output = run.path("/opt/ml/output")
        message = text_inside(output, output / "message") if output.is_dir() else ""
        if message:
            run.job.shown["ExitMessage"] = message[:1024]

    def isolated(self, request: Params) -> bool:
        """Whether the container has no network."""
        return bool(request.get("NetworkConfig", {}).get("EnableNetworkIsolation", False))


def _own_command(request: Params, image: Image) -> list[str]:
    """What the image runs by itself, with the request's arguments; nothing where it brings nothing along."""
    if image.framework == images.MODEL_MONITOR:
        return ["python3", str(_CONTAINER / "monitor.py")]
    if image.own is None:
        return []
    return own_images.command_of(image.own, request["AppSpecification"].get("ContainerArguments", []))
