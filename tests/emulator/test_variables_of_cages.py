"""The variables of what runs in a cage: set in it, and followed by nothing on the way there."""

from __future__ import annotations

import pytest

from rehearsal.confinement.cage import Cage
from rehearsal.embedded_aws import EmbeddedAws


def test_what_makes_a_cage_does_not_follow_the_variables_of_its_command(world: EmbeddedAws) -> None:
    if not world.confinement.protections.cages:
        pytest.skip("this machine allows no cages")
    work = world.directory / "variables"
    cage = Cage(world.confinement, (work,), network=False)
    command = cage.command(["/bin/sh", "-c", 'echo "$LD_PRELOAD $OWN"; env | grep CAGE'], work)
    variables = {"PATH": "/usr/bin:/bin", "LD_PRELOAD": "/nowhere/evil.so", "OWN": "1"}
    found = world.processes.communicate(command, cwd=work, env=variables)
    assert found.stdout == b"/nowhere/evil.so 1\n"
    programs = [line for line in found.stderr.splitlines() if b"/nowhere/evil.so" in line]
    assert len(programs) == 3, "those of the command alone: sh, env and grep"
