"""CloudFormation of the embedded AWS: its own engine, one provider a resource type; moto's is not used.

`state` is what the API shows, `engine` and what it starts is what runs; `prepare` refuses everything unsupported
before anything is touched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rehearsal.cloudformation.service import CloudFormation
    from rehearsal.world import World


def create(world: World) -> list[CloudFormation]:
    """The service, made for `world`."""
    from rehearsal.cloudformation.service import CloudFormation

    return [CloudFormation(world)]
