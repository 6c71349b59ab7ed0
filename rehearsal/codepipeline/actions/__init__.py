"""The action providers. A new one is a file here and a line below."""

from __future__ import annotations

from rehearsal.codepipeline.actions.approval import ManualApproval
from rehearsal.codepipeline.actions.base import Provider
from rehearsal.codepipeline.actions.cloudformation import CloudFormation
from rehearsal.codepipeline.actions.codebuild import CodeBuild
from rehearsal.codepipeline.actions.codecommit import CodeCommitSource
from rehearsal.codepipeline.actions.connection import ConnectionSource
from rehearsal.codepipeline.actions.s3 import S3Source

_ALL: tuple[Provider, ...] = (
    CodeCommitSource(),
    S3Source(),
    ConnectionSource(),
    CodeBuild(),
    CloudFormation(),
    ManualApproval(),
)
PROVIDERS: dict[tuple[str, str], Provider] = {
    (category, each.name): each for each in _ALL for category in each.categories
}
