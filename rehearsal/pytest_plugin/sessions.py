"""Sessions of boto3 that speak to an embedded AWS whatever the environment and the files of the user say."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

# Names of AWS's hosts have prefixes for some operations (`sync-`), the address of the embedded AWS has none.
_CONFIG = Config(inject_host_prefix=False)


@dataclass(frozen=True)
class Identity:
    """Whose calls go where: an endpoint (URL), a region, and the `AWS_*` variables of credentials."""

    endpoint: str
    region: str
    variables: Mapping[str, str]


def session(identity: Identity) -> boto3.Session:
    """A session whose clients and resources act as the identity."""
    return _Session(identity)


class _Session(boto3.Session):
    def __init__(self, identity: Identity) -> None:
        nowhere = (None, None, os.devnull, None)
        core = botocore.session.Session(
            session_vars={
                "profile": (None, None, None, None),
                "config_file": nowhere,
                "credentials_file": nowhere,
            }
        )
        super().__init__(
            aws_access_key_id=identity.variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=identity.variables["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=identity.variables.get("AWS_SESSION_TOKEN"),
            region_name=identity.region,
            botocore_session=core,
        )
        self._endpoint = identity.endpoint

    def client(self, *arguments: Any, **named: Any) -> Any:
        """As boto3's, at the embedded AWS."""
        return super().client(*arguments, **self._here(named))

    def resource(self, *arguments: Any, **named: Any) -> Any:
        """As boto3's, at the embedded AWS."""
        return super().resource(*arguments, **self._here(named))

    def _here(self, named: Mapping[str, Any]) -> dict[str, Any]:
        given = named.get("config")
        config = _CONFIG.merge(given) if given else _CONFIG
        return {**named, "endpoint_url": named.get("endpoint_url") or self._endpoint, "config": config}
