"""Workflow files run: real processes in cages, with GitHub's variables, files, commands and results."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from rehearsal.workflows.results import Annotation, WorkflowRun

from .workflow_bench import NAME, WorkflowBench, git


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkflowBench]:
    made = WorkflowBench(tmp_path_factory.mktemp("workflows"))
    yield made
    made.close()


def log(run: WorkflowRun, job: str = "a") -> str:
    return run.job(job).log()


def conclusions(run: WorkflowRun, job: str = "a") -> dict[str, str]:
    return {step.name: step.conclusion for step in run.job(job).steps}


def test_steps_share_what_they_write_for_their_runner(bench: WorkflowBench) -> None:
    run = bench.run("""
        on: push
        env: {LEVEL: workflow, WORKFLOW: "${{ github.workflow }}"}
        jobs:
          a:
            runs-on: ubuntu-latest
            env: {LEVEL: job}
            outputs: {found: "${{ steps.second.outputs.found }}"}
            steps:
              - id: first
                env: {LEVEL: step}
                run: |
                  echo "level=$LEVEL ${{ env.LEVEL }}"
                  echo "ADDED=1" >> "$GITHUB_ENV"
                  printf 'lines<<END\\none\\ntwo\\nEND\\n' >> "$GITHUB_OUTPUT"
                  mkdir -p ~/bin; printf '#!/bin/sh\\necho tool runs' > ~/bin/tool; chmod +x ~/bin/tool
                  echo "$HOME/bin" >> "$GITHUB_PATH"
                  echo "## Result" >> "$GITHUB_STEP_SUMMARY"
                  touch /tmp/kept here
              - id: second
                run: |
                  tool; test -f /tmp/kept; test -f "$GITHUB_WORKSPACE/here"
                  echo "found=$ADDED-${{ env.LEVEL }}" >> "$GITHUB_OUTPUT"
                  grep -o refs/heads/main "$GITHUB_EVENT_PATH" | sed 's/^/event /'
              - {shell: python, run: "import os; print('python', os.environ['GITHUB_SHA'])"}
              - {shell: sh, working-directory: sub/folder, if: false, run: "exit 1"}
              - run: |
                  echo "lines: ${{ steps.first.outputs.lines }}" | tr '\\n' ' '
                  echo "$GITHUB_REPOSITORY $GITHUB_REF_NAME $GITHUB_JOB $CI $RUNNER_OS ${GITHUB_WORKFLOW}"
        """)
    text = log(run)
    assert run.conclusion == "success", text
    for expected in ("level=step step", "tool runs", "event refs/heads/main", f"python {run.sha}", "lines: one two",
                     f"{NAME} main a true Linux .github/workflows/one.yml"):  # fmt: skip
        assert expected in text
    assert run.job("a").outputs == {"found": "1-job"}
    assert run.summary == "## Result\n"


def test_shells_stop_as_documented(bench: WorkflowBench) -> None:
    """Without `shell` there is no pipefail, with `bash` there is; both stop at the first command that fails."""
    run = bench.run("""
        on: push
        jobs:
          a:
            runs-on: ubuntu-latest
            steps:
              - {name: no pipefail, run: "false | true"}
              - {name: pipefail, shell: bash, run: "false | true", continue-on-error: true}
              - {name: first failure, run: "false\\necho not here", continue-on-error: true}
              - {name: sh, shell: sh, run: "false\\necho not here", continue-on-error: true}
              - {name: own, shell: "bash -c 'source {0}' {0}", run: "false\\necho here"}
              - {name: too long, timeout-minutes: 0.01, run: sleep 60, continue-on-error: true}
        """)
    steps = {step.name: step for step in run.job("a").steps}
    assert {name: step.outcome for name, step in steps.items() if name[0].islower()} == {
        "no pipefail": "success", "pipefail": "failure", "first failure": "failure", "sh": "failure", "own": "success",
        "too long": "failure",
    }  # fmt: skip
    assert run.conclusion == "success"
    assert "not here" not in [line for step in steps.values() for line in step.log[4:]]
    assert steps["too long"].seconds < 30


def test_failures_decide_what_runs_after_them(bench: WorkflowBench) -> None:
    run = bench.run("""
        on: push
        jobs:
          a:
            runs-on: ubuntu-latest
            steps:
              - {id: bad, name: bad, run: exit 3}
              - {name: skipped, run: echo no}
              - {name: on failure, if: failure() && steps.bad.outcome == 'failure', run: "true"}
              - {name: always, if: always(), run: "true"}
              - {name: not cancelled, if: "!cancelled()", run: "true"}
          skipped: {needs: a, runs-on: ubuntu-latest, steps: [{run: "true"}]}
          after: {needs: a, if: always(), runs-on: ubuntu-latest,
                  steps: [{run: "echo result ${{ needs.a.result }}"}]}
          last: {needs: after, runs-on: ubuntu-latest, steps: [{run: "true"}]}
        """)
    assert run.conclusion == "failure"
    found = conclusions(run)
    assert [found[name] for name in ("bad", "skipped", "on failure", "always", "not cancelled")] == [
        "failure", "skipped", "success", "success", "success",
    ]  # fmt: skip
    assert {job.id: job.conclusion for job in run.jobs} == {
        "a": "failure", "skipped": "skipped", "after": "success", "last": "skipped",
    }  # fmt: skip
    assert "result failure" in log(run, "after")
    assert Annotation("error", "Process completed with exit code 3.") in run.job("a").steps[1].annotations


def test_matrices(bench: WorkflowBench) -> None:
    run = bench.run("""
        on: push
        jobs:
          plan:
            runs-on: ubuntu-latest
            outputs: {matrix: "${{ steps.m.outputs.matrix }}"}
            steps:
              - id: m
                run: echo 'matrix={"size":[1,2],"include":[{"size":2,"more":true}]}' >> $GITHUB_OUTPUT
          a:
            needs: plan
            runs-on: ubuntu-latest
            strategy: {matrix: "${{ fromJSON(needs.plan.outputs.matrix) }}", fail-fast: false, max-parallel: 1}
            continue-on-error: ${{ matrix.size == 1 }}
            steps:
              - run: echo "size ${{ matrix.size }} of ${{ strategy.job-total }}, ${{ matrix.more }}"
              - {if: matrix.size == 1, run: exit 1}
        """)
    assert run.conclusion == "success"
    assert {job.name: job.conclusion for job in run.jobs} == {
        "plan": "success",
        "a (1)": "failure",
        "a (2, true)": "success",
    }
    assert "size 2 of 2, true" in log(run, "a (2, true)")


def test_secrets_stay_out_of_logs(bench: WorkflowBench) -> None:
    run = bench.run("""
        on: push
        jobs:
          a:
            runs-on: ubuntu-latest
            outputs: {leak: "${{ steps.o.outputs.leak }}", fine: "1"}
            steps:
              - id: o
                env: {TOKEN: "${{ secrets.GITHUB_TOKEN }}"}
                run: |
                  echo "it is $TOKEN"; echo "leak=$TOKEN" >> $GITHUB_OUTPUT; echo "$TOKEN" >> $GITHUB_STEP_SUMMARY
                  echo "::error::$TOKEN"
              - run: echo "none ${{ secrets.OTHER }}."
        """)
    token = next(token for token in bench.github.tokens if token in bench.github.revoked)
    text = log(run)
    assert "it is ***" in text and "none ." in text
    assert not any(known in text + run.summary + json.dumps(run.describe()) for known in bench.github.tokens)
    assert run.job("a").outputs == {"fine": "1"}
    assert bench.github.tokens[token].get("contents") == "read"


def test_what_a_job_may_do(bench: WorkflowBench) -> None:
    text = """
        on: [push, pull_request]
        permissions: {contents: write}
        jobs:
          a:
            runs-on: ubuntu-latest
            permissions: {id-token: write, statuses: write}
            environment: prod
            steps:
              - run: echo "asks ${ACTIONS_ID_TOKEN_REQUEST_URL:-nowhere}"
              - if: env.NEVER != 'x' && github.event_name == 'push'
                run: |
                  python3 - <<'END'
                  import json, os, urllib.request
                  url = os.environ["ACTIONS_ID_TOKEN_REQUEST_URL"] + "&audience=sts.amazonaws.com"
                  token = os.environ["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]
                  asked = urllib.request.Request(url, headers={"Authorization": "bearer " + token})
                  print("claims", json.load(urllib.request.urlopen(asked))["value"])
                  try:
                      urllib.request.urlopen(urllib.request.Request(url, headers={"Authorization": "bearer x"}))
                  except urllib.error.HTTPError as error:
                      print("another token:", error.code)
                  END
              - run: echo "variable ${{ vars.PLACE }}"
          b: {runs-on: ubuntu-latest, steps: [{run: "echo asks ${ACTIONS_ID_TOKEN_REQUEST_URL:-nowhere}"}]}
        """
    bench.github.vars = {None: {"PLACE": "here"}, "prod": {"PLACE": "prod"}}
    run = bench.run(text)
    line = next(each for each in log(run).splitlines() if each.startswith("claims "))
    claims = json.loads(line.removeprefix("claims "))
    assert (claims["repository"], claims["ref"]) == (NAME, "refs/heads/main")
    assert claims["aud"] == "sts.amazonaws.com"
    assert claims["job_workflow_ref"] == f"{NAME}/.github/workflows/one.yml@refs/heads/main"
    assert claims["environment"] == "prod"
    assert "another token: 401" in log(run) and "variable prod" in log(run)
    assert run.job("a").permissions == {"id-token": "write", "statuses": "write", "metadata": "read"}
    assert run.job("b").permissions == {"contents": "write", "metadata": "read"}
    assert "asks nowhere" in log(run, "b")
    fork = {"head": {"ref": "x", "repo": {"full_name": "evil/models"}}, "base": {"ref": "main"}}
    pull = bench.run(text, name="pull_request", action="opened", pull_request=fork)
    assert pull.job("a").permissions == {"statuses": "read", "metadata": "read"}
    assert "asks nowhere" in log(pull)


def test_actions_of_the_repository_and_known_ones(bench: WorkflowBench) -> None:
    action = """
        inputs: {who: {required: true}, greeting: {default: Hello}}
        outputs: {said: {value: "${{ steps.s.outputs.said }}"}}
        runs:
          using: composite
          steps:
            - {id: s, shell: bash, run: 'echo "said=${{ inputs.greeting }} ${{ inputs.who }}" >> $GITHUB_OUTPUT'}
            - {shell: bash, run: "test -f ${{ github.action_path }}/action.yml"}
            - {shell: bash, run: test -f $GITHUB_ACTION_PATH/action.yml}
        """
    run = bench.run(
        """
        on: push
        jobs:
          a:
            runs-on: ubuntu-latest
            steps:
              - {id: c, uses: actions/checkout@v4, with: {path: code}}
              - run: git -C code config --get http.https://github.com/.extraheader
              - {uses: actions/checkout@v4, with: {persist-credentials: false, fetch-depth: 0}}
              - run: "! git config --get-all http.https://github.com/.extraheader"
              - {id: py, uses: actions/setup-python@v5, with: {python-version: "3.x"}}
              - run: test "$(which python)" = "${{ steps.py.outputs.python-path }}"; python -c 'print("python runs")'
              - {id: g, uses: ./actions/greet, with: {who: World}}
              - run: |
                  echo "${{ steps.g.outputs.said }} of ${{ steps.c.outputs.commit }} on $(git branch --show-current)"
                  mkdir -p out/deep; echo text > out/deep/file; echo x > out/deep/.hidden
              - {uses: actions/upload-artifact@v4, with: {name: files, path: out}}
              - {id: k, uses: actions/cache@v4, with: {path: ~/things, key: "k-${{ hashFiles('actions/**') }}"}}
              - run: mkdir -p ~/things; echo kept > ~/things/one
          b:
            needs: a
            runs-on: ubuntu-latest
            steps:
              - {uses: actions/download-artifact@v4, with: {name: files, path: got}}
              - {uses: actions/checkout@v4, with: {path: code}}
              - {id: k, uses: actions/cache@v4, with: {path: ~/things, key: other, restore-keys: k-}}
              - run: find got -type f; cat ~/things/one; echo "hit ${{ steps.k.outputs.cache-hit }}."
              - {id: missing, uses: actions/download-artifact@v4, with: {name: nothing}, continue-on-error: true}
              - run: test "${{ steps.missing.outcome }}" = failure
        """,
        {"actions/greet/action.yml": action},
    )
    assert run.conclusion == "success", log(run) + log(run, "b")
    assert f"Hello World of {run.sha} on main" in log(run)
    text = log(run, "b")
    assert "got/deep/file" in text and ".hidden" not in text
    assert "kept" in text and "hit false." in text
    assert "Artifact not found for name: nothing; this run has files" in text


def test_checkouts_of_other_refs(bench: WorkflowBench) -> None:
    first = bench.commit({"version": "1"})
    git(bench.bare, "update-ref", "refs/tags/v1", first)
    git(bench.bare, "update-ref", "refs/heads/old/one", first)
    run = bench.run(
        f"""
        on: push
        jobs:
          a:
            runs-on: ubuntu-latest
            steps:
              - {{uses: actions/checkout@v4, with: {{fetch-depth: 0}}}}
              - run: test "$(git log --format=%H | sed -n 2p)" = {first} && git rev-parse v1
              - run: test "$(cat version)" = 2
              - {{uses: actions/checkout@v4, with: {{ref: v1, path: tag}}}}
              - {{uses: actions/checkout@v4, with: {{ref: old/one, path: branch}}}}
              - {{uses: actions/checkout@v4, with: {{ref: {first}, path: commit}}}}
              - run: for each in tag branch commit; do test "$(cat $each/version)" = 1; done
              - run: test "$(git -C branch branch --show-current)" = old/one
              - run: test -z "$(git -C tag branch --show-current)"
              - run: test "$(git -C tag log --oneline | wc -l)" = 1
              - {{id: none, continue-on-error: true, uses: actions/checkout@v4, with: {{ref: nowhere, path: none}}}}
              - {{id: out, continue-on-error: true, uses: actions/checkout@v4, with: {{path: ../out}}}}
              - run: test "${{{{ steps.none.outcome }}}} ${{{{ steps.out.outcome }}}}" = "failure failure"
        """,
        {"version": "2"},
    )
    assert run.conclusion == "success", log(run)
    assert "A branch or tag with the name 'nowhere' could not be found" in log(run)


def test_a_role_needs_an_aws_and_a_permission(bench: WorkflowBench) -> None:
    run = bench.run("""
        on: push
        jobs:
          a:
            runs-on: ubuntu-latest
            steps:
              - uses: aws-actions/configure-aws-credentials@v4
                with: {aws-region: us-east-1, role-to-assume: "arn:aws:iam::111111111111:role/train"}
        """)
    assert run.conclusion == "failure"
    assert "there is no embedded AWS" in log(run)


def test_nothing_of_this_machine_is_read_for_a_step(bench: WorkflowBench, tmp_path: Path) -> None:
    """What a step puts in the place of files and folders leads nowhere outside of its job."""
    (tmp_path / "secret").write_text("TOP=secret\n")
    others = bench.machine.directory / "workflows" / "1" / "artifacts"  # what another run keeps
    others.mkdir(parents=True)
    run = bench.run(f"""
        on: push
        jobs:
          a:
            runs-on: ubuntu-latest
            steps:
              - id: o
                continue-on-error: true
                run: |
                  rm "$GITHUB_OUTPUT" "$GITHUB_STEP_SUMMARY"
                  ln -s {tmp_path}/secret "$GITHUB_OUTPUT"; ln -s /etc/hostname "$GITHUB_STEP_SUMMARY"
              - run: 'echo "got ${{{{ steps.o.outputs.TOP }}}}."'
              - run: test ! -e {tmp_path}/secret && test ! -e {others} && test -d {others.parents[1]}
              - run: 'cd /; rm -rf "$GITHUB_WORKSPACE"; ln -s {tmp_path} "$GITHUB_WORKSPACE"'
              - uses: actions/setup-python@v5
                continue-on-error: true
                with: {{python-version-file: secret}}
        """)
    assert "got ." in log(run) and run.summary == ""
    assert "TOP" not in log(run).replace("outputs.TOP", "")
    assert [step.conclusion for step in run.job("a").steps].count("failure") == 0


def test_events_start_what_fits(bench: WorkflowBench) -> None:
    step = "jobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}}\n"
    base = {".github/workflows/one.yml": "on: {push: {branches: [dev], paths: ['src/**']}}\n" + step}
    first = bench.commit({**base, "src/a": "1", "README": "1"})
    second = bench.commit({"README": "2"})
    third = bench.commit({"src/a": "2"})
    ref = "refs/heads/dev"
    assert bench.send(bench.event(second, ref=ref, before=first)) == []
    assert [run.conclusion for run in bench.send(bench.event(third, ref=ref, before=second))] == ["success"]
    assert bench.send(bench.event(third, before=second)) == []
    broken = bench.commit({".github/workflows/one.yml": "on: push\njobs: {a: {runs: x}}\n"})
    (run,) = bench.send(bench.event(broken))
    assert run.conclusion == "failure"
    assert ".github/workflows/one.yml:2: jobs.a.runs: no such key" in run.message


def test_jobs_of_one_group_run_one_after_the_other(bench: WorkflowBench) -> None:
    run = bench.run("""
        on: push
        concurrency: whole
        jobs:
          a: {runs-on: ubuntu-latest, concurrency: one, steps: [{run: sleep 1}]}
          b: {runs-on: ubuntu-latest, concurrency: one, steps: [{run: sleep 1}]}
          c: {runs-on: ubuntu-latest, concurrency: whole, steps: [{run: "true"}]}
        """)
    first, second = sorted((run.job("a"), run.job("b")), key=lambda job: job.start)
    assert first.end is not None and second.start >= first.end
    assert (first.conclusion, second.conclusion) == ("success", "success")
    assert run.job("c").conclusion == "cancelled" and "that of the whole run" in log(run, "c")


def test_a_newer_run_takes_the_place_of_the_one_before(bench: WorkflowBench) -> None:
    text = """
        on: push
        concurrency: {group: "g-${{ github.ref }}", cancel-in-progress: true}
        jobs:
          a:
            runs-on: ubuntu-latest
            steps:
              - run: sleep ${{ github.event.seconds }}
              - {if: cancelled(), run: echo cleaned up}
        """
    sha = bench.commit({".github/workflows/one.yml": text})
    before = len(bench.workflows.runs(NAME))
    bench.github.send(bench.event(sha, seconds=3600))
    first = bench.workflows.runs(NAME)[before]
    while not any(step.name.startswith("Run sleep") for job in first.jobs for step in job.steps):
        assert not first.wait(0.05)
    (second,) = bench.send(bench.event(sha, seconds=0))
    assert (first.conclusion, second.conclusion) == ("cancelled", "success")
    assert "cleaned up" in log(first)
    assert first.seconds < 3600
