"""Script mode: what the framework images make of hyperparameters before they start the user's script.

https://github.com/aws/sagemaker-training-toolkit/blob/master/ENVIRONMENT_VARIABLES.md
"""

from __future__ import annotations

import json
import os
from typing import Any

from rehearsal.api import Params
from rehearsal.sagemaker.jobs.failure import JobError
from rehearsal.sagemaker.jobs.kind import Run
from rehearsal.sagemaker.jobs.transfer import is_address

_ARCHIVE = "/opt/ml/code/sourcedir.tar.gz"


def resources(request: Params) -> dict[str, Any]:
    """The content of resourceconfig.json: one host."""
    kind = request["ResourceConfig"].get("InstanceType")
    group = {"instance_group_name": "homogeneousCluster", "instance_type": kind, "hosts": ["algo-1"]}
    return {
        "current_host": "algo-1",
        "current_instance_type": kind,
        "current_group_name": "homogeneousCluster",
        "hosts": ["algo-1"],
        "instance_groups": [group],
        "network_interface_name": "lo",
    }


def variables(run: Run) -> dict[str, str]:
    """The SM_* variables; brings the source archive. Raises JobError."""
    request = run.job.request
    given = {name: _decoded(value) for name, value in request["HyperParameters"].items()}
    directory = _source(run, given)
    hyperparameters = {name: value for name, value in given.items() if not name.startswith("sagemaker_")}
    channels = [channel["ChannelName"] for channel in request.get("InputDataConfig", [])]
    arguments = [part for name, value in sorted(hyperparameters.items()) for part in (_option(name), str(value))]
    program = str(given["sagemaker_program"])
    values: dict[str, Any] = {
        "SM_USER_ENTRY_POINT": program,
        "SM_MODULE_NAME": program.removesuffix(".py"),
        "SM_MODULE_DIR": directory,
        "SM_USER_ARGS": arguments,
        "SM_HPS": hyperparameters,
        "SM_CHANNELS": sorted(channels),
        "SM_HOSTS": ["algo-1"],
        "SM_CURRENT_HOST": "algo-1",
        "SM_CURRENT_INSTANCE_TYPE": request["ResourceConfig"].get("InstanceType"),
        "SM_NUM_CPUS": os.cpu_count(),
        "SM_NUM_GPUS": 0,
        "SM_INPUT_DIR": "/opt/ml/input",
        "SM_INPUT_CONFIG_DIR": "/opt/ml/input/config",
        "SM_INPUT_DATA_CONFIG": json.loads(run.path("/opt/ml/input/config/inputdataconfig.json").read_text()),
        "SM_RESOURCE_CONFIG": resources(request),
        "SM_MODEL_DIR": "/opt/ml/model",
        "SM_OUTPUT_DIR": "/opt/ml/output",
        "SM_OUTPUT_DATA_DIR": "/opt/ml/output/data",
        "SM_OUTPUT_INTERMEDIATE_DIR": "/opt/ml/output/intermediate",
        "SM_LOG_LEVEL": 20,
        "SM_NETWORK_INTERFACE_NAME": "lo",
        "SM_JOB_NAME": run.job.name,
    }
    values |= {f"SM_CHANNEL_{name.upper()}": f"/opt/ml/input/data/{name}" for name in channels}
    values |= {f"SM_HP_{name.upper()}": value for name, value in hyperparameters.items()}
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in values.items()}


def _source(run: Run, given: dict[str, Any]) -> str:
    directory = str(given.get("sagemaker_submit_directory", ""))
    if is_address(directory):
        if run.job.request.get("EnableNetworkIsolation"):
            raise JobError(
                f"AlgorithmError: the container cannot download sagemaker_submit_directory {directory}: it has no "
                "network (EnableNetworkIsolation). Bring the archive as a channel and name its path in the container"
            )
        run.transfer.fetch(directory, run.path(_ARCHIVE))
        return _ARCHIVE
    if not directory.startswith("/opt/ml/"):
        raise JobError(f"AlgorithmError: sagemaker_submit_directory: got {directory!r}, expected an s3:// URI or path")
    return directory


def _decoded(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


def _option(name: str) -> str:
    return f"-{name}" if len(name) == 1 else f"--{name}"
