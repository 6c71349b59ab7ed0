"""CodeBuild: buildspecs run as real subprocesses under the project's service role."""

from __future__ import annotations

from rehearsal.codebuild.logs import BuildLog, build_logs
from rehearsal.codebuild.service import CodeBuild

__all__ = ["BuildLog", "CodeBuild", "build_logs"]
