"""Environment variables: what must never reach the embedded AWS from outside, and what its clients need."""

from __future__ import annotations

import os

# Read by moto when it is imported.
_MOTO = {
    "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",  # CDK and Seed-Farmer attach AWS managed policies
    "MOTO_EVENTS_INVOKE_HTTP": "false",
}


def isolate() -> None:
    """Remove every AWS_* variable, profile and metadata service from this process, for good."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "MOTO_"))]:
        del os.environ[name]
    os.environ.update(_no_files(), AWS_EC2_METADATA_DISABLED="true", **_MOTO)


def for_clients(endpoint: str) -> dict[str, str]:
    """Endpoint and isolation variables for unmodified clients."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ENDPOINT_URL_S3": endpoint,  # an address, so that the CDK CLI uses path-style URLs
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
        **_no_files(),
    }


def _no_files() -> dict[str, str]:
    return {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
