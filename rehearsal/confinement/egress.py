"""The way out of a cage: an HTTP proxy to other machines, for package registries. This machine is not reachable by it.

AWS is not either: who asks for one of its hosts is answered by the embedded AWS.

https://www.rfc-editor.org/rfc/rfc9110#name-connect
"""

from __future__ import annotations

import base64
import contextlib
import ipaddress
import logging
import os
import select
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]

log = logging.getLogger(__name__)

_HEAD = 1 << 16  # bytes of a request's head at most
_CHUNK = 1 << 16
_CONNECT_SECONDS = 30.0
_IDLE_SECONDS = 600.0
_END = b"\r\n\r\n"
_ESTABLISHED = b"HTTP/1.1 200 Connection established" + _END


class Refused(Exception):
    """A connection that is not made; the status and reason of the answer."""


@dataclass(frozen=True)
class Interception:
    """Hosts that are not reached but stood for: `context` has a server's certificate, `answer` gets the connection."""

    stands_for: Callable[[str], bool]
    context: Callable[[str], ssl.SSLContext]
    answer: Callable[[socket.socket], None]

    def serve(self, client: socket.socket, method: str, host: str) -> None:
        """Be `host` for a connection, which is taken over. Raises Refused for one that is not encrypted."""
        if method != "CONNECT":
            raise Refused(f"403 expected https for {host}")
        client.sendall(_ESTABLISHED)
        secure = self.context(host).wrap_socket(client, server_side=True)
        secure.settimeout(None)
        self.answer(secure)

    def by_name(self, client: socket.socket) -> None:
        """Be whatever host a connection asks for in its greeting, in a thread of its own."""
        threading.Thread(target=self._by_name, args=(client,), daemon=True, name="tls").start()

    def _by_name(self, client: socket.socket) -> None:
        def named(connection: ssl.SSLObject, host: str | None, context: ssl.SSLContext) -> int | None:
            if host is None or not self.stands_for(host):
                return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
            connection.context = self.context(host)
            return None

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.sni_callback = named
        client.settimeout(_CONNECT_SECONDS)
        try:
            secure = context.wrap_socket(client, server_side=True)
        except OSError:
            log.debug("a connection out of a cage ended", exc_info=True)
            client.close()
            return
        secure.settimeout(None)
        self.answer(secure)


class Egress:
    """Answers connections of cages. Where this machine itself needs a proxy to reach others, that one is used."""

    def __init__(self, *interceptions: Interception) -> None:
        self._proxies = getproxies_environment()
        self._interceptions = interceptions

    def serve(self, client: socket.socket) -> None:
        """Answer one connection in a thread of its own, which closes it."""
        threading.Thread(target=self._serve, args=(client,), daemon=True, name="egress").start()

    def _serve(self, client: socket.socket) -> None:
        remote = None
        try:
            client.settimeout(_CONNECT_SECONDS)
            head, rest = read_head(client)
            method, target, headers = _parsed(head)
            host = _host(method, target)
            try:
                for each in self._interceptions:
                    if each.stands_for(host):
                        each.serve(client, method, host)
                        return
                if method == "CONNECT":
                    remote = self._tunnel(target)
                    client.sendall(_ESTABLISHED)
                else:
                    remote = self._plain(method, target, headers)
            except (Refused, OSError) as error:
                reason = str(error) if isinstance(error, Refused) else f"502 {error.strerror or 'no connection'}"
                client.sendall(f"HTTP/1.1 {reason}\r\nContent-Length: 0\r\nConnection: close".encode() + _END)
                return
            remote.sendall(rest)
            pump(client, remote)
        except (OSError, ValueError):
            log.debug("a connection out of a cage ended", exc_info=True)
        finally:
            client.close()
            if remote is not None:
                remote.close()

    def _tunnel(self, target: str) -> socket.socket:
        host, _, port = target.rpartition(":")
        host = host.strip("[]")
        proxy = self._proxy("https", host)
        if proxy is None:
            return reach(host, int(port))
        remote = socket.create_connection((proxy.hostname or "", proxy.port or 3128), _CONNECT_SECONDS)
        remote.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{_authorization(proxy)}\r\n".encode())
        head, _ = read_head(remote)
        if head.split(b" ", 2)[1:2] != [b"200"]:
            remote.close()
            raise Refused("502 the proxy of this machine refuses")
        return remote

    def _plain(self, method: str, target: str, headers: list[str]) -> socket.socket:
        """Send on the head of a request for an http:// address."""
        url = urlsplit(target)
        if url.scheme != "http" or not url.hostname:
            raise Refused("400 expected CONNECT or an http address")
        proxy = self._proxy("http", url.hostname)
        kept = [line for line in headers if line.partition(":")[0].lower() not in ("connection", "proxy-connection",
                                                                                  "proxy-authorization")]  # fmt: skip
        if proxy is None:
            remote = reach(url.hostname, url.port or 80)
            target = f"{url.path or '/'}{f'?{url.query}' if url.query else ''}"
        else:
            remote = socket.create_connection((proxy.hostname or "", proxy.port or 3128), _CONNECT_SECONDS)
            kept += _authorization(proxy).splitlines()
        head = "\r\n".join([f"{method} {target} HTTP/1.1", *kept, "Connection: close"])
        remote.sendall(head.encode("latin-1") + _END)
        return remote

    def _proxy(self, scheme: str, host: str) -> SplitResult | None:
        given = self._proxies.get(scheme) or self._proxies.get("all")
        if not given or proxy_bypass_environment(host, self._proxies):
            return None
        if is_this_machine(host):
            raise Refused("403 this machine is not reachable from a cage")
        return urlsplit(given if "://" in given else f"http://{given}")


