"""One thing that somebody may ask for."""

from __future__ import annotations

from dataclasses import dataclass

#: an object's name where only the prefix matters
SOME_OBJECT = "some/object"
#: both types, for a log's ARN is a stream's below its group's
LOG = ("logs:log-group", "logs:log-stream")
ROLE = ("iam:role", "sts:role")


@dataclass(frozen=True, eq=False)
class Resource:
    """Something that somebody may ask for.

    `types` are its resource types in the service authorization reference (`s3:object`). `policy` is the ARN under which
    its resource policy is known; roles have their trust policy under their own ARN. An empty `account` means that of
    whoever asks (actions without a resource). `groups` are the deployment groups it is for (empty: for all), `uses`
    what a declared pipeline's steps do with it, as `scope` of expected.yaml has it. `prefixes` are those of a bucket's
    objects, each with its word. `external` says that its policy is not this module's and is not judged by itself;
    `stacks` says of such a bootstrap role that the module deploys its own stacks with it.
    """

    kind: str
    label: str
    arn: str
    account: str
    region: str
    types: tuple[str, ...]
    groups: frozenset[str] = frozenset()
    environment: str | None = None
    uses: frozenset[str] = frozenset()
    policy: str | None = None
    prefixes: tuple[tuple[str, str], ...] = ()
    stacks: bool = False
    external: bool = False

    def __str__(self) -> str:
        return self.label


@dataclass(frozen=True)
class CdkAsset:
    """A file that the CDK publishes: what it is, its ARN, and the group it is for."""

    kind: str
    arn: str
    account: str
    region: str
    group: str | None = None
