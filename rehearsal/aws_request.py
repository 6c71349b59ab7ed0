"""What a request asks of AWS: one service, region, operation and parameters. This is decided, and this is run."""

from __future__ import annotations

import gzip
import io
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.serialize import create_serializer
from moto.core.responses import PROTOCOL_PARSERS
from moto.core.utils import get_service_model
from werkzeug.datastructures import MultiDict

from rehearsal import cbor, param_types, rest_json, s3_request, sigv4
from rehearsal.api import ApiError, Params
from rehearsal.http_request import HttpRequest, bad, pairs
from rehearsal.refusals import MODELS, QUERY_SERVICES
from rehearsal.s3_request import S3Request
from rehearsal.sigv4 import Signature, without_signature

# The services of the embedded AWS by signing name: those that speak JSON with the prefix of X-Amz-Target, ...
TARGETS: Mapping[str, str] = {
    "application-autoscaling": "AnyScaleFrontendService",
    "codebuild": "CodeBuild_20161006",
    "codecommit": "CodeCommit_20150413",
    "codeconnections": "com.amazonaws.codeconnections.CodeConnections_20231201",
    "codestar-connections": "com.amazonaws.codestar.connections.CodeStar_connections_20191201",
    "codepipeline": "CodePipeline_20150709",
    "dynamodb": "DynamoDB_20120810",
    "ecr": "AmazonEC2ContainerRegistry_V20150921",
    "events": "AWSEvents",
    "kms": "TrentService",
    "logs": "Logs_20140328",
    "organizations": "AWSOrganizationsV20161128",
    "sagemaker": "SageMaker",
    "secretsmanager": "secretsmanager",
    "servicequotas": "ServiceQuotasV20190624",
    "sqs": "AmazonSQS",
    "ssm": "AmazonSSM",
    "states": "AWSStepFunctions",
}
# ... those that speak the query protocol and JSON and CBOR as well, ...
SEVERAL: Mapping[str, str] = {"monitoring": "GraniteServiceVersion20100801"}
# ... those that speak REST with JSON (`rest_json`), and all of them.
SERVICES = frozenset({*TARGETS, *QUERY_SERVICES, *rest_json.SERVICES, "s3"})

JSON_TYPES = ("application/x-amz-json-1.1", "application/x-amz-json-1.0")
FORM = "application/x-www-form-urlencoded"
_OPERATION = re.compile(r"[A-Za-z0-9]{1,100}")
_INVOKE = re.compile(r"/endpoints/(?P<name>[A-Za-z0-9-]{1,63})/(?P<way>async-)?invocations")
_INVOKE_HEADERS = ("content-type", "accept")
_INVOKE_PREFIX = "x-amzn-sagemaker-"
_RPC = re.compile(r"/service/(?P<name>[A-Za-z0-9_]+)/operation/(?P<operation>[A-Za-z0-9]{1,100})")
_GLOBAL = "us-east-1"  # where a global endpoint is
_LIMIT = 32 << 20  # of every body but S3's


@dataclass(frozen=True)
class AwsRequest:
    """An operation of a service. `s3` is set for S3 alone; `form` are the pairs of a query service, Action included.

    `headers` and `body` are those of InvokeEndpoint.
    """

    service: str
    region: str
    operation: str
    params: Params
    form: tuple[tuple[str, str], ...] = ()
    s3: S3Request | None = None
    path: str = "/"
    headers: Mapping[str, str] | None = None
    body: bytes = b""
    content_type: str = JSON_TYPES[0]


def parse(request: HttpRequest, signature: Signature) -> AwsRequest:
    """The one meaning of a signed request. Raises ApiError for everything that is none, or more than one."""
    service, region, query = signature.service, signature.region, without_signature(request)
    if service == "s3":
        if "x-amz-target" in request.headers:
            raise bad("S3 has no X-Amz-Target")
        found = s3_request.parse(request, query)
        return AwsRequest(service, region, f"{found.method} {found.path}", {}, s3=found)
    if len(request.body) > _LIMIT:
        raise ApiError("RequestEntityTooLarge", f"got {len(request.body)} bytes, expected {_LIMIT} at most", 413)
    if service == "sagemaker" and "x-amz-target" not in request.headers:
        return _invocation(request, signature, query)
    if service in rest_json.SERVICES:
        return _rest(request, signature, query)
    if service in SEVERAL and "smithy-protocol" in request.headers:
        return _rpc(request, signature, query)
    if request.path != "/":
        raise unknown(service, f"{request.method} {request.path}")
    if service in QUERY_SERVICES and not (service in SEVERAL and "x-amz-target" in request.headers):
        return _form(request, service, region, query)
    return _json(request, signature, query)


