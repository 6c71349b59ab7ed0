"""What programs have a running embedded AWS do: apply a manifest, destroy a deployment, tell what IAM decided.

They ask by its control socket (`rehearsal/control.py`); the fixture `rehearsal` of pytest is one of them.
"""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from rehearsal.api import ApiError
from rehearsal.control import Command, Tell
from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.errors import RehearsalError
from rehearsal.iam import usage
from rehearsal.job import apply, data_sets, mail, project, sources
from rehearsal.job.plan import Plan, read
from rehearsal.job.variables import from_files


def commands(aws: EmbeddedAws, plan: Plan) -> dict[str, Command]:
    """By name, what can be asked of an embedded AWS whose accounts were bootstrapped for `plan`."""
    asked = _Asked(aws, plan)
    return {"apply": asked.apply, "destroy": asked.destroy, "iam": asked.iam, "role session": asked.role_session}


class _Asked:
    def __init__(self, aws: EmbeddedAws, plan: Plan) -> None:
        self._aws, self._plan = aws, plan
        self._cwd = aws.directory / "project"

    def apply(self, values: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
        """Run `seedfarmer apply` on a manifest (`manifest`: its path); what it deployed. Raises RehearsalError."""
        made = self._plan
        plan = read(Path(values["manifest"]), made.root, made.env_files, made.provided)
        self._refuse(plan)
        plan = dataclasses.replace(plan, data=made.data)
        shutil.rmtree(self._cwd, ignore_errors=True)
        project.copy(plan.root, self._cwd)
        project.write_variables(self._cwd, from_files(plan.root, plan.env_files) | dict(plan.variables))
        sources.make(plan, self._aws.directory)
        sources.unpack(plan, self._cwd)
        apply.apply(self._aws, plan, self._cwd, tell)
        mail.confirm(self._aws)
        try:
            data_sets.let_read(self._aws, plan)
        except (ClientError, BotoCoreError) as error:
            raise RehearsalError(data_sets.STEP, str(error)) from None
        return {
            "project": plan.project,
            "deployment": plan.deployment,
            "aliases": dict(plan.aliases),
            "accounts": plan.accounts,
            "places": [list(each) for each in plan.environments],
            "modules": {name: list(place) for name, place in plan.places.items()},
        }

    def destroy(self, values: Mapping[str, Any], tell: Tell) -> None:
        """Run `seedfarmer destroy` on a deployment (`deployment`: its name). Raises RehearsalError."""
        plan = dataclasses.replace(self._plan, deployment=values["deployment"])
        apply.destroy(self._aws, plan, self._cwd, tell)

    def iam(self, values: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
        """What was decided so far, as a rehearsal's report has it in `iam`."""
        return usage.report(self._aws.iam, self._aws.accounts.ids())

    def role_session(self, values: Mapping[str, Any], tell: Tell) -> dict[str, str]:
        """The variables of a session of a role (`role`: an ARN), as the services that the role trusts get it."""
        try:
            return self._aws.accounts.role_session(values["role"]).environment(values["region"])
        except ApiError as error:
            raise RehearsalError("role session", error.message) from None

    def _refuse(self, plan: Plan) -> None:
        """Raise RehearsalError when a manifest needs what was not bootstrapped."""
        made = self._plan
        for what, got, expected in (
            ("project", plan.project, made.project),
            ("toolchain account", plan.toolchain_account, made.toolchain_account),
            ("toolchainRegion", plan.toolchain_region, made.toolchain_region),
        ):
            if got != expected:
                raise RehearsalError(apply.STEP, f"{plan.manifest}: {what}: got {got!r}, expected {expected!r}{_FIRST}")
        for what, wanted, there in (
            ("account", set(plan.accounts), set(self._aws.accounts.ids())),
            ("account and region", {" ".join(each) for each in plan.environments}, self._places()),
            ("cdk-qualifier", set(plan.qualifiers), set(made.qualifiers)),
        ):
            if lacking := sorted(wanted - there):
                cause = f"{plan.manifest}: {what}: got {lacking[0]}, expected one of {', '.join(sorted(there))}{_FIRST}"
                raise RehearsalError(apply.STEP, cause)

    def _places(self) -> set[str]:
        return {" ".join(each) for each in self._plan.environments}


_FIRST = ", as in the manifest for which this embedded AWS was started"
