"""The settings of a function: what Lambda takes of a request, and what it shows.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from rehearsal.accounts import ROLE_ARN
from rehearsal.api import ApiError, Caller, Params
from rehearsal.lambdas.state import unsupported, wrong
from rehearsal.roles import trusts_service

_RUNTIME = re.compile(r"python3\.(?P<python>\d+)|nodejs(?P<node>\d+)\.x")
_OLDEST = {"python": 8, "node": 16}  # the others Lambda does not take any more
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
RESERVED = frozenset({
    "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT",
    "LAMBDA_RUNTIME_DIR",
})  # fmt: skip
_VARIABLES = 4096  # bytes of all variables
_LAYERS = 5
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_MOST = {"Timeout": 900, "MemorySize": 10240}  # seconds, megabytes
MEMBERS = ("Runtime", "Role", "Handler", "Description", "Timeout", "MemorySize", "Environment", "VpcConfig",
           "TracingConfig", "EphemeralStorage", "LoggingConfig", "Layers", "DeadLetterConfig")  # fmt: skip
_DEFAULTS: Params = {
    "Description": "", "Timeout": 3, "MemorySize": 128, "TracingConfig": {"Mode": "PassThrough"},
    "EphemeralStorage": {"Size": 512}, "LoggingConfig": {},
}  # fmt: skip


def given(params: Params, before: Params, caller: Caller, name: str) -> Params:
    """The settings after a request: those of `before` (empty: of a new function) with what the request has.

    Raises ApiError for what Lambda refuses and, by name, for what is not supported.
    """
    found = {member: params[member] for member in MEMBERS if params.get(member) is not None}
    made = {**_DEFAULTS, **before, **found}
    _runtime(made.get("Runtime"), made.get("Handler"))
    for member, most in _MOST.items():
        if made[member] > most:
            place = f"'{made[member]}' at '{member[0].lower()}{member[1:]}'"
            text = f"Value {place} failed to satisfy constraint: Member must have value less than or equal to {most}"
            raise ApiError("ValidationException", f"1 validation error detected: {text}")
    if "Role" in found:
        check_role(made["Role"], caller)
    for member, check in _CHECKS.items():
        if member in found:
            check(found[member])
    logging = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"} | made["LoggingConfig"]
    levels = {"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"} if logging["LogFormat"] == "JSON" else {}
    return made | {"LoggingConfig": levels | logging}


def check_role(role: str, caller: Caller) -> None:
    """Lambda must be able to take on the role, which is of the function's account. Raises ApiError."""
    found = ROLE_ARN.match(role)
    if found and found["account"] != caller.account:
        raise ApiError("AccessDeniedException", f"Cross-account pass role is not allowed: {role}", 403)
    if not trusts_service(role, "lambda.amazonaws.com"):
        raise wrong("The role defined for the function cannot be assumed by Lambda.")


def _runtime(runtime: str | None, handler: str | None) -> None:
    if not runtime or not handler:
        raise wrong("Runtime and Handler are mandatory parameters for functions created with deployment packages.")
    _check_text("Handler", handler)
    found = _RUNTIME.fullmatch(runtime)
    if found is None:
        raise unsupported(f"the runtime {runtime}: python3.x and nodejs only")
    kind = "python" if found["python"] else "node"
    if int(found[kind]) < _OLDEST[kind]:
        text = (
            f"The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda functions."
        )
        raise wrong(f"{text} We recommend you use a supported runtime while creating or updating functions.")


def _environment(value: Params) -> None:
    variables = value.get("Variables") or {}
    for name, text in variables.items():
        _check_text(f"the environment variable {name}", text)
    reserved = sorted(RESERVED & variables.keys())
    if reserved:
        raise wrong(
            "Lambda was unable to configure your environment variables because the environment variables you have "
            "provided contains reserved keys that are currently not supported for modification. Reserved keys used in "
            f"this request: {', '.join(reserved)}"
        )
    if sum(len(name.encode()) + len(text.encode()) for name, text in variables.items()) > _VARIABLES:
        raise wrong(
            "Lambda was unable to configure your environment variables because the environment variables you have "
            f"provided exceeded the {_VARIABLES // 1024}KB limit."
        )


def _check_text(what: str, value: str) -> None:
    """Raises ApiError for what no process can be given."""
    if "\0" in value or any("\ud800" <= each <= "\udfff" for each in value):
        raise wrong(f"{what} has a character that is no text: {ascii(value)[:100]}")


def _logging(value: Params) -> None:
    if value.get("LogFormat") == "JSON":
        return
    levels = [name for name in ("ApplicationLogLevel", "SystemLogLevel") if value.get(name)]
    if levels:
        raise wrong(f"{' and '.join(levels)} cannot be set when LogFormat is Text")


def _layers(value: list[str]) -> None:
    if len(value) > _LAYERS:
        raise wrong(f"Cannot reference more than {_LAYERS} layers.")
    plain = [arn.rpartition(":")[0] for arn in value]
    if len(set(plain)) < len(plain):
        raise wrong("Two different versions of the same layer are not allowed to be referenced in the same function.")


def _dead_letters(value: Params) -> None:
    arn = value.get("TargetArn")
    if arn and arn.split(":")[2:3] not in (["sqs"], ["sns"]):
        raise wrong(f"The provided target arn {arn} is invalid: expected a queue of SQS or a topic of SNS")


_CHECKS: dict[str, Callable[[Any], None]] = {
    "Environment": _environment, "LoggingConfig": _logging, "Layers": _layers, "DeadLetterConfig": _dead_letters,
}  # fmt: skip
