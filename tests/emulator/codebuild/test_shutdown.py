from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from tests.processes import ended

# In a process of its own: closing an embedded AWS empties the state of all others in the same process.
PROGRAM = """
import logging, time
from rehearsal.embedded_aws import EmbeddedAws
from tests.emulator.codebuild.conftest import Builder
from tests.processes import asleep

logging.basicConfig(level=logging.WARNING)
world = EmbeddedAws(accounts=["111111111111"])
builder = Builder(world)
name = builder.project(
    'version: 0.2\\nphases: {build: {commands: ["sleep 7654.5 & sleep 7655"]}}'
)
builder.api.start_build(projectName=name)
while not asleep("7654.5"):
    time.sleep(0.05)
world.close()
time.sleep(0.5)
print(world.directory)
"""


def test_a_running_build_ends_with_the_embedded_aws() -> None:
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert time.monotonic() - began < 60
    assert not Path(done.stdout.strip()).exists()
    assert ended("7654.5")
