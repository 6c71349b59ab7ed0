"""The environment variables of a build: CodeBuild's own, the project's, and those from the parameter store and secrets.

https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.api import partition_of
from rehearsal.codebuild.buildspec import Buildspec
from rehearsal.codebuild.state import Build, BuildFailure

Client = Callable[[str], Any]


@dataclass
class Resolved:
    """Variables with their values, and the values that must not appear in logs."""

    values: dict[str, str] = field(default_factory=dict)
    secrets: list[str] = field(default_factory=list)


def resolve(build: Build, spec: Buildspec, client: Client) -> Resolved:
    """The variables of project, StartBuild and buildspec.

    The buildspec's have the lowest precedence, StartBuild's the highest. `client(service)` acts as the service role.
    Raises BuildFailure when a parameter or secret cannot be read.
    """
    made = Resolved(dict(spec.variables))
    for name, reference in spec.parameters.items():
        _add(made, name, _parameter(reference, client))
    for name, reference in spec.secrets.items():
        _add(made, name, _secret(reference, client))
    for variable in build.settings["environment"]["environmentVariables"]:
        kind, name, value = variable.get("type", "PLAINTEXT"), variable["name"], variable["value"]
        if kind == "PLAINTEXT":
            made.values[name] = value
        else:
            _add(made, name, (_parameter if kind == "PARAMETER_STORE" else _secret)(value, client))
    return made


def own(build: Build, *, source: Path, secondary: dict[str, Path], repository: str) -> dict[str, str]:
    """The variables that CodeBuild itself sets. `repository` is the URL of the source, empty when it has none."""
    region = build.region
    variables = {
        "CI": "true",
        "CODEBUILD_CI": "true",
        "CODEBUILD_BUILD_ARN": build.arn,
        "CODEBUILD_BUILD_ID": build.id,
        "CODEBUILD_BUILD_IMAGE": build.settings["environment"]["image"],
        "CODEBUILD_BUILD_NUMBER": str(build.number),
        "CODEBUILD_BUILD_SUCCEEDING": "1",
        "CODEBUILD_BUILD_URL": (
            f"https://{region}.console.aws.amazon.com/codebuild/home?region={region}#/builds/{build.id}/view/new"
        ),
        "CODEBUILD_CONTAINER_NAME": "default",
        "CODEBUILD_INITIATOR": build.initiator,
        "CODEBUILD_KMS_KEY_ID": build.settings["encryptionKey"],
        "CODEBUILD_LOG_PATH": build.log_stream,
        "CODEBUILD_PROJECT_ARN": (
            f"arn:{partition_of(region)}:codebuild:{region}:{build.account}:project/{build.project}"
        ),
        "CODEBUILD_SOURCE_REPO_URL": repository,
        "CODEBUILD_SRC_DIR": str(source),
        "CODEBUILD_START_TIME": str(int(build.start * 1000)),
        **{f"CODEBUILD_SRC_DIR_{name}": str(path) for name, path in secondary.items()},
    }
    optional = {
        "CODEBUILD_SOURCE_VERSION": build.source_version,
        "CODEBUILD_RESOLVED_SOURCE_VERSION": build.resolved_version,
    }
    return variables | {name: value for name, value in optional.items() if value}


def _add(made: Resolved, name: str, value: str) -> None:
    made.values[name] = value
    made.secrets.append(value)


def _parameter(reference: str, client: Client) -> str:
    try:
        return str(client("ssm").get_parameter(Name=reference, WithDecryption=True)["Parameter"]["Value"])
    except ClientError as error:
        raise _unreadable("Parameter Store", reference, error) from None


def _secret(reference: str, client: Client) -> str:
    """A reference is `secret-id[:json-key[:version-stage[:version-id]]]`; the id may be an ARN, which has colons."""
    head, tail = "", reference
    if reference.startswith("arn:"):
        parts = reference.split(":")
        head, tail = ":".join(parts[:6]) + ":", ":".join(parts[6:])
    name, key, stage, version, *_ = [*tail.split(":"), "", "", ""]
    arguments = {"SecretId": head + name, "VersionStage": stage, "VersionId": version}
    try:
        answer = client("secretsmanager").get_secret_value(**{n: v for n, v in arguments.items() if v})
    except ClientError as error:
        raise _unreadable("Secrets Manager", reference, error) from None
    text = str(answer["SecretString"])
    if not key:
        return text
    try:
        return str(json.loads(text)[key])
    except (ValueError, KeyError, TypeError):
        raise BuildFailure(
            "Secrets Manager Error Message", f"{head}{name} is no JSON object with the key {key}"
        ) from None


def _unreadable(store: str, reference: str, error: ClientError) -> BuildFailure:
    found = error.response["Error"]
    return BuildFailure(f"{store} Error Message", f"{found['Code']}: {found['Message']} ({reference})")


def among(printed: str, names: Iterable[str]) -> dict[str, str]:
    """The values of `names` among what `env -0` printed; empty where it has none."""
    pairs = dict(item.partition("=")[::2] for item in printed.split("\0") if "=" in item)
    return {name: pairs.get(name, "") for name in names}