def reach(host: str, port: int) -> socket.socket:
    """A connection to another machine. Raises OSError, and Refused for this one and its metadata services."""
    failed: OSError = OSError("the name has no address")
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        if is_this_machine(str(address[0])):
            raise Refused("403 this machine is not reachable from a cage")
        made = socket.socket(family, kind, protocol)
        made.settimeout(_CONNECT_SECONDS)
        try:
            made.connect(address)
        except OSError as error:
            made.close()
            failed = error
            continue
        if made.getpeername()[0] == made.getsockname()[0]:  # an address of an interface of ours
            made.close()
            raise Refused("403 this machine is not reachable from a cage")
        return made
    raise failed


def is_this_machine(host: str) -> bool:
    """Whether a literal address (or the name localhost) means this machine or what only it can see."""
    try:
        found = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host.lower().rstrip(".") == "localhost" or host.lower().rstrip(".").endswith(".localhost")
    mapped = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    return any(
        each.is_loopback or each.is_unspecified or each.is_link_local or each.is_multicast
        for each in (found, mapped)
        if each is not None
    )


def relay(client: socket.socket, port: int) -> None:
    """Connect a cage to one port of this machine: a package registry that the user's settings name."""

    def run() -> None:
        with client, contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 10) as remote:
            pump(client, remote)

    threading.Thread(target=run, daemon=True, name=f"relay-{port}").start()


def pump(one: socket.socket, other: socket.socket) -> None:
    """Pass bytes both ways until both sides have ended, or nothing came for ten minutes."""
    one.settimeout(_IDLE_SECONDS)
    other.settimeout(_IDLE_SECONDS)
    to = {one: other, other: one}
    while to:
        readable, _, _ = select.select(list(to), [], [], _IDLE_SECONDS)
        if not readable:
            return
        for source in readable:
            data = source.recv(_CHUNK)
            if data:
                to[source].sendall(data)
                continue
            with contextlib.suppress(OSError):
                to[source].shutdown(socket.SHUT_WR)
            del to[source]


def read_head(source: socket.socket) -> tuple[bytes, bytes]:
    """A message's head, and what came behind it. Raises ValueError when it does not end."""
    data = b""
    while _END not in data:
        more = source.recv(_CHUNK)
        if not more or len(data) > _HEAD:
            raise ValueError("no head of an HTTP message")
        data += more
    head, _, rest = data.partition(_END)
    return head, rest


def _parsed(head: bytes) -> tuple[str, str, list[str]]:
    first, *headers = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    return method, target, headers


def _host(method: str, target: str) -> str:
    """Whom a request is for."""
    host = target.rpartition(":")[0] if method == "CONNECT" else urlsplit(target).hostname or ""
    return host.lower().strip("[]").rstrip(".")


def _authorization(proxy: SplitResult) -> str:
    if proxy.username is None:
        return ""
    token = base64.b64encode(f"{unquote(proxy.username)}:{unquote(proxy.password or '')}".encode()).decode()
    return f"Proxy-Authorization: Basic {token}\r\n"


def local_registries() -> list[int]:
    """Ports of this machine that the user's settings of package managers name."""
    ports = set()
    for name, value in os.environ.items():
        if name.upper().startswith(("PIP_", "UV_", "NPM_CONFIG_")):
            for each in value.split():
                url = urlsplit(each)
                if url.scheme in ("http", "https") and url.hostname in ("127.0.0.1", "localhost"):
                    ports.add(url.port or (443 if url.scheme == "https" else 80))
    return sorted(ports)
