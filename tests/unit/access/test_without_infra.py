"""A module without `infra-repo` has what the matrix expects, and no role that could redeploy it."""

from __future__ import annotations

from collections.abc import Callable

from model_cicd.access.deployment import Deployment
from model_cicd.access.report import make_report
from tests.unit.stacks.conftest import Parameters


def test_everything_is_as_expected(deploy: Callable[..., Deployment], parameters: Parameters) -> None:
    report = make_report(deploy({name: value for name, value in parameters.items() if name != "infra-repo"}))
    assert [str(each) for each in report.differences] == []
    kinds = {cell.principal.kind for cell in report.cells} | {cell.resource.kind for cell in report.cells}
    assert kinds and not [each for each in kinds if each.startswith("infra")]
