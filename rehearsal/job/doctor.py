"""`model-cicd doctor` on the accounts of the rehearsal, before and after the deployment."""

from __future__ import annotations

import json

from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.errors import RehearsalError
from rehearsal.job import clients
from rehearsal.job.plan import Plan
from rehearsal.job.variables import for_clients

_SECONDS = 900.0


def examine(aws: EmbeddedAws, plan: Plan, when: str) -> str:
    """Let doctor look; what it says in a line.

    Raises RehearsalError with all that stops a deployment. A manifest whose values come from elsewhere is not looked
    at, and the line says so.
    """
    account, region = plan.toolchain_account, plan.toolchain_region
    command = ["model-cicd", "doctor", str(plan.manifest), "--format", "json"]
    env = clients.environment(aws, account, region) | dict(for_clients(plan.variables))
    ended = aws.processes.communicate(command, cwd=plan.root, env=env, timeout=_SECONDS)
    if not ended.stdout:
        said = ended.stderr.decode(errors="replace").strip().splitlines()
        return f"not looked at: {said[0] if said else 'doctor said nothing'}"
    findings = json.loads(ended.stdout)["findings"]
    stops = [each for each in findings if each["severity"] == "stops"]
    if stops:
        lines = "".join(f"\n    {each['account']} {each['check']}: {each['message']}" for each in stops)
        raise RehearsalError(f"doctor {when}", f"{len(stops)} things stop a deployment{lines}")
    warnings = sum(each["severity"] == "warning" for each in findings)
    return f"{len(findings) - warnings} in order, {warnings} warnings"
