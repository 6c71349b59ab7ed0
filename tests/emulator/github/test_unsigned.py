"""One operation needs no signature, and nothing else comes in with it."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from rehearsal.embedded_aws import EmbeddedAws
from tests.emulator.github import web
from tests.emulator.raw import FORM, Raw, send

pytestmark = pytest.mark.emulator


@pytest.fixture(scope="module")
def role(world: EmbeddedAws) -> str:
    world.github.create("acme/models", {"a": b"1"})
    return web.role(world, "train", web.provider(world), web.exactly())


def form(world: EmbeddedAws, pairs: list[tuple[str, str]], *, method: str = "POST", target: str = "/") -> Raw:
    body = urlencode(pairs).encode()
    headers = [("Host", world.endpoint.removeprefix("http://")), ("Content-Type", FORM)]
    return Raw(method, target, [*headers, ("Content-Length", str(len(body)))], body)


def asked(world: EmbeddedAws, role: str, action: str = "AssumeRoleWithWebIdentity") -> list[tuple[str, str]]:
    return [("Action", action), ("Version", "2011-06-15"), ("RoleArn", role), ("RoleSessionName", "job"),
            ("WebIdentityToken", web.job(world))]  # fmt: skip


def test_the_one_is_answered(world: EmbeddedAws, role: str) -> None:
    answer = send(world, form(world, asked(world, role)))
    assert answer.status == 200, answer.text
    assert "<SessionToken>" in answer.text
    assert answer.headers["x-amzn-requestid"] in answer.text


@pytest.mark.parametrize("action", ["AssumeRole", "AssumeRoleWithSAML", "GetCallerIdentity", "GetSessionToken",
                                    "assumerolewithwebidentity", "ListRoles", "CreateRole"])  # fmt: skip
def test_every_other_is_refused(world: EmbeddedAws, role: str, action: str) -> None:
    answer = send(world, form(world, asked(world, role, action)))
    assert (answer.status, "<Code>MissingAuthenticationToken</Code>" in answer.text) == (403, True)
    assert answer.text.startswith("<ErrorResponse>")  # what clients of STS read as an error


def test_two_actions_are_none(world: EmbeddedAws, role: str) -> None:
    for first, second in (("AssumeRole", "AssumeRoleWithWebIdentity"), ("AssumeRoleWithWebIdentity", "ListRoles")):
        pairs = [("Action", first), *asked(world, role, second)]
        answer = send(world, form(world, pairs))
        assert answer.status >= 400
        assert "SessionToken" not in answer.text


def test_an_action_in_the_address_is_none(world: EmbeddedAws, role: str) -> None:
    answer = send(world, form(world, asked(world, role), target="/?Action=CreateRole"))
    assert answer.status >= 400
    answer = send(world, form(world, asked(world, role), target="/bucket/key"))
    assert answer.status == 403


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Authorization", "Bearer nonsense"),
        ("X-Amz-Security-Token", "nonsense"),
        ("X-Amz-Target", "CodeCommit_20150413.ListRepositories"),
        ("Content-Type", "application/json"),
    ],
)
def test_a_request_that_says_more_is_none(world: EmbeddedAws, role: str, name: str, value: str) -> None:
    answer = send(world, form(world, asked(world, role)).with_header(name, value))
    assert answer.status >= 400
    assert "SessionToken" not in answer.text


def test_a_broken_form_is_refused(world: EmbeddedAws, role: str) -> None:
    for pairs in (asked(world, role)[:1], [*asked(world, role), ("DurationSeconds", "long")]):
        answer = send(world, form(world, pairs))
        assert 400 <= answer.status < 500, answer.text
