"""Lambda steps: the function is a local handler, called in a process of its own.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from rehearsal import environment
from rehearsal.api import Params
from rehearsal.confinement.cage import Cage
from rehearsal.paths import below, text_inside
from rehearsal.process import Child, Exit, base_environment
from rehearsal.sagemaker import shapes
from rehearsal.sagemaker.pipelines.expressions import is_expression
from rehearsal.sagemaker.shapes import nearest
from rehearsal.sagemaker.steps.base import Context, StepFailed, StepStopped, StepType

_RUN = Path(__file__).parent.parent / "container" / "run_function.py"
_ANSWER = 6 << 20  # bytes of a function's answer at most
_SECONDS = 600  # what a Lambda step waits for its function at most
_TYPES: dict[str, tuple[type, ...]] = {"String": (str,), "Integer": (int,), "Float": (float, int), "Boolean": (bool,)}


class LambdaStep(StepType):
    """Calls a function with the arguments as its event; what it returns are the output parameters."""

    keys = ("FunctionArn", "OutputParameters", "CacheConfig", "RetryPolicies")
    cache_attributes = ("FunctionArn", "Arguments")

    def problems(self, step: Params) -> Iterator[str]:
        """A function and typed outputs."""
        arn = step.get("FunctionArn")
        if not isinstance(arn, str) and not is_expression(arn):
            yield f"FunctionArn: got {arn!r}, expected the ARN of a function"
        yield from output_problems(step)

    def missing_property(self, step: Params, keys: list[str | int]) -> str | None:
        """`OutputParameters['NAME']`, as declared."""
        return missing_output(step, keys)

    def properties(self, step: Params) -> dict[str, Any]:
        """The output parameters."""
        return output_shapes(step)

    def run(self, context: Context) -> Params:
        """Call the function that `--lambda` (`StepOptions.functions`) gives, else a deployed one. Raises StepFailed."""
        step = context.execution.definition.steps[context.step]
        arn = str(context.resolve(step.document["FunctionArn"]))
        context.show({"Lambda": {"Arn": arn, "OutputParameters": []}})
        functions = context.platform.step_options.functions
        name = arn.rpartition(":function:")[2].partition(":")[0]
        code = functions.get(arn) or functions.get(name)
        found = self._deployed(context, arn, name) if code is None else self._call(context, name, code)
        if found is None:
            close = nearest(name, functions)
            raise StepFailed(
                f"ClientError: there is no code of the Lambda function {name} on this machine{close}: name it with "
                f"--lambda {name}=FILE.py:HANDLER, or stub the step"
            )
        declared = step.document.get("OutputParameters", [])
        outputs = {each["OutputName"]: _output(each, found, name) for each in declared}
        rows = [{"Name": key, "Value": _text(value)} for key, value in outputs.items()]
        context.show({"Lambda": {"Arn": arn, "OutputParameters": rows}})
        return {"OutputParameters": outputs}

    def _deployed(self, context: Context, arn: str, name: str) -> Params | None:
        """What a function of the embedded AWS answers to the pipeline's role; None where there is none."""
        platform, (account, region) = context.platform, context.execution.scope
        if not platform.has_functions:
            return None
        client = platform.client("lambda", account=account, region=region, role=context.execution.role)
        try:
            answer = client.invoke(FunctionName=arn, Payload=json.dumps(context.arguments))
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                return None
            raise StepFailed(f"ClientError: {error.response['Error'].get('Message')}") from None
        text = answer["Payload"].read().decode()
        result = json.loads(text or "null")
        if answer.get("FunctionError"):
            raise StepFailed(f"ClientError: the Lambda function {name} failed: {text}")
        if not isinstance(result, dict):
            raise StepFailed(f"ClientError: the Lambda function {name} returned {result!r}, expected an object")
        return result

    def _call(self, context: Context, name: str, code: str) -> Params:
        platform = context.platform
        file, _, handler = code.rpartition(":")
        lines: list[str] = []
        own = below(platform.directory / "functions", f"{context.execution.id}-{context.step}")
        own.mkdir(parents=True, exist_ok=True)
        answer = own / "answer.json"
        region = context.execution.scope[1]
        variables = base_environment() | environment.for_clients(platform.endpoint)
        variables |= platform.accounts.session(context.execution.role, name).environment(region)
        variables |= {"AWS_LAMBDA_FUNCTION_NAME": name, "HOME": str(own), "PYTHONPATH": ""}
        cage = Cage(platform.confinement, (own,), read=(Path(file).resolve().parent,), own=True)
        child = platform.processes.start(
            cage.command([sys.executable, str(_RUN), file, handler, str(answer)], own),
            cwd=own,
            env=cage.environment(variables),
            on_line=lines.append,
            stdin=json.dumps(context.arguments),
        )
        ended = self._wait(context, child)
        if ended.code:
            tail = "\n".join(lines[-12:])
            raise StepFailed(f"ClientError: the Lambda function {name} failed: {ended.reason or tail}")
        result = json.loads(text_inside(own, answer, _ANSWER))
        if not isinstance(result, dict):
            raise StepFailed(f"ClientError: the Lambda function {name} returned {result!r}, expected an object")
        return result

    def _wait(self, context: Context, child: Child) -> Exit:
        over = threading.Event()

        def watch() -> None:
            while not over.wait(0.05):
                if context.stopping.is_set():
                    child.stop("stopped")

        context.platform.background(watch, f"stop of {context.step}")
        try:
            ended = context.platform.processes.wait(child, _SECONDS)
        finally:
            over.set()
        if context.stopping.is_set():
            raise StepStopped
        return ended

    def key_values(self, step: Params, arguments: Params) -> Params:
        """The function and its event."""
        return {"FunctionArn": step["FunctionArn"], "Arguments": arguments}


def output_problems(step: Params) -> Iterator[str]:
    """What is wrong with the OutputParameters of a step."""
    rows = step.get("OutputParameters", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        yield "OutputParameters: expected a list of objects"
        return
    for row in rows:
        if not isinstance(row.get("OutputName"), str) or row.get("OutputType", "String") not in _TYPES:
            yield f"OutputParameters: got {row!r}, expected OutputName and OutputType ({', '.join(_TYPES)})"


def output_shapes(step: Params) -> dict[str, Any]:
    """The property OutputParameters, as a step declares it."""
    declared = {row["OutputName"]: {"type": row.get("OutputType", "String").lower()}
                for row in step.get("OutputParameters", [])}  # fmt: skip
    return shapes.members({"OutputParameters": {"type": "structure", "members": declared}})


def missing_output(step: Params, keys: list[str | int]) -> str | None:
    """What is wrong with `Steps.NAME` followed by `keys`, when only OutputParameters can follow."""
    names = [str(row.get("OutputName")) for row in step.get("OutputParameters", []) if isinstance(row, dict)]
    if len(keys) == 2 and keys[0] == "OutputParameters" and keys[1] in names:
        return None
    known = ", ".join(names) or "none"
    return (
        f"a {step['Type']} step has OutputParameters['NAME'] only; it declares {known}{nearest(str(keys[-1]), names)}"
    )


def _output(declared: Params, found: Params, function: str) -> Any:
    name, kind = declared["OutputName"], declared.get("OutputType", "String")
    if name not in found:
        raise StepFailed(f"ClientError: the Lambda function {function} returned no {name}{nearest(name, found)}")
    value = found[name]
    if not isinstance(value, _TYPES[kind]) or (kind != "Boolean" and isinstance(value, bool)):
        raise StepFailed(f"ClientError: the Lambda function {function} returned {name} {value!r}, expected {kind}")
    return value


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