def unsigned(request: HttpRequest, service: str | None, region: str | None) -> AwsRequest | None:
    """The meaning of a request of which nobody has to sign anything, at the host of `service`; None for any other."""
    if request.method != "POST" or service not in (None, "sts") or not sigv4.nobody(request):
        return None
    if b"Action=AssumeRoleWithWebIdentity" not in request.body.split(b"&") or request.path != "/":
        return None
    if len(request.body) > _LIMIT:
        raise ApiError("RequestEntityTooLarge", f"got {len(request.body)} bytes, expected {_LIMIT} at most", 413)
    made = _form(request, "sts", region or _GLOBAL, request.query)
    return made if made.operation == "AssumeRoleWithWebIdentity" else None


def unknown(service: str, operation: str) -> ApiError:
    """The error for an operation that is not there."""
    return ApiError("UnknownOperationException", f"the embedded AWS does not support {service} {operation}")


def _json(request: HttpRequest, signature: Signature, query: tuple[tuple[str, str], ...]) -> AwsRequest:
    """An operation by X-Amz-Target, its parameters in a JSON object."""
    service = signature.service
    target = request.headers.get("x-amz-target", "")
    prefix, _, operation = target.rpartition(".")
    expected = TARGETS.get(service) or SEVERAL[service]
    if request.method != "POST" or query or prefix != expected or not _OPERATION.fullmatch(operation):
        what = f"{request.method} / with the X-Amz-Target {target!r}, expected POST / with {expected}.OPERATION"
        raise unknown(service, what)
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type not in JSON_TYPES:
        raise ApiError("UnknownOperationException", f"got the content type {content_type!r}, expected {JSON_TYPES[0]}")
    params = _object(request)
    param_types.check(service, operation, params)
    form = as_form(service, operation, params) if service in SEVERAL else ()
    return AwsRequest(service, signature.region, operation, params, form=form, content_type=content_type)


def _rest(request: HttpRequest, signature: Signature, query: tuple[tuple[str, str], ...]) -> AwsRequest:
    """An operation by its method and path, its parameters in path, query, headers and a JSON object or a raw body."""
    service = signature.service
    asked: dict[str, str | list[str]] = {}
    for name, value in query:  # only names of lists come more than once
        before = asked.get(name)
        asked[name] = value if before is None else [*([before] if isinstance(before, str) else before), value]
    found = rest_json.find(service, request, asked)
    if found is None:
        raise unknown(service, f"{request.method} {request.path}")
    params = {} if found.payload else _object(request)
    params |= found.located
    if found.payload and request.body:
        params[found.payload] = request.body
    param_types.check(service, found.operation, params)
    return AwsRequest(service, signature.region, found.operation, params)


