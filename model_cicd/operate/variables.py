"""The environment variables that Seed-Farmer would set in the build of a module of a manifest.

https://seed-farmer.readthedocs.io/en/latest/module_development.html; what is said here is how seed-farmer 8.0.9 does it
(its `deployment.deploy_base`).
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from model_cicd.check.parameters import named
from model_cicd.operate.manifest import ManifestModule, source_of
from model_cicd.settings.seedfarmer import variable
from model_cicd.text.errors import ModelCicdError

_NAME = re.compile(r"[A-Z_][A-Z0-9_]*", re.ASCII)


@dataclass(frozen=True)
class Variables:
    """Variables by name, and by name where the value of another one comes from, which only Seed-Farmer looks up."""

    known: Mapping[str, str]
    elsewhere: Mapping[str, str]

    def script(self) -> str:
        """Lines for a shell; comments say what is not known here."""
        lines = [f"export {name}={shlex.quote(value)}" for name, value in self.known.items()]
        lines += [f"# {name}: not known here, {where}" for name, where in self.elsewhere.items()]
        return "".join(f"{' '.join(line.split())}\n" if line.startswith("#") else f"{line}\n" for line in lines)


def variables(module: ManifestModule) -> Variables:
    """The variables of a module's build, in Seed-Farmer's order.

    Raises ModelCicdError for a parameter whose name makes none: a shell would take what is in it for a command.
    """
    context = module.context
    known = {
        "SEEDFARMER_PROJECT_NAME": context.project.lower(),
        "SEEDFARMER_DEPLOYMENT_NAME": context.deployment,
        "SEEDFARMER_MODULE_NAME": context.module,
    }
    elsewhere: dict[str, str] = {}
    for _, name, parameter in named(module.entry.get("parameters")):
        value, key = parameter.get("value"), variable(name)
        if not _NAME.fullmatch(key):
            raise ModelCicdError(f"module {context.module}: got the parameter {name!r}, expected letters, digits and -")
        if value is None:
            elsewhere[key] = "from {} {!r}".format(*source_of(parameter))
        else:
            known[key] = value if isinstance(value, str) else json.dumps(value)
    # the CDK command sets these, of the account that it is run in
    known |= {"CDK_DEFAULT_ACCOUNT": context.tooling_account, "CDK_DEFAULT_REGION": context.tooling_region}
    return Variables(known, elsewhere)
