"""What CodePipeline hands to CodeBuild beyond the public API: where the source lies and where artifacts belong."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class S3Location:
    """An object of the pipeline's artifact store."""

    bucket: str
    key: str

    @property
    def arn(self) -> str:
        """The object as CodeBuild shows it as a pipeline build's source version."""
        return f"arn:aws:s3:::{self.bucket}/{self.key}"


@dataclass(frozen=True)
class ArtifactTarget:
    """An output artifact of a pipeline action: its name there and the exact object it becomes.

    `encryption_key` is a KMS key id or ARN; None encrypts as the bucket does by default.
    """

    name: str
    bucket: str
    key: str
    encryption_key: str | None = None


@dataclass(frozen=True)
class PipelineRun:
    """Source and artifacts of a build that a pipeline started."""

    source: S3Location
    secondary: dict[str, S3Location]
    artifacts: tuple[ArtifactTarget, ...]