def _object(request: HttpRequest) -> Params:
    """The JSON object that is a body; none without one. Raises ApiError."""
    try:
        params = json.loads(_plain(request).decode("utf-8") or "{}", object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise ApiError("SerializationException", f"the body is no JSON object: {error}") from None
    if not isinstance(params, dict):
        raise ApiError("SerializationException", "the body is no JSON object")
    return params


def _rpc(request: HttpRequest, signature: Signature, query: tuple[tuple[str, str], ...]) -> AwsRequest:
    """An operation by its path, its parameters in CBOR: Smithy's RPC v2."""
    service, headers = signature.service, request.headers
    found = _RPC.fullmatch(request.path)
    right = found is not None and found["name"] == SEVERAL[service] and headers["smithy-protocol"] == "rpc-v2-cbor"
    if found is None or not right or request.method != "POST" or query or "x-amz-target" in headers:
        what = f"{request.method} {request.path} in the protocol {headers['smithy-protocol']!r}"
        raise unknown(service, f"{what}, expected POST /service/{SEVERAL[service]}/operation/... in rpc-v2-cbor")
    if headers.get("content-type", "application/cbor") != "application/cbor":
        text = f"got the content type {headers['content-type']!r}, expected application/cbor"
        raise ApiError("UnknownOperationException", text)
    try:
        params = cbor.loads(_plain(request) or b"\xa0")
    except (ValueError, RecursionError) as error:
        raise ApiError("SerializationException", f"the body is no CBOR: {error}") from None
    if not isinstance(params, dict):
        raise ApiError("SerializationException", "the body is no map")
    operation = found["operation"]
    param_types.check(service, operation, params)
    return AwsRequest(service, signature.region, operation, params, form=as_form(service, operation, params))


def as_form(service: str, operation: str, params: Params) -> tuple[tuple[str, str], ...]:
    """Parameters in the form of the query protocol. Raises ApiError for an operation or member that is not there."""
    model = get_service_model(MODELS.get(service, service))
    if operation not in model.operation_names:
        raise unknown(service, operation)
    made = create_serializer("query", include_validation=False).serialize_to_request(
        params, model.operation_model(operation)
    )
    return tuple((name, str(value)) for name, value in made["body"].items())


def _form(request: HttpRequest, service: str, region: str, query: tuple[tuple[str, str], ...]) -> AwsRequest:
    """An operation by Action: all pairs are in the query of a GET or in the form of a POST."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    in_body = request.method == "POST" and content_type == FORM
    if request.method not in ("GET", "POST") or "x-amz-target" in request.headers:
        raise unknown(service, f"{request.method} / without an Action")
    if (request.body and not in_body) or (request.body and query):
        raise ApiError("MalformedQueryString", "parameters are in the query of a GET or in the form of a POST", 400)
    try:
        form = pairs(_plain(request).decode("ascii")) if request.body else query
    except ValueError:
        raise ApiError("MalformedQueryString", "the form is no percent-encoded ASCII", 400) from None
    operation = dict(form).get("Action", "")
    if not _OPERATION.fullmatch(operation):
        raise ApiError("MissingAction", f"got the Action {operation!r}, expected the name of an operation of {service}")
    params = _parsed(service, operation, form)
    param_types.check(service, operation, params)
    return AwsRequest(service, region, operation, params, form=form)


def _parsed(service: str, operation: str, form: tuple[tuple[str, str], ...]) -> Params:
    model = get_service_model(MODELS.get(service, service))
    if operation not in model.operation_names:
        raise unknown(service, operation)
    parser = PROTOCOL_PARSERS["ec2" if service == "ec2" else "query"](model.operation_model(operation))
    values = MultiDict(form)
    given = {"method": "POST", "values": values, "headers": {}, "body": b"", "url_path": "/", "url_params": {}}
    try:
        parsed: Params = parser.parse(given)
    except Exception as error:  # the parser's own: of numbers, times, indices
        raise ApiError("MalformedInput", f"the parameters of {operation} cannot be read: {error!r}", 400) from None
    return parsed


def _invocation(request: HttpRequest, signature: Signature, query: tuple[tuple[str, str], ...]) -> AwsRequest:
    """InvokeEndpoint, whose body is the model's, and InvokeEndpointAsync, which has none."""
    found = _INVOKE.fullmatch(request.path)
    if found is None or request.method != "POST" or query:
        raise unknown("sagemaker", f"{request.method} {request.path}")
    headers = {
        name: value
        for name, value in request.headers.items()
        if name in _INVOKE_HEADERS or name.startswith(_INVOKE_PREFIX)
    }
    params = {"EndpointName": found["name"]}
    return AwsRequest(
        "sagemaker",
        signature.region,
        "InvokeEndpointAsync" if found["way"] else "InvokeEndpoint",
        params,
        path=request.path,
        headers=headers,
        body=request.body,
    )


def _plain(request: HttpRequest) -> bytes:
    """The body, unpacked: SDKs compress large ones (PutMetricData)."""
    coding = request.headers.get("content-encoding")
    if coding is None:
        return request.body
    if coding != "gzip":
        raise bad(f"got the Content-Encoding {coding!r}, expected gzip or none")
    try:
        plain = gzip.GzipFile(fileobj=io.BytesIO(request.body)).read(_LIMIT + 1)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise bad(f"the body is not in gzip: {error}") from None
    if len(plain) > _LIMIT:
        raise ApiError("RequestEntityTooLarge", f"expected {_LIMIT} bytes at most", 413)
    return plain


def _unique(given: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(given)
    if len(made) != len(given):
        raise ValueError("a member comes more than once")
    return made
