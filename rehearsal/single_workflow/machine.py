"""This machine for the jobs of one workflow run, whose way out leads to package registries but not to AWS."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from rehearsal import aws_hosts, threads
from rehearsal.codebuild.toolchain import Toolchain
from rehearsal.confinement.cage import Confinement
from rehearsal.http_server import HttpServer
from rehearsal.process import Processes
from rehearsal.spans import Spans

_NOTHING = b"rehearse workflow runs one file alone: there is neither AWS nor the API of GitHub\n"


class LocalMachine:
    """See `rehearsal.workflows.ports.Machine`; `directory` is removed by whoever made it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.processes = Processes()
        self.confinement = Confinement(directory)
        self.closed = threading.Event()
        self.spans = Spans()
        self.toolchain = Toolchain(directory, self.processes, self.confinement)
        self._server = HttpServer(_refuse)
        self._server.start()
        self.confinement.open(self._server.port, self._server.answer, stands_for=_stands_for)

    def background(self, call: Callable[[], None], name: str) -> threading.Thread:
        """Run `call` in a daemon thread; what it raises goes to the log."""
        return threads.start(call, name)

    def close(self) -> None:
        """End every process."""
        self.closed.set()
        self.processes.close()
        self.confinement.close()
        self._server.close()


def _stands_for(host: str) -> bool:
    return aws_hosts.is_aws(host) or host == "api.github.com"


def _refuse(environ: Mapping[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    start("501 Not Implemented", [("Content-Type", "text/plain"), ("Content-Length", str(len(_NOTHING)))])
    return [_NOTHING]
