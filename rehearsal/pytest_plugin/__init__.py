"""The plugin of pytest: the fixture `rehearsal`, which deploys manifests on an embedded AWS (docs/pytest-plugin.md).

pytest imports this in every run of an environment that has the package: what the fixture needs is imported when a test
asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from rehearsal.pytest_plugin.fixture import Rehearsal

SCOPES = ("session", "module")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The settings of the fixture, in pytest's configuration file or with `-o`."""
    parser.addini(
        "rehearsal_scope", "how long tests share an embedded AWS: session (default) or module", default="session"
    )
    parser.addini("rehearsal_options", "options of `rehearse up` for it, as --iam audit", type="args", default=[])


def _scope(fixture_name: str, config: pytest.Config) -> Any:
    scope = str(config.getini("rehearsal_scope"))
    if scope not in SCOPES:
        raise pytest.UsageError(f"rehearsal_scope: got {scope!r}, expected {' or '.join(SCOPES)}")
    return scope


@pytest.fixture(scope=_scope)
def rehearsal(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Rehearsal]:  # pragma: no cover (the tests run it in a pytest of its own)
    """Deployments with the real seedfarmer on an embedded AWS: `deployed = rehearsal.apply(MANIFEST)`."""
    from rehearsal.scratch import EXTRA, missing

    if package := missing(EXTRA):
        pytest.fail(f"rehearsal: {package} is not installed: pip install 'model-cicd[rehearsal]'", pytrace=False)
    from rehearsal.pytest_plugin.fixture import Rehearsal

    made = Rehearsal(tmp_path_factory.mktemp("rehearsal"), request.config.getini("rehearsal_options"))
    try:
        yield made
    finally:
        made.close()
