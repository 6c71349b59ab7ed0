"""What a manifest with code on GitHub needs, and what doctor says of connections, by answers as AWS models them."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any, cast

import boto3
import pytest
from botocore.stub import Stubber

from model_cicd.aws.bootstrap import bootstrap_roles
from model_cicd.aws.place import Place
from model_cicd.doctor import connections
from model_cicd.doctor.look import Look
from model_cicd.doctor.needs import sites_of
from model_cicd.doctor.site import Site
from model_cicd.operate.access import Access

ROOT = Path(__file__).parents[3]
PLACE = Place("aws", "123456789010", "us-east-1")
ARN = "arn:aws:codeconnections:us-east-1:123456789010:connection/aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"


class Answers:
    """An access whose clients give one answer each."""

    who, account = "me", PLACE.account

    def __init__(self, **by_service: Any) -> None:
        self.clients: dict[str, Any] = {}
        for service, (operation, answer) in by_service.items():
            name = service.replace("_", "-")
            make: Any = boto3.client
            client = make(name, "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
            stub = Stubber(client)
            if isinstance(answer, str):
                stub.add_client_error(operation, answer)
            else:
                stub.add_response(operation, answer)
            stub.activate()
            self.clients[name] = client

    def client(self, service: str, **_: Any) -> Any:
        return self.clients[service]

    def asking(self, *_: str) -> Any:
        return nullcontext()


def findings(written: str, **answers: Any) -> list[tuple[str, str]]:
    site = Site(PLACE, bootstrap_roles(PLACE), set(), connections={written})
    look = Look(cast(Access, Answers(**answers)), site, "")
    connections.check(look)
    return [(each.severity, each.message) for each in look.findings]


def connection(status: str) -> tuple[str, Any]:
    return "get_connection", {"Connection": {"ConnectionStatus": status}}


def test_what_the_manifest_with_code_on_github_needs() -> None:
    sites = {site.place.account: site for site in sites_of(ROOT / "manifests" / "github" / "deployment.yaml")}
    tooling, lab = sites["123456789010"], sites["123456789012"]
    assert tooling.connections == {ARN}
    assert tooling.names("repository") == set()
    # the training of one group, and two promotions; no infra pipeline
    assert len(tooling.names("pipeline")) == 3
    for account, site in (("123456789010", tooling), ("123456789012", lab)):
        provider = f"arn:aws:iam::{account}:oidc-provider/token.actions.githubusercontent.com"
        assert site.names("identity provider") == {provider}
    assert sites["123456789015"].names("identity provider") == set()
    assert len({each.name for each in tooling.wanted if each.name.endswith("github-infra")}) == 1


@pytest.mark.parametrize(("status", "severity"), [("AVAILABLE", "ok"), ("PENDING", "stops"), ("ERROR", "stops")])
def test_a_connection_has_to_be_finished(status: str, severity: str) -> None:
    [(found, message)] = findings(ARN, codeconnections=connection(status))
    assert found == severity
    assert status in message


def test_a_connection_that_is_not_there() -> None:
    [(severity, message)] = findings(ARN, codeconnections=("get_connection", "ResourceNotFoundException"))
    assert (severity, message) == ("stops", f"the connection {ARN} is not there")


def test_a_connection_by_a_parameter() -> None:
    older = ARN.replace("codeconnections", "codestar-connections")
    written = "{{resolve:ssm:/platform/connection}}"
    parameter = ("get_parameter", {"Parameter": {"Value": older}})
    [(severity, message)] = findings(written, ssm=parameter, codestar_connections=connection("AVAILABLE"))
    assert (severity, message) == ("ok", f"the connection {older} is AVAILABLE")
    [(severity, message)] = findings(written, ssm=("get_parameter", "ParameterNotFound"))
    assert severity == "stops"
    assert message.startswith("the parameter /platform/connection is not there")
