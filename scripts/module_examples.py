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
    (r"rolearn$", "arn:aws:iam::{0.account}:role/example"),
    (r"policyarn$", "arn:aws:iam::{0.account}:policy/example"),
    (r"domainid$", "{0.domain}"),
    (r"domainarn$", "arn:aws:sagemaker:{0.region}:{0.account}:domain/{0.domain}"),
    (r"packagegrouparn$", "arn:aws:sagemaker:{0.region}:{0.account}:model-package-group/example"),
    (r"secretarn$", "{0.secret}"),
    (r"oidcarn$", "arn:aws:iam::{0.account}:oidc-provider/oidc.eks.{0.region}.amazonaws.com/id/EXAMPLE"),
    (r"oidc.*issuer$|openidconnectissuer$|openidissuer$", "oidc.eks.{0.region}.amazonaws.com/id/EXAMPLE"),
    (r"certauthdata$", "ZXhhbXBsZQ=="),
    (r"eksversion$", "1.30"),
    (r"bucketname$", "example-{0.account}-{0.region}"),
    (r"imageuri$", "{0.account}.dkr.ecr.{0.region}.amazonaws.com/example:latest"),
    (r"securitygroup(id)?$", "{0.security_group}"),
    (r"filesystemid$", "fs-0123456789abcdef0"),
    (r"clusterendpoint$", "https://example.gr7.{0.region}.eks.amazonaws.com"),
    (r"endpoint$|hostname$|dnsname$", "example.{0.region}.amazonaws.com"),
    (r"port$", "3306"),
)
# places without brackets, as `xx-xxxxx-xx:xxxxxxxxxxxx` in an ARN
_CROSSES = (
    (re.compile(r"\bxx-x+-xx?\b"), "{0.region}"),
    (re.compile(r"\bx{12}\b"), "{0.account}"),
    (re.compile(r"\bfs-[0-9a-f]+x{3,}\b"), "fs-0123456789abcdef0"),
    (re.compile(r"\bsg-[0-9a-f]+x{3,}\b"), "{0.security_group}"),
)

#: what says more than anything else of a build's log, the first of them that is there
_SAID = (
    r"E: \S+ is not installed on this machine.*", r"\[Error at .*", r"embedded AWS does not support:? .*",
    r"docker: .*|bundling: .*", r"aws-cdk [\d.]+ .*", r"Resource handler returned message: .*", r"CREATE_FAILED .*",
    r"Received response status .*", r"This CDK CLI is not compatible .*", r"^\w*Error: .*",
)  # fmt: skip

_NOTHING_SAID = r"\[Container\]|Subprocess exited with error"


@dataclass(frozen=True)
class Surroundings:
    """Where a module is rehearsed, and what is there: ids of a network, a security group, a domain; a secret's ARN."""

    account: str
    region: str
    vpc: str
    subnets: tuple[str, ...]
    security_group: str = "sg-0123456789abcdef0"
    domain: str = "d-example00000"
    secret: str = "arn:aws:secretsmanager:us-east-1:111111111111:secret:example-AbCdEf"


def examples(texts: Iterable[str], module: str) -> Iterator[dict[str, Any]]:
    """Each declaration with `parameters` of a module (`sagemaker/sagemaker-endpoint`) in READMEs and manifests.

    A README has them in blocks of YAML; one of its blocks without a path counts as well.
    """
    for text in texts:
        blocks = [found["text"] for found in _BLOCK.finditer(text)] or [text]
        for document in (each for block in blocks for each in _documents(block)):
            path = str(document.get("path") or "").partition("?")[0].rstrip("/")
            if isinstance(document.get("parameters"), list) and (path.endswith(f"/{module}") or not path):
                yield document


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


def data_files(example: Mapping[str, Any]) -> list[str]:
    """The files of its own repository that a declaration takes along."""
    listed = example.get("dataFiles") or example.get("data_files") or []
    paths = [str(each.get("filePath") or each.get("file_path") or "") for each in listed if isinstance(each, Mapping)]
    return [path for path in paths if path and "::" not in path and ".." not in path and not path.startswith("/")]


def accounts_of(parameters: Iterable[Mapping[str, Any]]) -> list[str]:
    """The ids of AWS accounts that the values of an example name."""
    return sorted(set(re.findall(r"(?<![\w:-])\d{12}(?![\w-])", repr([each.get("value") for each in parameters]))))


def secret_names(parameters: Iterable[Mapping[str, Any]]) -> list[str]:
    """The secrets that an example names: people make them before."""
    named = [each for each in parameters if re.search(r"secret[-_]?name$", str(each.get("name")), re.IGNORECASE)]
    return sorted({str(each["value"]) for each in named if each.get("value")})


def value_of(key: str, around: Surroundings) -> Any:
    """A value for what another module or the environment would give, by its name."""
    plain = re.sub(r"[^a-z0-9]", "", key.lower())
    if plain.endswith("vpcid"):
        return around.vpc
    if "subnet" in plain:
        return list(around.subnets)
    if plain.endswith("account") or plain.endswith("accountid"):
        return around.account
    if plain.endswith("region"):
        return around.region
    text = next((text for pattern, text in _MADE if re.search(pattern, plain)), "example")
    return text.format(around)


def reason(cause: str) -> str:
    """Why a module was not deployed, in a line: what is refused by name, else the last line that speaks of an error."""
    lines = [line.strip() for line in cause.splitlines() if line.strip() and not re.search(_NOTHING_SAID, line)]
    for pattern in _SAID:
        if found := next((match[0] for line in lines if (match := re.search(pattern, line))), None):
            return _short(found)
    spoken = [line for line in lines if re.search(r"error|failed|denied|exception|invalid|not found", line, re.I)]
    return _short((spoken or lines or ["no reason was given"])[-1])


def stand_ins(cause: str) -> list[str]:
    """The types that the embedded AWS takes as records where it is asked to, by what it says of a template.

    Custom resources that failed are among them: their functions speak to what is not there.
    """
    said = " ".join(cause.split())
    custom = re.findall(r"CREATE_FAILED \| (Custom::[\w@-]+) ", said)
    return sorted({*re.findall(r"--stand-in (\w+::\w+::\w+)", said), *custom})


@dataclass(frozen=True)
class Row:
    """What came of a module: the result, why, after how many seconds, and at which commit of this project."""

    module: str
    result: str
    why: str
    seconds: float
    commit: str


_HEAD = "| module | result | why | seconds | of |\n| --- | --- | --- | --- | --- |"
_ROW = re.compile(r"^\| `(.+?)` \| (.+?) \| (.*?) \| (\d+) \| (\w*) \|$", re.MULTILINE)


def table(rows: Iterable[Row]) -> str:
    """The rows as Markdown."""
    lines = [
        f"| `{row.module}` | {row.result} | {row.why.replace('|', '/')} | {row.seconds:.0f} | {row.commit} |"
        for row in rows
    ]
    return "\n".join([_HEAD, *lines])


def rows_of(page: str) -> list[Row]:
    """The rows of a page that `table` made."""
    return [Row(found[1], found[2], found[3], float(found[4]), found[5]) for found in _ROW.finditer(page)]


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
    value = _PLACE.sub(lambda found: str(value_of(found[0].strip("<>"), around)), value)
    for pattern, text in _CROSSES:
        value = pattern.sub(text.format(around), value)
    return value


def _short(text: str, most: int = 240) -> str:
    plain = re.sub(r"/tmp/\S*/commands/", "", " ".join(text.split()))
    return plain if len(plain) <= most else f"{plain[: most - 3]}..."
