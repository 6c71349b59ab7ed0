"""The front door: one HTTP server that knows whose request it is and hands it to a service of ours or to moto's."""

from __future__ import annotations

import contextlib
import datetime
import logging
import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from werkzeug.datastructures import Headers
from werkzeug.wrappers import Response

from rehearsal import aws_hosts, aws_request, http_request, sigv2, sigv4, validation
from rehearsal.accounts import Accounts
from rehearsal.api import ApiError, Caller, Operation, RestRequest, Service
from rehearsal.aws_request import SERVICES, AwsRequest
from rehearsal.http_request import HttpRequest
from rehearsal.http_server import HttpServer
from rehearsal.iam import buckets
from rehearsal.iam.authorizer import Authorizer
from rehearsal.moto_door import MotoDoor
from rehearsal.paths import UnsafeName
from rehearsal.request_members import RequestMembers
from rehearsal.sigv4 import Signature
from rehearsal.spans import Spans
from rehearsal.wire import Wire, protocol_of

log = logging.getLogger(__name__)

_QUIET_SECONDS = 5.0


class Gateway:
    """WSGI application: one request is made out of the bytes; it is authenticated, decided, run and answered."""

    def __init__(self, accounts: Accounts, iam: Authorizer, spans: Spans) -> None:
        self.accounts = accounts
        self.iam = iam
        self._spans = spans
        self._pause, self._held, self._inside = threading.Condition(), False, 0
        self._services: dict[str, Service] = {}
        self._operations: dict[tuple[str, str], Operation] = {}
        self._moto = MotoDoor()
        self._hosts: dict[str, frozenset[str]] = {}
        self._plain: set[str] = set()
        self.unread: list[tuple[str, str, tuple[str, ...]]] = []  # service, operation and members that it ignored

    def add(self, service: Service) -> None:
        """Put a service of ours before moto's."""
        self._services[service.name] = service
        self._operations.update({(service.name, name): call for name, call in service.operations().items()})

    def listen(self, port: int, *, secure: bool) -> None:
        """Say at which port clients ask (requests for other hosts are refused), and for what it stands.

        A secure one stands for the https endpoints of AWS, the other for its http ones (aws:SecureTransport).
        """
        self._hosts[str(port)] = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})
        if secure:
            self._moto.host = f"127.0.0.1:{port}"
        else:
            self._plain.add(str(port))

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: D102 (WSGI)
        with self._pause:
            self._pause.wait_for(lambda: not self._held)
            self._inside += 1
        try:
            with self._spans.span("request", f"{environ.get('REQUEST_METHOD')} {environ.get('PATH_INFO')}"):
                answer: Iterable[bytes] = self._answer(environ)(environ, start_response)
            return answer
        finally:
            with self._pause:
                self._inside -= 1
                self._pause.notify_all()

    @contextlib.contextmanager
    def held(self) -> Iterator[bool]:
        """While inside, requests wait; whether those that had come are answered (else they take too long)."""
        with self._pause:
            self._held = True
            quiet = self._pause.wait_for(lambda: not self._inside, _QUIET_SECONDS)
        try:
            yield quiet
        finally:
            with self._pause:
                self._held = False
                self._pause.notify_all()

    def _answer(self, environ: dict[str, Any]) -> Response:
        wire, what, port = Wire("s3", "s3"), "a request", environ["SERVER_PORT"]
        try:
            message = http_request.read(environ, self._hosts[port])
            address = aws_hosts.address(message.host, SERVICES)
            old = sigv2.is_signed(message)
            by_path = replace(message, path=address.path_style(message.path))
            message = by_path if old else message  # the old one signs the bucket, not the host
            if message.headers.get("content-type", "").startswith(aws_request.FORM):  # errors are read as it asks
                wire = Wire("sts", "query")
            open_to_all = aws_request.unsigned(message, address.service, address.region)
            if open_to_all is not None:
                wire, what = Wire(open_to_all.service, "query"), f"{open_to_all.service} {open_to_all.operation}"
                return wire.identified(self._run_unsigned(open_to_all, wire, secure=port not in self._plain))
            signature = _old_signature(message) if old else sigv4.find(message, SERVICES)
            wire = Wire(signature.service, protocol_of(signature.service, message.headers))
            address.refuse_other(signature.service, signature.region)
            caller = self._authenticated(message, signature, secure=port not in self._plain, old=old)
            message = sigv2.without_signature(by_path) if old else by_path
            request = aws_request.parse(message, signature)
            what = f"{request.service} {request.operation}"
            answer = self._run(request, caller, wire)
        except ApiError as error:
            answer = wire.failure(error)
        except UnsafeName as error:
            answer = wire.failure(ApiError("ValidationException", str(error)))
        except Exception:
            log.exception("%s failed inside the embedded AWS", what)
            text = f"the embedded AWS failed at {what}; its log has the cause"
            answer = wire.failure(ApiError("InternalFailure", text, 500))
        return wire.identified(answer)

    def _run(self, request: AwsRequest, caller: Caller, wire: Wire) -> Response:
        self._refuse_unknown(request)
        validation.front(request)
        decided = self.iam.request(request, caller)
        validation.check(request, caller, self.accounts)
        request = validation.completed(request)
        answer = self._own(request, caller, wire)
        if answer is None:
            answer = wire.of_moto(request.operation, self._moto.run(request, caller, decided))
        self.iam.changed(request, caller)
        return answer

    def _run_unsigned(self, request: AwsRequest, wire: Wire, *, secure: bool) -> Response:
        """An operation that decides by itself who may, as what it is given says who asks."""
        validation.front(request)
        answer = self._own(request, Caller("", request.region, "", "", secure=secure), wire)
        if answer is None:
            raise aws_request.unknown(request.service, request.operation)
        return answer

    def _authenticated(self, message: HttpRequest, signature: Signature, *, secure: bool, old: bool) -> Caller:
        """Whose request it is. Raises ApiError for a key, token or signature that is not right."""
        now = datetime.datetime.now(datetime.UTC)
        identity = self.accounts.authenticate(signature.access_key, signature.token, signature.service, now)
        (sigv2 if old else sigv4).verify(message, signature, identity.secret_key, now)
        return Caller(identity.account, signature.region, identity.arn, identity.access_key, identity.via, secure)

    def _refuse_unknown(self, request: AwsRequest) -> None:
        """An operation that an exclusive service does not have is not there for anybody, allowed or not."""
        owner = self._services.get(request.service)
        if owner is None or not owner.exclusive or (request.service, request.operation) in self._operations:
            return
        if request.headers is None:
            raise aws_request.unknown(request.service, request.operation)

    def _own(self, request: AwsRequest, caller: Caller, wire: Wire) -> Response | None:
        owner = self._services.get(request.service)
        if owner is None:
            return None
        if request.headers is not None and hasattr(owner, "rest"):
            found = owner.rest(caller, RestRequest("POST", request.path, Headers(request.headers), request.body))
            if found is not None:
                return Response(found.body, status=found.status, headers=dict(found.headers))
        call = self._operations.get((request.service, request.operation))
        if call is None:
            if owner.exclusive:
                raise aws_request.unknown(request.service, request.operation)
            return None
        given = RequestMembers(request.service, request.params)
        answer = call(caller, given) or {}
        if given.unread:
            what = f"{', '.join(given.unread)} of {request.service} {request.operation}"
            log.warning("nobody looked at %s", what)
            self.unread.append((request.service, request.operation, tuple(given.unread)))
        return wire.answer(request.operation, answer)


def _old_signature(message: HttpRequest) -> Signature:
    """A signature of Version 2. Raises ApiError where S3 takes none: in newer regions, and for what KMS encrypts.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
    """
    bucket, _, key = http_request.decoded(message.path).lstrip("/").partition("/")
    found = sigv2.find(message, buckets.region(bucket))
    read = key and message.method in ("GET", "HEAD")
    if read and buckets.encryption(bucket, key, message.parameters.get("versionId")):
        text = "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4."
        raise ApiError("InvalidArgument", text, 400)
    return found


class Server(HttpServer):
    """The gateway behind a socket on 127.0.0.1; `port` 0 takes a free one; `secure` is what it stands for."""

    def __init__(self, gateway: Gateway, port: int = 0, *, secure: bool = True) -> None:
        super().__init__(gateway, port)
        self.endpoint = self.url
        gateway.listen(self.port, secure=secure)
        self.start()
