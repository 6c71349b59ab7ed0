"""`docker` in a build: what `rehearsal.docker` does, with the clients of the build's own credentials."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[3]))

from rehearsal.docker import command


def client(service: str, region: str) -> Any:
    """A client of the embedded AWS, as the environment says."""
    import botocore.session

    return botocore.session.get_session().create_client(service, region_name=region)


def main() -> int:
    """Run it; what AWS refuses is said as docker says it."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return command.main(sys.argv[1:], client, Path(os.environ["HOME"]))
    except (BotoCoreError, ClientError) as error:
        print(f"docker: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
