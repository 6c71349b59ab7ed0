"""What the fixture `rehearsal` is: manifests applied on an embedded AWS, which starts with the first of them."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from rehearsal.errors import RehearsalError
from rehearsal.pytest_plugin.deployed import Deployed
from rehearsal.pytest_plugin.failures import shown
from rehearsal.pytest_plugin.running import RunningAws

_DESTROY = "seedfarmer destroy"


class Rehearsal:
    """Deployments on one embedded AWS. It starts with the first `apply`, with the accounts of that manifest."""

    def __init__(self, folder: Path, options: Sequence[str] = ()) -> None:
        self._folder, self._options = folder, options
        self._running: RunningAws | None = None
        self._deployed: Deployed | None = None

    @shown
    def apply(self, manifest: str | Path) -> Deployed:
        """Run the real, unmodified `seedfarmer apply MANIFEST` on a copy of its project; what it deployed.

        A relative path is below the working directory. Applied again, after a change or by another test, it does what
        Seed-Farmer does: only what changed. Raises RehearsalError with the end of the failing build's log.
        """
        path = Path(manifest).absolute()
        if self._running is None:
            folder = Path(tempfile.mkdtemp(dir=self._folder))
            self._running = RunningAws(folder, path, self._options)
        found = self._running.ask("apply", manifest=str(path))
        self._deployed = Deployed(self._running, found)
        return self._deployed

    @shown
    def destroy(self) -> None:
        """Run the real `seedfarmer destroy` on what was applied last. The embedded AWS stays: look what is left.

        Raises RehearsalError with the end of the failing build's log.
        """
        if self._running is None or self._deployed is None:
            raise RehearsalError(_DESTROY, "nothing is deployed: expected rehearsal.apply(MANIFEST) before")
        self._running.ask("destroy", deployment=self._deployed.deployment)
        self._deployed = None

    def close(self) -> None:
        """End the embedded AWS and remove all that it wrote."""
        if self._running is not None:
            self._running.close()
            self._running = self._deployed = None
