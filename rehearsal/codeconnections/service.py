"""The API, by both of its names, and what pipelines and builds ask.

https://docs.aws.amazon.com/codeconnections/latest/APIReference/Welcome.html
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from moto.core.utils import get_service_model

from rehearsal.api import ApiError, Caller, Operation, Params, partition_of
from rehearsal.named import Named
from rehearsal.operations import operations
from rehearsal.params import only, page
from rehearsal.ports import UsedConnection
from rehearsal.tagging import Tagging

NAMES = ("codeconnections", "codestar-connections")
HOSTS = {"GitHub": "github.com", "GitLab": "gitlab.com", "Bitbucket": "bitbucket.org"}
ARN = re.compile(
    r"arn:aws[a-z-]*:(?P<service>codeconnections|codestar-connections):(?P<region>[a-z0-9-]+):(?P<account>\d{12}):"
    r"connection/(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})",
    re.ASCII,
)
PENDING, AVAILABLE = "PENDING", "AVAILABLE"


@dataclass
class Connection:
    """A connection; PENDING until a person has finished it in the console."""

    arn: str
    account: str
    name: str
    provider: str
    status: str = PENDING
    tags: dict[str, str] = field(default_factory=dict)

    def view(self) -> Params:
        """As the API shows it."""
        return {
            "ConnectionName": self.name,
            "ConnectionArn": self.arn,
            "ProviderType": self.provider,
            "OwnerAccountId": self.account,
            "ConnectionStatus": self.status,
        }


class _Connections(Named[Connection]):
    taken = ("InvalidInputException", "Connection {name} exists already")
    absent = ("ResourceNotFoundException", "Connection not found: {name}")


class ConnectionStore:
    """The connections of all accounts; a `Connections` for the services that use them."""

    def __init__(self) -> None:
        self.all = _Connections()

    def find(self, arn: str) -> UsedConnection | None:
        """The connection with an ARN, None unless it is AVAILABLE."""
        found = ARN.fullmatch(arn)
        held = self.all.find((found["account"], found["region"]), found["id"]) if found else None
        if found is None or held is None or held.status != AVAILABLE or held.arn != arn:
            return None
        return UsedConnection(arn, found["service"], held.account, held.provider, HOSTS[held.provider])

    def finish(self, arn: str, provider: str = "GitHub", name: str = "rehearsal") -> None:
        """Do what a person does in the console: the connection is AVAILABLE from now on, made where it is missing.

        Raises ValueError for an ARN or provider that is none.
        """
        found = ARN.fullmatch(arn)
        if found is None or provider not in HOSTS:
            raise ValueError(f"got the connection {arn!r} to {provider!r}, expected an ARN and {', '.join(HOSTS)}")
        scope = (found["account"], found["region"])
        held = self.all.find(scope, found["id"])
        if held is None:
            held = Connection(arn, found["account"], name, provider)
            self.all.add(scope, found["id"], held)
        held.status = AVAILABLE


class CodeConnections:
    """The service by one of its names; what is made by one is found by both."""

    exclusive = True

    def __init__(self, store: ConnectionStore, name: str) -> None:
        self.name = name
        self._store = store
        self._tagging = Tagging(self._tags, arn="ResourceArn", tags="Tags", keys="TagKeys", pair=("Key", "Value"))

    def operations(self) -> Mapping[str, Operation]:
        """API name -> method; any other operation is refused by its name."""
        return operations(get_service_model(self.name), self, self._tagging)

    def create_connection(self, caller: Caller, params: Params) -> Params:
        """A new one, which a person has to finish. Raises ApiError for providers that need a host of one's own."""
        only(params, {"ConnectionName", "ProviderType", "Tags"}, "CreateConnection")
        provider, name = params.get("ProviderType"), params["ConnectionName"]
        if provider not in HOSTS:
            text = f"ProviderType: got {provider!r}, expected {', '.join(HOSTS)} (the embedded AWS has no hosts)"
            raise ApiError("InvalidInputException", text)
        if any(each.name == name for each in self._store.all.of(caller.scope)):
            raise self._store.all.error(_Connections.taken, caller.scope, name)
        number, region = str(uuid.uuid4()), caller.region
        arn = f"arn:{partition_of(region)}:{self.name}:{region}:{caller.account}:connection/{number}"
        made = Connection(arn, caller.account, name, provider, tags=self._tagging.read(params.get("Tags")))
        self._store.all.add(caller.scope, number, made)
        return {"ConnectionArn": arn, "Tags": self._tagging.shown(made.tags) or None}

    def get_connection(self, caller: Caller, params: Params) -> Params:
        """One of them. Raises ApiError ResourceNotFoundException."""
        only(params, {"ConnectionArn"}, "GetConnection")
        return {"Connection": self._at(caller, params["ConnectionArn"]).view()}

    def list_connections(self, caller: Caller, params: Params) -> Params:
        """All of the account and region, in pages."""
        only(params, {"ProviderTypeFilter", "MaxResults", "NextToken"}, "ListConnections")
        wanted = params.get("ProviderTypeFilter")
        held = [each for each in self._store.all.of(caller.scope) if wanted in (None, each.provider)]
        found, token = page(held, params.get("NextToken"), params.get("MaxResults") or 100)
        return {"Connections": [each.view() for each in found], "NextToken": token}

    def delete_connection(self, caller: Caller, params: Params) -> Params:
        """Take one away. Raises ApiError ResourceNotFoundException."""
        only(params, {"ConnectionArn"}, "DeleteConnection")
        held = self._at(caller, params["ConnectionArn"])
        self._store.all.pop(caller.scope, held.arn.rpartition("/")[2])
        return {}

    def _tags(self, caller: Caller, arn: str) -> dict[str, str]:
        return self._at(caller, arn).tags

    def _at(self, caller: Caller, arn: str) -> Connection:
        found = ARN.fullmatch(arn)
        scope = (found["account"], found["region"]) if found else caller.scope
        if found is None or scope != caller.scope:
            raise self._store.all.error(_Connections.absent, caller.scope, arn)
        return self._store.all.at(scope, found["id"])
