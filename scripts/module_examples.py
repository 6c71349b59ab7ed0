"""The example that a public Seed-Farmer module gives of its parameters, and values for what it takes from others.

Pure: texts in, data out. `scripts/coverage.py` rehearses modules with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

_BLOCK = re.compile(r"^```ya?ml\n(?P<text>.*?)^```", re.DOTALL | re.MULTILINE)
_PLACE = re.compile(r"<[^<>\s]+>")
#: by the name of what a module publishes, in lower case without signs: a value that AWS could have given
_MADE = (
    (r"rolearn$", "arn:aws:iam::{account}:role/example"),
    (r"policyarn$", "arn:aws:iam::{account}:policy/example"),
    (r"domainid$", "d-example00000"),
    (r"domainarn$", "arn:aws:sagemaker:{region}:{account}:domain/d-example00000"),
    (r"secretarn$", "arn:aws:secretsmanager:{region}:{account}:secret:example-AbCdEf"),
    (r"oidcarn$", "arn:aws:iam::{account}:oidc-provider/oidc.eks.{region}.amazonaws.com/id/EXAMPLE"),
    (r"oidc.*issuer$|openidconnectissuer$", "oidc.eks.{region}.amazonaws.com/id/EXAMPLE"),
    (r"bucketname$", "example-{account}-{region}"),
    (r"imageuri$", "{account}.dkr.ecr.{region}.amazonaws.com/example:latest"),
    (r"securitygroup(id)?$", "sg-0123456789abcdef0"),
    (r"filesystemid$", "fs-0123456789abcdef0"),
    (r"endpoint$|hostname$|dnsname$", "example.{region}.amazonaws.com"),
    (r"port$", "3306"),
)

#: what says more than anything else of a build's log, the first of them that is there
_SAID = (
    r"\[Error at .*", r"embedded AWS does not support:? .*", r"docker: .*|bundling: .*", r"aws-cdk [\d.]+ .*",
    r"Resource handler returned message: .*", r"CREATE_FAILED .*", r"Received response status .*",
)  # fmt: skip


@dataclass(frozen=True)
class Network:
    """A VPC to deploy into."""

    vpc: str
    subnets: tuple[str, ...]


@dataclass(frozen=True)
class Surroundings:
    """Where a module is rehearsed: its account, region and network."""

    account: str
    region: str
    network: Network


def examples(texts: Iterable[str], module: str) -> Iterator[list[dict[str, Any]]]:
    """The `parameters` of each declaration of a module (`sagemaker/sagemaker-endpoint`) in READMEs and manifests.

    A README has them in blocks of YAML; one of its blocks without a path counts as well.
    """
    for text in texts:
        blocks = [found["text"] for found in _BLOCK.finditer(text)] or [text]
        for document in (each for block in blocks for each in _documents(block)):
            path = str(document.get("path") or "").partition("?")[0].rstrip("/")
            if isinstance(document.get("parameters"), list) and (path.endswith(f"/{module}") or not path):
                yield document["parameters"]


def filled(parameters: Iterable[Mapping[str, Any]], around: Surroundings) -> list[dict[str, Any]]:
    """Parameters with values of their own: what they take from other modules, and places to fill in, are made up."""
    made = []
    for each in parameters:
        if not isinstance(each, Mapping) or "name" not in each or "boundary" in str(each["name"]).lower():
            continue  # a boundary that the account does not have denies everything
        source = each.get("valueFrom") or each.get("value_from")
        if isinstance(source, Mapping):
            metadata = source.get("moduleMetadata") or source.get("module_metadata") or {}
            key = str(metadata.get("key") or next(iter(source.values()), ""))
            made.append({"name": each["name"], "value": value_of(key, around)})
        elif each.get("value") is not None:
            made.append({"name": each["name"], "value": _placed(each["value"], around)})
    return made


def value_of(key: str, around: Surroundings) -> Any:
    """A value for what another module or the environment would give, by its name."""
    plain = re.sub(r"[^a-z0-9]", "", key.lower())
    if plain.endswith("vpcid"):
        return around.network.vpc
    if "subnet" in plain:
        return list(around.network.subnets)
    if plain.endswith("account") or plain.endswith("accountid"):
        return around.account
    if plain.endswith("region"):
        return around.region
    text = next((text for pattern, text in _MADE if re.search(pattern, plain)), "example")
    return text.format(account=around.account, region=around.region)


def reason(cause: str) -> str:
    """Why a module was not deployed, in a line: what is refused by name, else the last line that speaks of an error."""
    lines = [line.strip() for line in cause.splitlines() if line.strip() and "[Container]" not in line]
    for pattern in _SAID:
        if found := next((match[0] for line in lines if (match := re.search(pattern, line))), None):
            return _short(found)
    spoken = [line for line in lines if re.search(r"error|failed|denied|exception|invalid|not found", line, re.I)]
    return _short((spoken or lines or ["no reason was given"])[-1])


def stand_ins(cause: str) -> list[str]:
    """The types that the embedded AWS takes as records where it is asked to, by what it says of a template."""
    return sorted(set(re.findall(r"--stand-in (\w+::\w+::\w+)", " ".join(cause.split()))))


def table(rows: Iterable[tuple[str, str, str, float]]) -> str:
    """The rows as Markdown: module, what came of it, why, seconds."""
    lines = ["| module | result | why | seconds |", "| --- | --- | --- | --- |"]
    for module, result, why, seconds in rows:
        lines.append(f"| `{module}` | {result} | {why.replace('|', '/')} | {seconds:.0f} |")
    return "\n".join(lines)


def _documents(text: str) -> Iterator[dict[str, Any]]:
    try:
        found = list(yaml.safe_load_all(text))
    except yaml.YAMLError:
        return
    for each in found:
        yield from (one for one in (each if isinstance(each, list) else [each]) if isinstance(one, dict))


def _placed(value: Any, around: Surroundings) -> Any:
    """A value with its places (`<account>`) filled in."""
    if isinstance(value, list):
        return [_placed(each, around) for each in value]
    if isinstance(value, dict):
        return {key: _placed(each, around) for key, each in value.items()}
    if not isinstance(value, str):
        return value
    return _PLACE.sub(lambda found: str(value_of(found[0].strip("<>"), around)), value)


def _short(text: str, most: int = 240) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= most else f"{plain[: most - 3]}..."
