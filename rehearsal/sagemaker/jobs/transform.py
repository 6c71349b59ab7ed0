"""Batch transform jobs. https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from rehearsal import archives
from rehearsal.api import Params, invalid
from rehearsal.named import Scope
from rehearsal.sagemaker.hosting import scripts
from rehearsal.sagemaker.hosting.models import Model, Models
from rehearsal.sagemaker.jobs.failure import JobError
from rehearsal.sagemaker.jobs.kind import JobKind, Refused, Run, refuse
from rehearsal.sagemaker.jobs.transfer import split

_CONTAINER = Path(__file__).parent.parent / "container"
_IN, _OUT = "/opt/ml/transform/input", "/opt/ml/transform/output"


class Transform(JobKind):
    """Serves the model to itself and sends it the input, object by object; one `.out` object for each."""

    kind, tells = "Transform", "FailureReason"
    arn_kind = "transform-job"
    takes_role = False
    log_group = "/aws/sagemaker/TransformJobs"
    refused: ClassVar[Refused] = {
        "TransformInput.CompressionType": ("None",),
        "TransformInput.SplitType": ("None", "Line"),
        "TransformInput.DataSource.S3DataSource.S3DataType": ("S3Prefix", "ManifestFile"),
        "TransformResources.InstanceCount": (1,),
        "DataCaptureConfig": (),
        "ExperimentConfig": (),
    }

    def __init__(self, models: Models | None = None) -> None:
        self._models = models

    def image_uri(self, scope: Scope, request: Params) -> str:
        """The image of the model."""
        return self._model(scope, request).container.image.uri

    def role(self, scope: Scope, request: Params) -> str:
        """The execution role of the model."""
        return self._model(scope, request).role

    def _model(self, scope: Scope, request: Params) -> Model:
        assert self._models, "made for a service"
        return self._models.at(scope, request["ModelName"])

    def check(self, request: Params) -> None:
        """What goes together. Raises ApiError ValidationException."""
        refuse(request, self.refused, "CreateTransformJob")
        lines = request["TransformInput"].get("SplitType", "None") == "Line"
        processing = request.get("DataProcessing", {})
        joined = processing.get("JoinSource", "None") == "Input"
        if request.get("BatchStrategy") == "SingleRecord" and not lines:
            raise invalid("BatchStrategy SingleRecord: needs TransformInput.SplitType Line")
        if joined and lines and request["TransformOutput"].get("AssembleWith", "None") != "Line":
            raise invalid("DataProcessing.JoinSource Input: needs TransformOutput.AssembleWith Line as SplitType is")

    def prepare(self, run: Run) -> tuple[list[str], dict[str, str]]:
        """The model, the input, and what to do with both."""
        request, model = run.job.request, self._model(run.job.scope, run.job.request)
        source = request["TransformInput"]["DataSource"]["S3DataSource"]
        run.transfer.download(source["S3Uri"], source["S3DataType"], run.path(_IN))
        run.path(_OUT).mkdir(parents=True)
        self._unpack(run, model)
        environment = dict(model.container.environment) | request.get("Environment", {})
        run.write("/opt/ml/transform/job.json", request | {"Server": model.container.server()})
        return ["python3", str(_CONTAINER / "batch_transform.py")], environment | {"SAGEMAKER_BATCH": "true"}

    def _unpack(self, run: Run, model: Model) -> None:
        target = run.path("/opt/ml/model")
        target.mkdir(parents=True)
        archive = run.ml.parent / "model.tar.gz"
        run.transfer.fetch(model.container.data, archive)
        try:
            archives.unpack(archive, target)
        except (archives.Unreadable, EOFError, OSError) as error:
            raise JobError(f"ClientError: cannot unpack the model {model.container.data}: {error}") from None
        if model.container.script:
            scripts.bring(model.container.script, run.transfer, run.ml, isolated=model.isolated)

    def finish(self, run: Run) -> None:
        """Upload the predictions."""
        output = run.job.request["TransformOutput"]
        split(output["S3OutputPath"])
        run.transfer.upload(run.path(_OUT), output["S3OutputPath"].rstrip("/") + "/", output.get("KmsKeyId"))

    def isolated(self, request: Params) -> bool:
        """The model's setting is for endpoints; a job needs the network for nothing."""
        return False
