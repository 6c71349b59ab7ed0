"""Training jobs. https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo.html"""

from __future__ import annotations

import re
from pathlib import Path
from typing import ClassVar

from rehearsal.api import Params, invalid
from rehearsal.named import Scope
from rehearsal.sagemaker import listing, own_images
from rehearsal.sagemaker.jobs import script_mode
from rehearsal.sagemaker.jobs.failure import JobError, shorten
from rehearsal.sagemaker.jobs.kind import ENDED, JobKind, Refused, Run, container_path, no_empty_texts, refuse
from rehearsal.sagemaker.jobs.state import Job
from rehearsal.sagemaker.jobs.transfer import archive

_CHECKPOINTS = "/opt/ml/checkpoints"
_CONTAINER = Path(__file__).parent.parent / "container"
_NUMBER = r"([-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|nan|inf))"
_XGBOOST_METRIC = re.compile(r"#011(train|validation)-([\w@.-]+):" + _NUMBER)


class Training(JobKind):
    """Downloads the channels, trains, uploads model.tar.gz and output.tar.gz when it ended well."""

    kind = "Training"
    arn_kind = "training-job"
    application = "AlgorithmSpecification"
    log_group = "/aws/sagemaker/TrainingJobs"
    # The profiler only watches a job; of the debugger, whose rules may stop one, what leaves it idle is accepted.
    refused: ClassVar[Refused] = {
        "AlgorithmSpecification.AlgorithmName": (),
        "AlgorithmSpecification.TrainingInputMode": ("File", "FastFile"),
        "AlgorithmSpecification.TrainingImageConfig": (),
        "InputDataConfig[].DataSource.FileSystemDataSource": (),
        "InputDataConfig[].DataSource.S3DataSource.S3DataType": ("S3Prefix", "ManifestFile"),
        "InputDataConfig[].DataSource.S3DataSource.AttributeNames": (),
        "InputDataConfig[].DataSource.S3DataSource.InstanceGroupNames": (),
        "InputDataConfig[].DataSource.S3DataSource.ModelAccessConfig": (),
        "InputDataConfig[].DataSource.S3DataSource.HubAccessConfig": (),
        "InputDataConfig[].InputMode": ("File", "FastFile"),
        "InputDataConfig[].CompressionType": ("None",),
        "InputDataConfig[].RecordWrapperType": ("None",),
        "InputDataConfig[].ShuffleConfig": (),
        "ResourceConfig.InstanceCount": (1,),
        "ResourceConfig.InstanceGroups": (),
        "ResourceConfig.TrainingPlanArn": (),
        "DebugHookConfig.CollectionConfigurations": ([],),
        "DebugHookConfig.HookParameters": ({},),
        "DebugRuleConfigurations": ([],),
        "TensorBoardOutputConfig": (),
        "ExperimentConfig": (),
        "RemoteDebugConfig.EnableRemoteDebug": (False,),
        "InfraCheckConfig.EnableInfraCheck": (False,),
        "SessionChainingConfig.EnableSessionTagChaining": (False,),
    }

    def image_uri(self, scope: Scope, request: Params) -> str:
        """The training image. Raises ApiError ValidationException."""
        if "TrainingImage" not in request["AlgorithmSpecification"]:
            raise invalid("AlgorithmSpecification.TrainingImage: missing")
        return str(request["AlgorithmSpecification"]["TrainingImage"])

    def check(self, request: Params) -> None:
        """Unique channels, and the waiting time that Spot wants. Raises ApiError ValidationException."""
        refuse(request, self.refused, "CreateTrainingJob")
        no_empty_texts(request[self.application])
        names = [channel["ChannelName"] for channel in request.get("InputDataConfig", [])]
        if len(names) != len(set(names)):
            raise invalid(f"InputDataConfig: channel names must be unique, got {', '.join(names)}")
        if "CheckpointConfig" in request:
            path = request["CheckpointConfig"].get("LocalPath", _CHECKPOINTS)
            container_path(path, "/opt/ml", "CheckpointConfig.LocalPath")
        stop = request["StoppingCondition"]
        spot = request.get("EnableManagedSpotTraining", False)
        if ("MaxWaitTimeInSeconds" in stop) != spot:
            raise invalid("StoppingCondition.MaxWaitTimeInSeconds: must be given with, and only with, Spot training")
        if spot and stop["MaxWaitTimeInSeconds"] < stop.get("MaxRuntimeInSeconds", 86400):
            raise invalid("StoppingCondition.MaxWaitTimeInSeconds: must not be less than MaxRuntimeInSeconds")

    def begin(self, job: Job) -> Params:
        """The first Describe; the artifact's address is known from the start."""
        shown = super().begin(job)
        return shown | {
            "SecondaryStatus": "Starting",
            "SecondaryStatusTransitions": [{"Status": "Starting", "StartTime": shown["CreationTime"]}],
            "ModelArtifacts": {"S3ModelArtifacts": f"{self._output(job)}/model.tar.gz"},
        }

    def prepare(self, run: Run) -> tuple[list[str], dict[str, str]]:
        """Channels, configuration files, and the algorithm or script that trains."""
        request = run.job.request
        hyperparameters = request.get("HyperParameters", {})
        channels = {channel["ChannelName"]: channel for channel in request.get("InputDataConfig", [])}
        run.write("/opt/ml/input/config/hyperparameters.json", hyperparameters)
        run.write(
            "/opt/ml/input/config/inputdataconfig.json",
            {name: _channel_config(channel, request) for name, channel in channels.items()},
        )
        run.write("/opt/ml/input/config/resourceconfig.json", script_mode.resources(request))
        for name, channel in channels.items():
            source = channel["DataSource"]["S3DataSource"]
            run.transfer.download(source["S3Uri"], source["S3DataType"], run.path(f"/opt/ml/input/data/{name}"))
        if checkpoints := request.get("CheckpointConfig"):
            target = run.path(checkpoints.get("LocalPath", _CHECKPOINTS).rstrip("/"))
            run.transfer.download(f"{checkpoints['S3Uri'].rstrip('/')}/", "S3Prefix", target, needed=False)
        for directory in ("/opt/ml/model", "/opt/ml/output/data", "/opt/ml/code"):
            run.path(directory).mkdir(parents=True, exist_ok=True)
        environment = {
            "TRAINING_JOB_NAME": run.job.name,
            "TRAINING_JOB_ARN": run.job.arn,
            "SM_MODEL_DIR": "/opt/ml/model",
        }
        return self._command(run, environment), environment | request.get("Environment", {})

    def _command(self, run: Run, environment: dict[str, str]) -> list[str]:
        specification = run.job.request["AlgorithmSpecification"]
        if "ContainerEntrypoint" in specification:
            return [*specification["ContainerEntrypoint"], *specification.get("ContainerArguments", [])]
        image = run.job.image
        if own := image.by_itself:
            return own_images.command_of(own, specification.get("ContainerArguments", ["train"]))
        if "sagemaker_program" in run.job.request.get("HyperParameters", {}):
            environment |= script_mode.variables(run)
            return ["python3", str(_CONTAINER / "run_script.py")]
        if image.framework == "xgboost" and image.version:
            return ["python3", str(_CONTAINER / "train_xgboost.py"), image.version]
        raise JobError(
            f"AlgorithmError: the image {image.uri} needs a script: give the hyperparameters sagemaker_program and "
            "sagemaker_submit_directory, or AlgorithmSpecification.ContainerEntrypoint"
        )

    def finish(self, run: Run) -> None:
        """Upload the model and the output, and read the metrics from the log."""
        job = run.job
        output = job.request["OutputDataConfig"]
        key = output.get("KmsKeyId")
        with job.lock:
            self.move(job, "InProgress", "Uploading")
        if output.get("CompressionType") == "NONE":
            run.transfer.upload(run.path("/opt/ml/model"), f"{self._output(job)}/model", key)
            with job.lock:
                job.shown["ModelArtifacts"] = {"S3ModelArtifacts": f"{self._output(job)}/model/"}
        else:
            for source, name in (("/opt/ml/model", "model"), ("/opt/ml/output/data", "output")):
                if name == "model" or any(run.path(source).iterdir()):
                    target = run.ml.parent / f"{name}.tar.gz"
                    archive(run.path(source), target)
                    run.transfer.upload(target, f"{self._output(job)}/{target.name}", key)
        if checkpoints := job.request.get("CheckpointConfig"):
            local = run.path(checkpoints.get("LocalPath", _CHECKPOINTS).rstrip("/"))
            run.transfer.upload(local, checkpoints["S3Uri"], key)
        metrics = self._metrics(run)
        with job.lock:
            if metrics:
                job.shown["FinalMetricDataList"] = metrics

    def _metrics(self, run: Run) -> list[Params]:
        found: dict[str, float] = {}
        definitions = run.job.request["AlgorithmSpecification"].get("MetricDefinitions", [])
        patterns = [(definition["Name"], re.compile(definition["Regex"])) for definition in definitions]
        for line in run.log.lines():
            for channel, metric, value in _XGBOOST_METRIC.findall(line):
                found[f"{channel}:{metric}"] = float(value)
            for name, pattern in patterns:
                match = pattern.search(line)
                if match and match.groups():
                    found[name] = float(match[1])
        moment = listing.now()
        return [{"MetricName": name, "Value": value, "Timestamp": moment} for name, value in found.items()]

    def move(self, job: Job, status: str, phase: str, message: str = "") -> None:
        """Set both statuses, the history of the secondary one, and the times."""
        with job.lock:
            super().move(job, status, phase, message)
            shown = job.shown
            shown["SecondaryStatus"], moment = phase, shown["LastModifiedTime"]
            shown["SecondaryStatusTransitions"][-1]["EndTime"] = moment
            step: Params = {"Status": phase, "StartTime": moment}
            if message:
                step["StatusMessage"] = shorten(message)
            shown["SecondaryStatusTransitions"] = [*shown["SecondaryStatusTransitions"], step]
            if status in ENDED:
                step["EndTime"] = moment
                seconds = round((moment - shown.get("TrainingStartTime", moment)).total_seconds())
                shown |= {"TrainingTimeInSeconds": max(1, seconds), "BillableTimeInSeconds": max(1, seconds)}

    def _output(self, job: Job) -> str:
        return f"{job.request['OutputDataConfig']['S3OutputPath'].rstrip('/')}/{job.name}/output"


def _channel_config(channel: Params, request: Params) -> dict[str, str]:
    source = channel["DataSource"]["S3DataSource"]
    config = {
        "TrainingInputMode": channel.get("InputMode", request["AlgorithmSpecification"]["TrainingInputMode"]),
        "S3DistributionType": source.get("S3DataDistributionType", "FullyReplicated"),
        "RecordWrapperType": "None",
    }
    return config | ({"ContentType": channel["ContentType"]} if "ContentType" in channel else {})
