"""What a run of a batch environment does, as a state machine of Step Functions. Pure.

A run waits for its turn, makes a transform job, looks at it once a minute, and tries again what failed. It polls in
the place of `.sync`, which would need rights on rules of EventBridge.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model_cicd.aws.states import IS_OLDEST, State, call, oldest_running
from model_cicd.hosting import BatchTransform

#: what stands in the definition for what only the stack knows
MODEL, JOB_PREFIX = "Model", "JobPrefix"
#: executions are listed a moment after they began
_SECONDS_TO_BE_LISTED, _SECONDS_BETWEEN_LOOKS = 5, 60
_ALL = ["States.ALL"]
#: a call that fails ends the run
_ENDS = [{"ErrorEquals": _ALL, "ResultPath": "$.error", "Next": "CallFailed"}]


def definition(transform: BatchTransform, partition: str) -> dict[str, Any]:
    """The definition, with `${Model}` for the model's name and `${JobPrefix}` for what names of jobs begin with.

    The partition may be a token. Data of a run: `source` and `target` (S3 URIs), `clock.minutes`, `attempt.number` and,
    once there is one, `job.name`.
    """
    sdk = f"arn:{partition}:states:::aws-sdk"
    states = {**_source(transform), **_turn(transform, sdk), **_job(transform, sdk), **_end(transform, sdk)}
    return {"StartAt": next(iter(states)), "States": states}


def _source(transform: BatchTransform) -> Mapping[str, State]:
    """What is transformed, and where to: the object that an event is about, or everything below the input.

    Of a single object, SageMaker names the output after the last part of its key, so that its whole key is a folder.
    """
    begin = {"clock": {"minutes": 0}, "attempt": {"number": 0}, "wait": _SECONDS_TO_BE_LISTED}
    bucket = transform.input.bucket
    whole = {"source": f"{transform.input.uri}/", "target": f"{transform.output.uri}/"}
    everything = {"Type": "Pass", "Parameters": whole | begin, "Next": "Turn"}
    if not transform.on_new_data:
        return {"Everything": everything}
    key, target = "$.detail.object.key", transform.output.uri.replace("'", "\\'")
    return {
        "Which": {
            "Type": "Choice",
            "Choices": [{"Variable": key, "IsPresent": True, "Next": "NewObject"}],
            "Default": "Everything",
        },
        "NewObject": {
            "Type": "Pass",
            "Parameters": {
                "source.$": f"States.Format('s3://{bucket}/{{}}', {key})",
                "target.$": f"States.Format('{target}/{{}}/', {key})",
                **begin,
            },
            "Next": "Turn",
        },
        "Everything": everything,
    }


def _turn(transform: BatchTransform, sdk: str) -> Mapping[str, State]:
    """One run at a time: the one that began first. The others wait for it, or end where each run does everything."""
    first = {**IS_OLDEST, "Next": "Name"}
    late = {"Variable": "$.clock.minutes", "NumericGreaterThanEquals": transform.minutes, "Next": "TooLate"}
    found: dict[str, State] = {
        "Turn": {"Type": "Wait", "SecondsPath": "$.wait", "Next": "Running"},
        **oldest_running(sdk, "$.running", "Turn", Catch=_ENDS),
        "First": {
            "Type": "Choice",
            "Choices": [first, late] if transform.on_new_data else [first],
            "Default": "Wait" if transform.on_new_data else "Skipped",
        },
    }
    if not transform.on_new_data:
        return found | {"Skipped": {"Type": "Succeed", "Comment": "another run is transforming everything"}}
    return found | {
        "Wait": _one_more("$.clock", "minutes", "WaitLonger"),
        "WaitLonger": {"Type": "Pass", "Result": _SECONDS_BETWEEN_LOOKS, "ResultPath": "$.wait", "Next": "Turn"},
    }


def _job(transform: BatchTransform, sdk: str) -> Mapping[str, State]:
    """A job, named after the run and the number of its try, which is looked at once a minute."""
    name = f"States.Format('${{{JOB_PREFIX}}}-{{}}-{{}}', States.Hash($$.Execution.Id, 'MD5'), $.attempt.number)"
    there = {"ErrorEquals": ["SageMaker.ResourceInUseException"], "ResultPath": None, "Next": "Minute"}
    own = {"TransformJobName.$": "$.job.name"}
    catch = [there, *_ENDS]
    return {
        "Name": {"Type": "Pass", "Parameters": {"name.$": name}, "ResultPath": "$.job", "Next": "Transform"},
        "Transform": call(f"{sdk}:sagemaker:createTransformJob", job(transform), "Minute", Catch=catch),
        "Minute": {"Type": "Wait", "Seconds": _SECONDS_BETWEEN_LOOKS, "Next": "Count"},
        "Count": _one_more("$.clock", "minutes", "Look"),
        "Look": call(f"{sdk}:sagemaker:describeTransformJob", own, "Ended", "$.job.found", Catch=_ENDS),
        "Stop": call(f"{sdk}:sagemaker:stopTransformJob", own, "TooLate", Catch=_ENDS),
        **_outcome(transform),
    }


def _outcome(transform: BatchTransform) -> Mapping[str, State]:
    """What became of a job."""
    status = "$.job.found.TransformJobStatus"
    again = {"Variable": "$.attempt.number", "NumericLessThan": transform.retries, "Next": "NextTry"}
    return {
        "Ended": {
            "Type": "Choice",
            "Choices": [
                {"Variable": status, "StringEquals": "Completed", "Next": "Done"},
                {"Variable": status, "StringEquals": "Failed", "Next": "Again"},
                {"Variable": status, "StringEquals": "Stopped", "Next": "Stopped"},
                {"Variable": "$.clock.minutes", "NumericGreaterThanEquals": transform.minutes, "Next": "Stop"},
            ],
            "Default": "Minute",
        },
        "Again": {"Type": "Choice", "Choices": [again], "Default": "JobFailed"},
        "NextTry": _one_more("$.attempt", "number", "Name"),
        "Done": {"Type": "Succeed"},
    }


def _one_more(path: str, name: str, following: str) -> State:
    """Adds one to a number."""
    more = {f"{name}.$": f"States.MathAdd({path}.{name}, 1)"}
    return {"Type": "Pass", "Parameters": more, "ResultPath": path, "Next": following}


def job(transform: BatchTransform) -> dict[str, Any]:
    """The parameters of CreateTransformJob.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html
    """
    processing, lines = transform.processing, "Line" if transform.processing.lines else "None"
    output = {"S3OutputPath.$": "$.target", "Accept": processing.accept, "AssembleWith": lines}
    if transform.output.key_arn:
        output["KmsKeyId"] = transform.output.key_arn
    data = {"JoinSource": "Input" if processing.join else "None"}
    for member, path in (("InputFilter", processing.input_filter), ("OutputFilter", processing.output_filter)):
        if path is not None:
            data[member] = path
    return {
        "TransformJobName.$": "$.job.name",
        "ModelName": f"${{{MODEL}}}",
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri.$": "$.source"}},
            "ContentType": processing.content_type,
            "SplitType": lines,
        },
        "TransformOutput": output,
        "TransformResources": {"InstanceType": transform.type, "InstanceCount": transform.count},
        "BatchStrategy": "MultiRecord",
        "MaxPayloadInMB": processing.payload_mb,
        "DataProcessing": data,
    }


def _end(transform: BatchTransform, sdk: str) -> Mapping[str, State]:
    """Failures: why, who is told of it, and the end."""
    after = "Tell" if transform.topic_arn else "Failed"

    def why(**reason: str) -> State:
        return {"Type": "Pass", "Parameters": reason, "ResultPath": "$.why", "Next": after}

    found: dict[str, State] = {
        "JobFailed": why(**{"reason.$": "$.job.found.FailureReason"}),
        "Stopped": why(reason="its transform job was stopped"),
        "TooLate": why(reason=f"it was not done within {transform.minutes} minutes"),
        "CallFailed": why(**{"reason.$": "$.error.Cause"}),
    }
    if transform.topic_arn:
        text = "States.Format('Run {} of {} failed: {}', $$.Execution.Name, $$.StateMachine.Name, $.why.reason)"
        message = {"TopicArn": transform.topic_arn, "Subject": "A batch run failed", "Message.$": text}
        unheard = [{"ErrorEquals": _ALL, "ResultPath": None, "Next": "Failed"}]
        found["Tell"] = call(f"{sdk}:sns:publish", message, "Failed", Catch=unheard)
    return found | {"Failed": {"Type": "Fail", "Error": "BatchFailed", "CausePath": "$.why.reason"}}
