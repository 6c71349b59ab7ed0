"""The way to moto: a request made anew out of what was decided, so that moto can see nothing else.

moto finds service, account, region and operation in many places (Host, Authorization, User-Agent, query, form, body,
paths of its own): each of them is written here, and none is the client's.
"""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes, urlencode
from xml.parsers.expat import ExpatError

from moto.core.request import PRESERVED_HEADER_NAMES_ENVIRON_KEY, environ_key_for_header
from moto.moto_server.werkzeug_app import create_backend_app
from werkzeug.wrappers import Response

from rehearsal import moto_inputs, moto_members, moto_network_inputs
from rehearsal.api import ApiError, Caller
from rehearsal.aws_request import TARGETS, AwsRequest
from rehearsal.iam import buckets
from rehearsal.iam.checks import Check
from rehearsal.s3_request import S3Request

# moto's name of a service where it is not the signing name
BACKENDS = {"monitoring": "cloudwatch", "application-autoscaling": "applicationautoscaling"}
# The services whose operations take the ARN or name of another account's resource.
_ACROSS = frozenset({"ecr", "kms", "secretsmanager", "sns", "sqs"})
# Keeps moto from looking for an Action in the body of a JSON request: it does when there is no query.
_NO_ACTION = "decided=1"


class MotoDoor:
    """Runs decided requests on moto's back ends. `host` is the address that moto puts into URLs of answers."""

    def __init__(self) -> None:
        self._apps: dict[str, Any] = {}
        self._lock = threading.Lock()
        self.host = "127.0.0.1"

    def run(self, request: AwsRequest, caller: Caller, decided: Iterable[Check]) -> Response:
        """The answer of moto, in the account whose resource was decided about.

        Raises ApiError for an operation that moto does not have, and for resources of another region.
        """
        account = _account(request, caller, decided)
        moto_members.check(request)
        moto_inputs.check(request, account)
        moto_network_inputs.check(request)
        if request.s3 is not None:
            environ = self._s3(request.s3)
        elif request.form:
            environ = self._environ("POST", "/", "", urlencode(request.form).encode())
            environ["CONTENT_TYPE"] = "application/x-www-form-urlencoded"
        else:
            environ = self._environ("POST", "/", _NO_ACTION, json.dumps(request.params).encode())
            environ["CONTENT_TYPE"] = request.content_type
            environ["HTTP_X_AMZ_TARGET"] = f"{TARGETS[request.service]}.{request.operation}"
        scope = f"{caller.access_key}/20000101/{request.region}/{request.service}/aws4_request"
        signed = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=decided"
        environ |= {"HTTP_AUTHORIZATION": signed, "HTTP_X_MOTO_ACCOUNT_ID": account}
        try:
            return Response.from_app(self._app(request.service), environ)
        except NotImplementedError as error:
            text = f"the embedded AWS does not support {request.service} {request.operation}: {error}"
            raise ApiError("UnknownOperationException", text) from None
        except ExpatError:
            text = "The XML you provided was not well-formed or did not validate against our published schema"
            raise ApiError("MalformedXML", text) from None

    def _s3(self, request: S3Request) -> dict[str, Any]:
        upload = request.query.get("uploadId")
        if upload is not None and buckets.upload_key(request.bucket, upload) not in (request.key, None):
            # moto looks for an upload by its id alone, whatever the key
            text = "The specified upload does not exist. The upload ID may be invalid."
            raise ApiError("NoSuchUpload", text, 404)
        environ = self._environ(request.method, request.path, urlencode(request.query), request.body)
        return environ | _wsgi_headers(request.headers)

    def _environ(self, method: str, path: str, query: str, body: bytes) -> dict[str, Any]:
        host, _, port = self.host.partition(":")
        return {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": _unquoted(path),
            "RAW_URI": path,
            "QUERY_STRING": query,
            "SERVER_NAME": host,
            "SERVER_PORT": port or "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": self.host,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }

    def _app(self, service: str) -> Any:
        with self._lock:
            if service not in self._apps:
                self._apps[service] = create_backend_app(BACKENDS.get(service, service))
            return self._apps[service]


def _account(request: AwsRequest, caller: Caller, decided: Iterable[Check]) -> str:
    """Where an operation is run: in the account of the resources it was decided for, which must be one.

    moto looks up a name in the account that it is told, whatever account an ARN or a URL has.
    """
    if request.s3 is not None:  # a bucket is where it is, for everybody
        return caller.account
    prefix = "cloudwatch:" if request.service == "monitoring" else f"{request.service}:"
    own = [each for each in decided if each.action.startswith(prefix)]
    accounts = {each.account for each in own} or {caller.account}
    regions = {each.resource.split(":")[3] for each in own if each.resource.startswith("arn:")} - {""}
    (account, *others) = sorted(accounts)
    foreign = others or (account != caller.account and request.service not in _ACROSS)
    if foreign or regions - {caller.region}:
        text = (
            f"User: {caller.arn} is not authorized to perform: {request.service}:{request.operation} on resources of "
        )
        raise ApiError("AccessDeniedException", f"{text}another account or region", 403)
    return account


def _wsgi_headers(headers: Mapping[str, str]) -> dict[str, Any]:
    """Headers as WSGI has them, with the names of those that have underscores (metadata of S3)."""
    names = {environ_key_for_header(name): name for name in headers if "_" in name}
    made: dict[str, Any] = {environ_key_for_header(name): value for name, value in headers.items()}
    return made | {PRESERVED_HEADER_NAMES_ENVIRON_KEY: names}


def _unquoted(path: str) -> str:
    return unquote_to_bytes(path).decode("latin-1")
