"""Bucket and key for what one CodePipeline hands from stage to stage. No model ever passes through it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from constructs import Construct

from model_cicd.aws.place import Place
from model_cicd.aws.resources import BuildPipeline, Project
from model_cicd.aws.stage_tests import StagedPipeline
from model_cicd.constructs.encryption_key import KEY_USE, EncryptionKey
from model_cicd.constructs.iam import Statement, account_root, both, only
from model_cicd.constructs.private_bucket import PrivateBucket, lifecycle_rule

_READ_OBJECTS = ("s3:GetObject", "s3:GetObjectVersion")
_READ_BUCKET = ("s3:GetBucketLocation", "s3:ListBucket")
_KEYS_WHY = "CodePipeline makes up the rest of an artifact's key below the pipeline's and the artifact's name"


class ArtifactStore(Construct):
    """The artifact bucket of `pipeline` and its own key; artifacts expire after 30 days.

    Its source role writes the source, its own role and the build's read it, and no other role of the account gets at
    either. Where a promotion has tests, its first build writes their suites, which their builds read.

    `deployers` maps accounts to the roles (ARNs) that deploy what the pipeline hands on, such as the CDK's
    deploy roles: they read the source, too. Attributes: `pipeline`, `key_arn` (known to CloudFormation only) and
    `policy`, the bucket's.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        pipeline: BuildPipeline,
        access_logs: str | None,
        deployers: Mapping[str, Sequence[str]] | None = None,
        organization_id: str | None = None,
    ) -> None:
        super().__init__(scope, id)
        self.pipeline, self.store = pipeline, pipeline.artifacts
        place, deployers = self.store.place, deployers or {}
        readers = [pipeline.role.arn, *(each.role.arn for each in pipeline.projects)]
        self._suites = pipeline.suites_arn if isinstance(pipeline, StagedPipeline) and pipeline.tests else None
        self._testing = pipeline.testing if isinstance(pipeline, StagedPipeline) else ()
        key = EncryptionKey(
            self,
            "Encryption",
            place=place,
            alias=self.store.key_alias.name,
            description=f"Artifacts of the pipeline {pipeline.name}",
            statements=[
                self._use("Write", KEY_USE, [pipeline.source_role.arn]),
                *self._write_suites(),
                self._use("Read", ["kms:Decrypt"], readers),
                *_decrypt(place, deployers, organization_id),
            ],
        )
        bucket = PrivateBucket(
            self,
            "Artifacts",
            named=self.store.bucket,
            key_arn=key.arn,
            lifecycle_rules=[
                lifecycle_rule("artifacts", expire_days=30, old_versions_days=1),
                lifecycle_rule("unfinished-uploads", uploads_days=7),
            ],
            statements=_read(pipeline, deployers, organization_id),
            access_logs=access_logs,
            no_access_logs_reason="no bucket for access logs is given (parameter s3-access-logs-bucket-arn)",
        )
        self.key_arn, self.policy = key.arn, bucket.policy

    def _use(self, sid: str, actions: Sequence[str], role_arns: Sequence[str]) -> Statement:
        """The statement of the key for roles of its own account."""
        place = self.store.place
        return Statement(
            sid,
            actions,
            ["*"],
            {**only(role_arns), **place.through_s3},
            principal=account_root(place),
        )

    def _write_suites(self) -> list[Statement]:
        """The statement of the key for the build that hands the suites on."""
        writer = self.pipeline.project.role.arn
        return [self._use("WriteSuites", ["kms:GenerateDataKey"], [writer])] if self._suites else []

    def write_grants(self) -> list[Statement]:
        """What the source action needs to hand on the source."""
        return self._grants("WriteSource", ["s3:PutObject"], KEY_USE, [self.pipeline.sources_arn])

    def read_grants(self) -> list[Statement]:
        """What the pipeline's role needs: it reads all that is handed on."""
        folders = [self.pipeline.sources_arn, *([self._suites] if self._suites else ())]
        return self._grants("ReadSource", _READ_OBJECTS, ["kms:Decrypt"], folders)

    def build_grants(self, project: Project) -> list[Statement]:
        """What a build of the pipeline needs: the source, or the suites that the pipeline's own build hands on."""
        sources = self._grants("ReadSource", _READ_OBJECTS, ["kms:Decrypt"], [self.pipeline.sources_arn])
        if self._suites and project in self._testing:
            return self._grants("ReadSuites", _READ_OBJECTS, ["kms:Decrypt"], [self._suites])
        if self._suites and project == self.pipeline.project:
            through = self.store.place.through_s3
            sources += [
                Statement("WriteSuites", ["s3:PutObject"], [f"{self._suites}*"], why=_KEYS_WHY),
                Statement("SuitesKey", ["kms:GenerateDataKey"], [self.key_arn], through),
            ]
        return sources

    def _grants(
        self, sid: str, actions: Sequence[str], key_actions: Sequence[str], folders: Sequence[str]
    ) -> list[Statement]:
        through = self.store.place.through_s3
        return [
            Statement(sid, actions, [f"{each}*" for each in folders], why=_KEYS_WHY),
            Statement("ArtifactBucket", ["s3:GetBucketLocation", "s3:GetBucketVersioning"], [self.store.bucket.arn]),
            Statement("ArtifactKey", key_actions, [self.key_arn], through),
            # called directly, so never under ViaService
            Statement("DescribeArtifactKey", ["kms:DescribeKey"], [self.key_arn]),
        ]


