"""The resources of tests between stages, by name and ARN."""

from __future__ import annotations

from dataclasses import dataclass

from model_cicd.aws.place import Named
from model_cicd.aws.resources import BuildPipeline, Project

#: the actions that test an environment and act on the outcome, and the artifact with the suites
TEST, SETTLE, SUITES = "Test", "Settle", "Suites"


@dataclass(frozen=True)
class StageTests:
    """The tests of an environment: the build that runs `suite` and may take `invoke_role`, which calls the endpoint.

    `settling` is the build that goes back to the release before where the tests failed.
    """

    suite: str
    project: Project
    settling: Project
    invoke_role: Named


@dataclass(frozen=True)
class StagedPipeline(BuildPipeline):
    """The CodePipeline of a promotion; `tests` are those of its environments that have some, in order.

    Its build hands the suites on, where there are tests. `shadows` are the builds that compare new versions.
    """

    tests: tuple[StageTests, ...] = ()
    shadows: tuple[Project, ...] = ()

    @property
    def testing(self) -> tuple[Project, ...]:
        """The builds of the tests, which read the suites and no source."""
        return tuple(project for each in self.tests for project in (each.project, each.settling))

    @property
    def projects(self) -> tuple[Project, ...]:
        """The builds that it runs, in order."""
        return (self.project, *self.shadows, *self.testing)

    @property
    def suites_arn(self) -> str:
        """The ARN of the folder that the build puts suites in."""
        return self.folder(SUITES)
