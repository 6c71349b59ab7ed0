"""Workflow files are read with their lines; what is wrong or not supported is refused by name, nothing is ignored."""

from __future__ import annotations

import contextlib
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.workflows.errors import WorkflowError
from rehearsal.workflows.expressions.evaluation import Scope
from rehearsal.workflows.model import Workflow
from rehearsal.workflows.workflow_file import parse

FILE = ".github/workflows/train.yml"
HEAD = "on: push\njobs:\n  build:\n    runs-on: ubuntu-latest\n"
STEPS = HEAD + "    steps:\n"
RUN = "    steps: [{run: a}]\n"


def read(text: str) -> Workflow:
    return parse(textwrap.dedent(text), FILE)


def refused(text: str) -> list[str]:
    with pytest.raises(WorkflowError) as error:
        parse(textwrap.dedent(text), FILE)
    return str(error.value).splitlines()


def test_a_workflow_is_read_whole() -> None:
    workflow = read("""
        name: Train
        run-name: Train ${{ inputs.group }}
        on:
          push: {branches: [main, 'releases/**'], paths: ['*.py']}
          pull_request:
          workflow_dispatch:
            inputs:
              group: {type: choice, options: [a, b], required: true}
              dry: {type: boolean, default: true}
          schedule: [{cron: '30 5 * * 1-5'}]
        permissions: {contents: read, id-token: write}
        concurrency: {group: "${{ github.ref }}", cancel-in-progress: true}
        env: {COUNT: 3, FLAG: true, ZERO: 007}
        defaults: {run: {shell: bash}}
        jobs:
          test:
            runs-on: ubuntu-latest
            strategy: {matrix: {python: ["3.11", 3.12]}, fail-fast: false, max-parallel: 1}
            outputs: {version: "${{ steps.v.outputs.version }}"}
            steps:
              - {id: v, name: Say, run: echo hi, working-directory: src, continue-on-error: true}
          deploy:
            needs: test
            if: github.ref == 'refs/heads/main' && !cancelled()
            runs-on: [self-hosted, linux]
            environment: {name: prod, url: "${{ steps.u.outputs.url }}"}
            timeout-minutes: 5
            permissions: read-all
            steps:
              - uses: actions/checkout@1234567890123456789012345678901234567890
                with: {fetch-depth: 0}
                env: {A: b}
              - {id: u, run: "true"}
        """)
    assert workflow.name == "Train"
    assert list(workflow.triggers) == ["push", "pull_request", "workflow_dispatch", "schedule"]
    assert workflow.triggers["push"].filters.branches == ["main", "releases/**"]
    assert workflow.triggers["pull_request"].types == ("opened", "synchronize", "reopened")
    assert [each.default for each in workflow.triggers["workflow_dispatch"].inputs] == [None, True]
    assert workflow.triggers["schedule"].crons == ("30 5 * * 1-5",)
    assert workflow.permissions == {"contents": "read", "id-token": "write"}
    assert list(workflow.jobs) == ["test", "deploy"]
    deploy = workflow.jobs["deploy"]
    assert deploy.needs == ("test",)
    assert deploy.permissions is not None and deploy.permissions["contents"] == "read"
    assert "id-token" not in deploy.permissions
    assert deploy.steps[0].uses is not None and deploy.steps[0].uses.name == "actions/checkout"


def test_yaml_is_that_of_1_2() -> None:
    """`on`, `yes`, `off` and dates are words; a number that is written 007 is written so in a variable."""
    workflow = read("env: {A: yes, B: on, C: off, D: 2024-01-01, E: 0o10, F: 1_000}\n" + HEAD + RUN)
    assert {name: template.constant for name, template in workflow.env.items()} == {
        "A": "yes", "B": "on", "C": "off", "D": "2024-01-01", "E": 8, "F": "1_000",
    }  # fmt: skip


