"""Script mode of models: which script serves, and its code.

https://sagemaker.readthedocs.io/en/stable/frameworks/sklearn/using_sklearn.html#deploy-a-scikit-learn-model
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rehearsal import archives
from rehearsal.sagemaker.jobs.failure import JobError
from rehearsal.sagemaker.jobs.transfer import Transfer, is_address

PROGRAM, DIRECTORY = "SAGEMAKER_PROGRAM", "SAGEMAKER_SUBMIT_DIRECTORY"
_CODE = "/opt/ml/code"
_BESIDE_THE_MODEL = "/opt/ml/model/code"


@dataclass(frozen=True)
class Script:
    """A script, and where its code is: an archive in S3, or a folder below /opt/ml of the container."""

    program: str
    source: str

    @property
    def directory(self) -> str:
        """The folder of the script in the container."""
        return _CODE if is_address(self.source) else self.source


def script_of(variables: Mapping[str, str]) -> Script | None:
    """The script that the variables of a container name."""
    program = variables.get(PROGRAM)
    return Script(program, variables.get(DIRECTORY, _BESIDE_THE_MODEL)) if program else None


def bring(script: Script, transfer: Transfer, ml: Path, *, isolated: bool) -> None:
    """The code into the container's directories. Raises JobError, as the container would fail."""
    if not is_address(script.source):
        return
    if isolated:
        raise JobError(f"ClientError: the container cannot download {script.source}: it has no network")
    archive = ml.parent / "sourcedir.tar.gz"
    transfer.fetch(script.source, archive)
    try:
        archives.unpack(archive, ml / "code")
    except (archives.Unreadable, EOFError, OSError) as error:
        raise JobError(f"ClientError: cannot unpack the code {script.source}: {error}") from None
    archive.unlink()
