"""Names that the modules derive in the same way."""

from __future__ import annotations

from model_cicd.aws import naming
from model_cicd.settings.context import ModuleContext


def prefix(context: ModuleContext) -> str:
    """`<project>-<deployment>-<module>`: what the names of all resources of one deployment of a module begin with."""
    found = naming.slug("-".join((context.project, context.deployment, context.module)))
    return found if found[0].isalpha() else f"m-{found}"  # stack names begin with a letter


def parameter_path(context: ModuleContext) -> str:
    """`/<project>-model-cicd/<deployment>/<module>`: where the module's SSM parameters are.

    Not below /<project>/<deployment>/: Seed-Farmer reads every parameter there as one of its own, and the part after
    the deployment as a group that is deployed, which its next apply would set out to destroy.
    """
    parts = (f"{context.project}-model-cicd", context.deployment, context.module)
    return "".join(f"/{naming.parameter_part(part)}" for part in parts)


def bucket(*parts: str, kind: str, account: str, region: str) -> str:
    """`<parts>-<kind>-<account>-<region>`: unique in the world, as far as the parts are in the account."""
    tail = f"-{kind}-{account}-{region}"
    return naming.join(*(naming.slug(part, lower=True) for part in parts), limit=naming.BUCKET.maximum, keep=tail)