REST = HEAD.removeprefix("on: push\n") + RUN
REFUSED = {
    "an unknown key": (HEAD + "    stpes: []\n    steps: [{run: a}]\n",
        5, "jobs.build.stpes: no such key; did you mean steps?"),
    "a container": (HEAD + "    container: node\n    steps: [{run: a}]\n", 5, "it has no containers"),
    "services": (HEAD + "    services: {}\n    steps: [{run: a}]\n", 5, "it has no service containers"),
    "a reusable workflow": ("on: push\njobs:\n  a:\n    uses: ./.github/workflows/b.yml\n",
        4, "it has no reusable workflows"),
    "another event": ("on: [push, issues]\n" + REST, 1, "on.issues"),
    "no event at all": (HEAD.replace("on: push", "'on': {}") + RUN, 1, "on: got no event"),
    "an action without a stand-in": (STEPS + "      - uses: actions/github-script@v7\n",
        6, "no stand-in for actions/github-script"),
    "an action of a container": (STEPS + "      - uses: docker://alpine\n", 6, "no containers"),
    "an action without a ref": (STEPS + "      - uses: actions/checkout\n", 6, "without a ref"),
    "an input that is not supported": (
        STEPS + "      - uses: actions/checkout@v4\n        with:\n          lfs: true\n",
        8, "lfs: the rehearsal does not support this"),
    "an unknown input": (STEPS + "      - uses: actions/checkout@v4\n        with: {fetch-dept: 1}\n",
        7, "did you mean fetch-depth?"),
    "static keys": (
        STEPS + "      - uses: aws-actions/configure-aws-credentials@v4\n"
        "        with: {aws-region: a, role-to-assume: b, aws-access-key-id: c}\n",
        7, "no static keys"),
    "a missing input": (STEPS + "      - uses: actions/cache@v4\n        with: {path: a}\n", 6, "key: got nothing"),
    "a step that is nothing": (STEPS + "      - name: nothing\n", 6, "expected run or uses"),
    "a step that is both": (STEPS + "      - {run: a, uses: actions/checkout@v4}\n", 6, "got both"),
    "an id twice": (STEPS + "      - {id: a, run: a}\n      - {id: A, run: a}\n", 7, "got the id A twice"),
    "a key twice": (STEPS + "      - run: a\n        run: b\n", 7, "got the key run twice"),
    "a need that is no job": (HEAD + "    needs: tests\n    steps: [{run: a}]\n", 3, "got tests, which is no job"),
    "a circle": (HEAD + "    needs: build\n    steps: [{run: a}]\n", 3, "circle of needs"),
    "another shell": (STEPS + "      - {run: a, shell: pwsh}\n", 6, "got pwsh"),
    "a shell without script": (STEPS + "      - {run: a, shell: perl}\n", 6, "{0}"),
    "a context that is not there": (HEAD + "    if: env.A == 'b'\n    steps: [{run: a}]\n",
        5, "the context env is not available in jobs.<job_id>.if"),
    "secrets in an if": (STEPS + "      - {run: a, if: secrets.A != ''}\n", 6, "the context secrets is not available"),
    "hashFiles in an environment": ("on: push\nenv: {A: \"${{ hashFiles('a') }}\"}\n" + REST,
        2, "the function hashFiles is not available in env"),
    "an unknown context": (STEPS + "      - run: echo ${{ foo.bar }}\n", 6, "got foo, expected a context"),
    "an unknown function": (STEPS + "      - {run: a, if: succes()}\n", 6, "did you mean success?"),
    "text around a condition": (STEPS + "      - run: a\n        if: ${{ true }} && false\n", 7, "always true"),
    "a permission that is none": ("permissions: {content: read}\n" + HEAD + RUN, 1, "did you mean contents?"),
    "access that is none": ("permissions: {id-token: read}\n" + HEAD + RUN, 1, "got read, expected write or none"),
    "a bad cron": ("on: {schedule: [{cron: '61 * * * *'}]}\n" + REST, 1, "got '61' as the minute"),
    "filters beside their opposites": ("on: {push: {branches: [a], branches-ignore: [b]}}\n" + REST,
        1, "expected one of them"),
    "only negative patterns": ("on: {push: {branches: ['!a']}}\n" + REST, 1, "only patterns with !"),
    "a choice without options": ("on: {workflow_dispatch: {inputs: {a: {type: choice}}}}\n" + REST,
        1, "expected options"),
    "a default of another type": ("on: {workflow_dispatch: {inputs: {a: {type: boolean, default: x}}}}\n" + REST,
        1, "expected true or false"),
    "a runner of another system": (HEAD.replace("ubuntu", "windows") + RUN, 4, "got windows-latest"),
    "a line within a script": (
        STEPS + "      - run: |\n          a ${{ github.sha }}\n          b ${{ foo.x }}\n",
        8, "got foo"),
    "too deep": ("on: " + "[" * 5000 + "\n", 1, "without end"),
    "a merge key": (HEAD + "    <<: {}\n    steps: [{run: a}]\n", 5, "merge key"),
    "no steps": (HEAD, 3, "steps: got none"),
    "no YAML": ("on: [push\n", 2, "no YAML"),
    "an empty file": ("", 1, "empty file"),
    "a matrix that is a list": (HEAD + "    strategy: {matrix: [1]}\n    steps: [{run: a}]\n", 5, "got a list"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_is_said_with_its_line(case: str) -> None:
    text, line, message = REFUSED[case]
    found = refused(text)
    assert [each for each in found if each.startswith(f"{FILE}:{line}: ") and message in each], found


def test_all_problems_are_said_at_once() -> None:
    found = refused(STEPS + "      - uses: a/b@v1\n      - {run: a, shel: b}\n")
    assert len(found) == 2


def test_numbers_without_quotes_are_numbers() -> None:
    workflow = read("env: {A: 3.10, B: '3.10', C: 007, D: True, E: null, F: 1e3}\n" + HEAD + RUN)
    texts = {name: template.text(Scope()) for name, template in workflow.env.items()}
    assert texts == {"A": "3.1", "B": "3.10", "C": "7", "D": "true", "E": "", "F": "1000"}


def test_an_alias_is_read_as_what_it_stands_for() -> None:
    workflow = read(STEPS + "      - &first {run: a}\n      - *first\n")
    assert [step.run.constant for step in workflow.jobs["build"].steps if step.run] == ["a", "a"]


@given(st.text(max_size=200))
def test_any_text_is_a_workflow_or_refused(text: str) -> None:
    for each in (text, STEPS + text, HEAD + text):
        with contextlib.suppress(WorkflowError):
            parse(each, FILE)


def test_an_alias_of_itself_is_refused() -> None:
    assert "alias of what it stands in" in refused("on: &a [*a]\n")[0]
