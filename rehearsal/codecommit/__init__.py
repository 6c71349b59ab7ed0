"""CodeCommit of the embedded AWS."""

from __future__ import annotations

from rehearsal.codecommit.service import CodeCommit

__all__ = ["CodeCommit"]
