"""Names that the modules derive in the same way."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from model_cicd.aws import naming
from model_cicd.aws.place import Named, Place
from model_cicd.aws.resources import BuildMachine, BuildPipeline, EventMachine, Project, Store
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


def bucket(*parts: str, kind: str, place: Place) -> Named:
    """`<parts>-<kind>-<account>-<region>`: unique in the world, as far as the parts are in the account."""
    tail = f"-{kind}-{place.account}-{place.region}"
    name = naming.join(*(naming.slug(part, lower=True) for part in parts), limit=naming.BUCKET.maximum, keep=tail)
    return Named(name, place.bucket(name))


def bucket_regions(buckets: Iterable[str], account: str) -> set[str]:
    """The regions of pipelines' artifact buckets among an account's buckets, also of other deployments."""
    tail = re.compile(rf".+-(?:training|promotion|infra)-{account}-([a-z]{{2,}}(?:-[a-z]+)+-\d+)")
    return {found[1] for each in buckets if (found := tail.fullmatch(each))}


@dataclass(frozen=True)
class Names:
    """Names that begin with `parts`, each within the limit of its kind, and the resources that have them."""

    parts: tuple[str, ...]

    def name(self, limit: naming.Limit, suffix: str = "") -> str:
        """`<parts><suffix>`."""
        return naming.join(*self.parts, limit=limit.maximum, keep=suffix)

    def role(self, place: Place, suffix: str) -> Named:
        """An IAM role."""
        name = self.name(naming.ROLE, suffix)
        return Named(name, place.role(name))

    def policy(self, place: Place, suffix: str) -> Named:
        """A customer-managed IAM policy."""
        name = self.name(naming.POLICY, suffix)
        return Named(name, place.policy(name))

    def key_alias(self, place: Place, suffix: str) -> Named:
        """The alias of a KMS key."""
        tail = naming.join(*self.parts, limit=naming.KEY_ALIAS.maximum - len("alias/"), keep=suffix)
        return place.named("kms", f"alias/{tail}")

    def pipeline(self, place: Place, word: str, *, build: str, minutes: int, machine: BuildMachine) -> BuildPipeline:
        """A CodePipeline whose build takes `minutes` at most, with a role that ends with `word` and `build`."""
        suffix = f"-{word}"
        made = place.named("codepipeline", self.name(naming.PIPELINE, suffix))
        return BuildPipeline(
            name=made.name,
            arn=made.arn,
            role=self.role(place, f"{suffix}-pipeline"),
            source_role=self.role(place, f"{suffix}-source"),
            project=self.project(place, suffix, role=f"{suffix}-{build}", minutes=minutes, machine=machine),
            artifacts=self.artifacts(place, word),
        )

    def artifacts(self, place: Place, kind: str) -> Store:
        """Bucket and key of the artifacts of the pipeline of that kind."""
        return Store(place, bucket(*self.parts, kind=kind, place=place), self.key_alias(place, f"-{kind}"))

    def event_machine(self, place: Place, suffix: str, *, role: str) -> EventMachine:
        """A rule and the state machine that it calls, whose role ends with `role`."""
        return EventMachine(
            rule=self.name(naming.RULE, suffix),
            events_role=self.role(place, f"{suffix}-events"),
            state_machine=place.named("states", self.name(naming.STATE_MACHINE, suffix), "stateMachine:"),
            role=self.role(place, role),
        )

    def project(self, place: Place, suffix: str, *, role: str, minutes: int, machine: BuildMachine) -> Project:
        """A CodeBuild project, whose builds take `minutes` at most, and its role, which ends with `role`."""
        made = place.named("codebuild", self.name(naming.PROJECT, suffix), "project/")
        return Project(made.name, made.arn, self.role(place, role), minutes, machine)


@dataclass(frozen=True)
class MarkedNames(Names):
    """The same with a `mark` behind the parts, which alone tells a name from others, and is never cut."""

    mark: str

    def name(self, limit: naming.Limit, suffix: str = "") -> str:
        """`<parts><mark><suffix>`."""
        return naming.marked(*self.parts, limit=limit.maximum, mark=f"{self.mark}{suffix}")