def _split(account: str, readers: Mapping[str, Sequence[str]]) -> tuple[list[str], list[str], list[str]]:
    """The roles of `account` itself, the other accounts, and their roles."""
    others = [each for each in readers if each != account]
    return list(readers.get(account, ())), others, [role for each in others for role in readers[each]]


def _decrypt(place: Place, readers: Mapping[str, Sequence[str]], organization_id: str | None) -> list[Statement]:
    """One statement for all other accounts: a key's policy holds 32 KB."""
    own, others, roles = _split(place.account, readers)
    through = place.through_s3
    statements = []
    if own:
        who = both(only(own), through)
        statements.append(Statement("Deploy", ["kms:Decrypt"], ["*"], who, principal=account_root(place)))
    if others:
        who = both(only(roles, organization_id), through)
        statements.append(Statement("DeployOther", ["kms:Decrypt"], ["*"], who, principal=_roots(place, others)))
    return statements


def _read(
    pipeline: BuildPipeline, readers: Mapping[str, Sequence[str]], organization_id: str | None
) -> list[dict[str, Any]]:
    """The CDK's deploy role may read buckets of other accounts; in its own it has what a bucket's policy gives it.

    So the roles of this account are principals themselves (they exist since the account was bootstrapped): a statement
    for the account's root would only leave the decision to their own policies.
    """
    place, bucket_arn, sources = pipeline.artifacts.place, pipeline.artifacts.bucket.arn, f"{pipeline.sources_arn}*"
    own, others, roles = _split(place.account, readers)
    statements = []
    if own:
        principal = {"AWS": own[0] if len(own) == 1 else own}
        statements += [
            Statement("Deploy", _READ_OBJECTS, [sources], principal=principal),
            Statement("DeployBucket", _READ_BUCKET, [bucket_arn], principal=principal),
        ]
    if others:
        who, roots = only(roles, organization_id), _roots(place, others)
        statements += [
            Statement("DeployOther", _READ_OBJECTS, [sources], who, principal=roots),
            Statement("DeployOtherBucket", _READ_BUCKET, [bucket_arn], who, principal=roots),
        ]
    return [statement.json() for statement in statements]


def _roots(place: Place, accounts: Sequence[str]) -> dict[str, str | Sequence[str]]:
    roots = [account_root(place.elsewhere(account))["AWS"] for account in accounts]
    return {"AWS": roots[0] if len(roots) == 1 else roots}
