"""The front door: one HTTP server that knows whose request it is and hands it to a service of ours or to moto's."""

from __future__ import annotations

import base64
import datetime
import io
import json
import logging
import threading
import uuid
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from moto.core.request import Request
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server
from werkzeug.wrappers import Response

from rehearsal.accounts import Accounts
from rehearsal.api import ApiError, Caller, Operation, RestRequest, Service
from rehearsal.iam.authorizer import Authorizer
from rehearsal.iam.requests import parameters
from rehearsal.spans import Spans

log = logging.getLogger(__name__)

# Services that speak the query protocol (XML answers); all other services of our own speak JSON 1.1.
QUERY_SERVICES = frozenset({"cloudformation", "sts", "iam", "sns", "sqs", "ec2", "monitoring"})


class Gateway:
    """WSGI application: authenticates, authorizes, finds the operation, calls it, serializes its answer or error."""

    def __init__(self, accounts: Accounts, iam: Authorizer, spans: Spans) -> None:
        self.accounts = accounts
        self.iam = iam
        self._spans = spans
        self._services: dict[str, Service] = {}
        self._operations: dict[tuple[str, str], Operation] = {}
        self._moto = DomainDispatcherApplication(create_backend_app)

    def add(self, service: Service) -> None:
        """Put a service of ours before moto's."""
        self._services[service.name] = service
        self._operations.update({(service.name, name): call for name, call in service.operations().items()})

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: D102 (WSGI)
        with self._spans.span("request", f"{environ.get('REQUEST_METHOD')} {environ.get('PATH_INFO')}"):
            answer: Iterable[bytes] = self._answer(Request(environ))(environ, start_response)
        return answer

    def _answer(self, request: Request) -> Response:
        signing = _signing(request)
        service = signing[2] if signing else "s3"
        try:
            if signing is None:
                raise ApiError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
            identity = self.accounts.identify(signing[0])
            caller = Caller(identity.account, signing[1], identity.arn, identity.access_key, identity.via)
            self._refuse_unknown(request, service)
            self.iam.request(request, service, _operation_name(request), caller)
            return self._own(request, service, caller) or self._others(request, service, caller)
        except ApiError as error:
            return _failure(request, service, error)
        except Exception:
            log.exception("%s %s failed inside the embedded AWS", service, _operation_name(request))
            text = f"the embedded AWS failed at {service} {_operation_name(request)}; its log has the cause"
            return _failure(request, service, ApiError("InternalFailure", text, 500))

    def _refuse_unknown(self, request: Request, service: str) -> None:
        """An operation that an exclusive service does not have is not there for anybody, allowed or not."""
        owner, name = self._services.get(service), _operation_name(request)
        if owner is None or not owner.exclusive or (service, name) in self._operations:
            return
        if request.headers.get("X-Amz-Target") or not hasattr(owner, "rest"):
            raise ApiError("UnknownOperationException", f"the embedded AWS does not support {service} {name}")

    def _own(self, request: Request, service: str, caller: Caller) -> Response | None:
        owner = self._services.get(service)
        if owner is None:
            return None
        name = _operation_name(request)
        call = self._operations.get((service, name))
        if call is None and hasattr(owner, "rest") and not request.headers.get("X-Amz-Target"):
            found = owner.rest(caller, RestRequest(request.method, request.path, request.headers, request.get_data()))
            if found is not None:
                return Response(found.body, status=found.status, headers=dict(found.headers))
        if call is None:
            if owner.exclusive:
                raise ApiError("UnknownOperationException", f"the embedded AWS does not support {service} {name}")
            return None
        if service in QUERY_SERVICES:
            model = get_service_model(_model_name(service)).operation_model(name)
            params = parameters(request, service, name)
            answer = get_serializer_class(_model_name(service), "query")(model).serialize(call(caller, params) or {})
            return Response(answer["body"], status=answer["status_code"], headers=answer["headers"])
        body = json.loads(request.get_data() or b"{}")
        return _json(call(caller, body) or {})

    def _others(self, request: Request, service: str, caller: Caller) -> Response:
        environ = request.environ | {"HTTP_X_MOTO_ACCOUNT_ID": caller.account}
        if service != "s3" or request.method == "POST":  # the body was read to find the operation
            body = request.get_data()
            environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        try:
            return Response.from_app(self._moto, environ)
        except NotImplementedError as error:
            text = f"the embedded AWS does not support {service} {_operation_name(request)}: {error}"
            raise ApiError("UnknownOperationException", text) from None


class Server:
    """The gateway behind a socket on 127.0.0.1; `port` 0 takes a free one."""

    def __init__(self, gateway: Gateway, port: int = 0) -> None:
        self._server: BaseWSGIServer = make_server(
            "127.0.0.1", port, gateway, threaded=True, request_handler=_QuietHandler
        )
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True, name="gateway")
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


class _QuietHandler(MotoRequestHandler):  # type: ignore[misc]
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Requests are not logged one by one."""


def _signing(request: Request) -> tuple[str, str, str] | None:
    """Access key, region and service of a SigV4 request, signed by header or in its URL."""
    header = request.headers.get("Authorization", "")
    scope = header.partition("Credential=")[2].partition(",")[0].strip() if "Credential=" in header else ""
    scope = scope or request.args.get("X-Amz-Credential", "")
    parts = scope.split("/")
    return (parts[0], parts[2], parts[3].lower()) if len(parts) >= 5 else None


def _operation_name(request: Request) -> str:
    target = request.headers.get("X-Amz-Target")
    if target:
        return str(target).rpartition(".")[2]
    action = request.args.get("Action")
    if not action and (request.content_type or "").startswith("application/x-www-form-urlencoded"):
        action = (parse_qs(request.get_data(as_text=True)).get("Action") or [""])[0]
    return action or f"{request.method} {request.path}"


def _model_name(service: str) -> str:
    return "cloudwatch" if service == "monitoring" else service


def _json(answer: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    text = json.dumps(answer, default=_plain)
    return Response(text, status=status, content_type="application/x-amz-json-1.1", headers=headers)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return value.timestamp()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"{value!r} has no JSON form")


def _failure(request: Request, service: str, error: ApiError) -> Response:
    request_id = str(uuid.uuid4())
    if service == "s3":
        fields = (
            f"<Code>{error.code}</Code><Message>{escape(error.message)}</Message><RequestId>{request_id}</RequestId>"
        )
        return Response(f"<Error>{fields}</Error>", status=error.status, content_type="application/xml")
    if service in QUERY_SERVICES:
        body = (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{error.code}</Code>"
            f"<Message>{escape(error.message)}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
        )
        return Response(body, status=error.status, content_type="text/xml")
    headers = {"x-amzn-ErrorType": error.code}
    return _json({"__type": error.code, "message": error.message}, error.status, headers)
