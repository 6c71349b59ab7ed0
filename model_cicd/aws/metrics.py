"""The metrics that trainings put into CloudWatch, by deployment group."""

from __future__ import annotations

#: the variable of builds with the namespace of their group's metrics
VARIABLE = "MODEL_CICD_METRICS"

#: of each training: seconds until it ended, and seconds of all its jobs together
TRAINING_SECONDS, JOB_SECONDS = "TrainingSeconds", "JobSeconds"
#: of the first comparison with a threshold: what was measured, and the threshold
GATE_METRIC, GATE_THRESHOLD = "GateMetric", "GateThreshold"
#: the number of the version that was registered
VERSION = "RegisteredVersion"


def namespace(promotion: str) -> str:
    """The namespace of a group's metrics, by its promotion pipeline, whose name is unique in the tooling account.

    Who may put some may be limited to it, and to nothing smaller.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/iam-cw-condition-keys-namespace.html
    """
    return f"model-cicd/{promotion}"
